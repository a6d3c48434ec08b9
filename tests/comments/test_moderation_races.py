"""Moderators, writers and readers at the same moment: one final state, every act in the record, nothing broken."""

import random

import pytest
from django.db import connection
from django.utils import timezone

from comments import moderation
from comments.models import Comment
from tests.factories import make_comment, make_live_post, make_moderator, person
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database(tmp_path):
    """A function, to be called when everything that the race begins with is there."""
    for name in ("mod", "edith", "paula"):
        person(name)
    return lambda: database_for_race(connection, tmp_path)


def waiting(number):
    post = make_live_post()
    return [make_comment(post, f"Comment {key}", state="waiting").pk for key in range(number)]


def thread(number, seed=1):
    """Visible comments of which each answers any one before it."""
    post, lots, made = make_live_post(), random.Random(seed), []
    for key in range(number):
        answers = lots.choice([None, *made, *made[-3:] * 3])
        made.append(make_comment(post, f"Comment {key}", answers=answers))
    return [comment.pk for comment in made]


def errors(found):
    return [one for one in found if str(one).startswith("ERROR")]


def test_one_approves_while_another_removes(database):
    """T-16: fifty comments, each decided on by both; both acts stand there, and the last one goes."""
    keys = waiting(50)
    place = database()
    approved, removed = race(place, ["moderate", "approve", "mod", keys], ["moderate", "remove", "edith", keys])
    assert (approved, removed) == (["visible"] * 50, ["removed"] * 50)
    [seen] = race(place, ["look_at_comments", keys])
    assert seen["faults"] == []
    ends = {"approve": "visible", "remove": "removed"}
    for state, acts in zip(seen["states"], seen["acts"], strict=True):
        assert sorted(acts) == ["approve", "remove"]
        assert state == ends[acts[-1]]


def test_places_are_right_whoever_comes_first(database):
    """Up and down the same thread at once: who takes a place away and who needs it see one another."""
    keys = thread(40)
    place = database()
    found = race(
        place,
        ["moderate", "bin", "mod", keys],
        ["moderate", "bin", "edith", keys[::-1]],
        ["moderate", "approve", "paula", keys[::-1]],
        ["moderate_together", "bin", "mod", keys[10:30], 3],
        ["answer_each", keys, 40],
    )
    assert [errors(one) for one in found[:3]] == [[], [], []]
    assert found[3] == [20, 20, 20]
    [seen] = race(place, ["look_at_comments", keys])
    assert seen["faults"] == []


def test_together_and_one_by_one(database):
    keys = thread(60)
    place = database()
    found = race(
        place,
        ["moderate_together", "remove", "mod", keys, 4],
        ["moderate_together", "bin", "edith", keys[::-1], 4],
        ["moderate", "hold", "paula", random.Random(2).sample(keys, 60)],
        ["answer_each", keys, 60],
    )
    assert found[:2] == [[60] * 4] * 2
    assert errors(found[2]) == []
    [seen] = race(place, ["look_at_comments", keys])
    assert seen["faults"] == []


def test_what_two_undo_at_once_is_undone_once(database):
    keys = waiting(20)
    acts = [moderation.approve(Comment(pk=key), by=make_moderator()).pk for key in keys]
    place = database()
    first, second = race(place, ["undo_each", "mod", acts], ["undo_each", "edith", acts])
    assert [sorted(pair) for pair in zip(first, second, strict=True)] == [["WrongState", "undo"]] * 20
    [seen] = race(place, ["look_at_comments", keys])
    assert (seen["states"], seen["faults"]) == (["waiting"] * 20, [])


def test_what_was_decided_together_is_undone_once(database):
    keys = waiting(20)
    decided = moderation.decide_many(Comment.objects.all(), "approve", by=make_moderator())
    place = database()
    found = race(place, *(["undo_together", name, str(decided.batch)] for name in ("mod", "edith", "paula")))
    assert sorted(found) == [[0, 20], [0, 20], [20, 0]]
    [seen] = race(place, ["look_at_comments", keys])
    assert (seen["states"], seen["faults"]) == (["waiting"] * 20, [])


def test_readers_report_while_a_moderator_looks(database):
    post = make_live_post()
    keys = [make_comment(post, created_at=timezone.now()).pk for _ in range(3)]
    place = database()
    found = race(
        place,
        *(["report_each", address, keys[:1]] for address in ("a", "a", "b", "c", "d")),
        ["moderate", "settle", "mod", keys],
    )
    # The one address is known already; unless a moderator looked in between: then it came too fast.
    assert {"person"} <= {found[0][0], found[1][0]} <= {"person", "TooFast"}
    assert found[2:] == [["person"]] * 3 + [["visible"] * 3]
    [seen] = race(place, ["look_at_comments", keys])
    assert seen["faults"] == []
    assert seen["reports"][0] <= 4
