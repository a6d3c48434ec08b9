"""When things happen in the demo: days counted from the day on which it is made, and the words for them.

A piece of "day -2, 14:00" was published the day before yesterday at two. Today's times run until about seven in the
evening; made earlier than that, the whole of today is drawn together so that its last piece is just out.
"""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import override

FIRST, LAST = time(6, 30), time(19, 0)  # between these the newsroom works
SHORTEST_DAY = timedelta(hours=3, minutes=30)
MARK = re.compile(r"\{(day|workday|date|month|year|iso|time|post|picture) ([^{}\s]+)\}")


class Calendar:
    """The days around the moment at which the demo is made."""

    def __init__(self, now: datetime):
        self.now = timezone.localtime(now)

    def moment(self, day: int, clock: str) -> datetime:
        """The time of day `clock` ("14:05") on the day that lies `day` days from today. Never later than now."""
        wanted = self._at(day, time.fromisoformat(clock))
        if day != 0 or self.now >= self._at(0, LAST):
            return wanted
        midnight = self._at(0, time(0))
        opens = max(midnight, min(self._at(0, FIRST), self.now - SHORTEST_DAY))
        part = (wanted - self._at(0, FIRST)) / (self._at(0, LAST) - self._at(0, FIRST))
        drawn = opens + part * (self.now - opens)
        return min(max(drawn, midnight).replace(second=0, microsecond=0), self.now)

    def fill(self, text: str, *, day: int, address: Callable[[str], str], picture: Callable[[str], str]) -> str:
        """The text with its marks replaced: days and dates by words, `post` by an address, `picture` by its `<img>`."""

        def word(mark: re.Match) -> str:
            kind, value = mark.groups()
            if kind == "post":
                return address(value)
            if kind == "picture":
                return picture(value)
            if kind == "time":
                return self.moment(day, value).strftime("%H:%M")
            return self._word(kind, int(value))

        return MARK.sub(word, text)

    def _word(self, kind: str, days: int) -> str:
        day = self.now.date() + timedelta(days=days)
        while kind == "workday" and day.weekday() > 4:
            day += timedelta(days=1)
        if kind == "iso":
            return day.isoformat()
        spelling = {"day": "l", "workday": "l", "date": "j F", "month": "F", "year": "Y"}[kind]
        with override("en-gb"):  # the demo is written in English whatever the site speaks
            return date_format(day, spelling)

    def _at(self, day: int, clock: time) -> datetime:
        return datetime.combine(self.now.date() + timedelta(days=day), clock, tzinfo=self.now.tzinfo)
