"""From draft to public and back: which verb may start from which stage, and who may.

Each verb is one function and one transaction: lock the post, refuse, write, leave an event. Admin, commands and
imports all walk through these; nothing else publishes. A piece is a post (its own text) or one of its updates. All give
the piece as it is afterwards, and raise NotAllowed, WrongState or Stale (with a sentence for the person who asked) when
they refuse; a refusal leaves nothing behind.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import events, going_live, rendering
from .events import Piece
from .models import Post, Revision, Update
from .writers import Writer

DRAFT, REVIEW, CHANGES, APPROVED, PUBLISHED, WITHDRAWN, SPIKED = Post.Stage.values
UNSEEN = (DRAFT, REVIEW, CHANGES)  # nobody has approved these words


@dataclass(frozen=True)
class Step:
    """One line of the table: where a verb may start, where it ends, the permission it needs."""

    verb: str
    starts: tuple[str, ...]
    ends: str
    permission: str
    label: str


# fmt: off
STEPS = {step.verb: step for step in [
    #    verb               may start from                   ends in    who may
    Step("submit",          (DRAFT, CHANGES, WITHDRAWN),     REVIEW,    "blog.change_post",   lazy("Send to review")),
    Step("recall",          (REVIEW, APPROVED),              DRAFT,     "blog.change_post",   lazy("Back to draft")),
    Step("request_changes", (REVIEW, APPROVED),              CHANGES,   "blog.review_post",   lazy("Ask for changes")),
    Step("approve",         (REVIEW,),                       APPROVED,  "blog.review_post",   lazy("Approve")),
    Step("publish",         (*UNSEEN, APPROVED, WITHDRAWN),  PUBLISHED, "blog.publish_post",  lazy("Publish")),
    Step("withdraw",        (*UNSEEN, APPROVED, PUBLISHED),  WITHDRAWN, "blog.withdraw_post", lazy("Withdraw")),
    Step("spike",           (*UNSEEN, APPROVED),             SPIKED,    "blog.change_post",   lazy("Spike")),
    Step("revive",          (SPIKED,),                       DRAFT,     "blog.change_post",   lazy("Bring back")),
    Step("adopt",           (DRAFT,),                        PUBLISHED, "blog.adopt_post",    lazy("Bring in")),
]}
# fmt: on
# With FOUR_EYES on, `approve` is refused to everybody who wrote any of the words since the last published wording,
# and `publish` takes approved words only (or words that were public before). With it off, the table is all there is.


class WorkflowError(Exception):
    """A verb was refused; the message is for the person who asked."""


class NotAllowed(WorkflowError):
    """This person may not do this."""


class WrongState(WorkflowError):
    """It cannot be done to this piece as it stands."""


class Stale(WorkflowError):
    """The piece has changed since the person looked at it."""


@dataclass(frozen=True)
class Offer:
    """A verb as a button: what it says, whether this person may press it now, and if not, why."""

    verb: str
    label: str
    allowed: bool
    why: str


def submit(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Send the newest wording to review."""
    return _step(piece, "submit", by=by, note=note, at=at)


