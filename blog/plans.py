"""What is planned for a piece, and how a plan goes when that on which it rests does.

For `workflow`, whose verbs take the ground from under a plan, and for `schedule`. The post is locked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from . import events
from .models import Event, Post, Revision, Schedule, Update

State, Verb = Schedule.State, Schedule.Verb
HAPPEN = [State.DUE, State.RUNNING, State.DONE]
_OF_AN_ACT = "post update verb state due_at".split()


def planned(piece: Post | Update) -> dict[str, Schedule]:
    """What is planned for a piece, by verb: one of each at most."""
    found = Schedule.objects.of(piece).planned().select_related("revision", "over")
    return {row.verb: row for row in found}


@dataclass(frozen=True)
class Around:
    """What stands around the plans of many pieces, asked once for all of them (`around`); by post and update."""

    acts: list[Schedule]
    shown: dict[tuple[int, int | None], Revision | None]  # before they were withdrawn


def around(rows: Iterable[Schedule]) -> Around:
    """What has to be known to say what becomes of each of these. Two questions at most."""
    rows = list(rows)
    acts = Schedule.objects.filter(post__in={row.post_id for row in rows}, state__in=HAPPEN).order_by("pk")
    away = {row.post_id for row in rows if row.piece.published_at and not row.piece.is_live()}
    gone = Event.objects.filter(post__in=away, verb="withdraw").select_related("revision").order_by("number")
    shown = {(one.post_id, one.update_id): one.revision for one in gone} if away else {}
    return Around(list(acts.only(*_OF_AN_ACT)) if rows else [], shown)


def shown_last(piece: Post | Update, known: Around | None = None) -> Revision | None:
    """What readers see of a piece, or saw before it was withdrawn."""
    if piece.is_live() or not piece.published_at:
        return piece.live
    if known:
        return known.shown.get((piece.post.pk, piece.pk if isinstance(piece, Update) else None))
    gone = Event.objects.of(piece).filter(verb="withdraw").select_related("revision").order_by("-number").first()
    return gone and gone.revision


def end_of(row: Schedule, now: datetime, known: Around | None = None) -> Schedule | None:
    """A withdrawal of the same piece, planned for after this publication, whose time has come as well."""
    if known is None:
        known = Around(list(Schedule.objects.filter(post=row.post_id, verb=Verb.WITHDRAW, state__in=HAPPEN)), {})
    ends = (one for one in known.acts if one.verb == Verb.WITHDRAW and row.due_at < one.due_at <= now)
    return next((one for one in ends if _is_of(one, row)), None)


def comes_before(row: Schedule, known: Around, but: Collection[int]) -> bool:
    """Is the piece to be published before this withdrawal of it, by a plan that is none of these?"""
    acts = (one for one in known.acts if one.verb == Verb.PUBLISH and one.state != State.DONE)
    return any(one.pk not in but and one.due_at <= row.due_at and _is_of(one, row) for one in acts)


def _is_of(one: Schedule, row: Schedule) -> bool:
    return (one.post_id, one.update_id) == (row.post_id, row.update_id)


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
