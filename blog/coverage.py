"""What readers see of a running story: its updates a page at a time, key moments, what was corrected, and the promise.

The same values are drawn on the post's page, sent in its numbered feed, and made from the record for the page at a
moment. So the three cannot tell different stories.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from django.db.models import Q, QuerySet

from .models import Event, Post, Revision, Spot, Update
from .moments import Notice

PAGE = 30  # updates
LEAD = 5  # updates above the one that an address means, when it is on none of the first page

_SPELT = re.compile(r"\d{8}T\d{12}-\d{9}", re.ASCII)


class NoSuchSpot(ValueError):
    """A place among updates that we did not write."""


@dataclass(frozen=True)
class Correction:
    """What readers are told of a change, from the one record of it: the event that published it."""

    event: int
    at: datetime
    kind: str
    update: int  # the number of the update, 0 for the post's own text
    happened_at: datetime | None  # of the update, then
    before: int | None
    revision: int
    note: str

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            event=notice["event"],
            at=datetime.fromisoformat(notice["at"]),
            kind=notice["kind"],
            update=notice["update"],
            happened_at=datetime.fromisoformat(notice["happened_at"]) if notice["happened_at"] else None,
            before=notice["before"],
            revision=notice["revision"],
            note=notice["note"],
        )

    def is_correction(self) -> bool:
        return self.kind == Revision.Kind.CORRECTION


@dataclass(frozen=True)
class Entry:
    """An update as readers see it; with `withdrawal`, the stub that stands in its place."""

    number: int
    happened_at: datetime
    published_at: datetime
    updated_at: datetime | None
    pinned: bool
    key: bool
    revision: Revision | None
    notices: list[Correction]
    withdrawal: Event | None = None

    @property
    def anchor(self) -> str:
        return f"u{self.number}"

    @property
    def spot(self) -> str:
        """Where it stands, in a spelling whose order is its order among updates, for scripts and addresses."""
        return spell(Spot(self.happened_at, self.number))

    @property
    def corrections(self) -> list[Correction]:
        return [notice for notice in self.notices if notice.is_correction()]

    @property
    def remarks(self) -> list[Correction]:
        """What was said of other changes."""
        return [notice for notice in self.notices if not notice.is_correction()]


@dataclass(frozen=True)
class Coverage:
    """A post with its updates at one moment, and the page of them that somebody looks at."""

    state: str
    oldest_first: bool
    entries: list[Entry] = field(default_factory=list)
    pinned: list[Entry] = field(default_factory=list)
    keys: list[Entry] = field(default_factory=list)
    count: int = 0  # updates whose words readers see, on all pages
    start: Spot | None = None  # this page begins behind it; None on the first
    back: Spot | None = None  # where the page before begins; None where that is the first
    on: Spot | None = None  # where the next page begins; None on the last
    notices: list[Correction] = field(default_factory=list)  # of the whole post, newest first
    next_update_at: datetime | None = None
    promise: str = ""
    last_at: datetime | None = None  # when readers last got something new
    is_overdue: bool = False

    @property
    def is_rolling(self) -> bool:
        return self.state == Post.Coverage.ROLLING

    @property
    def is_running_story(self) -> bool:
        return self.state != Post.Coverage.NONE

    @property
    def corrections(self) -> list[Correction]:
        return [notice for notice in self.notices if notice.is_correction()]


@dataclass(frozen=True)
class Wish:
    """Which page of updates somebody asks for: an order, and where the page begins or which update it holds."""

    oldest_first: bool | None = None  # None: as it is usual at this point of the coverage
    after: Spot | None = None
    holding: int | None = None


def usual_order(state: str) -> bool:
    """Oldest first? Newest first while it goes on; a story that has ended is read from its beginning."""
    return state == Post.Coverage.ENDED


def now(post: Post, wish: Wish) -> Coverage:
    """What readers see of a live post at this moment; at most two questions more than a post without updates.

    An update that is not there is passed over: the page begins at the beginning.
    """
    common = told_of(post, wish)
    oldest_first, told = common["oldest_first"], common["notices"]
    if post.coverage == Post.Coverage.NONE:
        return Coverage(**common)
    shown = post.updates.shown()
    start = _start(shown.in_line(), wish, oldest_first)
    line = _line(shown.in_line(), oldest_first, start)
    # With the pinned and the key moments in one question: both are few.
    page = line.values("pk")[: PAGE + 1]
    rows = list(
        shown.filter(Q(pk__in=page) | Q(pinned=True) | Q(key=True, live__isnull=False))
        .select_related("live", "withdrawal")
        .newest_first()
    )
    back = _behind(shown.in_line(), start, oldest_first, PAGE - 1) if start else None
    return cut([entry(update, told) for update in rows], common | {"back": back}, start)


def corrections_of(post: Post) -> list[Correction]:
    """What readers of a post are told was wrong, in its own text and in its updates, the newest first."""
    told = (Correction.of(notice) for notice in reversed(post.notices) if not notice["gone"])
    return [one for one in told if one.is_correction()]


def told_of(post: Post, wish: Wish, at: datetime | None = None) -> dict:
    """What a post's own columns say of its coverage, as `cut` takes it; `at` another time than now."""
    return {
        "state": post.coverage,
        "oldest_first": usual_order(post.coverage) if wish.oldest_first is None else wish.oldest_first,
        "count": post.update_count,
        "notices": [Correction.of(notice) for notice in reversed(post.notices) if not notice["gone"]],
        "next_update_at": post.next_update_at,
        "promise": post.promise,
        "last_at": post.last_changed_at(),
        "is_overdue": post.is_overdue(at),
    }


