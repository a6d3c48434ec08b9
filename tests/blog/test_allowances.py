"""How much one address may do (T-25, P-16)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from blog.models import Allowance, TooFast, address_key
from blog.models.allowances import SWEPT_AT_ONCE
from tests.factories import NOON, everything

KEY = address_key("203.0.113.9")


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def taken(*moments, most, pause, key=KEY):
    """True for each moment at which the address was let through."""
    found = []
    for seconds in moments:
        try:
            with transaction.atomic():
                Allowance.objects.take(key, after(seconds), most=most, pause=timedelta(seconds=pause))
            found.append(True)
        except TooFast:
            found.append(False)
    return found


@pytest.mark.django_db
def test_so_many_in_ten_minutes_and_so_many_seconds_between_two():
    assert taken(0, 1, 15, 30, 31, 599, 600, most=2, pause=15) == [True, False, True, False, False, False, True]


@pytest.mark.django_db
def test_a_refusal_counts_for_nothing():
    taken(0, most=1, pause=0)
    before = everything()
    assert taken(1, 2, most=1, pause=0) == [False, False]
    assert everything() == before


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
def test_rows_of_yesterday_are_swept_when_somebody_new_comes():
    old, young = address_key("198.51.100.1"), address_key("198.51.100.2")
    Allowance.objects.create(address=old, began_at=NOON - timedelta(days=1, seconds=1), used=1)
    Allowance.objects.create(address=young, began_at=NOON - timedelta(hours=23), used=1)
    taken(0, most=9, pause=0)
    assert set(Allowance.objects.values_list("address", flat=True)) == {young, KEY}


@pytest.mark.django_db
def test_few_are_swept_at_once():
    long_ago = NOON - timedelta(days=9)
    Allowance.objects.bulk_create(
        Allowance(address=str(number), began_at=long_ago) for number in range(SWEPT_AT_ONCE + 50)
    )
    Allowance.objects.sweep(NOON)
    assert Allowance.objects.count() == 50


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
        somebody.cursor().execute("SELECT 1 FROM blog_allowance WHERE address = 'held' FOR UPDATE")
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '1s'")
            Allowance.objects.sweep(NOON)
        assert list(Allowance.objects.values_list("address", flat=True)) == ["held"]
    finally:
        somebody.rollback()
        somebody.close()
