"""A month as a table."""

from datetime import date

import pytest
from django.utils import translation

from blog.calendars import month_of

COUNTS = {date(2025, 9, 5): 3, date(2025, 9, 30): 1, date(2025, 8, 5): 7}


@pytest.mark.parametrize(
    ("language", "first", "week"),
    [("en-gb", "Monday", [1, 2, 3, 4, 5, 6, 7]), ("en-us", "Sunday", [None, 1, 2, 3, 4, 5, 6])],
)
def test_weeks_begin_as_they_do_where_the_site_is(language, first, week):
    with translation.override(language):
        month = month_of(2025, 9, COUNTS)  # its first day is a Monday
    assert month.weekdays[0].long == first
    assert [day and day.number for day in month.weeks[0]] == week
    assert {len(week) for week in month.weeks} == {7}


def test_days_know_how_much_was_published_on_them():
    month = month_of(2025, 9, COUNTS)
    days = {day.number: day.count for week in month.weeks for day in week if day}
    assert {number: count for number, count in days.items() if count} == {5: 3, 30: 1}
    assert (len(days), month.count, month.first) == (30, 4, date(2025, 9, 1))