def cut(entries: Iterable[Entry], common: dict, start: Spot | None) -> Coverage:
    """One page of these entries, which are at least those of the page, the pinned and the key moments."""
    oldest_first = common["oldest_first"]
    entries = sorted(entries, key=lambda one: Spot(one.happened_at, one.number), reverse=not oldest_first)
    line = [one for one in entries if not one.pinned and _comes_after(one, start, oldest_first)]
    page, rest = line[:PAGE], line[PAGE:]
    pinned = [] if start else [one for one in entries if one.pinned]
    keys = [one for one in entries if one.key and one.revision]
    return Coverage(
        **common,
        entries=page,
        pinned=pinned,
        keys=sorted(keys, key=lambda one: Spot(one.happened_at, one.number), reverse=not oldest_first),
        start=start,
        on=Spot(page[-1].happened_at, page[-1].number) if rest and page else None,
    )


def entry(update: Update, told: list[Correction]) -> Entry:
    """An update with its live wording, and what readers were told of it."""
    return Entry(
        number=update.number,
        happened_at=update.happened_at,
        published_at=update.published_at,
        updated_at=update.updated_at,
        pinned=update.pinned,
        key=update.key,
        revision=update.live,
        notices=[one for one in told if one.update == update.number],
        withdrawal=update.withdrawal,
    )


def spell(spot: Spot) -> str:
    """A spot for addresses and scripts: the order of these texts is the order of the spots."""
    at = spot.happened_at.astimezone(UTC)
    return f"{at.year:04}{at:%m%dT%H%M%S%f}-{spot.number:09}"  # "%Y" has no four digits before the year 1000


def read(text: str) -> Spot:
    """The spot that `spell` wrote. Raises NoSuchSpot for anything else."""
    if not _SPELT.fullmatch(text):
        raise NoSuchSpot(text)
    time, number = text.split("-")
    try:
        return Spot(datetime.strptime(time, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(number))
    except ValueError as error:
        raise NoSuchSpot(text) from error


def _start(line: QuerySet[Update], wish: Wish, oldest_first: bool) -> Spot | None:
    """Where the page begins that was asked for: behind a spot, or so that it holds an update; None for the first."""
    if wish.after is not None or wish.holding is None:
        return wish.after
    wanted = line.filter(number=wish.holding).first()
    if wanted is None or _behind(line, wanted.spot(), oldest_first, PAGE - 1) is None:
        return None
    return _behind(line, wanted.spot(), oldest_first, LEAD)


def _behind(line: QuerySet[Update], spot: Spot, oldest_first: bool, steps: int) -> Spot | None:
    """The spot that lies so many updates nearer to the beginning; None where there are not as many."""
    nearer = line.before(spot).newest_first() if oldest_first else line.after(spot).oldest_first()
    keys = nearer.values_list("happened_at", "number")[steps : steps + 1]
    return next((Spot(*key) for key in keys), None)


def _line(line: QuerySet[Update], oldest_first: bool, start: Spot | None) -> QuerySet[Update]:
    if start is not None:
        line = line.after(start) if oldest_first else line.before(start)
    return line.oldest_first() if oldest_first else line.newest_first()


def _comes_after(one: Entry, start: Spot | None, oldest_first: bool) -> bool:
    if start is None:
        return True
    spot = Spot(one.happened_at, one.number)
    return spot > start if oldest_first else spot < start
