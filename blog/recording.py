"""The record: what was done to any piece, by whom and when, to be looked through and to be taken along as a table.

It is read by whoever reads everything at the desk, since notes for colleagues stand in it. A name stays in it when the
account has gone, and is what one looks for.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .models import Event, Post

AT_ONCE = 1000  # rows of the table that are read together
MOST_NAMES = 500
# What a spreadsheet takes for the beginning of a formula, as it is typed and in full width
FORMULA = set("=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
# Where commas stand in numbers, cells are set apart by another sign, and a cell begins in the middle of ours
_SPLIT = re.compile(rf"([;|])(?=[\s\"']*[{re.escape(''.join(sorted(FORMULA)))}])")
BOM = "\ufeff"  # or a spreadsheet takes UTF-8 for something older

GLASS = "break_glass"  # a publication, but nobody looks for it among the others
# Each verb as one looks for it; one that is not here stands under its own name
VERBS = {
    "write": lazy("Saved"),
    "submit": lazy("Sent to review"),
    "recall": lazy("Taken back to draft"),
    "request_changes": lazy("Changes asked for"),
    "approve": lazy("Approved"),
    GLASS: lazy("Published without approval"),
    "look_over": lazy("Looked over afterwards"),
    "publish": lazy("Published"),
    "adopt": lazy("Brought in from elsewhere"),
    "withdraw": lazy("Withdrawn"),
    "spike": lazy("Spiked"),
    "revive": lazy("Brought back from the spike"),
    "move": lazy("Slug changed"),
    "assign": lazy("Story changed"),
    "retype": lazy("Type changed"),
    "deadline": lazy("Deadline changed"),
    "roll": lazy("Made a running story"),
    "end": lazy("Coverage ended"),
    "promise": lazy("Next update promised"),
    "pin": lazy("Pinned"),
    "unpin": lazy("Unpinned"),
    "mark_key": lazy("Made a key moment"),
    "unmark_key": lazy("Made no key moment"),
    "discuss": lazy("Comments opened or closed"),
    "plan": lazy("Planned"),
    "take_back": lazy("Plan taken back"),
    "fail_plan": lazy("Plan failed or missed"),
    "see_failure": lazy("Failure seen"),
    "share": lazy("Link for outsiders made"),
    "unshare": lazy("Link for outsiders ended"),
    "remove": lazy("Words removed for legal reasons"),
}


@dataclass(frozen=True)
class Wanted:
    """What of the record is looked for. `since` is the first moment, `until` the first one after; None is no bound."""

    person: str = ""
    verb: str = ""
    posts: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


def may_read(user: AbstractBaseUser) -> bool:
    """Does this person read the drafts of everybody, and events at all?"""
    reads_all = user.has_perm("blog.edit_any_post") or user.has_perm("blog.review_post")
    return reads_all and user.has_perm("blog.view_event")


def acts(wanted: Wanted) -> QuerySet[Event]:
    """The events that are looked for, the newest first, with what a line about each needs and no texts."""
    found = Event.objects.newest_first().select_related("post__head", "update", "revision")
    if wanted.person:
        found = found.filter(by_name=wanted.person)
    if wanted.verb == GLASS:
        found = found.without_approval()
    elif wanted.verb:
        found = found.filter(verb=wanted.verb)
    if wanted.posts is not None:
        found = found.filter(post__in=wanted.posts)
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    # Without any bound SQLite begins with all posts and sorts their acts: two seconds where this takes a hundredth.
    found = found.filter(at__lt=wanted.until or END_OF_TIME)
    return found.only(
        *(column.name for column in Event._meta.concrete_fields),
        "revision__number",
        "update__number",
        "update__happened_at",
        "post__kind",
        "post__slug",
        "post__published_on",
        "post__published_at",
        "post__key",
        "post__head__number",
        "post__head__headline",
    )


def posts_named(words: str) -> tuple[int, ...]:
    """Pieces by what stands in an address: their number, or their slug with whatever is around it."""
    words = words.strip().partition("?")[0].partition("#")[0].rstrip("/")
    *way, last = words.split("/")
    if last in ("change", "history") and way:  # the address of the desk
        last = way[-1]
    if not last:
        return ()
    if last.isascii() and last.isdecimal() and len(last) < 19:
        return (int(last),)
    return tuple(Post.objects.filter(slug=last).order_by("pk").values_list("pk", flat=True)[:MOST_NAMES])


def people() -> list[str]:
    """Every name under which something was done, whether there is an account or not."""
    return [name for name in _each("by_name") if name]


def verbs() -> list[tuple[str, str]]:
    """Everything that was ever done, by its key and in words, in the order of the words."""
    done = [*_each("verb"), *([GLASS] if Event.objects.without_approval().exists() else [])]
    return sorted(((verb, word_for(verb)) for verb in done), key=lambda pair: pair[1].casefold())


def word_for(verb: str) -> str:
    return str(VERBS.get(verb, verb.replace("_", " ")))


def table(wanted: Wanted) -> Iterator[str]:
    """The acts that are looked for as lines of CSV, in UTF-8, a part at a time: as many as there are at the beginning.

    No cell begins a formula, and none holds a line break. Times are told in the site's zone.
    """
    writer = csv.writer(_Lines())
    yield BOM + writer.writerow(_headings())
    rows = acts(wanted)
    part = list(rows[:AT_ONCE])
    while part:
        yield "".join(writer.writerow([cell(value) for value in _row(event)]) for event in part)
        part = list(rows.before(part[-1].place())[:AT_ONCE]) if len(part) == AT_ONCE else []


def cell(value: Any) -> Any:
    """What stands in a cell: texts on one line, with an apostrophe before what a spreadsheet would reckon with."""
    if not isinstance(value, str):
        return value
    text = "".join(" " if _is_control(sign) else sign for sign in value)
    first = next((sign for sign in text if not _is_passed_over(sign)), "")
    text = f"'{text}" if first in FORMULA else text
    return _SPLIT.sub(r"\1'", text)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp")


def _is_passed_over(sign: str) -> bool:
    """Signs that nobody sees, and that some programs leave out before they look at what comes first."""
    return sign.isspace() or unicodedata.category(sign) in ("Cf", "Zs", "Mn")


def _headings() -> list[str]:
    names = _("When|Who|What|Piece|Headline|Address|Update|Version|Stage before|Stage after|Kind of change")
    return [*names.split("|"), _("Note for colleagues"), _("Note for readers"), _("Readers saw it"), _("More")]


def _row(event: Event) -> list[Any]:
    return [
        timezone.localtime(event.at).isoformat(timespec="seconds"),
        event.by_name,
        word_for(GLASS if event.verb == "publish" and event.details.get("glass") else event.verb),
        event.post_id,
        str(event.post),
        event.post.get_absolute_url() if event.post.published_on else "",
        event.update.number if event.update else "",
        event.revision.number if event.revision else "",
        event.stage_before,
        event.stage_after,
        event.kind,
        event.note,
        event.public_note,
        _("yes") if event.public else _("no"),
        json.dumps(event.details, ensure_ascii=False) if event.details else "",
    ]


def _each(column: str) -> list[str]:
    """Every value of a column with an index of its own: from one to the next, however many rows have the same."""
    name, events = connection.ops.quote_name(column), connection.ops.quote_name(Event._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found(value) AS (SELECT MIN({name}) FROM {events} UNION ALL "
            f"SELECT (SELECT MIN({name}) FROM {events} WHERE {name} > value) FROM found WHERE value IS NOT NULL) "
            "SELECT value FROM found WHERE value IS NOT NULL LIMIT %s",
            [MOST_NAMES],
        )
        return [value for (value,) in cursor.fetchall()]


class _Lines:
    """Gives back what is written into it."""

    def write(self, line: str) -> str:
        return line
