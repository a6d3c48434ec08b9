"""What is at an address, and what would make its page another one: one question, asked for every reader.

In SQL, because Django takes as long to write the query as the database to answer it.
"""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Self

from django.db import connection
from django.utils import timezone

from .models import Numbers, discussion_ends_at

_STANDING = """
    SELECT post.id, post.live_id, post.story_id, post.version, story.version, edition.furniture,
           edition.discussion_days, post.public_sequence, post.text_sequence, post.coverage, post.update_count,
           post.published_at, post.updated_at, post.next_update_at,
           (SELECT SUM(visible) || ' ' || SUM(shown) || ' ' || SUM(version) FROM blog_tally WHERE post_id = post.id)
    FROM blog_post post
    JOIN blog_edition edition ON edition.id = 1
    LEFT JOIN blog_story story ON story.id = post.story_id
    WHERE post.published_on IS NOT NULL AND {}
"""
_AT_SLUG = _STANDING.format("post.kind = %s AND post.slug = %s")
_ON_DAY = _STANDING.format("post.kind = %s AND post.slug = %s AND post.published_on = %s")
_BY_KEY = _STANDING.format("post.id = %s")


class Standing(NamedTuple):
    """How a post that is or was public stands: with its words, its story, the site around it and its discussion."""

    post_id: int
    live_id: int | None
    story_id: int | None
    version: int
    story_version: int | None
    furniture: int
    discussion_days: int | None
    public_sequence: int
    text_sequence: int
    coverage: str
    update_count: int
    published_at: datetime
    updated_at: datetime | None
    next_update_at: datetime | None
    discussion: Numbers

    @classmethod
    def at(cls, kind: str, slug: str, day: date | None = None) -> Self | None:
        """Of what is or was public under this slug: a post of that day, a page when there is no day."""
        if day is None:
            return _ask(_AT_SLUG, [kind, slug])
        return _ask(_ON_DAY, [kind, slug, connection.ops.adapt_datefield_value(day)])

    @classmethod
    def of(cls, post_id: int) -> Self | None:
        return _ask(_BY_KEY, [post_id])

    def is_live(self) -> bool:
        return self.live_id is not None

    def is_over(self, now: datetime | None = None) -> bool:
        """Has time run out for comments?"""
        ends_at = discussion_ends_at(self.updated_at or self.published_at, self.discussion_days)
        return ends_at is not None and ends_at <= (now or timezone.now())

    def is_overdue(self, now: datetime | None = None) -> bool:
        """Was an update promised for a time that has passed?"""
        return self.next_update_at is not None and self.next_update_at <= (now or timezone.now())

    def number(self, now: datetime | None = None) -> tuple:
        """What moves when the page becomes another one, also by itself, as when time has run out for something."""
        return (*self[:7], self.is_over(now), self.is_overdue(now), *self.discussion)


def _ask(question: str, values: list[Any]) -> Standing | None:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    if row is None:
        return None
    *times, sums = row[11:]
    numbers = map(int, (sums or "0 0 0").split())  # three sums in one column: the tallies are gone through once
    return Standing(*row[:11], *map(_moment, times), Numbers(*numbers))


def _moment(value: datetime | None) -> datetime | None:
    """SQLite tells times without the zone in which it keeps them."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
