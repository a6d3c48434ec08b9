"""What happens when readers get to see a wording, or no longer: pointers, notices, indexes, and the event itself.

For `workflow`, which asks first who may, and for imports. The post is locked.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from . import addresses, channels, events, indexing, moments, rendering
from .models import Event, Post, Revision, Update

_SHOWN = "live stage step happened_at published_at updated_at withdrawal public_sequence".split()
_TOLD = [*events.COUNTED, "updated_at", "notices"]


def build_event(
    piece: Post | Update,
    verb: str,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    at: datetime,
    first: bool,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    details: dict[str, Any] | None = None,
) -> Event:
    """What is written down when readers get to see a wording; not saved yet."""
    place = {"on": piece.published_on.isoformat(), "slug": piece.slug} if first and isinstance(piece, Post) else {}
    return events.build(
        piece,
        verb,
        by=by,
        at=at,
        stage=_stage_with(piece, revision),
        revision=revision,
        kind=kind,
        note=rendering.clean_text(note),
        public_note=rendering.clean_text(public_note),
        public=True,
        details=place | (details or {}),
    )


def _stage_with(piece: Post | Update, revision: Revision) -> str:
    """The stage is that of the newest wording: a draft behind one that was planned goes on as it was."""
    is_newest = piece.head_id in (None, revision.pk)  # None: an import writes and publishes in one go
    return Post.Stage.PUBLISHED if is_newest else piece.stage


def show(
    post: Post,
    revision: Revision,
    verb: str,
    *,
    at: datetime,
    kind: str = "",
    details: dict[str, Any] | None = None,
    **what: Any,
) -> Post:
    """Let readers see this wording of the post's own text."""
    first, was_live, stood_in = post.published_at is None, post.live, channels.places(post)
    if first:
        post.published_at, post.published_on = at, addresses.day_at(at)
        addresses.settle(post, revision)
    elif kind != Revision.Kind.TYPO:
        post.updated_at = at
    details = details or {}
    if revision.summary != (was_live.summary if was_live else ""):
        details, post.summary_at = details | {"summary": True}, at
    event = build_event(post, verb, revision, at=at, first=first, kind=kind, details=details, **what)
    events.keep(event)
    post.notices = moments.told(post.notices, moments.Act.of(event), was_live and was_live.number)
    post.live, post.text_sequence = revision, event.number
    indexing.refresh(post, replace=was_live is not None)
    post.save(update_fields=["live", "stage", "step", "section", "summary_at", "text_sequence", *_TOLD])
    events.readers_see_a_change(post, stood_in=stood_in)
    return post


def show_update(update: Update, revision: Revision, *, at: datetime, kind: str = "", **what: Any) -> Update:
    """Let readers see this wording of an update."""
    post, before, stood_in = update.post, update.live, channels.places(update.post)
    if update.published_at is None:
        update.published_at = at
        if post.is_overdue(at):
            post.next_update_at, post.promise = None, ""  # kept, if late
    elif kind != Revision.Kind.TYPO:
        update.updated_at = at
    if kind != Revision.Kind.TYPO:
        post.updated_at = at
    event = build_event(update, "publish", revision, at=at, first=False, kind=kind, **what)
    events.keep(event)
    notices = moments.hidden(post.notices, update.number, hide=False)
    post.notices = moments.told(notices, moments.Act.of(event), before and before.number)
    if before is None:
        post.update_count += 1
    update.live, update.happened_at, update.withdrawal = revision, revision.happened_at, None
    update.save(update_fields=_SHOWN)
    indexing.refresh_update(update)
    post.save(update_fields=["update_count", "next_update_at", "promise", *_TOLD])
    events.readers_see_a_change(post, stood_in=stood_in)
    return update


def hide(post: Post, *, at: datetime, **what: Any) -> Post:
    """Take the post off the site."""
    was_live, post.live, stood_in = post.live, None, channels.places(post)
    event = _withdrawal(post, was_live, at=at, **what)
    post.text_sequence = event.number
    post.save(update_fields=["live", "stage", "step", "text_sequence", *events.COUNTED])
    indexing.clear(post)
    events.readers_see_a_change(post, stood_in=stood_in)
    return post


def hide_update(update: Update, *, at: datetime, **what: Any) -> Update:
    """Take the words of an update off its page, where a stub says why."""
    post, was_live, stood_in = update.post, update.live, channels.places(update.post)
    update.live = None
    update.withdrawal = _withdrawal(update, was_live, at=at, **what)
    update.save(update_fields=_SHOWN)
    post.updated_at = at
    post.update_count -= 1
    post.notices = moments.hidden(post.notices, update.number, hide=True)
    indexing.refresh_update(update)
    post.save(update_fields=["update_count", *_TOLD])
    events.readers_see_a_change(post, stood_in=stood_in)
    return update


def _withdrawal(piece: Post | Update, revision: Revision, **what: Any) -> Event:
    return events.add(piece, "withdraw", stage=Post.Stage.WITHDRAWN, revision=revision, public=True, **what)
