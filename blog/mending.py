"""Changing what readers see while a newer draft stands behind it: the change goes out at once, the draft does not.

The draft comes on top again, with the change in it. Where both change the same words, both stand in it, marked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import carrying, events, plans, rendering, reviewing, revisions, rounds, workflow
from .events import Piece
from .models import Revision
from .refusals import NotAllowed, Stale, WorkflowError, WrongState
from .revisions import Content


def mend(
    piece: Piece,
    content: Content,
    *,
    live: Revision,
    by: AbstractBaseUser,
    kind: str,
    note: str = "",
    public_note: str = "",
    warnings: Sequence[str] = (),
    why: str = "",
    at: datetime | None = None,
) -> Piece:
    """Let readers see `content` in place of `live`, the wording that it was made of, and put the draft on top again.

    Who wrote the draft stays known. If it waited for somebody, it does again. What is planned stays planned. `kind`,
    `public_note`, `warnings` and `why` are those of `workflow.publish`. Raises NotAllowed, WrongState, Stale where
    readers see another wording by now, Unacceptable.
    """
    if not kind:
        raise WrongState(_("Say what kind of change it is."))
    with transaction.atomic():
        piece = events.lock(piece)
        against = refusal(piece, by)
        if against:
            raise against
        if piece.live_id != live.pk:
            raise Stale(_("Readers see version %(number)d by now: look at it first.") % {"number": piece.live.number})
        at = at or timezone.now()
        before, asked, was, head = piece.stage, reviewing.open_request(piece), piece.live, piece.head
        drafts = carrying.drafts_behind(piece, was)
        written = revisions.write(piece, content, by=by, note=_note(note, head), kind=kind, at=at)
        if (written or head).content_hash == was.content_hash:
            raise WrongState(_("Readers see exactly that already."))
        piece = events.lock(piece)
        details: dict[str, Any] = {"warnings": list(warnings)} if warnings else {}
        if rendering.clean_text(why):
            details["why"] = rendering.clean_text(why)
        said = {"kind": kind, "note": note, "public_note": public_note, "details": details}
        piece = workflow.bring_out(piece, piece.head, by=by, at=at, **said)
        if written is None:  # the draft said the very same
            plans.follow(piece, head, by=by, at=at)
            return piece
        now = Content.of(written)
        for draft in drafts:
            again = _("Version %(number)d again, on top of what was changed for readers.") % {"number": draft.number}
            carrying.put_on_top(piece, draft, was, now, again, at)
        piece = events.lock(piece)
        plans.follow(piece, head, by=by, at=at)
        return carrying.wait_again(piece, before, asked, at=at)


def refusal(piece: Piece, by: AbstractBaseUser) -> WorkflowError | None:
    """Why this person may not change what readers see of this piece beside its draft; None if they may."""
    if not by.has_perm(workflow.STEPS["publish"].permission):
        return NotAllowed(_("Your account may not do this."))
    if not workflow.may_edit(by, piece):
        return NotAllowed(_("It is somebody else's piece."))
    if not piece.is_live():
        return WrongState(_("It is not public."))
    if not piece.has_newer_draft():
        return WrongState(_("There is no draft behind what readers see: change the piece itself."))
    if rounds.asks_for_approval(piece.post):
        return WrongState(_("Somebody else has to approve every word first: change the draft, and send it to review."))
    return workflow.hindered(piece)


def _note(note: str, draft: Revision) -> str:
    said = _("Changed for readers; the draft, version %(number)d, stays one.") % {"number": draft.number}
    return f"{said}\n{note}".strip()
