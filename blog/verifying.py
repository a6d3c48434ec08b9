"""Does everything that is kept agree? Walks every chain, every pointer and every index, and names what lies.

The truth is in revisions and events. Each is hashed over what it holds and the one before it, so a changed byte
anywhere breaks the chain from there on; and whatever a post says of itself must be what its events add up to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet

from . import events, rendering, revisions, search
from .models import Event, Post, Revision, SearchEntry, TaggedPost
from .revisions import Content

CHUNK = 500  # posts whose rows are held in memory at a time


@dataclass(frozen=True)
class Lie:
    """A row that does not agree with the others, and how."""

    table: str
    pk: int
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.pk}: {self.what}"


def verify(progress: Callable[[int], object] = lambda posts: None) -> Iterator[Lie]:
    """Every disagreement, in the order of the posts. `progress` is told how many more posts have been looked at."""
    known = 0
    while chunk := list(Post.objects.filter(pk__gt=known).select_related("section").order_by("pk")[:CHUNK]):
        for post, rows in _with_rows(chunk):
            yield from _post(post, rows)
        known = chunk[-1].pk
        progress(len(chunk))
    yield from _without_a_post()


@dataclass(frozen=True)
class _Rows:
    revisions: list[Revision]
    events: list[Event]
    tags: set[str]
    authors: set[str]
    entry: SearchEntry | None


def _with_rows(posts: list[Post]) -> Iterator[tuple[Post, _Rows]]:
    own = {"post__in": posts}
    written = _by_post(Revision.objects.filter(**own).order_by("post_id", "number"))
    done = _by_post(Event.objects.filter(**own).order_by("post_id", "number"))
    entries = {entry.post_id: entry for entry in SearchEntry.objects.filter(**own)}
    tags: dict[int, set[str]] = {}
    for tagged in TaggedPost.objects.filter(content_object__in=posts).select_related("tag"):
        tags.setdefault(tagged.content_object_id, set()).add(tagged.tag.folded)
    authors: dict[int, set[str]] = {}
    for post_id, slug in Post.authors.through.objects.filter(**own).values_list("post_id", "author__slug"):
        authors.setdefault(post_id, set()).add(slug)
    for post in posts:
        rows = (written.get(post.pk, []), done.get(post.pk, []), tags.get(post.pk, set()), authors.get(post.pk, set()))
        yield post, _Rows(*rows, entries.get(post.pk))


def _by_post(rows: QuerySet) -> dict[int, list]:
    return {post_id: list(own) for post_id, own in groupby(rows.iterator(), key=lambda row: row.post_id)}


def _post(post: Post, rows: _Rows) -> Iterator[Lie]:
    by_pk = {revision.pk: revision for revision in rows.revisions}
    yield from _revisions(post, rows.revisions, by_pk)
    yield from _events(post, rows.events, by_pk)
    yield from _pointers(post, rows, by_pk)
    live = by_pk.get(post.live_id)
    yield from _indexes(post, live, rows)


def _revisions(post: Post, written: list[Revision], by_pk: dict[int, Revision]) -> Iterator[Lie]:
    before = str(post.key)
    for number, revision in enumerate(written, 1):
        if revision.number != number:
            yield _lie(revision, f"has number {revision.number} where {number} is due: a revision is missing")
            return
        content = Content.of(revision)
        if content.hash() != revision.content_hash:
            yield _lie(revision, "the words are not those that were saved (content_hash)")
        if revision.excerpt != revisions.excerpt_of(content) or revision.words != revisions.words_in(content):
            yield _lie(revision, "excerpt or number of words do not fit the words")
        if revision.based_on_id is not None:
            revision.based_on = by_pk.get(revision.based_on_id)
            if revision.based_on is None:
                yield _lie(revision, "is based on a revision of another post")
                return
        if revisions.chain_hash(revision, before) != revision.chain_hash:
            yield _lie(revision, "what is kept of it, or the revision before it, was changed (chain_hash)")
        before = revision.chain_hash


def _events(post: Post, done: list[Event], by_pk: dict[int, Revision]) -> Iterator[Lie]:
    before, stage = str(post.key), ""
    for number, event in enumerate(done, 1):
        if event.number != number:
            yield _lie(event, f"has number {event.number} where {number} is due: an event is missing")
            return
        if event.revision_id is not None:
            if event.revision_id not in by_pk:
                yield _lie(event, "names a revision of another post, or none that there is")
                return
            event.revision = by_pk[event.revision_id]
        if event.stage_before != stage:
            yield _lie(event, f"begins at {event.stage_before!r}, but the event before it ended at {stage!r}")
        if events.chain_hash(event, before) != event.chain_hash:
            yield _lie(event, "what is kept of it, or the event before it, was changed (chain_hash)")
        before, stage = event.chain_hash, event.stage_after


def _pointers(post: Post, rows: _Rows, by_pk: dict[int, Revision]) -> Iterator[Lie]:
    """What the post says of itself is what its events add up to."""
    if not rows.revisions or not rows.events:
        yield _lie(post, "has no revision or no event")
        return
    sums = {"head_id": rows.revisions[-1].pk, "sequence": rows.events[-1].number, "stage": rows.events[-1].stage_after}
    sums |= _added_up(rows.events)
    for column, true in sums.items():
        if (said := getattr(post, column)) != true:
            yield _lie(post, f"{column} is {said}, but its events say {true}")


def _added_up(done: list[Event]) -> dict[str, Any]:
    """What readers have been shown by these events, as columns of the post."""
    sums: dict[str, Any] = dict.fromkeys(["live_id", "published_at", "published_on", "updated_at"])
    sums |= {"version": sum(event.public for event in done), "discussion": Post.Discussion.HOUSE.value}
    for event in done:
        if event.verb in {"publish", "adopt"}:
            sums["live_id"] = event.revision_id
            if sums["published_at"] is None:
                sums |= {"published_at": event.at, "published_on": date.fromisoformat(event.details["on"])}
                sums["slug"] = event.details["slug"]
            elif event.kind != Revision.Kind.TYPO:
                sums["updated_at"] = event.at
        elif event.verb == "withdraw":
            sums["live_id"] = None
        elif event.verb == "move" and "slug" in sums:
            sums["slug"] = event.details["to"]
        elif event.verb == "discuss":
            sums["discussion"] = event.details["to"]
    return sums


def _indexes(post: Post, live: Revision | None, rows: _Rows) -> Iterator[Lie]:
    """Tags, section, authors and search say what the live wording says, and nothing when there is none."""
    wanted = {rendering.same_name(tag) for tag in live.tags} if live else set()
    if rows.tags != wanted:
        yield _lie(post, f"is found under the tags {sorted(rows.tags)}; its live wording has {sorted(wanted)}")
    section = rendering.same_name(live.section) if live else ""
    if (post.section.folded if post.section else "") != section:
        yield _lie(post, f"section is {post.section}; its live wording says {section!r}")
    if not rows.authors <= ({person["slug"] for person in live.byline} if live else set()):
        yield _lie(post, f"is found under the authors {sorted(rows.authors)}, whom its live wording does not name")
    post.live = live
    due = next(iter(search.entries([post])), None) if live else None
    if (due and search.text_of(due)) != (rows.entry and search.text_of(rows.entry)):
        yield _lie(post, "is searched by other words than those that readers see")


def _without_a_post() -> Iterator[Lie]:
    """Rows that no post leads to."""
    for model in (Revision, Event):
        for row in model.objects.exclude(post__in=Post.objects.values("pk")).order_by("pk").iterator():
            yield _lie(row, "belongs to no post")


def _lie(row: Model, what: str) -> Lie:
    number = f" (post {row.post_id}, number {row.number})" if isinstance(row, Revision | Event) else ""
    return Lie(row._meta.db_table, row.pk, what + number)
