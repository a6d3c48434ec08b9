"""A planned wording over another one than it was made for: what was published meanwhile stays in it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from . import events, merging, reviewing, revisions, workflow
from .events import Piece
from .models import ReviewRequest, Revision, Schedule
from .refusals import WorkflowError
from .revisions import Content


@dataclass(frozen=True)
class Carried:
    """The planned words and what readers were shown last, together; `collisions` says where that is no text."""

    content: Content
    shown: Revision
    collisions: tuple[Any, ...]

    @property
    def says_nothing_new(self) -> bool:
        return self.content.hash() == self.shown.content_hash


def carry(over: Revision, planned: Revision, shown: Revision) -> Carried:
    """`over` was public when `planned` was made to follow it; `shown` is what came in between."""
    three = {"base": Content.of(over), "mine": Content.of(planned), "theirs": Content.of(shown)}
    merged = merging.merge(**three, names=(planned.by_name, _("What readers see")))
    return Carried(merged.content.tidy(), shown, tuple(merged.collisions))


def bring_out(
    piece: Piece, carried: Carried, row: Schedule, *, by: AbstractBaseUser | None, at: datetime, **said: Any
) -> Piece:
    """Publish the words of both as a new version of a locked piece, and put what is being written on top of it.

    Takes what `workflow.bring_out` takes, and gives and raises what it does.
    """
    before, asked = piece.stage, reviewing.open_request(piece)
    drafts = drafts_behind(piece, carried.shown, row.revision)
    note = _("Version %(planned)d as planned, with what version %(shown)d had changed meanwhile.") % {
        "planned": row.revision.number,
        "shown": carried.shown.number,
    }
    kind = said["kind"] or Revision.Kind.UPDATE
    revisions.write(piece, carried.content, by=by, note=note, kind=kind, at=at)
    piece = events.lock(piece)  # where that is the newest draft word for word, nothing was written: it goes out
    piece = workflow.bring_out(piece, piece.head, by=by, at=at, **said)
    for draft in drafts:
        said = _("Version %(number)d again, on top of what went out as planned.") % {"number": draft.number}
        put_on_top(piece, draft, carried.shown, carried.content, said, at)
    return wait_again(events.lock(piece), before, asked, at=at)


def wait_again(piece: Piece, before: str, asked: ReviewRequest | None, *, at: datetime) -> Piece:
    """A draft that was in review or approved (`before`) has other words below it now: it waits for a look again.

    For the same one where that is possible, as sent by who sent it, or else by who wrote it; where nobody can send it,
    it stays a draft. `asked` is the request that was open: what was asked for in it is asked again.
    """
    if not piece.has_newer_draft() or before not in {workflow.REVIEW, workflow.APPROVED}:
        return piece
    sender = get_user_model().objects.filter(pk=asked.by_id if asked else piece.head.by_id).first()
    if sender is None:
        return piece
    words = {"note": asked.note if asked else ""}
    ways: list[dict[str, Any]] = [words]  # whoever reviews
    if asked:
        due_at = asked.due_at if asked.due_at and asked.due_at > timezone.now() else None
        ways.insert(0, {"to": asked.to_user or asked.to_group, "due_at": due_at, **words})
    for whom in ways:
        with suppress(WorkflowError):  # that one may not be asked any more
            return workflow.submit(piece, by=sender, at=at, **whom)
    return piece


def drafts_behind(piece: Piece, *shown: Revision) -> list[Revision]:
    """The newest wording of each person who went on writing: who wrote what readers do not see has to stay known.

    Without those whose words were removed.
    """
    newer = Revision.objects.of(piece).filter(number__gt=max(one.number for one in shown))
    last = newer.order_by().values("by").annotate(last=Max("number")).values("last")
    found = Revision.objects.of(piece).filter(number__in=last).order_by("number")
    return [draft for draft in found if not draft.is_blank()]


def put_on_top(piece: Piece, draft: Revision, was: Revision, now: Content, note: str, at: datetime) -> None:
    """The next wording: that of a draft, of its writer, with what became of the live one that it was written behind.

    Raises Unacceptable where both together are more than a piece may hold.
    """
    three = {"base": Content.of(was), "mine": Content.of(draft), "theirs": now}
    merged = merging.merge(**three, names=(draft.by_name, _("What readers see")))
    writer = get_user_model().objects.filter(pk=draft.by_id).first()
    revisions.write(piece, merged.content, by=writer, note=note, kind=draft.kind, at=at)
