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

from . import checks, events, going_live, merging, plans, rendering, reviewing, rounds
from .events import Piece
from .models import Event, Post, PreviewLink, Revision, Update
from .refusals import NotAllowed, Stale, WorkflowError, WrongState
from .reviewing import Asked
from .revisions import Content
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
    Step("break_glass",     (*UNSEEN, WITHDRAWN),            PUBLISHED, "blog.break_glass_post", lazy("Break glass")),
    Step("withdraw",        (*UNSEEN, APPROVED, PUBLISHED),  WITHDRAWN, "blog.withdraw_post", lazy("Withdraw")),
    Step("spike",           (*UNSEEN, APPROVED),             SPIKED,    "blog.change_post",   lazy("Spike")),
    Step("revive",          (SPIKED,),                       DRAFT,     "blog.change_post",   lazy("Bring back")),
    Step("adopt",           (DRAFT,),                        PUBLISHED, "blog.adopt_post",    lazy("Bring in")),
]}
# fmt: on
# With FOUR_EYES on, `approve` is refused to everybody who wrote any of the words since the last published wording,
# and `publish` takes approved words only (or words that were public before). With it off, the table is all there is,
# but for stories of a type that has steps: these are approved first. `break_glass` is for what nobody has approved.


@dataclass(frozen=True)
class Offer:
    """A verb as a button: what it says, whether this person may press it now, and if not, why."""

    verb: str
    label: str
    allowed: bool
    why: str


