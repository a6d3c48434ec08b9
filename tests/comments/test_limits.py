"""How much one address may do (T-25, P-16)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from blog.models import Allowance, TooFast, address_key
from comments import limits
from comments.models import HouseRules
from tests.factories import NOON, everything
from tests.racing import database_for_race, race

KEY = address_key("203.0.113.9")


def rules(**values):
    HouseRules.objects.update(**values)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def taken(*moments, key=KEY):
    """True for each moment at which the address was let through."""
    found = []
    for seconds in moments:
        try:
            with transaction.atomic():
                limits.take(key, after(seconds))
            found.append(True)
        except TooFast:
            found.append(False)
    return found


@pytest.mark.django_db
def test_so_many_in_ten_minutes_and_again_afterwards():
    rules(limit_count=3, limit_seconds=0)
    assert taken(0, 1, 2, 3, 599) == [True, True, True, False, False]
    assert taken(600, 601, 602, 603) == [True, True, True, False]


@pytest.mark.django_db
def test_so_many_seconds_between_two():
    rules(limit_count=100, limit_seconds=15)
    assert taken(0, 14, 15, 29, 30) == [True, False, True, False, True]


@pytest.mark.django_db
def test_who_is_too_fast_is_told_when_to_come_again():
    rules(limit_count=2, limit_seconds=15)
    taken(0)
    with pytest.raises(TooFast) as refused, transaction.atomic():
        limits.take(KEY, after(5))
    assert refused.value.again_at == after(15)
    taken(15)
    with pytest.raises(TooFast) as refused, transaction.atomic():
        limits.take(KEY, after(20))
    assert refused.value.again_at == after(600)
    assert taken(600) == [True]


@pytest.mark.django_db
def test_a_refusal_counts_for_nothing():
    rules(limit_count=2, limit_seconds=0)
    taken(0, 1)
    before = everything()
    assert taken(2, 3) == [False, False]
    assert everything() == before


@pytest.mark.django_db
def test_what_is_undone_is_not_counted():
    rules(limit_count=1, limit_seconds=0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        limits.take(KEY, NOON)
        1 / 0  # noqa: B018
    assert taken(1) == [True]


@pytest.mark.django_db
def test_others_are_not_kept_waiting():
    rules(limit_count=1, limit_seconds=60)
    assert taken(0, 1) == [True, False]
    assert taken(1, key=address_key("203.0.113.10")) == [True]


@pytest.mark.django_db
def test_an_address_that_is_not_known_has_no_allowance():
    rules(limit_count=1)
    assert taken(0, 0, key="") == [True, True]
    assert not Allowance.objects.exists()


@pytest.mark.django_db
def test_few_questions_however_many_addresses(django_assert_max_num_queries):
    limits.take(KEY, NOON)
    with django_assert_max_num_queries(3):
        limits.take(KEY, after(100))


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_tries_at_once_exactly_the_limit_passes(tmp_path):
    rules(limit_count=7, limit_seconds=0)
    place = database_for_race(connection, tmp_path)
    passed = race(place, *(["send_comments", "203.0.113.9", NOON.isoformat(), 5, 10] for _ in range(4)))
    assert sum(passed) == 7
