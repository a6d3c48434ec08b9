"""What is planned for a piece, and how a plan goes when that on which it rests does.

For `workflow`, whose verbs take the ground from under a plan, and for `schedule`. The post is locked.
"""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from . import events
from .models import Event, Post, Revision, Schedule, Update

State, Verb = Schedule.State, Schedule.Verb


def planned(piece: Post | Update) -> dict[str, Schedule]:
    """What is planned for a piece, by verb: one of each at most."""
    found = Schedule.objects.of(piece).planned().select_related("revision", "over")
    return {row.verb: row for row in found}


def shown_last(piece: Post | Update) -> Revision | None:
    """What readers see of a piece, or saw before it was withdrawn."""
    if piece.is_live() or not piece.published_at:
        return piece.live
    gone = Event.objects.of(piece).filter(verb="withdraw").select_related("revision").order_by("-number").first()
    return gone and gone.revision


def end_of(row: Schedule, now: datetime) -> Schedule | None:
    """A withdrawal of the same piece, planned for after this publication, whose time has come as well."""
    ends = Schedule.objects.filter(post=row.post_id, update=row.update_id, verb=Verb.WITHDRAW)
    ends = ends.filter(due_at__gt=row.due_at, due_at__lte=now)
    return ends.filter(state__in=[State.DUE, State.RUNNING, State.DONE]).first()


def drop(
    piece: Post | Update, rows: Iterable[Schedule], *, by: AbstractBaseUser | None, at: datetime, because: str = ""
) -> None:
    """Take these plans of a locked piece back, each with an event; `because` is the verb that took its ground.

    Where readers see nothing of the piece and no longer will, there is nothing to withdraw either.
    """
    rows = list(rows)
    left = planned(piece)
    for row in rows:
        left.pop(row.verb, None)
    if rows and Verb.WITHDRAW in left and Verb.PUBLISH not in left and not piece.is_live():
        rows.append(left[Verb.WITHDRAW])
    for row in rows:
        details = {"verb": row.verb, "due": events.spell(row.due_at)} | ({"because": because} if because else {})
        event = events.add(piece, "take_back", by=by, at=at, stage=piece.stage, revision=row.revision, details=details)
        _cancel(row, event, at)
    if rows:
        piece.post.save(update_fields=["sequence"])


def drop_with_approval(piece: Post | Update, verb: str, *, by: AbstractBaseUser, at: datetime) -> None:
    """The newest wording of a locked piece is approved no longer (`verb` says why): its plan goes with that.

    What is planned of an older wording stays, but for a piece that will not run at all.
    """
    rows = planned(piece).values()
    if verb != "spike":
        rows = [row for row in rows if row.verb == Verb.PUBLISH and row.revision_id == piece.head_id]
    drop(piece, rows, by=by, at=at, because=verb)


def drop_overtaken(piece: Post | Update, revision: Revision, *, by: AbstractBaseUser, at: datetime) -> None:
    """Readers see this wording of a locked piece now: what was planned of it has happened.

    So it has where nothing was public before, for wordings are written one on top of the other. A change of what was
    public before is still to come.
    """
    row = planned(piece).get(Verb.PUBLISH)
    if row is not None and (row.revision_id == revision.pk or row.over_id is None):
        drop(piece, [row], by=by, at=at, because="publish")


def follow(piece: Post | Update, was: Revision, *, by: AbstractBaseUser | None, at: datetime) -> None:
    """`was`, the newest wording of a locked piece, stands on top again, over what readers see now: so does its plan.

    Its approval is then that of these words, and who takes it takes the plan. Where nothing of it is left that
    readers do not see, what was planned has happened.
    """
    row = planned(piece).get(Verb.PUBLISH)
    if row is None or row.revision_id != was.pk:
        return
    if piece.live_id == piece.head_id:
        drop(piece, [row], by=by, at=at, because="publish")
        return
    row.revision, row.over = piece.head, piece.live
    row.save(update_fields=["revision", "over"])


def _cancel(row: Schedule, event: Event, at: datetime) -> None:
    row.state, row.event, row.ended_at, row.leased_until = State.CANCELLED, event, at, None
    row.save(update_fields=["state", "event", "ended_at", "leased_until"])
