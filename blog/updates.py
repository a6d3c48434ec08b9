"""A story that is still going on: its coverage, its updates, and the promise of when the next one comes.

An update is a piece like any other. It is written by `add` and `revisions.write`, and goes through review, publication
and withdrawal by the verbs of `workflow`; here is what only rolling coverage has. Each verb is one transaction and
refuses as those of `workflow` do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import belonging, events, rendering, revisions, rounds, workflow
from .models import Post, Revision, Update
from .revisions import Content
from .workflow import NotAllowed, WrongState

LONGEST_PROMISE = 200  # characters
FURTHEST_PROMISE = timedelta(days=366)
MOST_KEY_MOMENTS = 30
MOST_PINNED = 3


def roll(post: Post, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Make a post a running story, or one that has ended run again. No change, no event."""
    with _lead(post, by, at) as post:
        if post.kind != Post.Kind.POST:
            raise WrongState(_("A page of the site is no running story."))
        if post.stage == Post.Stage.SPIKED:
            raise WrongState(_("It is spiked: bring it back first."))
        if post.coverage != Post.Coverage.ROLLING:
            at = at or timezone.now()
            post.coverage, post.coverage_ended_at = Post.Coverage.ROLLING, None
            post.coverage_began_at = post.coverage_began_at or at
            post.save(update_fields=["coverage", "coverage_began_at", "coverage_ended_at"])
            belonging.setting(post, "roll", by, at, {})
        return post


def end(post: Post, *, by: AbstractBaseUser, at: datetime | None = None) -> Post:
    """Say that the coverage is over. What was promised is promised no more."""
    with _lead(post, by, at) as post:
        if not post.is_rolling():
            raise WrongState(_("It is not a running story."))
        at = at or timezone.now()
        post.coverage, post.next_update_at, post.promise = Post.Coverage.ENDED, None, ""
        post.coverage_ended_at = at
        post.save(update_fields=["coverage", "coverage_ended_at", "next_update_at", "promise"])
        belonging.setting(post, "end", by, at, {})
        return post


def promise(
    post: Post, next_at: datetime | None, *, by: AbstractBaseUser, words: str = "", at: datetime | None = None
) -> Post:
    """Tell readers when the next update comes (None: promise nothing any more). No change, no event.

    `words` may follow the time: "after the meeting of the council". Raises Unacceptable when they cannot be kept.
    """
    words = rendering.clean_line(words, LONGEST_PROMISE) if next_at else ""
    with _lead(post, by, at) as post:
        if not post.is_rolling():
            raise WrongState(_("Only a running story promises an update."))
        if (post.next_update_at, post.promise) == (next_at, words):
            return post
        if next_at is not None:
            check_promise(next_at, at)
        post.next_update_at, post.promise = next_at, words
        post.save(update_fields=["next_update_at", "promise"])
        belonging.setting(post, "promise", by, at, {"at": events.spell(next_at) if next_at else "", "words": words})
        return post


def check_promise(next_at: datetime, now: datetime | None = None) -> None:
    """Raises WrongState for a time at which nobody can promise an update."""
    now = now or timezone.now()
    if next_at <= now:
        raise WrongState(_("That time has passed."))
    if next_at > now + FURTHEST_PROMISE:
        raise WrongState(_("That is more than a year away."))


def add(
    post: Post,
    content: Content,
    *,
    by: AbstractBaseUser,
    note: str = "",
    at: datetime | None = None,
    since: int | None = None,
) -> Update:
    """A new update of a running story with its first wording, as a draft. Its time is `content.happened_at`, or now.

    Who may write may propose one, also to a story of others. With `since`, the number of the post's newest event when
    a form was opened, the same words sent twice from there are one update: the first, as it is by now. Raises
    Unacceptable when the words cannot be kept.
    """
    with transaction.atomic():
        post = events.lock(post)
        if not may_add(by, post):
            raise NotAllowed(_("Your account may not do this."))
        sent_before = _sent_before(post, content, by, since) if since is not None else None
        if sent_before:
            return sent_before
        if not post.is_rolling() or post.stage == Post.Stage.SPIKED:
            raise WrongState(_("It is not a running story: nothing is added to it."))
        at = _no_later_than_now(at)
        return revisions.begin(post, timed(content, at), by=by, note=note, at=at)


