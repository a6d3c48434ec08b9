"""Publishing in an emergency what nobody has approved, and looking over it afterwards.

Only approval is passed over: permission, the newest words, a headline, a sentence with a correction are asked for as
ever. The piece stays marked (`glass` names the event) until somebody who neither wrote these words nor published them
has looked over them; until then nobody answers for them, and who wrote them approves nothing that is built on them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import events, plans, rendering, reviewing, workflow
from .events import Piece
from .models import Event, Post, Revision, Update, to_look_over
from .refusals import NotAllowed, Stale, WrongState
from .writers import seen_up_to


def break_glass(
    piece: Piece,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    reason: str,
    kind: str = "",
    public_note: str = "",
    warnings: Sequence[str] = (),
    at: datetime | None = None,
) -> Piece:
    """Publish the newest wording although nobody has approved it. `reason`, for colleagues, must say something.

    Takes and raises what `workflow.publish` does. Everybody who publishes hears of it.
    """
    if not rendering.clean_text(reason):
        raise WrongState(_("Say why it cannot wait for somebody to approve it."))
    with transaction.atomic():
        piece = events.lock(piece)
        against = workflow.refusal(piece, "break_glass", by)
        if against:
            raise against
        workflow.check_newest(piece, revision)
        now = timezone.now()
        if at and at > now:
            raise WrongState(_("That time is still to come."))
        details: dict[str, Any] = {"warnings": list(warnings)} if warnings else {}
        details |= {"glass": True, "since": seen_up_to(piece)}
        words = {"kind": kind, "note": reason, "public_note": public_note, "details": details}
        piece = workflow.bring_out(piece, revision, by=by, at=at, **words)
        piece.glass = Event.objects.get(post=piece.post, number=piece.post.sequence)
        piece.save(update_fields=["glass"])
        plans.drop_overtaken(piece, revision, by=by, at=now)
        reviewing.tell_of_broken_glass(piece, piece.glass)
        return piece


def look_over(
    piece: Piece, revision: Revision, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> Piece:
    """Say that this wording, published without approval, has been looked at. Raises NotAllowed or WrongState.

    Raises Stale where another one was published without approval meanwhile: nobody looks over words unseen.
    """
    with transaction.atomic():
        piece = events.lock(piece)
        if piece.glass_id is None:
            raise WrongState(_("Nothing here waits to be looked over."))
        if piece.glass.revision_id != revision.pk:
            said = _("%(name)s published version %(number)d without approval: look at that one.")
            raise Stale(said % {"name": piece.glass.by_name, "number": piece.glass.revision.number})
        against = why_not_look_over(by, piece)
        if against:
            raise NotAllowed(against)
        what = {"revision": piece.glass.revision, "details": {"glass": piece.glass.number}}
        said = rendering.clean_text(note)
        events.add(piece, "look_over", by=by, at=at or timezone.now(), stage=piece.stage, note=said, **what)
        piece.glass = None
        piece.save(update_fields=["glass"])
        piece.post.save(update_fields=["sequence"])
        return piece


def why_not_look_over(user: AbstractBaseUser, piece: Post | Update) -> str:
    """Why this person may not look over what was published without approval; "" where nothing speaks against it."""
    if not user.has_perm("blog.review_post"):
        return _("Your account may not do this.")
    if not to_look_over(type(piece).objects.filter(pk=piece.pk), user).exists():
        return _("You wrote some of these words or published them: somebody else has to look over them.")
    return ""
