"""What an edit touches that no typo touches: numbers, names, quotations, dates, links, negations.

Whoever publishes says what kind of change it is; this says what speaks against "typo".
"""

from typing import NamedTuple

from .revisions import Content


class Warning(NamedTuple):
    """One thing that an edit touches: its name for records, and a sentence with the old and the new words."""

    name: str  # number, name, quotation, date, link, negation
    words: str


def warnings(old: Content, new: Content) -> list[Warning]:
    """What this edit touches, one of each name, in the order number, name, quotation, date, link, negation."""
    return []