def rewrite(
    update: Update,
    content: Content,
    *,
    by: AbstractBaseUser,
    based_on: Revision | None = None,
    note: str = "",
    kind: str = "",
    at: datetime | None = None,
) -> Revision | None:
    """The next wording of an update; None when no word differs. Without a time of its own it keeps the one it has.

    Raises Stale when `based_on` is no longer the newest, Unacceptable when the words cannot be kept.
    """
    with transaction.atomic():
        update = events.lock(update)
        if not workflow.may_edit(by, update):
            raise NotAllowed(_("It is somebody else's piece."))
        at = _no_later_than_now(at)
        if not content.happened_at:
            content = replace(content, happened_at=events.spell(update.head.happened_at))
        content = timed(content, at)
        return revisions.write(update, content, by=by, based_on=based_on, note=note, kind=kind, at=at)


def timed(content: Content, now: datetime) -> Content:
    """The same, at `now` where it says no time. Raises WrongState for a time that is still to come."""
    if not content.happened_at:
        return replace(content, happened_at=events.spell(now))
    if datetime.fromisoformat(content.tidy().happened_at) > now:
        raise WrongState(_("That time is still to come."))
    return content


def pin(update: Update, *, by: AbstractBaseUser, at: datetime | None = None) -> Update:
    """Keep an update above all others. No change, no event."""
    return _mark(update, "pin", by, at, pinned=True)


def unpin(update: Update, *, by: AbstractBaseUser, at: datetime | None = None) -> Update:
    return _mark(update, "unpin", by, at, pinned=False)


def mark_key(update: Update, *, by: AbstractBaseUser, at: datetime | None = None) -> Update:
    """Name an update among the key moments. No change, no event."""
    return _mark(update, "mark_key", by, at, key=True)


def unmark_key(update: Update, *, by: AbstractBaseUser, at: datetime | None = None) -> Update:
    return _mark(update, "unmark_key", by, at, key=False)


def may_lead(user: AbstractBaseUser, post: Post) -> bool:
    """May this person say how the coverage goes on? Until readers see the post, its writers; then who publishes."""
    return user.has_perm("blog.publish_post") if post.is_live() else workflow.may_edit(user, post)


def may_add(user: AbstractBaseUser, post: Post) -> bool:
    """May this person write an update, if only as a proposal?"""
    return user.has_perm("blog.change_post") and Post.objects.visible_to(user).filter(pk=post.pk).exists()


def may_publish_at_once(user: AbstractBaseUser, post: Post) -> bool:
    """Could this person publish a new update of his own, with nobody else to approve it?"""
    may = user.has_perm("blog.publish_post") and post.is_live() and post.is_rolling()
    return may and not rounds.asks_for_approval(post)


@contextmanager
def _lead(post: Post, by: AbstractBaseUser, at: datetime | None) -> Iterator[Post]:
    """One transaction with the post locked, for somebody who may say how its coverage goes on."""
    with transaction.atomic():
        post = events.lock(post)
        if not may_lead(by, post):
            raise NotAllowed(_("How this story goes on is for others to say."))
        _no_later_than_now(at)
        yield post


def _no_later_than_now(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise WrongState(_("That time is still to come."))
    return at or now


def _sent_before(post: Post, content: Content, by: AbstractBaseUser, since: int) -> Update | None:
    """The update that this person began with the same words since the post's event of this number."""
    begun = Revision.objects.filter(post=post, update__number__gt=since, by=by, based_on=None)
    for first in begun.select_related("update").order_by("number"):
        happened_at = content.happened_at or events.spell(first.happened_at)
        said = revisions.of_update(replace(content, happened_at=happened_at), first.update.number)
        if said.tidy().hash() == first.content_hash:
            return events.lock(first.update)
    return None


def _mark(update: Update, verb: str, by: AbstractBaseUser, at: datetime | None, **mark: bool) -> Update:
    """Write down that an update is pinned or a key moment, or no longer; public while readers see it."""
    [(column, wanted)] = mark.items()
    with _lead(update.post, by, at):
        update = events.lock(update)
        post = update.post
        if getattr(update, column) == wanted:
            return update
        if wanted and (update.withdrawal_id or update.stage == Post.Stage.SPIKED):
            raise WrongState(_("There are no words of it to show."))
        most = MOST_PINNED if column == "pinned" else MOST_KEY_MOMENTS
        if wanted and post.updates.filter(**{column: True}).count() >= most:
            raise WrongState(_("There are %(most)d already: take one away first.") % {"most": most})
        setattr(update, column, wanted)
        public = post.is_live() and update.published_at is not None
        events.add(update, verb, by=by, at=at or timezone.now(), stage=update.stage, public=public)
        update.save(update_fields=[column, "public_sequence"])
        post.save(update_fields=events.COUNTED)
        if public:
            events.readers_see_a_change(post)
        return update
