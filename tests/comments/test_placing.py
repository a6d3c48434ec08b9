"""Holding comments and what stands above them, and telling kept pages; what has a place is tested with the verbs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog.models import Tally
from comments import placing
from tests.factories import make_comment, make_live_post

pytestmark = pytest.mark.django_db


def chain(post, length):
    made = []
    for _ in range(length):
        made.append(make_comment(post, answers=made[-1] if made else None))
    return made


def test_held_is_what_stands_above_and_those_above_come_first():
    post = make_live_post()
    first, second = chain(post, 3), chain(post, 3)
    make_comment(post, answers=first[0])
    held = placing.hold([second[1].pk, first[2].pk, 999])
    assert list(held.comments) == [one.pk for one in [*first, *second[:2]]]


def test_holding_asks_two_things_however_deep():
    post = make_live_post()
    deepest = chain(post, 21)[-1]
    with CaptureQueriesContext(connection) as asked:
        held = placing.hold([deepest.pk])
    assert (len(held.comments), len(asked)) == (21, 2)
    with CaptureQueriesContext(connection) as asked:
        assert placing.hold([]).comments == {}
    assert len(asked) == 0


def test_nothing_changed_is_nothing_told():
    post = make_live_post()
    held = placing.hold([make_comment(post).pk])
    before = Tally.objects.of_post(post.pk)
    placing.settle(held)
    assert Tally.objects.of_post(post.pk) == before


def test_other_words_are_told_without_being_counted():
    post = make_live_post()
    held = placing.hold([make_comment(post).pk])
    before = Tally.objects.of_post(post.pk)
    placing.settle(held, reworded=[post.pk])
    assert Tally.objects.of_post(post.pk) == (1, 1, before.version + 1)


def test_several_posts_are_counted_at_once(monkeypatch):
    monkeypatch.setattr("blog.models.reception.AT_ONCE", 2)
    Tally.objects.count_many({3: (2, 2), 1: (1, 1), 2: (0, 0)})
    Tally.objects.count_many({3: (-1, 0)})
    assert Tally.objects.of([1, 2, 3]) == {1: 1, 3: 1}
    assert [Tally.objects.of_post(post) for post in (1, 2, 3)] == [(1, 1, 1), (0, 0, 1), (1, 2, 2)]
    assert Tally.objects.of_post(0) == (0, 0, 2)
