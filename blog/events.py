"""What was done: numbered per post without gaps, chained, never changed.

Whoever changes a post takes its row by `lock`, adds what was done by `add`, and then saves the post's own columns.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import F

from .models import Edition, Event, Post, Revision, Story, name_of


def lock(post: Post) -> Post:
    """The post as it is now, held until the transaction ends. Work on this copy, not on the one you had."""
    if connection.features.has_select_for_update:
        # By itself: a row that is waited for comes with the revisions that belonged to it before the wait.
        Post.objects.select_for_update().values_list("pk").get(pk=post.pk)
    return Post.objects.select_related("head", "live").get(pk=post.pk)


def add(post: Post, verb: str, **what: Any) -> Event:
    """Write down one act and move the post to `stage`; the caller saves `stage` and `sequence` with its own columns.

    Takes what `build` takes. A public act raises the post's `version` as well (save it too).
    """
    event = build(post, verb, **what)
    event.save(force_insert=True)
    return event


def build(
    post: Post,
    verb: str,
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    stage: str,
    revision: Revision | None = None,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    public: bool = False,
    details: dict[str, Any] | None = None,
) -> Event:
    """The next event of a post, not saved yet, and the post moved on to it."""
    event = Event(
        post=post,
        number=post.sequence + 1,
        verb=verb,
        by=by,
        by_name=name_of(by),
        at=at,
        revision=revision,
        stage_before=post.stage if post.sequence else "",
        stage_after=stage,
        kind=kind,
        note=note,
        public_note=public_note,
        public=public,
        details=details or {},
    )
    event.chain_hash = chain_hash(event, _last_hash(post))
    post.last_event_hash = event.chain_hash
    post.sequence, post.stage = event.number, stage
    if public:
        post.version += 1
    return event


def readers_see_a_change(post: Post, *, also: int | None = None) -> None:
    """Raise the numbers by which kept pages know that they are old, `also` those of another story.

    Last in a transaction: the edition is one row for all. Stories come before it, in order, so that nobody waits for
    somebody who is waiting.
    """
    for story in sorted({pk for pk in (post.story_id, also) if pk}):
        Story.objects.filter(pk=story).update(version=F("version") + 1)
    furniture = F("furniture") + 1 if post.kind == Post.Kind.PAGE else F("furniture")
    Edition.objects.filter(pk=1).update(number=F("number") + 1, furniture=furniture)


def readers_see_other_names(story: Story | None = None) -> None:
    """A tag, an author or a story is called or described otherwise: what stands on pages of many pieces."""
    if story is not None:
        Story.objects.filter(pk=story.pk).update(version=F("version") + 1)
    Edition.objects.has_changed_everywhere()


def chain_hash(event: Event, before: str) -> str:
    """SHA-256 over everything an event holds and the hash of the one before it (the post's key at the start)."""
    value = {
        "before": before,
        "number": event.number,
        "verb": event.verb,
        "by": event.by_name,
        "at": spell(event.at),
        "revision": event.revision.chain_hash if event.revision else None,
        "stage": [event.stage_before, event.stage_after],
        "kind": event.kind,
        "note": event.note,
        "public_note": event.public_note,
        "public": event.public,
        "details": event.details,
    }
    return sha256(value)


def spell(moment: datetime) -> str:
    """One spelling of an instant, whatever zone it is told in."""
    return moment.astimezone(UTC).isoformat()


def sha256(value: dict[str, Any]) -> str:
    """SHA-256 of JSON in one spelling: the same on every database and every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _last_hash(post: Post) -> str:
    """The hash that the next event builds on; known without asking when the last event was made on this very copy."""
    if not post.sequence:
        return str(post.key)
    if post.last_event_hash:
        return post.last_event_hash
    return Event.objects.values_list("chain_hash", flat=True).get(post=post, number=post.sequence)
