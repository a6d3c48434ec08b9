"""How much one address may do (T-25, P-16)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from comments import limits
from comments.limits import TooFast, address_key
from comments.models import Allowance, HouseRules
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


def test_a_key_says_nothing_of_the_address():
    assert len(KEY) == 64
    assert "203" not in KEY[:3]
    assert address_key("") == ""
    assert address_key("203.0.113.10") != KEY


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:DB8:0001:2::1", "2001:db8:1:2::1", True),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("something else", "something else", True),
    ],
)
def test_a_household_is_one_address(one, other, same):
    assert (address_key(one) == address_key(other)) is same


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
def test_rows_of_yesterday_are_swept_when_somebody_new_comes():
    old, young = address_key("198.51.100.1"), address_key("198.51.100.2")
    Allowance.objects.create(address=old, began_at=NOON - timedelta(days=1, seconds=1), used=1)
    Allowance.objects.create(address=young, began_at=NOON - timedelta(hours=23), used=1)
    limits.take(KEY, NOON)
    assert set(Allowance.objects.values_list("address", flat=True)) == {young, KEY}


@pytest.mark.django_db
def test_few_are_swept_at_once():
    long_ago = NOON - timedelta(days=9)
    Allowance.objects.bulk_create(
        Allowance(address=str(number), began_at=long_ago) for number in range(limits.SWEPT_AT_ONCE + 50)
    )
    limits.sweep(NOON)
    assert Allowance.objects.count() == 50


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


@pytest.mark.django_db(transaction=True)
def test_who_sweeps_does_not_wait_for_a_row_that_somebody_holds():
    """Who holds one is about to use it, and might be sweeping, too: two would wait for each other."""
    if not connection.features.has_select_for_update:
        pytest.skip("one writer at a time: nobody waits inside a transaction")
    for name in ("held", "free"):
        Allowance.objects.create(address=name, began_at=NOON - timedelta(days=9))
    somebody = connection.copy()
    try:
        somebody.set_autocommit(False)
        somebody.cursor().execute("SELECT 1 FROM comments_allowance WHERE address = 'held' FOR UPDATE")
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '1s'")
            limits.sweep(NOON)
        assert list(Allowance.objects.values_list("address", flat=True)) == ["held"]
    finally:
        somebody.rollback()
        somebody.close()
