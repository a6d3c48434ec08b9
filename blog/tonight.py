"""What is planned for the next hours, and what would become of it as things stand: for the desk and the command."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from . import prospects, schedule
from .models import Revision, Schedule

NIGHT = timedelta(hours=24)
SHOWN = 50  # of what was done


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

    What becomes of an act is told as if nothing happened before it.
    """
    now = schedule.database_now()
    rows = Schedule.objects.before(until or now + NIGHT)
    rows = list(with_pieces(rows if user is None else rows.readable_by(user)))
    open_accounts = set(
        get_user_model().objects.filter(pk__in={row.by_id for row in rows}, is_active=True).values_list("pk", flat=True)
    )
    found, published = [], set()
    for row in rows:
        row.now = now
        if row.verb == Schedule.Verb.WITHDRAW and (row.post_id, row.update_id) in published:
            prospect = prospects.Prospect(Schedule.State.DONE)
        else:
            prospect = prospects.expect(row, row.piece, max(now, row.due_at))
        if row.verb == Schedule.Verb.PUBLISH and not prospect.is_trouble:
            published.add((row.post_id, row.update_id))
        found.append(Coming(row, prospect, row.by_id not in open_accounts))
    return found


def troubles(user: AbstractBaseUser) -> list[Schedule]:
    """What did not happen and nobody has looked at, of pieces that this person may read."""
    return list(with_pieces(Schedule.objects.in_trouble().readable_by(user)))


def done(user: AbstractBaseUser) -> list[Schedule]:
    """What was done in the last hours, the newest first."""
    since = schedule.database_now() - NIGHT
    rows = Schedule.objects.filter(state=Schedule.State.DONE, ended_at__gte=since).readable_by(user)
    return list(with_pieces(rows).order_by("-ended_at", "-pk")[:SHOWN])


def with_pieces(rows):
    """With what a list shows of each, and what is asked of a piece."""
    pieces = ("post__live", "post__head", "update__live", "update__head", "update__post", "revision", "over")
    return rows.select_related(*pieces)


def _headline(revision: Revision) -> str:
    return revision.headline or revision.excerpt
