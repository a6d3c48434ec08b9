"""From draft to public and back: which verb may start from which stage, and who may.

Each verb is one function and one transaction: lock the post, refuse, write, leave an event. Admin, commands and
imports all walk through these; nothing else publishes. All give the post as it is afterwards, and raise NotAllowed,
WrongState or Stale (with a sentence for the person who asked) when they refuse; a refusal leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import addresses, events, indexing, rendering
from .models import Event, Post, Revision, Story

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


def submit(post: Post, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Post:
    """Send the newest wording to review."""
    return _step(post, "submit", by=by, note=note, at=at)


def recall(post: Post, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Post:
    """Take a piece back from review, to go on writing."""
    return _step(post, "recall", by=by, note=note, at=at)


def request_changes(post: Post, *, by: AbstractBaseUser, note: str, at: datetime | None = None) -> Post:
    """Send a piece back to its writer. `note` says what is to be changed, and must say something."""
    return _step(post, "request_changes", by=by, note=note, at=at, reason_needed=_("Say what is to be changed."))


def approve(
    post: Post, revision: Revision, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> Post:
    """Approve exactly this wording; changed words are never approved words."""
    return _step(post, "approve", by=by, note=note, at=at, revision=revision)


def publish(
    post: Post,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    at: datetime | None = None,
) -> Post:
    """Let readers see this wording, which must be the newest one, from now (or from `at`, a past time) on.

    `kind` says what changed over live text (typo, clarification, update, correction); without it, the weightiest that
    the writers gave since the live wording. A correction needs `public_note`, its sentence for readers.
    """
    at = at or timezone.now()
    if at > timezone.now():
        raise WrongState(_("That time is still to come."))
    with _act(post, "publish", by) as post:
        _same_revision(post, revision)
        kind = _kind_of_change(post, kind) if post.published_at else ""
        if kind == Revision.Kind.CORRECTION and not rendering.clean_text(public_note):
            raise WrongState(_("A correction needs a sentence for readers that says what was wrong."))
        if post.published_at and kind != Revision.Kind.TYPO:
            post.updated_at = at
        return _go_live(post, revision, "publish", by=by, at=at, kind=kind, note=note, public_note=public_note)


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
        return _go_live(post, revision, "adopt", by=by, at=published_at)


def withdraw(post: Post, *, by: AbstractBaseUser, public_note: str, note: str = "", at: datetime | None = None) -> Post:
    """Take a piece off the site. Its address stays and says `public_note`, which must say something."""
    if not rendering.clean_text(public_note):
        raise WrongState(_("Say why, for readers."))
    with _act(post, "withdraw", by) as post:
        was_live = post.live
        post.live = None
        events.add(
            post,
            "withdraw",
            by=by,
            at=at or timezone.now(),
            stage=WITHDRAWN,
            revision=was_live,
            note=rendering.clean_text(note),
            public_note=rendering.clean_text(public_note),
            public=True,
        )
        post.save(update_fields=["live", "stage", "sequence", "version"])
        indexing.clear(post)
        events.readers_see_a_change(post)
        return post


def spike(post: Post, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Post:
    """Put away a piece that will not run. Nothing is deleted; `revive` brings it back."""
    return _step(post, "spike", by=by, note=note, at=at)


def revive(post: Post, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Post:
    """Bring a spiked piece back as a draft."""
    return _step(post, "revive", by=by, note=note, at=at)


def move(post: Post, slug: str, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Give a piece another slug. Readers who come by an address that was public are sent on. No change, no event."""
    with transaction.atomic():
        post = events.lock(post)
        if not may_edit(by, post):
            raise NotAllowed(_("It is somebody else's piece."))
        if post.is_live() and not by.has_perm("blog.publish_post"):
            raise NotAllowed(_("The address of what is public is changed by those who publish."))
        if slug == post.slug:
            return post
        before = post.slug
        addresses.change(post, slug)
        _setting(post, "move", by, at, {"from": before, "to": slug})
        return post


