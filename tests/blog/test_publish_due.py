"""What is due is done once, whoever is killed and however many do it; and what the command says of it."""

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from blog import drafting, outbox, schedule
from blog.management.commands import publish_due
from blog.models import Draft, Schedule
from tests import factories
from tests.blog.test_schedule import HOUR, becomes_due, in_hours, planned, row_of
from tests.factories import approved, fresh, make_post, person
from tests.racing import database_for_race, race

ROOT = Path(__file__).parents[2]
MOMENTS = 96  # more than there are before and after the statements of one act
State = Schedule.State


@pytest.fixture
def database(tmp_path):
    """A function, to be called when everything that the race begins with is there."""
    for name in factories.WORKS_AS:
        person(name)
    return lambda: database_for_race(connection, tmp_path)


def has_mailbox(name):
    get_user_model().objects.filter(pk=person(name).pk).update(email=f"{name}@record.example")


def ready(count):
    return [approved(make_post(f"Piece {number}")).pk for number in range(count)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_two_hundred_acts_once_each_three_times(database):
    has_mailbox("paula")
    posts = ready(200)
    place = database()
    for verb in ("publish", "withdraw", "publish"):
        assert race(place, ["plan_each", "paula", posts, verb]) == [200]
        done = race(place, ["publish_due"], ["publish_due"])
        assert sum(int(one.split()[1]) for said in done for one in said[:-2]) == 200
        assert [said[-2:] for said in done] == [[0, ""], [0, ""]]
    [found] = race(place, ["plans_of", posts])
    assert {json.dumps(one) for one in found} == {
        json.dumps(
            {"acts": ["publish", "withdraw", "publish"], "states": ["done"] * 3, "mails": [1, 1, 1], "faults": []}
        )
    }


@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_at_whatever_moment_each_act_happens_once(database):
    has_mailbox("paula")
    moments = range(1, MOMENTS, 2)
    posts = ready(len(moments))
    place = database()
    race(place, ["plan_each", "paula", posts, "publish"])
    race(place, ["put_off_plans", posts])
    died = []
    for pk, moment in zip(posts, moments, strict=True):
        others = [["publish_due", [pk]]] if moment % 4 == 1 else []
        first, *_rest = race(place, ["publish_due", [pk], {"dies_at": moment}], *others)
        died.append(first is None)
    [found] = race(place, ["after_the_leases", posts])
    once = {"acts": ["publish"], "states": ["done"], "mails": [1], "faults": []}
    assert [one for one in found if one != once] == []
    assert died[0] and not died[-1]  # from the first statement to after the last


# What the command says


def run(*words):
    """What it says, what it complains of, and how it ends."""
    said, complained = StringIO(), StringIO()
    try:
        call_command("publish_due", *words, stdout=said, stderr=complained)
    except SystemExit as end:
        return said.getvalue(), complained.getvalue(), end.code
    return said.getvalue(), complained.getvalue(), 0


def missed(headline="Too late"):
    post = planned(approved(make_post(headline)), publish_at=in_hours(1), expires_at=in_hours(2))
    becomes_due(post, ago=3 * HOUR)
    return post


@pytest.mark.django_db
def test_it_says_what_was_done_and_ends_well():
    post = planned(approved(make_post()))
    becomes_due(post)
    assert run() == ("Done 1, failed 0, missed 0, put off 0.\n", "", 0)
    assert run() == ("Done 0, failed 0, missed 0, put off 0.\n", "", 0)


@pytest.mark.django_db
def test_what_was_missed_is_named_and_the_exit_code_says_so():
    missed()
    said, complained, code = run()
    assert (said, code) == ("Done 0, failed 0, missed 1, put off 0.\n", 1)
    assert complained.startswith("  Missed: Publish Too late: It was to go out until ")
    assert run()[2] == 0  # it is not tried again


@pytest.mark.django_db
def test_json_says_the_same():
    post = missed()
    said, _complained, code = run("--json")
    found = json.loads(said)
    [trouble] = found.pop("troubles")
    assert found == {"done": 0, "failed": 0, "missed": 1, "put_off": 0, "away": ""}
    assert (trouble["post"], trouble["state"], trouble["verb"], code) == (post.pk, "missed", "publish", 1)


@pytest.mark.django_db
def test_the_dry_run_lists_what_the_desk_shows_and_does_nothing(client):
    missed()
    planned(approved(make_post("In time")))
    before = factories.everything()
    said, complained, code = run("--dry-run", "--json")
    assert (complained, code) == ("", 0)
    client.force_login(person("paula"))
    shown = [one for one, _may in client.get("/admin/tonight/").context["coming"]]
    listed = [(row["plan"], row["prospect"], row["why"]) for row in json.loads(said)]
    assert listed == [(one.row.pk, one.prospect.state, one.prospect.words) for one in shown]
    assert [prospect for _plan, prospect, _why in listed] == ["missed", "done"]
    lines = run("--dry-run")[0].splitlines()
    assert len(lines) == 2 and "Publish  Too late (missed): It was to go out" in lines[0]
    assert "Publish  In time" in lines[1]
    assert factories.everything() == before


@pytest.mark.django_db
def test_the_dry_run_says_that_nothing_is_planned():
    assert run("--dry-run") == ("Nothing is planned for the next hours.\n", "", 0)


@pytest.mark.django_db
def test_a_database_that_is_away_is_said_and_nothing_is_lost():
    post = planned(approved(make_post()))
    becomes_due(post)
    lost = OperationalError("the connection is lost")
    with mock.patch.object(schedule, "_take", side_effect=lost):
        _said, complained, code = run()
    assert complained == "The database cannot be asked: OperationalError: the connection is lost\n" and code == 1
    assert run()[2] == 0 and fresh(post).is_live()


@pytest.mark.django_db
def test_unsaved_words_go_when_their_days_are_over_also_where_nothing_is_sent():
    old = timezone.now() - drafting.KEPT - HOUR
    rows = [{"place": "new-post", "form": form, "saved_at": at} for form, at in (("a", old), ("b", timezone.now()))]
    Draft.objects.bulk_create(Draft(user=person("carla"), **row) for row in rows)
    run("--dry-run")
    assert Draft.objects.count() == 2
    run()
    assert [one.form for one in Draft.objects.all()] == ["b"]


@pytest.mark.django_db
def test_watching_it_sweeps_once_an_hour_and_goes_on_where_it_cannot(monkeypatch):
    clock, swept = [0.0], []

    def sweep():
        swept.append(clock[0])
        raise OperationalError("locked")

    def waited(signals, seconds):
        clock[0] += 1000
        return signal.SIGTERM if clock[0] > 8000 else None

    monkeypatch.setattr(outbox, "sweep", sweep)
    monkeypatch.setattr(publish_due.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(publish_due.signal, "sigtimedwait", waited)
    monkeypatch.setattr(publish_due.signal, "pthread_sigmask", lambda how, signals: None)
    monkeypatch.setattr(publish_due, "close_old_connections", lambda: None)
    run("--watch")
    assert swept == [0, 4000, 8000]


# As a program of its own


@pytest.fixture
def program():
    """Starts the command on a real database."""
    started = []

    def start(place, *words):
        environment = {**os.environ, "DATABASE_URL": place, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
        command = [sys.executable, "manage.py", "publish_due", *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_watching_it_does_what_is_due_and_ends_when_told_to(database, program, stop):
    posts = ready(3)
    place = database()
    race(place, ["plan_each", "paula", posts, "publish"])
    watching = program(place, "--watch", "--json")
    line = json.loads(watching.stdout.readline())
    assert (line["done"], line["failed"]) == (3, 0)
    watching.send_signal(stop)
    assert watching.wait(timeout=30) == 0
    [found] = race(place, ["plans_of", posts])
    assert [one["acts"] for one in found] == [["publish"]] * 3


@pytest.mark.django_db
def test_told_to_stop_it_finishes_the_act_in_hand_and_begins_no_other():
    posts = [planned(approved(make_post(f"Piece {number}"))) for number in range(3)]
    for post in posts:
        becomes_due(post)
    told = []
    do = schedule._do

    def stops(row):
        told.append(row)
        return do(row)

    with mock.patch.object(schedule, "_do", stops):
        report = schedule.do_due(stopped=lambda: bool(told))
    assert report.rows == {State.DONE: 1}
    assert sorted(row_of(post).state for post in posts) == ["done", "due", "due"]