def recall(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Take a piece back from review, to go on writing."""
    return _step(piece, "recall", by=by, note=note, at=at)


def request_changes(piece: Piece, *, by: AbstractBaseUser, note: str, at: datetime | None = None) -> Piece:
    """Send a piece back to its writer. `note` says what is to be changed, and must say something."""
    return _step(piece, "request_changes", by=by, note=note, at=at, reason_needed=_("Say what is to be changed."))


def approve(
    piece: Piece, revision: Revision, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> Piece:
    """Approve exactly this wording; changed words are never approved words."""
    return _step(piece, "approve", by=by, note=note, at=at, revision=revision)


def publish(
    piece: Piece,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    warnings: Sequence[str] = (),
    why: str = "",
    at: datetime | None = None,
) -> Piece:
    """Let readers see this wording, which must be the newest one, from now (or from `at`, a past time) on.

    `kind` says what changed over live text (typo, clarification, update, correction); without it, the weightiest that
    the writers gave since the live wording. A correction needs `public_note`, its sentence for readers. `warnings` are
    the names of what the publisher was warned of and published all the same, `why` the reason; both stand in the event.
    """
    with _act(piece, "publish", by) as piece:
        _same_revision(piece, revision)
        details: dict[str, Any] = {"warnings": list(warnings)} if warnings else {}
        if rendering.clean_text(why):
            details["why"] = rendering.clean_text(why)
        words = {"kind": kind, "note": note, "public_note": public_note, "details": details}
        return bring_out(piece, revision, by=by, at=at, **words)


def bring_out(
    piece: Piece,
    revision: Revision,
    *,
    by: AbstractBaseUser | None,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    details: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Piece:
    """Let readers see a wording of a locked piece, for verbs that have asked who may: here, and in `schedule`.

    Takes what `publish` takes; `details` stand in the event. A newer draft behind it stays where it is. Raises
    WrongState where the words are none that readers could be shown.
    """
    at = at or timezone.now()
    if at > timezone.now():
        raise WrongState(_("That time is still to come."))
    kind = kind_of_change(piece, kind) if piece.published_at else ""
    if kind == Revision.Kind.CORRECTION and not rendering.clean_text(public_note):
        raise WrongState(_("A correction needs a sentence for readers that says what was wrong."))
    words = {"note": note, "public_note": public_note, "details": details or {}}
    if isinstance(piece, Update):
        _check_says_something(revision, at)
        return going_live.show_update(piece, revision, by=by, at=at, kind=kind, **words)
    _check_headline(revision)
    return going_live.show(piece, revision, "publish", by=by, at=at, kind=kind, **words)


def adopt(post: Post, revision: Revision, *, by: AbstractBaseUser, published_at: datetime) -> Post:
    """Make live what was public elsewhere already, at its own time: for imports. Nobody is asked to approve it.

    When it was last touched there is no matter: that is no change which a reader of ours could have seen.
    """
    if published_at > timezone.now():
        raise WrongState(_("That time is still to come."))
    with _act(post, "adopt", by) as post:
        _same_revision(post, revision)
        if post.published_at:
            raise WrongState(_("It was published here before."))
        _check_headline(revision)
        return going_live.show(post, revision, "adopt", by=by, at=published_at)


def withdraw(
    piece: Piece, *, by: AbstractBaseUser, public_note: str, note: str = "", at: datetime | None = None
) -> Piece:
    """Take a post off the site, or the words of an update off its page.

    Its address stays and says `public_note`, which must say something.
    """
    if not rendering.clean_text(public_note):
        raise WrongState(_("Say why, for readers."))
    words = {"note": rendering.clean_text(note), "public_note": rendering.clean_text(public_note)}
    with _act(piece, "withdraw", by) as piece:
        hide = going_live.hide_update if isinstance(piece, Update) else going_live.hide
        return hide(piece, by=by, at=at or timezone.now(), **words)


def spike(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Put away a piece that will not run. Nothing is deleted; `revive` brings it back."""
    return _step(piece, "spike", by=by, note=note, at=at)


def revive(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Bring a spiked piece back as a draft."""
    return _step(piece, "revive", by=by, note=note, at=at)


def offers(piece: Post | Update, user: AbstractBaseUser) -> list[Offer]:
    """Every verb that could be a button on this piece, with the reason where it is not possible now."""
    return _offers(piece, user, Writer(piece, user))


def offers_of_each(writers: Sequence[Writer]) -> list[list[Offer]]:
    """As `offers`, for a person and many pieces (`Writer.of_each`)."""
    return [_offers(writer.piece, writer.user, writer) for writer in writers]


def kind_of_change(piece: Post | Update, kind: str) -> str:
    """What the publisher says it is; else the weightiest of what the writers said since readers last saw the piece.

    Raises WrongState for a kind that there is not.
    """
    weights = [
        Revision.Kind.TYPO,
        Revision.Kind.CLARIFICATION,
        Revision.Kind.UPDATE,
        Revision.Kind.CORRECTION,
    ]
    if kind:
        if kind not in weights:
            raise WrongState(_("Say what kind of change it is."))
        return kind
    said = _unseen(piece).values_list("kind", flat=True)
    return max((one for one in said if one in weights), key=weights.index, default=Revision.Kind.UPDATE)


def may_edit(user: AbstractBaseUser, piece: Post | Update) -> bool:
    """May this person change this piece's words? Own pieces with `change_post`; others' with `edit_any_post`.

    The updates of somebody's own story are others' pieces where others wrote them.
    """
    return _may_edit(user, Writer(piece, user))


@contextmanager
def _act(piece: Piece, verb: str, by: AbstractBaseUser) -> Iterator[Piece]:
    """One transaction with the post locked, once nothing speaks against the verb."""
    with transaction.atomic():
        piece = events.lock(piece)
        refusal = _refusal(piece, verb, by, Writer(piece, by))
        if refusal:
            raise refusal
        yield piece


def _step(
    piece: Piece,
    verb: str,
    *,
    by: AbstractBaseUser,
    note: str,
    at: datetime | None,
    revision: Revision | None = None,
    reason_needed: str = "",
) -> Piece:
    """A verb that only moves the newest wording to another stage."""
    if reason_needed and not rendering.clean_text(note):
        raise WrongState(reason_needed)
    with _act(piece, verb, by) as piece:
        if revision is not None:
            _same_revision(piece, revision)
        events.add(
            piece,
            verb,
            by=by,
            at=at or timezone.now(),
            stage=STEPS[verb].ends,
            revision=piece.head,
            note=rendering.clean_text(note),
        )
        piece.save(update_fields=["stage"])
        piece.post.save(update_fields=["sequence"])
        return piece


def check_may_adopt(user: AbstractBaseUser) -> None:
    """Raises NotAllowed for who may not bring in what was public elsewhere."""
    if not user.has_perm(STEPS["adopt"].permission):
        raise NotAllowed(_("Your account may not do this."))


def _offers(piece: Post | Update, user: AbstractBaseUser, writer: Writer) -> list[Offer]:
    shown = []
    for step in STEPS.values():
        if step.verb == "adopt":
            continue
        refusal = _refusal(piece, step.verb, user, writer)
        shown.append(Offer(step.verb, str(step.label), refusal is None, str(refusal or "")))
    return shown


def _refusal(piece: Post | Update, verb: str, by: AbstractBaseUser, writer: Writer) -> WorkflowError | None:
    """Why this person may not do this to this piece now; None if nothing speaks against it."""
    step = STEPS[verb]
    if not by.has_perm(step.permission):
        return NotAllowed(_("Your account may not do this."))
    if step.permission == "blog.change_post" and not _may_edit(by, writer):
        return NotAllowed(_("It is somebody else's piece."))
    if piece.stage not in step.starts:
        return WrongState(_("It is at “%(stage)s”.") % {"stage": piece.get_stage_display()})
    if verb == "withdraw" and not piece.is_live():
        return WrongState(_("It is not public."))
    if verb == "spike" and piece.is_live():
        return WrongState(_("It is public: withdraw it first."))
    if verb == "publish" and isinstance(piece, Update):
        if not piece.post.is_live():
            return WrongState(_("The story that it belongs to is not public."))
        if piece.published_at is None and not piece.post.is_rolling():
            return WrongState(_("The coverage has ended: nothing new is added to it."))
    if settings.FOUR_EYES and verb == "approve" and writer.wrote_unseen():
        return NotAllowed(_("You wrote some of these words: somebody else has to approve them."))
    if settings.FOUR_EYES and verb == "publish" and not _seen_by_another(piece, writer):
        return WrongState(_("Somebody else has to approve it first."))
    return None


def _may_edit(user: AbstractBaseUser, writer: Writer) -> bool:
    return user.has_perm("blog.change_post") and (user.has_perm("blog.edit_any_post") or writer.last > 0)


def _seen_by_another(piece: Post | Update, writer: Writer) -> bool:
    """Is the newest wording approved, or was exactly it public before?"""
    return piece.stage == APPROVED or (piece.stage == WITHDRAWN and writer.was_public)


def _unseen(piece: Post | Update) -> QuerySet[Revision]:
    """The wordings that came after the one that readers see."""
    return Revision.objects.of(piece).filter(number__gt=piece.live.number if piece.live_id else 0)


def _same_revision(piece: Post | Update, revision: Revision) -> None:
    if revision.post_id != piece.post.pk or revision.update_id != (piece.pk if isinstance(piece, Update) else None):
        raise WrongState(_("That version belongs to another piece."))
    if revision.pk != piece.head_id:
        raise Stale(
            _("%(name)s saved version %(number)d meanwhile: look at it first.")
            % {"name": piece.head.by_name, "number": piece.head.number}
        )


def _check_headline(revision: Revision) -> None:
    if not revision.headline:
        raise WrongState(_("It needs a headline first."))


def _check_says_something(revision: Revision, at: datetime) -> None:
    """Raises WrongState where the wording of an update is none for readers."""
    if not revision.headline and not revision.body:
        raise WrongState(_("It says nothing yet."))
    if revision.happened_at is None or revision.happened_at > at:
        raise WrongState(_("It bears a time that is still to come."))