def assign(post: Post, story: Story | None, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Say which story a piece belongs to (None: none). No change, no event."""
    with transaction.atomic():
        post = events.lock(post)
        if not may_edit(by, post):
            raise NotAllowed(_("It is somebody else's piece."))
        before = post.story
        if before == story:
            return post
        post.story = story
        post.save(update_fields=["story"])
        details = {"from": before.slug if before else "", "to": story.slug if story else ""}
        _setting(post, "assign", by, at, details, left=before)
        return post


def set_discussion(post: Post, policy: str, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Say which comments readers see at once, one of `Post.Discussion`. No change, no event.

    What was said already stays as it is. Whoever keeps the discussion asks the post when something new comes.
    """
    if policy not in Post.Discussion.values:
        raise WrongState(_("Say who may comment."))
    with transaction.atomic():
        post = events.lock(post)
        if not may_set_discussion(by, post):
            raise NotAllowed(_("Who may comment here is for others to say."))
        before = post.discussion
        if before == policy:
            return post
        post.discussion = policy
        post.save(update_fields=["discussion"])
        _setting(post, "discuss", by, at, {"from": before, "to": policy})
        return post


def offers(post: Post, user: AbstractBaseUser) -> list[Offer]:
    """Every verb that could be a button on this piece, with the reason where it is not possible now."""
    shown = []
    for step in STEPS.values():
        if step.verb == "adopt":
            continue
        refusal = _refusal(post, step.verb, user)
        shown.append(Offer(step.verb, str(step.label), refusal is None, str(refusal or "")))
    return shown


def may_edit(user: AbstractBaseUser, post: Post) -> bool:
    """May this person change this piece's words? Own pieces with `change_post`; others' with `edit_any_post`."""
    if not user.has_perm("blog.change_post"):
        return False
    return user.has_perm("blog.edit_any_post") or post.revisions.filter(by=user).exists()


def may_set_discussion(user: AbstractBaseUser, post: Post) -> bool:
    """May this person say who comments under it? Until readers see the piece, its writers; then who keeps order."""
    return user.has_perm("blog.discuss_post") if post.is_live() else may_edit(user, post)


def may_read_drafts(user: AbstractBaseUser, post: Post) -> bool:
    """May this person read wordings that readers have not seen? `readable_by` has the rule."""
    return Post.objects.readable_by(user).filter(pk=post.pk).exists()


def wrote_since_publication(user: AbstractBaseUser, post: Post) -> bool:
    """Did this person write any wording that readers have not seen yet?"""
    seen = post.live.number if post.live_id else 0
    return post.revisions.filter(by=user, number__gt=seen).exists()


@contextmanager
def _act(post: Post, verb: str, by: AbstractBaseUser) -> Iterator[Post]:
    """One transaction with the post locked, once nothing speaks against the verb."""
    with transaction.atomic():
        post = events.lock(post)
        refusal = _refusal(post, verb, by)
        if refusal:
            raise refusal
        yield post


def _step(
    post: Post,
    verb: str,
    *,
    by: AbstractBaseUser,
    note: str,
    at: datetime | None,
    revision: Revision | None = None,
    reason_needed: str = "",
) -> Post:
    """A verb that only moves the newest wording to another stage."""
    if reason_needed and not rendering.clean_text(note):
        raise WrongState(reason_needed)
    with _act(post, verb, by) as post:
        if revision is not None:
            _same_revision(post, revision)
        events.add(
            post,
            verb,
            by=by,
            at=at or timezone.now(),
            stage=STEPS[verb].ends,
            revision=post.head,
            note=rendering.clean_text(note),
        )
        post.save(update_fields=["stage", "sequence"])
        return post


def check_may_adopt(user: AbstractBaseUser) -> None:
    """Raises NotAllowed for who may not bring in what was public elsewhere."""
    if not user.has_perm(STEPS["adopt"].permission):
        raise NotAllowed(_("Your account may not do this."))


def build_event(
    post: Post,
    verb: str,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    at: datetime,
    first: bool,
    kind: str = "",
    note: str = "",
    public_note: str = "",
) -> Event:
    """What is written down when readers get to see a wording; not saved yet."""
    return events.build(
        post,
        verb,
        by=by,
        at=at,
        stage=PUBLISHED,
        revision=revision,
        kind=kind,
        note=rendering.clean_text(note),
        public_note=rendering.clean_text(public_note),
        public=True,
        details={"on": post.published_on.isoformat(), "slug": post.slug} if first else {},
    )


def _go_live(post: Post, revision: Revision, verb: str, *, at: datetime, **what: Any) -> Post:
    if not revision.headline:
        raise WrongState(_("It needs a headline first."))
    first = post.published_at is None
    if first:
        post.published_at, post.published_on = at, addresses.day_at(at)
        addresses.settle(post, revision)
    was_live, post.live = post.live_id is not None, revision
    build_event(post, verb, revision, at=at, first=first, **what).save(force_insert=True)
    indexing.refresh(post, replace=was_live)
    post.save(update_fields=["live", "stage", "sequence", "version", "section", "updated_at"])
    events.readers_see_a_change(post)
    return post


def _setting(
    post: Post,
    verb: str,
    by: AbstractBaseUser,
    at: datetime | None,
    details: dict[str, str],
    left: Story | None = None,
) -> None:
    """Write down a change that is not of words; readers see it when the piece is live, also in the story it left."""
    public = post.is_live()
    events.add(post, verb, by=by, at=at or timezone.now(), stage=post.stage, public=public, details=details)
    post.save(update_fields=["stage", "sequence", "version"])
    if public:
        events.readers_see_a_change(post, also=left and left.pk)


def _refusal(post: Post, verb: str, by: AbstractBaseUser) -> WorkflowError | None:
    """Why this person may not do this to this piece now; None if nothing speaks against it."""
    step = STEPS[verb]
    if not by.has_perm(step.permission):
        return NotAllowed(_("Your account may not do this."))
    if step.permission == "blog.change_post" and not may_edit(by, post):
        return NotAllowed(_("It is somebody else's piece."))
    if post.stage not in step.starts:
        return WrongState(_("It is at “%(stage)s”.") % {"stage": post.get_stage_display()})
    if verb == "withdraw" and not post.is_live():
        return WrongState(_("It is not public."))
    if verb == "spike" and post.is_live():
        return WrongState(_("It is public: withdraw it first."))
    if settings.FOUR_EYES and verb == "approve" and wrote_since_publication(by, post):
        return NotAllowed(_("You wrote some of these words: somebody else has to approve them."))
    if settings.FOUR_EYES and verb == "publish" and not _seen_by_another(post):
        return WrongState(_("Somebody else has to approve it first."))
    return None


def _seen_by_another(post: Post) -> bool:
    """Is the newest wording approved, or was exactly it public before?"""
    if post.stage == APPROVED:
        return True
    return (
        post.stage == WITHDRAWN
        and Event.objects.filter(post=post, revision=post.head_id, verb__in=["publish", "adopt"]).exists()
    )


def _same_revision(post: Post, revision: Revision) -> None:
    if revision.post_id != post.pk:
        raise WrongState(_("That version belongs to another piece."))
    if revision.pk != post.head_id:
        raise Stale(
            _("%(name)s saved version %(number)d meanwhile: look at it first.")
            % {"name": post.head.by_name, "number": post.head.number}
        )


def _kind_of_change(post: Post, kind: str) -> str:
    """What the publisher says it is; else the weightiest of what the writers said since readers last saw the piece."""
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
    seen = post.live.number if post.live_id else 0
    said = post.revisions.filter(number__gt=seen).values_list("kind", flat=True)
    return max((one for one in said if one in weights), key=weights.index, default=Revision.Kind.UPDATE)
