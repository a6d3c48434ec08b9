"""Lists in parts. A part begins after a key (a time and a number), never at a count.

So the thousandth part costs what the first one costs, and none skips or repeats a post when something is published
between two of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from . import search
from .models import Place, Post

SIZE = 20

_TIME = r"(\d{4}-\d\d-\d\dT\d{6}\.\d{6})"
_PLACE = re.compile(rf"{_TIME}-(\d{{1,18}})\Z", re.ASCII)
_RANKED = re.compile(rf"([1-3])-{_TIME}-(\d{{1,18}})\Z", re.ASCII)
_SPELLING = "%Y-%m-%dT%H%M%S.%f"

Row = TypeVar("Row")


class Unreadable(BadRequest):
    """A place in a list that we did not write; the message is for the reader."""

    def __init__(self):
        super().__init__(_("The address names a place in a list that there cannot be. Begin at the top of the list."))


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Some rows of a list, and the first row of the next part, if there is one."""

    rows: list[Row]
    following: Row | None
    is_first: bool

    @property
    def next_place(self) -> str:
        """Where the next part begins, for its address; empty on the last."""
        return spell(self.rows[-1].place()) if self.following is not None else ""


def part(posts: QuerySet, wanted: str | None, *, step: Callable, size: int = SIZE) -> Part[Post]:
    """The part of an ordered list that begins at `wanted` (None: at its top); `step` goes on from a place.

    Raises Unreadable when `wanted` is no place.
    """
    if wanted is not None:
        posts = step(posts, read(wanted))
    rows = list(posts[: size + 1])
    return Part(rows[:size], rows[size] if len(rows) > size else None, wanted is None)


def older(posts: QuerySet, wanted: str | None, size: int = SIZE) -> Part[Post]:
    """A part of a list with the newest first."""
    return part(posts.newest_first(), wanted, step=lambda rows, place: rows.before(place), size=size)


def newer(posts: QuerySet, wanted: str | None, size: int = SIZE) -> Part[Post]:
    """A part of a list with the oldest first."""
    return part(posts.oldest_first(), wanted, step=lambda rows, place: rows.after(place), size=size)


def address(path: str, parameter: str, wanted: str | None) -> str:
    """The one address of the part of a list that begins at `wanted`, whatever else stood in the query."""
    return f"{path}?{parameter}={wanted}" if wanted else path


def spell(place: Place) -> str:
    return f"{place.published_at.astimezone(UTC).strftime(_SPELLING)}-{place.pk}"


def read(text: str) -> Place:
    """The opposite of `spell`. Raises Unreadable for what it did not write."""
    match = _PLACE.match(text)
    if not match:
        raise Unreadable
    return Place(_moment(match[1]), int(match[2]))


def spell_ranked(place: search.Place) -> str:
    return f"{place.rank}-{place.published_at.astimezone(UTC).strftime(_SPELLING)}-{place.post_id}"


def read_ranked(text: str) -> search.Place:
    """The opposite of `spell_ranked`. Raises Unreadable for what it did not write."""
    match = _RANKED.match(text)
    if not match:
        raise Unreadable
    return search.Place(int(match[1]), _moment(match[2]), int(match[3]))


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, _SPELLING).replace(tzinfo=UTC)
    except ValueError as error:
        raise Unreadable from error
