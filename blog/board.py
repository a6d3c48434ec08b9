"""The board: the cards that stand in its columns, and what one person may know of each.

`columns` says what stands where; only the cards that are shown are read with their words. What that costs does not grow
with the archive, and no card asks a question of its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import BadRequest
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from . import checks, columns, presence, workflow
from .columns import COLUMNS, DRAFTING, PUBLISHED, READY, REVIEW, RUNNING, Asked, Column, Facts, Filters, Plan, Row
from .models import Event, PassageNote, Post, Revision, Update
from .models.posts import sees_all
from .rounds import Round, asks_for_approval, with_steps
from .writers import Writer

SHOWN = 20  # cards in a column; the rest is counted, and has a page
EVERYTHING = Filters()
PAGE = 50  # cards of a column's own page
_LONG = ("body", "sources", "image", "summary", "tags")
# Where a piece stands after a verb; "" for nowhere on the board.
RESULT = {
    "submit": REVIEW,
    "recall": DRAFTING,
    "request_changes": DRAFTING,
    "approve": READY,
    "publish": PUBLISHED,
    "look_over": PUBLISHED,
    "take_back_publish": READY,
    "roll": RUNNING,
    "end": PUBLISHED,
    "withdraw": "",
    "spike": "",
}


@dataclass
class Card:
    """What the board shows of a piece to one person."""

    row: Row
    piece: Post | Update
    shown: Revision
    reads: bool  # may read drafts; else knows what readers know
    planned: Plan | None = None
    trouble: Plan | None = None
    asked: Asked | None = None
    notes: int = 0
    late: bool = False
    offers: Sequence[workflow.Offer] = ()
    here: Sequence = ()
    checks: tuple[int, int] | None = None  # how many pass, of how many
    ident: str = ""  # the piece's name on the page: of its first card, where it has two

    @property
    def key(self) -> str:
        return f"{self.row.kind}-{self.row.pk}"

    @property
    def is_update(self) -> bool:
        return isinstance(self.piece, Update)

    @property
    def headline(self) -> str:
        return self.shown.headline or self.shown.excerpt

    @property
    def writers(self) -> str:
        """Whose name stands above it; where none does, who wrote it."""
        return self.shown.byline_text() or self.shown.by_name

    @property
    def story(self) -> str:
        """The headline of the post that an update belongs to, as readers know it."""
        return self.piece.post.live.headline if self.piece.post.live_id else ""

    @property
    def type(self) -> str:
        return self.row.type

    @property
    def has_broken_glass(self) -> bool:
        """Was it published without approval, and nobody has looked at it since?"""
        return self.reads and self.piece.glass_id is not None

    @property
    def was_sent_back(self) -> bool:
        return self.row.column == DRAFTING and self.piece.stage == Post.Stage.CHANGES

    @property
    def is_behind(self) -> bool:
        """Do readers see an older wording of it?"""
        return self.row.column not in (RUNNING, PUBLISHED) and self.piece.has_newer_draft()


@dataclass(frozen=True)
class Pile:
    """A column with its cards: how many stand in it, and how many of them are not shown."""

    column: Column
    cards: list[Card]
    count: int  # of all, from the first card on
    following: str  # where the next cards begin; "" where all are shown

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


@dataclass
class Board:
    """All columns, what waits for who looks, and by what the cards can be chosen."""

    piles: dict[str, Pile]
    waiting: dict[str, int]
    sections: list[str]
    types: list[str]
    now: datetime = field(default_factory=timezone.now)


def of(user: AbstractBaseUser, filters: Filters = EVERYTHING, now: datetime | None = None) -> Board:
    """The board of this person: six columns, each with its first cards."""
    now = now or timezone.now()
    facts = columns.told(user)
    rows = columns.rows(user, facts, now)
    piles = _piles([row for row in rows if _fits(row, filters)], facts, user, SHOWN)
    return Board(
        piles=piles,
        waiting=_waiting(rows, facts) | facts.elsewhere,
        sections=sorted({row.section for row in rows if row.section}),
        types=sorted({row.type for row in rows if row.type}),
        now=now,
    )


def column(
    key: str, user: AbstractBaseUser, filters: Filters = EVERYTHING, after: str = "", now: datetime | None = None
) -> Pile:
    """One column by itself, from behind the card at `after` on. Raises BadRequest for what there is none of."""
    if key not in COLUMNS:
        raise BadRequest("no such column")
    now = now or timezone.now()
    facts = columns.told(user)
    rows = [row for row in columns.rows(user, facts, now) if row.column == key and _fits(row, filters)]
    if after:
        rows = [row for row in rows if row.place > _read(after)]
    return _piles(rows, facts, user, PAGE)[key]


def _fits(row: Row, filters: Filters) -> bool:
    chosen = {"": True, "mine": row.mine, "waiting": bool(row.waits)}[filters.who]
    return chosen and filters.section in ("", row.section) and filters.type in ("", row.type)


def _piles(rows: Iterable[Row], facts: Facts, user: AbstractBaseUser, size: int) -> dict[str, Pile]:
    standing: dict[str, list[Row]] = {key: [] for key in COLUMNS}
    for row in rows:
        standing[row.column].append(row)
    cards = _cards([row for found in standing.values() for row in found[:size]], facts, user)
    piles = {}
    for key, found in standing.items():
        shown = [cards[row] for row in found[:size] if row in cards]
        following = _spell(found[size - 1].place) if len(found) > size else ""
        piles[key] = Pile(COLUMNS[key], shown, len(found), following)
    return piles


def _cards(rows: list[Row], facts: Facts, user: AbstractBaseUser) -> dict[Row, Card]:
    """The cards of these rows, with two questions for all that stands on them."""
    pieces: dict[tuple[str, int], Post | Update] = {}
    for kind in ("post", "update"):
        wanted = {row.pk for row in rows if row.kind == kind}
        if wanted:
            pieces |= {(kind, piece.pk): piece for piece in _with_words(kind, user).filter(pk__in=wanted)}
    cards: dict[Row, Card] = {}
    named: set[Post | Update] = set()
    for row in rows:
        piece = pieces.get((row.kind, row.pk))
        if piece is None:  # gone between the two questions
            continue
        of_readers = row.column in (RUNNING, PUBLISHED)
        reads = not of_readers or row.mine or sees_all(user)
        card = cards[row] = Card(row, piece, piece.live if of_readers else piece.head, reads, late=row.late)
        if piece not in named:
            card.ident = card.key
            named.add(piece)
        if reads:
            card.planned = facts.planned.get(row.piece)
            card.trouble = facts.trouble.get(row.piece) if card.ident else None
            card.asked = facts.asked.get(row.piece) if row.column == REVIEW else None
            card.notes = piece.open_notes or 0
    for card, offers in zip(cards.values(), _offers(list(cards.values()), facts, user), strict=True):
        card.offers = offers
    _add_what_goes_on(list(cards.values()))
    return cards


def _offers(cards: list[Card], facts: Facts, user: AbstractBaseUser) -> list[list[workflow.Offer]]:
    """What this person may do with each, with at most one question: of those that go through steps."""
    rounds = _rounds({card.row.piece for card in cards if card.piece.step})
    writers = []
    for card in cards:
        writer = Writer(card.piece, user)
        writer.last, writer.was_public = card.piece.my_last or 0, card.piece.was_public
        writer.groups = frozenset(facts.groups)
        writer.asks = asks_for_approval(card.piece.post, card.piece.has_steps)
        writer.round = Round(card.piece, rounds.get(card.row.piece, []))
        writers.append(writer)
    return workflow.offers_of_each(writers)


def _rounds(pieces: set[tuple[int, int | None]]) -> dict[tuple[int, int | None], list[Event]]:
    """What sent each of these pieces to review and approved it since, the last first."""
    found: dict[tuple[int, int | None], list[Event]] = {}
    if pieces:
        acts = Event.objects.filter(post__in={post for post, _update in pieces}, verb__in=["submit", "approve"])
        for act in acts.order_by("-number"):
            found.setdefault((act.post_id, act.update_id), []).append(act)
    return found


def _add_what_goes_on(cards: list[Card]) -> None:
    """Who is at a piece, and what the checks say of what is on its way: to who may read it."""
    read = [card for card in cards if card.reads]
    here = presence.at({card.piece.post for card in read}) if read else {}
    on_the_way = [card for card in read if card.row.column not in (RUNNING, PUBLISHED)]
    passed = checks.summary([card.shown for card in on_the_way]) if on_the_way else {}
    for card in read:
        # Who is at an update is told of its story.
        card.here = [] if card.is_update else here.get(card.piece.pk, [])
    for card in on_the_way:
        card.checks = passed.get(card.shown.pk)


def _with_words(kind: str, user: AbstractBaseUser) -> QuerySet:
    """Pieces with their wordings but for the long parts, and what `Writer` and the card would ask of each."""
    here = OuterRef("pk")
    own = {"update": here} if kind == "update" else {"post": here, "update": None}
    notes = PassageNote.objects.filter(**own, done_at=None, answers=None).order_by()
    written = Revision.objects.filter(**own, by=user).order_by("-number")
    public = Event.objects.filter(**own, revision=OuterRef("head"), verb__in=["publish", "adopt"])
    pieces = (
        Update.objects.select_related("head", "live", "post__head", "post__live", "glass")
        if kind == "update"
        else (Post.objects.select_related("head", "live", "story_type", "glass").with_comment_count())
    )
    wordings = ("head", "live", "post__head", "post__live") if kind == "update" else ("head", "live")
    return pieces.defer(*(f"{wording}__{part}" for wording in wordings for part in _LONG)).annotate(
        my_last=Subquery(written.values("number")[:1]),
        was_public=Exists(public),
        glass_version=F("glass__revision__number"),
        has_steps=with_steps("post__story_type" if kind == "update" else "story_type"),
        open_notes=Subquery(notes.values(next(iter(own))).annotate(many=Count("pk")).values("many")),
    )


def _waiting(rows: list[Row], facts: Facts) -> dict[str, int]:
    """What waits for this person, by what it is; nothing for what there is none of."""
    leads = facts.publishes
    found = dict(Counter(what for row in rows for what in row.waits)) | {
        "late": sum(row.late and row.mine and row.column == DRAFTING for row in rows),
        "promises": sum(row.late and row.column == RUNNING and (leads or row.mine) for row in rows),
        "failed": len(facts.trouble) if leads else 0,
    }
    return {what: count for what, count in found.items() if count}


def _spell(place: tuple[int, int]) -> str:
    return f"{place[0]}-{-place[1]}"


def _read(text: str) -> tuple[int, int]:
    """The opposite of `_spell`. Raises BadRequest for what it did not write."""
    at, _, head = text.partition("-")
    if not (at.isascii() and at.isdecimal() and head.isascii() and head.isdecimal() and len(text) < 45):
        raise BadRequest("no such place in a column")
    return int(at), -int(head)