def submit(
    piece: Piece,
    *,
    by: AbstractBaseUser,
    to: Asked = None,
    due_at: datetime | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Piece:
    """Send the newest wording to review: to a person, to a group, or (None) to whoever reviews; until when, if ever.

    Where the story's type has steps, its first one begins; they are gone through as they are configured now.
    """
    with _act(piece, "submit", by) as piece:
        steps = rounds.steps_of(piece.post)
        first = steps[0] if steps else None
        reviewing.check(piece, first, to, due_at)
        reviewing.check_steps(piece, steps, to)
        piece.step = 1 if first else 0
        details = reviewing.in_words(to, due_at) | ({"steps": [step.spelt() for step in steps]} if steps else {})
        _move(piece, "submit", REVIEW, by=by, at=at, note=note, details=details)
        reviewing.ask(piece, first, by=by, to=to, due_at=due_at, note=note, at=at)
        return piece


def recall(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Take a piece back from review, to go on writing."""
    return _step(piece, "recall", by=by, note=note, at=at)


def request_changes(
    piece: Piece, revision: Revision | None = None, *, by: AbstractBaseUser, note: str, at: datetime | None = None
) -> Piece:
    """Send a piece back to its writer. `note` says what is to be changed, and must say something.

    `revision` is the wording that it was said of, which must be the newest one; None: whichever that is.
    """
    if not rendering.clean_text(note):
        raise WrongState(_("Say what is to be changed."))
    with _act(piece, "request_changes", by) as piece:
        if revision is not None:
            check_newest(piece, revision)
        event = _move(piece, "request_changes", CHANGES, by=by, at=at, note=note)
        plans.drop_with_approval(piece, "request_changes", by=by, at=timezone.now())
        reviewing.tell_writers("review_changes", piece, event)
        return piece


def approve(
    piece: Piece, revision: Revision, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> Piece:
    """Approve exactly this wording; changed words are never approved words.

    Of a story whose type has steps, the step that it is at; the last one makes it approved.
    """
    with _act(piece, "approve", by) as piece:
        check_newest(piece, revision)
        check_approved_words(piece, revision)
        way, asked = rounds.Round(piece), reviewing.open_request(piece)
        details: dict[str, Any] = {"content": Content.of(piece.head).hash()}
        if way.step:
            details |= {"step": piece.step, "name": way.step.name}
        following, before = way.next_step, way.approvals
        if following:
            piece.step += 1
        event = _move(piece, "approve", REVIEW if following else APPROVED, by=by, at=at, note=note, details=details)
        if following:
            due_at = asked.due_at if asked else None
            reviewing.ask(piece, following, by=by, due_at=due_at, note=note, before=[*before, event], at=at)
        else:
            reviewing.tell_writers("review_approved", piece, event)
        return piece


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
        check_newest(piece, revision)
        check_approved_words(piece, revision)
        details: dict[str, Any] = {"warnings": list(warnings)} if warnings else {}
        if rendering.clean_text(why):
            details["why"] = rendering.clean_text(why)
        words = {"kind": kind, "note": note, "public_note": public_note, "details": details}
        now = timezone.now()
        if at and at > now:
            raise WrongState(_("That time is still to come."))
        piece = bring_out(piece, revision, by=by, at=at, **words)
        plans.drop_overtaken(piece, revision, by=by, at=now)
        return piece


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
    kind = check_words(piece, revision, kind=kind, public_note=public_note, at=at)
    words = {"note": note, "public_note": public_note, "details": details or {}}
    if isinstance(piece, Update):
        return going_live.show_update(piece, revision, by=by, at=at, kind=kind, **words)
    return going_live.show(piece, revision, "publish", by=by, at=at, kind=kind, **words)


def check_words(
    piece: Piece, revision: Revision, *, kind: str, public_note: str, at: datetime, known: checks.Known | None = None
) -> str:
    """Raises WrongState where these words are none for readers at that time. Gives the kind of change, "" for none."""
    kind = kind_of_change(piece, kind) if piece.published_at else ""
    if kind == Revision.Kind.CORRECTION and not rendering.clean_text(public_note):
        raise WrongState(_("A correction needs a sentence for readers that says what was wrong."))
    if isinstance(piece, Update):
        _check_says_something(revision, at)
    else:
        _check_headline(revision)
    merging.check_decided(revision)
    checks.refuse(piece, revision, at=at, known=known)
    return kind


def adopt(post: Post, revision: Revision, *, by: AbstractBaseUser, published_at: datetime) -> Post:
    """Make live what was public elsewhere already, at its own time: for imports. Nobody is asked to approve it.

    When it was last touched there is no matter: that is no change which a reader of ours could have seen.
    """
    if published_at > timezone.now():
        raise WrongState(_("That time is still to come."))
    with _act(post, "adopt", by) as post:
        check_newest(post, revision)
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
    with _act(piece, "withdraw", by) as piece:
        now = timezone.now()
        piece = take_away(piece, by=by, at=at or now, note=note, public_note=public_note)
        # What somebody takes off by hand comes back by hand.
        plans.drop(piece, plans.planned(piece).values(), by=by, at=now, because="withdraw")
        return piece


def take_away(
    piece: Piece,
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    note: str,
    public_note: str,
    details: dict[str, Any] | None = None,
) -> Piece:
    """Let readers see a locked piece no longer, for verbs that have asked who may: here, and in `schedule`.

    Nor does anybody else, by a link for outsiders.
    """
    PreviewLink.objects.of(piece).revoke(by, at)
    hide = going_live.hide_update if isinstance(piece, Update) else going_live.hide
    words = {"note": rendering.clean_text(note), "public_note": rendering.clean_text(public_note)}
    return hide(piece, by=by, at=at, details=details or {}, **words)


def spike(piece: Piece, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Piece:
    """Put away a piece that will not run. Nothing is deleted; `revive` brings it back. Links for outsiders end."""
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
    Kind = Revision.Kind
    weights = [Kind.TYPO, Kind.CLARIFICATION, Kind.UPDATE, Kind.CORRECTION]
    if kind:
        if kind not in weights:
            raise WrongState(_("Say what kind of change it is."))
        return kind
    said = _unseen(piece).values_list("kind", flat=True)
    return max((one for one in said if one in weights), key=weights.index, default=Revision.Kind.UPDATE)


def refusal(piece: Post | Update, verb: str, by: AbstractBaseUser) -> WorkflowError | None:
    """Why this person may not do this to this piece now; None if nothing speaks against it."""
    return _refusal(piece, verb, by, Writer(piece, by))


def check_approved_words(piece: Post | Update, revision: Revision) -> None:
    """Raises Stale where words were approved under the name of this version that are not those which it has."""
    acts = Event.objects.of(piece).filter(verb="approve", revision=revision)
    has = Content.of(revision).hash()
    if any(act.details.get("content", has) != has for act in acts):
        said = _("Version %(number)d has other words than those that were approved.")
        raise Stale(said % {"number": revision.number})


def may_edit(user: AbstractBaseUser, piece: Post | Update) -> bool:
    """May this person change this piece's words? Own pieces with `change_post`; others' with `edit_any_post`.

    The updates of somebody's own story are others' pieces where others wrote them.
    """
    return Writer(piece, user).may_edit()


@contextmanager
def _act(piece: Piece, verb: str, by: AbstractBaseUser) -> Iterator[Piece]:
    """One transaction with the post locked, once nothing speaks against the verb."""
    with transaction.atomic():
        piece = events.lock(piece)
        against = refusal(piece, verb, by)
        if against:
            raise against
        yield piece


def _step(piece: Piece, verb: str, *, by: AbstractBaseUser, note: str, at: datetime | None) -> Piece:
    """A verb that only moves the newest wording to another stage."""
    with _act(piece, verb, by) as piece:
        _move(piece, verb, STEPS[verb].ends, by=by, at=at, note=note)
        if verb == "spike":
            PreviewLink.objects.of(piece).revoke(by, at or timezone.now())
        if verb in {"recall", "spike"}:
            plans.drop_with_approval(piece, verb, by=by, at=timezone.now())
        return piece


def _move(
    piece: Post | Update,
    verb: str,
    stage: str,
    *,
    by: AbstractBaseUser,
    at: datetime | None,
    note: str,
    details: dict[str, Any] | None = None,
) -> Event:
    """Write down what was done with the newest wording of a locked piece, which is at `stage` now."""
    words = {"note": rendering.clean_text(note), "details": details}
    event = events.add(piece, verb, by=by, at=at or timezone.now(), stage=stage, revision=piece.head, **words)
    piece.save(update_fields=["stage", "step"])
    piece.post.save(update_fields=["sequence"])
    return event


def check_may_adopt(user: AbstractBaseUser) -> None:
    """Raises NotAllowed for who may not bring in what was public elsewhere."""
    if not user.has_perm(STEPS["adopt"].permission):
        raise NotAllowed(_("Your account may not do this."))


def _offers(piece: Post | Update, user: AbstractBaseUser, writer: Writer) -> list[Offer]:
    shown = []
    for step in STEPS.values():
        if step.verb == "adopt":
            continue
        against = _refusal(piece, step.verb, user, writer)
        shown.append(Offer(step.verb, str(step.label), against is None, str(against or "")))
    return shown


def _refusal(piece: Post | Update, verb: str, by: AbstractBaseUser, writer: Writer) -> WorkflowError | None:
    """Why this person may not do this to this piece now; None if nothing speaks against it."""
    step = STEPS[verb]
    if not by.has_perm(step.permission):
        return NotAllowed(_("Your account may not do this."))
    if step.permission == "blog.change_post" and not writer.may_edit():
        return NotAllowed(_("It is somebody else's piece."))
    if piece.stage not in step.starts:
        return WrongState(_("It is at “%(stage)s”.") % {"stage": piece.get_stage_display()})
    if verb == "withdraw" and not piece.is_live():
        return WrongState(_("It is not public."))
    if verb == "spike" and piece.is_live():
        return WrongState(_("It is public: withdraw it first."))
    if verb in {"publish", "break_glass"} and (hindrance := hindered(piece)):
        return hindrance
    if settings.FOUR_EYES and verb == "approve" and writer.wrote_unseen():
        return NotAllowed(_("You wrote some of these words: somebody else has to approve them."))
    if verb == "approve" and (against := writer.why_not_at_this_step(four_eyes=settings.FOUR_EYES)):
        return NotAllowed(against)
    if verb in {"publish", "break_glass"}:
        if verb == "publish" and writer.is_held():
            return WrongState(_("Somebody else has to approve it first."))
        if verb == "break_glass" and not writer.is_held():
            return WrongState(_("It needs nobody’s approval: publish it."))
    return None


def hindered(piece: Post | Update) -> WorkflowError | None:
    """Why no wording of this piece could be shown, whoever wanted that: how the story stands to which it belongs."""
    if isinstance(piece, Update):
        if not piece.post.is_live():
            return WrongState(_("The story that it belongs to is not public."))
        if piece.published_at is None and not piece.post.is_rolling():
            return WrongState(_("The coverage has ended: nothing new is added to it."))
    return None


def _unseen(piece: Post | Update) -> QuerySet[Revision]:
    """The wordings that came after the one that readers see."""
    return Revision.objects.of(piece).filter(number__gt=piece.live.number if piece.live_id else 0)


def check_newest(piece: Post | Update, revision: Revision) -> None:
    """Raises WrongState for a wording of another piece, Stale for one that is not the newest."""
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
