"""A word where it stands: is it a number, a unit, a day, a name?"""

import re
import unicodedata
from typing import NamedTuple

from . import slips, vocabulary
from .alignment import Word

_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_GROUPED = re.compile(r"\d{1,3}(?:[,\u00a0\u202f'’]\d{3})+")
_ELISION = re.compile(r"(?:l|d|qu|n|s|j|m|t|c)'(?=.)", re.IGNORECASE)
_CURRENCY = frozenset("€$£¥")
_OF_A_CLOCK = frozenset(("am", "pm", "o'clock", "gmt", "bst", "cet", "cest"))


class Token(NamedTuple):
    """A word where it stands."""

    words: list[Word]
    index: int

    @property
    def word(self) -> Word:
        return self.words[self.index]

    @property
    def lower(self) -> str:
        return self.word.text.casefold()

    def neighbour(self, step: int) -> "Token | None":
        index = self.index + step
        return Token(self.words, index) if 0 <= index < len(self.words) else None

    def number(self) -> str | None:
        """What it stands for, if it is certainly a number."""
        text = self.word.text
        if any(sign.isdigit() for sign in text[:2]) and not is_address(text):
            return _value(text)
        if text in "½¼¾⅓⅔":
            return text
        return vocabulary.numbers().get(self.lower)

    def some_number(self) -> str | None:
        """What it stands for, if it can be a number."""
        return self.number() or vocabulary.weak_numbers().get(self.lower)

    def unit(self) -> str | None:
        """What it measures in, if a number stands beside it."""
        unit = vocabulary.units().get(self.lower) or ("%" if self.lower.startswith("per ") else None)
        if unit is None:
            return None
        steps = (-1, 1) if self.lower in _CURRENCY else (-1, -2)
        beside = [self.neighbour(step) for step in steps]
        return unit if any(other is not None and other.some_number() for other in beside) else None

    def day(self) -> str | None:
        """Which day, month or time of day it names."""
        capital = vocabulary.CAPITAL_DAYS.get(self.lower)
        if capital is not None and self.word.text[0].isupper() and not self.word.opens:
            return capital
        lower = self.lower.replace(" ", "")
        return vocabulary.days().get(lower) or vocabulary.months().get(lower)

    def weak_day(self) -> str | None:
        return vocabulary.weak_days().get(self.lower)

    def is_of_a_date(self) -> bool:
        """A number that tells a time: "14:05", "5 September", "6 p.m."."""
        text = self.word.text
        if _CLOCK.fullmatch(text) or _DATE.fullmatch(text):
            return True
        for step in (-1, 1, -2, 2):
            other = self.neighbour(step)
            if other is None or (step == -1 and self.word.start - other.word.end > 1):
                continue  # "June, 30 people"
            if abs(step) == 2 and self.neighbour(step // 2).lower not in ("of", "de", "the", "des"):
                continue
            if other.lower in vocabulary.months() or (other.day() and other.day() in _OF_A_CLOCK):
                return True
            if other.lower in vocabulary.CAPITAL_DAYS and other.word.text[0].isupper():
                return True
        return False

    def is_misspelt_number_among(self, others: list["Token"]) -> bool:
        """Does another word stand there that is this number misspelt, and no other number?"""
        if not self.word.text[0].isalpha():
            return False
        near = [other.lower for other in others if not other.number() and slips.is_slip(other.lower, self.lower)]
        return any(self.number() in slips.nearest(other, vocabulary.numbers()) for other in near)

    def is_misspelt_unit_among(self, others: list["Token"]) -> bool:
        return any(not other.unit() and slips.is_slip(other.lower, self.lower) for other in others)

    def is_misspelt_day_among(self, others: list["Token"]) -> bool:
        """Does another word stand there that is this day or month misspelt, and nearer to no other one?"""
        near = [other.lower for other in others if not other.day() and slips.is_slip(other.lower, self.lower)]
        every_day = vocabulary.days() | vocabulary.months() | vocabulary.CAPITAL_DAYS
        return any(self.day() in slips.nearest(other, every_day) for other in near)

    def is_name_in_german(self) -> bool:
        """Every noun has a capital there: a name has none of its own before it, or another beside it."""
        before, after = self.neighbour(-1), self.neighbour(1)
        if before is not None and before.lower in vocabulary.BEFORE_NAMES:
            return True
        if before is not None and before.word.text[0].isupper() and not before.word.opens:
            return True
        has_company = after is not None and after.word.text[0].isupper() and not after.word.opens
        return has_company and (before is None or before.lower not in vocabulary.BEFORE_NOUNS)


def _value(text: str) -> str:
    """One spelling of a number: groups of thousands without their sign, whole ordinals with theirs."""
    text = text.casefold().replace("−", "-")
    return re.sub(r"[,\u00a0\u202f'’]", "", text) if _GROUPED.fullmatch(text) else text


def is_address(text: str) -> bool:
    return "@" in text or text.startswith(("http:", "https:", "www."))


def bare(text: str) -> str:
    """Without what is hung on a name: "l'", "d'" before it, "'s" behind it."""
    text = _ELISION.sub("", text, count=1) if _ELISION.match(text) else text
    return re.sub(r"'s?$", "", text)


def folded(text: str) -> str:
    """Letters and digits alone, small and without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if sign.isalnum() or sign in "%€$£¥°")
