"""What is due is done once, whoever is killed and however many do it; and what the command says of it."""

import json

import pytest
from django.db import connection

from blog.models import Schedule
from tests import factories
from tests.factories import approved, make_post, person
from tests.racing import database_for_race, race

MOMENTS = 96  # more than there are before and after the statements of one act
State = Schedule.State


@pytest.fixture
def database(tmp_path):
    """A function, to be called when everything that the race begins with is there."""
    for name in factories.WORKS_AS:
        person(name)
    return lambda: database_for_race(connection, tmp_path)


def ready(count):
    return [approved(make_post(f"Piece {number}")).pk for number in range(count)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_two_hundred_acts_once_each_three_times(database):
    person("paula").__class__.objects.filter(username="paula").update(email="paula@record.example")
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
    person("paula").__class__.objects.filter(username="paula").update(email="paula@record.example")
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
