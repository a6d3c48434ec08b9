"""Nothing is lost between an act and what it has to say to the world, whoever dies in between."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from blog import outbox, sending
from blog.models import Outgoing
from comments.models import Subscription
from tests.factories import make_live_post
from tests.racing import database_for_race

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def queue(settings, monkeypatch):
    """Acts leave tasks in the database, as they do in production; a worker within the test keeps its connection."""
    settings.TASKS = DATABASE
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)


@pytest.fixture(autouse=True)
def notes(monkeypatch):
    """A kind of mail for these tests."""
    monkeypatch.setitem(
        outbox.KINDS, "note", lambda row: EmailMessage(row.key, "", None, [f"{row.key}@reader.example"])
    )


def write(*keys, **columns):
    outbox.write([Outgoing(kind="note", key=key, **columns) for key in keys])


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)


def ready():
    return DBTaskResult.objects.filter(status="READY")


def sent_to():
    return [one.to[0].split("@")[0] for one in mail.outbox]


def test_what_an_act_leaves_a_worker_sends(queue):
    write("one", "two")
    assert mail.outbox == []
    work()
    assert sent_to() == ["one", "two"]
    assert Outgoing.objects.waiting().count() == 0


def test_an_act_that_is_taken_back_leaves_no_row_and_no_task(queue):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write("one")
        assert (Outgoing.objects.count(), ready().count()) == (1, 1)
        raise ZeroDivisionError
    assert (Outgoing.objects.count(), ready().count()) == (0, 0)


def test_nothing_to_write_wakes_nobody(queue):
    outbox.write([])
    assert ready().count() == 0


def test_what_is_due_later_wakes_a_worker_later(queue):
    later = timezone.now() + timedelta(minutes=5)
    write("one", due_at=later)
    work()
    assert mail.outbox == []
    assert list(ready().values_list("run_after", flat=True)) == [later]


def test_of_rows_that_are_due_at_several_times_none_waits_for_another_act(queue):
    now = timezone.now()
    outbox.write(
        Outgoing(kind="note", key=f"after {minutes}", due_at=now + timedelta(minutes=minutes)) for minutes in (0, 5, 9)
    )
    work()
    assert len(mail.outbox) == 1
    assert ready().filter(run_after__gt=now, run_after__lte=now + timedelta(minutes=5)).exists() or (
        ready().filter(run_after__lte=now + timedelta(minutes=9)).exists()
    )


def test_what_could_not_be_sent_is_looked_at_again(queue, monkeypatch):
    monkeypatch.setitem(outbox.KINDS, "note", lambda row: 1 / 0)
    write("one")
    work()
    [row] = Outgoing.objects.waiting()
    assert "ZeroDivisionError" in row.last_error
    assert ready().filter(run_after__gte=row.due_at - timedelta(minutes=1)).exists()


def test_before_anything_is_sent_a_later_look_is_in_the_queue(queue, monkeypatch):
    """The queue does not notice that a worker died with a task in its hands: that look is what finds the row."""

    def look(row):
        seen.append(ready().filter(run_after__gt=timezone.now() + sending.LEASE).count())

    seen = []
    monkeypatch.setitem(outbox.KINDS, "note", look)
    write("one")
    work()
    assert seen == [1]


def test_looks_do_not_pile_up(queue, monkeypatch):
    monkeypatch.setitem(outbox.KINDS, "note", lambda row: 1 / 0)
    for number in range(5):
        write(str(number))
    work()
    assert ready().count() <= 2


def test_tasks_that_are_over_are_forgotten(queue):
    write("one")
    work()
    long_ago = timezone.now() - timedelta(days=2)
    DBTaskResult.objects.exclude(status="READY").update(started_at=long_ago)
    ready().delete()
    write("two")
    work()
    assert not DBTaskResult.objects.filter(started_at=long_ago).exists()


def test_what_has_a_key_already_is_not_written_again():
    write("one")
    write("one", "two")
    assert sorted(Outgoing.objects.values_list("key", flat=True)) == ["one", "two"]


def test_in_development_it_is_sent_when_the_act_has_been_kept(settings, django_capture_on_commit_callbacks):
    settings.TASKS = IMMEDIATE
    with django_capture_on_commit_callbacks(execute=True):
        write("one")
        assert mail.outbox == []
    assert sent_to() == ["one"]


def test_what_has_to_be_done_afterwards_is_done_when_something_was_sent(monkeypatch):
    done = []
    monkeypatch.setattr(outbox, "AFTERWARDS", [lambda: done.append(1)])
    outbox.send_due()
    assert done == []
    write("one")
    outbox.send_due()
    assert done == [1]


def test_a_worker_that_finds_nothing_to_send_sweeps_all_the_same(queue, monkeypatch):
    done = []
    monkeypatch.setattr(outbox, "AFTERWARDS", [lambda: done.append(1)])
    outbox.send.enqueue()
    work()
    assert done == [1]


# With real workers


@pytest.fixture
def worker(tmp_path):
    """Starts a worker on a real database, with mails going to a folder."""
    started = []

    def start(place, *words):
        environment = {
            **os.environ,
            "DATABASE_URL": place,
            "DJANGO_SETTINGS_MODULE": "tests.with_a_queue",
            "EMAIL_URL": f"filemail:///{tmp_path / 'mail'}",
        }
        command = [sys.executable, "manage.py", "db_worker", "--no-reload", "--no-startup-delay", "--interval", "0.1"]
        process = subprocess.Popen([*command, *words], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def recipients(folder):
    return sorted(
        hit for path in (folder / "mail").glob("*.log") for hit in re.findall(r"^To: (\S+)$", path.read_text(), re.M)
    )


def mails_wait(many):
    post = make_live_post()
    addresses = [f"reader{number:02}@reader.example" for number in range(many)]
    asked = [Subscription.objects.create(post=post, email=email) for email in addresses]
    outbox.write(
        Outgoing(kind="confirmation", key=f"confirmation-{one.pk}", payload={"subscription": one.pk}) for one in asked
    )
    return addresses


def until(what, seconds=60):
    """Waits for other processes, and not for a time."""
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_each_once_and_ends_well_when_asked_to(tmp_path, queue, worker):
    addresses = mails_wait(20)
    place = database_for_race(connection, tmp_path)
    both = [worker(place) for _two in range(2)]
    until(lambda: len(recipients(tmp_path)) >= 20)
    for one in both:
        one.send_signal(signal.SIGTERM)
        assert one.wait(timeout=30) in {0, -signal.SIGTERM}  # one may still have been starting
    assert recipients(tmp_path) == addresses


@pytest.mark.django_db(transaction=True)
def test_killed_between_the_act_and_its_mail_nothing_is_lost(tmp_path, queue, worker):
    """Five workers die one after the other, as soon as each has sent something."""
    addresses = mails_wait(40)
    place = database_for_race(connection, tmp_path)
    for _worker in range(5):
        before = len(recipients(tmp_path))
        one = worker(place)
        until(lambda before=before: len(recipients(tmp_path)) > before or before == 40)
        one.send_signal(signal.SIGKILL)
        one.wait()
        release(place)
    last = worker(place, "--batch")
    assert last.wait(timeout=60) == 0
    assert set(recipients(tmp_path)) == set(addresses)
    assert len(recipients(tmp_path)) <= 40 + 5  # each death says one a second time at most


def release(place):
    """The lease has run out, and so has the pause before the look that was left for this case."""
    program = (
        "import django; django.setup();"
        "from blog.models import Outgoing; from django_tasks_db.models import DBTaskResult;"
        "from django.utils import timezone;"
        "Outgoing.objects.waiting().update(leased_until=None);"
        "DBTaskResult.objects.filter(status='READY').update(run_after=timezone.now())"
    )
    environment = {**os.environ, "DATABASE_URL": place, "DJANGO_SETTINGS_MODULE": "tests.with_a_queue"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
