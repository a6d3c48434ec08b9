"""A month as rows of weeks, for a table."""

import calendar
from dataclasses import dataclass
from datetime import date

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format


@dataclass(frozen=True)
class Day:
    number: int
    date: date
    count: int


@dataclass(frozen=True)
class Weekday:
    short: str
    long: str


@dataclass(frozen=True)
class Month:
    first: date
    weekdays: list[Weekday]
    weeks: list[list[Day | None]]
    count: int


def month_of(year: int, month: int, counts: dict[date, int]) -> Month:
    """The month's weeks as the site's language begins them, with how much was published on each day."""
    first_weekday = (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7  # Django counts from Sunday, Python from Monday
    weeks = calendar.Calendar(first_weekday).monthdayscalendar(year, month)
    return Month(
        first=date(year, month, 1),
        weekdays=[
            Weekday(str(WEEKDAYS_ABBR[(first_weekday + i) % 7]), str(WEEKDAYS[(first_weekday + i) % 7]))
            for i in range(7)
        ],
        weeks=[[_day(year, month, number, counts) for number in week] for week in weeks],
        count=sum(count for day, count in counts.items() if (day.year, day.month) == (year, month)),
    )


def _day(year: int, month: int, number: int, counts: dict[date, int]) -> Day | None:
    if not number:
        return None
    day = date(year, month, number)
    return Day(number, day, counts.get(day, 0))
