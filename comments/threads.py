"""A page of a thread: a hundred places in their order, told flat, with the lists that open and close around each.

A page begins at a spot, never at a count, so that the hundredth costs what the first one costs. What readers see of a
comment that is gone is decided here: who did it and why, never its name or its words.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from blog.models import Event, Post, Suggestion

from .anchors import anchor_of
from .models import Comment, CommentQuerySet, Spot

SIZE = 100  # comments on a page
CONTEXT = 10  # comments before the one that was asked for, where its conversation began too far away
DEEPEST = 4  # lists within one another; further down "in reply to" says what the indent cannot
FOLDS_FROM = 3  # replies

_SPELLING = "%Y-%m-%dT%H%M%S.%f"
_SPOT = re.compile(r"(\d{4}-\d\d-\d\dT\d{6}\.\d{6})-(\d{1,18})-(\d{1,19})\Z", re.ASCII)
_LARGEST = 2**63 - 1


class NoSuchPlace(ValueError):
    """The text names no spot in a thread: we did not write it."""


class Other(NamedTuple):
    """A comment that one on a page points to. Of one that is gone nobody is told the name."""

    id: int
    name: str
    is_gone: bool
    is_here: bool  # on the same page
    revision_id: int | None = None  # the wording it was written on, as far as it stands beside it on the page


class Outcome(NamedTuple):
    """What became of the suggestion that a comment was made into, as soon as readers see anything of it."""

    fixed_in: int | None  # the version that brought it; None: it was declined
    credit: str
    reason: str


class OfUpdate(NamedTuple):
    """The update that was on the screen when a comment was written."""

    number: int
    happened_at: datetime


@dataclass(slots=True)
class Row:
    """A place of a thread, with no more of its comment than readers may see."""

    id: int
    state: str
    reason: str
    name: str
    badge: str
    html: str
    created_at: datetime
    edited_at: datetime | None
    revision_id: int | None
    version: int | None  # the number of that revision
    of_update: OfUpdate | None
    outcome: Outcome | None
    spot: Spot
    anchor: str = ""  # that links from where it was brought in from point to
    answers: Other | None = None
    is_first: bool = False  # of a conversation
    depth: int = 0
    opens: bool = False  # a list of replies begins behind it
    replies: int = 0  # on this page
    goes_on: bool = False  # there are more replies on the next page
    closes: list[bool] = field(default_factory=list)  # the lists that end behind it, and whether each was a fold
    next_conversation: Other | None = None

    @property
    def is_gone(self) -> bool:
        return self.state != Comment.State.VISIBLE

    @property
    def folds(self) -> bool:
        return self.replies >= FOLDS_FROM


@dataclass(frozen=True)
class Page:
    """Some places of a thread. `previous` and `following` are the spots where the pages beside it begin."""

    rows: list[Row]
    newest: bool  # the newest conversation first
    following: Spot | None
    previous: Spot | None
    is_first: bool
    continues: Other | None  # the first comment of the conversation that began before this page

    def holds(self, comment_id: int | None) -> bool:
        return any(row.id == comment_id for row in self.rows)


def page_of(post: Post, *, newest: bool = False, start: Spot | None = None, holding: int | None = None) -> Page:
    """The page that begins at `start`, or that holds a comment; else, or if it is not there, the first one.

    One query, with one more for parents on other pages and one for the way back where there are such.
    """
    thread = _Thread(Comment.objects.under(post).placed(), newest)
    if holding is not None:
        return _page_with(thread, holding)
    return _page_from(thread, start)


def empty() -> Page:
    """The page of a thread in which nobody ever wrote: there is nothing to ask."""
    return Page([], False, None, None, True, None)


def spell(spot: Spot) -> str:
    """A spot as it stands in an address."""
    return f"{spot.conversation_at.astimezone(UTC).strftime(_SPELLING)}-{spot.tree_id}-{spot.lft}"


def read(text: str) -> Spot:
    """The opposite of `spell`. Raises NoSuchPlace for what it did not write."""
    match = _SPOT.match(text)
    if not match or int(match[3]) > _LARGEST:
        raise NoSuchPlace(text)
    try:
        at = datetime.strptime(match[1], _SPELLING).replace(tzinfo=UTC)
    except ValueError as error:
        raise NoSuchPlace(text) from error
    return Spot(at, int(match[2]), int(match[3]))


# Finding the rows


class _Together(Func):
    """Columns that are compared as one, (a, b) < (1, 2): so an index in their order is entered in its middle."""

    template = "(%(expressions)s)"
    output_field = CharField()


class _Thread(NamedTuple):
    """What readers see of a thread, in one of its two orders."""

    placed: CommentQuerySet
    newest: bool

    def onwards(self, start: Spot | None) -> CommentQuerySet:
        """From a spot on, in order."""
        if not self.newest:
            found = self.placed.filter(_compared(GreaterThanOrEqual, start)) if start else self.placed
            return found.oldest_first()
        if start is None:
            return self.placed.newest_conversation_first()
        if start.lft <= 1:
            return self.placed.filter(_compared(LessThanOrEqual, start[:2])).newest_conversation_first()
        rest = self.placed.filter(conversation_at=start.conversation_at, tree_id=start.tree_id, lft__gte=start.lft)
        further = self.placed.filter(_compared(LessThan, start[:2]))
        return _both(rest.order_by("lft"), further.newest_conversation_first()).newest_conversation_first()

    def backwards(self, start: Spot) -> CommentQuerySet:
        """What stands before a spot, the nearest first."""
        if not self.newest:
            return self.placed.filter(_compared(LessThan, start)).order_by("-conversation_at", "-tree_id", "-lft")
        backwards = ("conversation_at", "tree_id", "-lft")
        above = self.placed.filter(_compared(GreaterThan, start[:2])).order_by(*backwards)
        if start.lft <= 1:
            return above
        rest = self.placed.filter(conversation_at=start.conversation_at, tree_id=start.tree_id, lft__lt=start.lft)
        return _both(rest.order_by("-lft"), above).order_by(*backwards)


def _compared(lookup: type, values: tuple) -> Any:
    columns = [F(name) for name in Spot._fields[: len(values)]]
    return lookup(_Together(*columns), _Together(*map(Value, values)))


def _both(first: CommentQuerySet, second: CommentQuerySet) -> CommentQuerySet:
    """Enough of one for a page, and of the other. Each is an index entered once; together none is."""
    # Wrapped, because SQLite takes no limit in a part of a union.
    parts = [Comment.objects.filter(pk__in=one.values("pk")[: 2 * SIZE + 1]).order_by() for one in (first, second)]
    return Comment.objects.filter(pk__in=parts[0].values("pk").union(parts[1].values("pk"), all=True))


def _page_from(thread: _Thread, start: Spot | None) -> Page:
    before = _spots(thread.backwards(start)[: SIZE + 1]) if start else []
    return _page(thread, start if before else None, before)


def _page_with(thread: _Thread, comment_id: int) -> Page:
    first = _page(thread, None, [])
    if first.holds(comment_id) or first.following is None:
        return first
    spots = _spots(thread.placed.filter(pk=comment_id))
    if not spots:
        return first
    before = _spots(thread.backwards(spots[0])[: 2 * SIZE])
    at = _turns_before(spots[0], before)
    start = before[at - 1] if at else spots[0]
    return _page(thread, start, before[at : at + SIZE + 1])


def _turns_before(spot: Spot, before: list[Spot]) -> int:
    """How far before a comment its page begins: with its conversation, if that fits on one."""
    if spot.lft <= 1:
        return 0
    near = enumerate(before[: SIZE - 1], 1)
    return next((at for at, other in near if other.lft <= 1), min(CONTEXT, len(before)))


def _spots(found: QuerySet) -> list[Spot]:
    return [Spot(*values) for values in found.values_list(*Spot._fields)]


_SHOWN = [
    *("pk", "parent_id", "reply_to_id", "rght", "state", "reason", "name", "badge", "html"),
    *("created_at", "edited_at", "revision_id", "revision__number"),
    *("update__number", "update__happened_at", "update__published_at"),
    *("suggestion__state", "suggestion__credit", "suggestion__reason", "fixed_in"),
    *Spot._fields,
    *("source", "source_id"),
]


def _fixed_in() -> Case:
    """The first version that readers saw with what was suggested: mostly the one that was made for it."""
    shown = Event.objects.filter(verb__in=["publish", "adopt"])
    itself = shown.filter(revision=OuterRef("suggestion__resolved"))
    of_piece = shown.filter(post=OuterRef("post")).annotate(piece=Coalesce("update_id", 0))
    later = of_piece.filter(
        piece=Coalesce(OuterRef("suggestion__update_id"), 0),
        revision__number__gte=OuterRef("suggestion__resolved__number"),
    )
    first = Subquery(later.order_by("number").values("revision__number")[:1])
    # One after the other, so that nobody looks for more than there is: most comments have nothing of this.
    found = Case(When(Exists(itself), then=F("suggestion__resolved__number")), default=first)
    return Case(When(suggestion__state=Suggestion.State.APPLIED, then=found), default=None)


class _Found(NamedTuple):
    """A row as the database gives it."""

    row: Row
    answered_id: int | None
    parent_id: int | None
    rght: int

    def is_above(self, spot: Spot) -> bool:
        return spot.tree_id == self.row.spot.tree_id and self.row.spot.lft < spot.lft < self.rght


def _found(values: tuple) -> _Found:
    pk, parent_id, reply_to_id, rght, state, reason, name, badge, html, *more = values
    *times, revision_id, version, number, happened_at, published_at = more[:7]
    of_update = OfUpdate(number, happened_at) if published_at else None
    outcome = _outcome(*more[7:11])
    if state != Comment.State.VISIBLE:
        name = badge = html = ""
        of_update = outcome = None
    spot = Spot(*more[11:14])
    known = (*times, revision_id, version, of_update, outcome)
    row = Row(pk, state, reason, name, badge, html, *known, spot, is_first=not parent_id)
    if more[14]:
        row.anchor = anchor_of(*more[14:])
    return _Found(row, reply_to_id or parent_id, parent_id, rght)


def _outcome(state: str | None, credit: str, reason: str, fixed_in: int | None) -> Outcome | None:
    if state == Suggestion.State.DECLINED and reason:
        return Outcome(None, "", reason)
    return Outcome(fixed_in, credit, "") if fixed_in else None


# Putting the page together


def _page(thread: _Thread, start: Spot | None, before: list[Spot]) -> Page:
    found = [
        _found(values)
        for values in thread.onwards(start).annotate(fixed_in=_fixed_in()).values_list(*_SHOWN)[: SIZE + 1]
    ]
    beyond = found.pop().row if len(found) > SIZE else None
    rows = [one.row for one in found]
    begun_before = rows[0].spot.tree_id if rows and not rows[0].is_first else None
    names = _names({one.answered_id for one in found} | {begun_before}, rows)
    for row, answered_id, *_rest in found:
        row.answers = names.get(answered_id)
    _nest(found, beyond)
    _lead_on(rows, beyond)
    return Page(
        rows=rows,
        newest=thread.newest,
        following=beyond and beyond.spot,
        previous=before[SIZE - 1] if len(before) > SIZE else None,
        is_first=start is None,
        continues=names.get(begun_before),
    )


def _names(wanted: set[int | None], rows: list[Row]) -> dict[int, Other]:
    """Who wrote these comments, whether they stand on this page or not."""
    names = {row.id: _other(row, is_here=True) for row in rows}
    elsewhere = wanted - names.keys() - {None}
    if elsewhere:
        for pk, name, state in Comment.objects.filter(pk__in=elsewhere).values_list("pk", "name", "state"):
            is_gone = state != Comment.State.VISIBLE
            names[pk] = Other(pk, "" if is_gone else name, is_gone, False)
    return names


def _nest(found: list[_Found], beyond: Row | None) -> None:
    """Say of each row how deep it stands, and which lists begin and end behind it."""
    depths: dict[int, int] = {}
    above: list[_Found] = []
    for one, following in zip(found, [*found[1:], None], strict=False):
        row = one.row
        while above and not above[-1].is_above(row.spot):
            above.pop()
        for other in above:
            other.row.replies += 1
        row.depth = min(depths.get(one.parent_id, -1) + 1, DEEPEST)
        depths[row.id] = row.depth
        above.append(one)
        row.opens = following is not None and following.parent_id == row.id and row.depth < DEEPEST
    if beyond:
        for one in above:
            one.row.goes_on = one.is_above(beyond.spot)
    _close_lists([one.row for one in found])


def _close_lists(rows: list[Row]) -> None:
    open_lists: list[bool] = []
    for row, next_depth in zip(rows, [*(row.depth for row in rows[1:]), 0], strict=False):
        if row.opens:
            open_lists.append(row.folds)
        while len(open_lists) > next_depth:
            row.closes.append(open_lists.pop())


def _lead_on(rows: list[Row], beyond: Row | None) -> None:
    """Which conversation comes after each."""
    following = _other(beyond, is_here=False) if beyond and beyond.is_first else None
    for row in reversed(rows):
        if row.is_first:
            row.next_conversation, following = following, _other(row, is_here=True)


def _other(row: Row, *, is_here: bool) -> Other:
    return Other(row.id, row.name, row.is_gone, is_here, row.revision_id if is_here and not row.is_gone else None)
