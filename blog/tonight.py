"""What is planned for the next hours, and what would become of it as things stand: for the desk and the command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.db.models.functions import Now

from . import paging, plans, prospects, schedule
from .models import Place, Revision, Schedule
from .models.schedules import ScheduleQuerySet

NIGHT = timedelta(hours=24)
SHOWN = 50  # of each list, at once
PIECES = ("post__live", "post__head", "update__live", "update__head", "update__post", "revision", "over")


@dataclass(frozen=True)
class Coming:
    """One plan with its prospect. `stray` where the account of who planned it is closed: it goes out all the same."""

    row: Schedule
    prospect: prospects.Prospect
    stray: bool

    @property
    def headline(self) -> str:
        """Of the words that are to go out; of a withdrawal those that readers see."""
        piece = self.row.piece
        return _headline(self.row.revision or piece.live or piece.head)

    def place(self) -> Place:
        """Where a part of the list ends that ends with it."""
        return Place(self.row.due_at, self.row.pk)

    @property
    def is_overdue(self) -> bool:
        return self.row.due_at <= self.row.now

    @property
    def put_off(self) -> str:
        """Why it has not been done although it should have been minutes ago; it is tried again. Empty for others."""
        is_stuck = self.row.now - self.row.due_at > schedule.STUCK
        return self.row.last_error if is_stuck else ""


def coming(user: AbstractBaseUser | None = None, until: datetime | None = None) -> list[Coming]:
    """What is due now and in the next hours (or until then), in order; for this person, of pieces that he may read.

    What becomes of an act is told as if nothing happened before it, but for its own publication.
    """
    return _foreseen(_due(user, until))


def part(user: AbstractBaseUser, wanted: str | None) -> paging.Part[Coming]:
    """The part of that list that begins at this place (None: its top). Raises paging.Unreadable for what is none."""
    rows = _due(user)
    if wanted is not None:
        at, pk = paging.read(wanted)
        rows = rows.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(pk__gt=pk))
    found = list(rows[: SHOWN + 1])
    return paging.Part(_foreseen(found[:SHOWN]), found[SHOWN] if len(found) > SHOWN else None, wanted is None)


def troubles(user: AbstractBaseUser) -> list[Schedule]:
    """What did not happen and nobody has looked at, of pieces that this person may read; the oldest ones."""
    return list(with_pieces(Schedule.objects.in_trouble().readable_by(user))[:SHOWN])


def done(user: AbstractBaseUser) -> list[Schedule]:
    """What was done in the last hours, the newest first."""
    rows = Schedule.objects.filter(state=Schedule.State.DONE, ended_at__gte=Now() - NIGHT).readable_by(user)
    return list(with_pieces(rows).order_by("-ended_at", "-pk")[:SHOWN])


def _due(user: AbstractBaseUser | None, until: datetime | None = None) -> ScheduleQuerySet:
    rows = Schedule.objects.before(until or Now() + NIGHT)
    rows = rows if user is None else rows.readable_by(user)
    return rows.select_related(*PIECES, "by").annotate(now=Now())


def _foreseen(rows: Iterable[Schedule]) -> list[Coming]:
    rows = list(rows)
    known, here = prospects.known_of(rows), {row.pk for row in rows}
    found, published = [], set()
    for row in rows:
        piece = row.post_id, row.update_id
        if row.verb == Schedule.Verb.WITHDRAW and (piece in published or plans.comes_before(row, known.around, here)):
            prospect = prospects.Prospect(Schedule.State.DONE)
        else:
            prospect = prospects.expect(row, row.piece, max(row.now, row.due_at), known)
        if row.verb == Schedule.Verb.PUBLISH and not prospect.is_trouble:
            published.add(piece)
        found.append(Coming(row, prospect, row.by is None or not row.by.is_active))
    return found


def with_pieces(rows: ScheduleQuerySet) -> ScheduleQuerySet:
    """With what a list shows of each, and what is asked of a piece."""
    return rows.select_related(*PIECES)


def _headline(revision: Revision) -> str:
    return revision.headline or revision.excerpt
