"""What the parts of an address may look like."""

import unicodedata
from datetime import date

from django.urls import register_converter
from django.urls.converters import StringConverter


class Digits:
    """A part of a date: a number with its zeros in front."""

    width = 2

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int | str) -> str:
        return f"{int(value):0{self.width}}"


class Year(Digits):
    regex = "[0-9]{4}"
    width = 4


class TwoDigits(Digits):
    regex = "[0-9]{2}"


class Slug(StringConverter):
    """Letters of any script, numbers, hyphens and underscores; some systems send é or が in two characters."""

    regex = r"[\w\u0300-\u036f\u3099\u309a-]+"

    def to_python(self, value: str) -> str:
        return unicodedata.normalize("NFC", value)


def day_of(year: int, month: int, day: int = 1) -> date | None:
    """The day these numbers mean, if the calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


register_converter(Year, "year")
register_converter(TwoDigits, "two")
register_converter(Slug, "name")
