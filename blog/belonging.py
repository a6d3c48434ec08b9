"""Where a piece belongs: its address, its story and its type, when it is due, and who may comment.

What is set here changes no words. Each verb is one transaction that leaves an event, or nothing where nothing changed.
Raises what `workflow` raises.
"""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import addresses, channels, events
from .models import Post, Story, StoryType
from .workflow import NotAllowed, WrongState, may_edit


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
        before, stood_in = post.slug, channels.places(post)
        addresses.change(post, slug)
        setting(post, "move", by, at, {"from": before, "to": slug}, stood_in=stood_in)
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
        stood_in = channels.places(post)
        post.story = story
        post.save(update_fields=["story"])
        details = {"from": before.slug if before else "", "to": story.slug if story else ""}
        setting(post, "assign", by, at, details, left=before, stood_in=stood_in)
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
        setting(post, "discuss", by, at, {"from": before, "to": policy})
        return post


def set_type(post: Post, story_type: StoryType | None, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Say what type of story a piece is, and so through which steps it is approved. No change, no event.

    Raises WrongState while it is in review or approved: it was, or is, for those of its type to say.
    """
    with transaction.atomic():
        post = events.lock(post)
        if not may_edit(by, post):
            raise NotAllowed(_("It is somebody else's piece."))
        before = post.story_type
        if before == story_type:
            return post
        if not may_be_retyped(post):
            raise WrongState(_("Its type says who approves it: take it back to draft first."))
        post.story_type = story_type
        post.save(update_fields=["story_type"])
        details = {"from": before.name if before else "", "to": story_type.name if story_type else ""}
        _set_for_colleagues(post, "retype", by, at, details)
        return post


def may_be_retyped(post: Post) -> bool:
    """Could its type be another one now? Not while the people of its type approve it, or have."""
    return post.stage not in {Post.Stage.REVIEW, Post.Stage.APPROVED}


def set_deadline(post: Post, deadline: datetime | None, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Say until when a piece is to be ready (None: no time is set). No change, no event."""
    with transaction.atomic():
        post = events.lock(post)
        if not may_edit(by, post):
            raise NotAllowed(_("It is somebody else's piece."))
        before = post.deadline
        if before == deadline:
            return post
        post.deadline = deadline
        post.save(update_fields=["deadline"])
        details = {"from": events.spell(before) if before else "", "to": events.spell(deadline) if deadline else ""}
        _set_for_colleagues(post, "deadline", by, at, details)
        return post


def may_set_discussion(user: AbstractBaseUser, post: Post) -> bool:
    """May this person say who comments under it? Until readers see the piece, its writers; then who keeps order."""
    return user.has_perm("blog.discuss_post") if post.is_live() else may_edit(user, post)


def setting(
    post: Post,
    verb: str,
    by: AbstractBaseUser,
    at: datetime | None,
    details: dict[str, str],
    left: Story | None = None,
    stood_in: Iterable[str] = (),
) -> None:
    """Write down what was set on a locked post; readers see it when the post is live, also in the story it left.

    `stood_in` are its places before (`channels.places`).

    For verbs that change no words, here and in `updates`.
    """
    public = post.is_live()
    events.add(post, verb, by=by, at=at or timezone.now(), stage=post.stage, public=public, details=details)
    post.save(update_fields=["stage", *events.COUNTED])
    if public:
        events.readers_see_a_change(post, also=left and left.pk, stood_in=stood_in)


def _set_for_colleagues(
    post: Post, verb: str, by: AbstractBaseUser, at: datetime | None, details: dict[str, str]
) -> None:
    """Write down what was set on a locked post and readers do not see."""
    events.add(post, verb, by=by, at=at or timezone.now(), stage=post.stage, details=details)
    post.save(update_fields=["stage", "sequence"])
