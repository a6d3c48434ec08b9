"""What was done: numbered per post without gaps, chained, never changed.

Whoever changes a piece (a post's own text, or one of its updates) takes its post's row by `lock`, adds what was done by
`add`, and then saves the columns that this moved on.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import F, OuterRef, Subquery

from . import channels
from .models import Edition, Event, Post, ReviewRequest, Revision, Story, Update, name_of

Piece = TypeVar("Piece", Post, Update)

COUNTED = ["sequence", "public_sequence", "version"]  # columns of a post that an event moves on


def lock(piece: Piece) -> Piece:
    """The piece as it is now, its post held until the transaction ends. Work on this copy, not on the one you had."""
    if isinstance(piece, Update):
        post = _hold(piece.post_id)
        piece = Update.objects.select_related("head", "live", "withdrawal").get(pk=piece.pk, post=post)
        piece.post = post
        return piece
    return _hold(piece.pk)


def _hold(post_id: int) -> Post:
    if connection.features.has_select_for_update:
        # By itself: a row that is waited for comes with the revisions that belonged to it before the wait.
        Post.objects.select_for_update().values_list("pk").get(pk=post_id)
    last = Event.objects.filter(post=OuterRef("pk"), number=OuterRef("sequence")).values("chain_hash")
    return Post.objects.select_related("head", "live").annotate(last_event_hash=Subquery(last)).get(pk=post_id)


def add(piece: Post | Update, verb: str, **what: Any) -> Event:
    """Write down one act and move the piece to `stage`; the caller saves it with the columns named in `build`.

    Takes what `build` takes.
    """
    event = build(piece, verb, **what)
    keep(event)
    return event


def keep(event: Event) -> None:
    """Save an event that `build` made. A request for review that it answers ends with it."""
    event.save(force_insert=True)
    if event.public:
        event.post.last_public_event = event.pk
    ReviewRequest.objects.follow(event)


def build(
    piece: Post | Update,
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
    """The next event of a post's own text or of one of its updates, not saved yet, and the piece moved on to it.

    Changes `stage` of the piece (and `step`, which only what is in review has) and `sequence` of the post; a public act
    `version` and `public_sequence` of the post as well, and `public_sequence` of the update. The caller saves them
    (COUNTED, and the piece's own).
    """
    post, update = piece.post, piece if isinstance(piece, Update) else None
    number = post.sequence + 1
    is_first = number == (update.number if update else 1)
    event = Event(
        post=post,
        update=update,
        number=number,
        verb=verb,
        by=by,
        by_name=name_of(by),
        at=at,
        revision=revision,
        stage_before="" if is_first else piece.stage,
        stage_after=stage,
        kind=kind,
        note=note,
        public_note=public_note,
        public=public,
        details=details or {},
    )
    event.chain_hash = chain_hash(event, _last_hash(post))
    post.last_event_hash = event.chain_hash
    post.sequence, piece.stage = number, stage
    if stage != Post.Stage.REVIEW:
        piece.step = 0
    if public:
        post.version += 1
        post.public_sequence = number
        if update:
            update.public_sequence = number
    return event


def readers_see_a_change(post: Post, *, also: int | None = None, stood_in: Iterable[str] = ()) -> None:
    """Raise the numbers by which kept pages know that they are old, `also` those of another story.

    Whoever else wants to hear of it is told (`channels`); `stood_in` are the places of the post before the act. Last in
    a transaction: the edition is one row for all. Stories come before it, in order, so that nobody waits for somebody
    who is waiting.
    """
    channels.tell(post, stood_in)
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
    if event.update:
        value["update"] = event.update.number
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
