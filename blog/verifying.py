"""Does everything that is kept agree? Walks every chain, every pointer and every index, and names what lies.

The truth is in revisions and events. Each is hashed over what it holds and the one before it, so a changed byte
anywhere breaks the chain from there on; and whatever a post or an update says of itself must be what its events add up
to. Rows are read one after the other, and of a post no more is kept in memory than its numbers and hashes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet

from . import events, indexing, moments, picture_uses, removal, rendering, revisions, search
from .models import CitedSource, Event, Post, Revision, SearchEntry, TaggedPost, Update
from .moments import Act, State, UpdateState
from .revisions import Content

CHUNK = 500  # posts that are asked for at a time
ROWS = 200  # revisions and events that are asked for at a time

_SUMS_OF_POST = (
    "live_id published_at published_on updated_at coverage coverage_began_at coverage_ended_at next_update_at promise "
    "summary_at update_count notices "
    "discussion version public_sequence text_sequence"
).split()
_SUMS_OF_UPDATE = "live_id published_at updated_at pinned key withdrawal_id public_sequence".split()
_WORDS = "headline standfirst body summary tags section byline sources image excerpt note".split()
_CITED = [column.attname for column in CitedSource._meta.concrete_fields if not column.primary_key]


NONE = removal.Removed()


@dataclass(frozen=True)
class Lie:
    """A row that does not agree with the others, and how."""

    table: str
    pk: int
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.pk}: {self.what}"


def verify(progress: Callable[[int], object] = lambda rows: None) -> Iterator[Lie]:
    """Every disagreement, in the order of the posts. `progress` is told how many more rows have been looked at."""
    known = 0
    while chunk := list(Post.objects.filter(pk__gt=known).select_related("section").order_by("pk")[:CHUNK]):
        uses = picture_uses.of_posts(chunk)
        for post, rows in _with_rows(chunk):
            found = _Found(post.live_id)
            yield from _post(post, rows, uses.get(post.pk, set()), found)
            progress(1 + len(found.revisions) + found.sequence)
        known = chunk[-1].pk
    yield from _without_a_post()


@dataclass
class _Rows:
    """What is kept of a post. Revisions and events can be gone through once."""

    revisions: Iterable[Revision]
    events: Iterable[Event]
    updates: dict[int, Update]
    tags: set[str]
    authors: set[str]
    cited: list[tuple]
    entry: SearchEntry | None
    others: dict[str, str]  # names of tags, and those that they stand for
    removed: removal.Removed


@dataclass
class _Piece:
    """What its rows say of a post's own text, or of one of its updates."""

    head_id: int | None = None
    happened_at: Any = None  # of the newest wording that says one
    stage: str = ""
    first: int | None = None  # the number of its first event
    pictures: dict[int, set[str]] = field(default_factory=dict)  # which its wordings show, by their keys
    step: int = 0
    glass_id: int | None = None

    def go_on(self, event: Event) -> None:
        """The piece as it is after an event."""
        self.stage, self.first = event.stage_after, self.first or event.number
        if self.stage != Post.Stage.REVIEW:
            self.step = 0
        elif event.verb == "submit":
            self.step = 1 if event.details.get("steps") else 0
        elif event.verb == "approve":
            self.step = event.details.get("step", 0) + 1
        if event.verb == "publish" and event.details.get("glass"):
            self.glass_id = event.pk
        elif event.verb == "look_over":
            self.glass_id = None


@dataclass
class _Found:
    """What was found in the rows of a post: pieces by the key of their update (None: the post's own text)."""

    live_id: int | None
    pieces: dict[int | None, _Piece] = field(default_factory=dict)
    revisions: dict[int, Revision] = field(default_factory=dict)  # without their words
    live: Revision | None = None  # with them
    state: State = field(default_factory=State)
    sequence: int = 0

    def piece(self, update_id: int | None) -> _Piece:
        return self.pieces.setdefault(update_id, _Piece())


class _ByPost:
    """Rows in the order of their posts, given out a post at a time; none is read before it is asked for."""

    def __init__(self, rows: QuerySet):
        self._groups = groupby(rows.iterator(chunk_size=ROWS), key=lambda row: row.post_id)
        self._next = next(self._groups, None)

    def of(self, post: Post) -> Iterator[Any]:
        while self._next is not None and self._next[0] < post.pk:
            self._next = next(self._groups, None)
        if self._next is not None and self._next[0] == post.pk:
            yield from self._next[1]


def _with_rows(posts: list[Post]) -> Iterator[tuple[Post, _Rows]]:
    own = {"post__in": posts}
    written = _ByPost(Revision.objects.filter(**own).order_by("post_id", "number"))
    done = _ByPost(Event.objects.filter(**own).order_by("post_id", "number"))
    entered = _ByPost(Update.objects.filter(**own).order_by("post_id", "number"))
    entries = {entry.post_id: entry for entry in SearchEntry.objects.filter(**own)}
    tags: dict[int, set[str]] = {}
    for post_id, tag in TaggedPost.objects.filter(content_object__in=posts).values_list(
        "content_object", "tag__folded"
    ):
        tags.setdefault(post_id, set()).add(tag)
    cited: dict[int, list[tuple]] = {}
    for post_id, *row in CitedSource.objects.filter(**own).values_list("post_id", *_CITED):
        cited.setdefault(post_id, []).append(tuple(row))
    others, removed = indexing.other_names(), removal.of_posts(posts)
    authors: dict[int, set[str]] = {}
    for post_id, slug in Post.authors.through.objects.filter(**own).values_list("post_id", "author__slug"):
        authors.setdefault(post_id, set()).add(slug)
    for post in posts:
        updates = {update.pk: update for update in entered.of(post)}
        labels = tags.get(post.pk, set()), authors.get(post.pk, set())
        yield (
            post,
            _Rows(
                written.of(post),
                done.of(post),
                updates,
                *labels,
                cited.get(post.pk, []),
                entries.get(post.pk),
                others,
                removed.get(post.pk, NONE),
            ),
        )


def _post(post: Post, rows: _Rows, uses: set[picture_uses.Use], found: _Found) -> Iterator[Lie]:
    yield from _revisions(post, rows, found)
    yield from _events(post, rows, found)
    if not found.revisions or not found.sequence:
        yield _lie(post, "has no revision or no event")
    else:
        yield from _pointers(post, found)
        for update in rows.updates.values():
            yield from _pointers_of_update(update, found)
    yield from _indexes(post, found.live, rows)
    if uses != _uses_in(post, rows, found):
        yield _lie(post, "is found as using other pictures than its wordings show")


def _revisions(post: Post, rows: _Rows, found: _Found) -> Iterator[Lie]:
    """Numbers and hashes run through all pieces of a post; each wording is based on one of its own piece."""
    before = str(post.key)
    for number, revision in enumerate(rows.revisions, 1):
        if revision.number != number:
            yield _lie(revision, f"has number {revision.number} where {number} is due: a revision is missing")
            return
        if revision.update_id is not None and revision.update_id not in rows.updates:
            yield _lie(revision, "is of an update of another post, or of none that there is")
            return
        content, is_removed = Content.of(revision), revision.pk in rows.removed.revisions
        if is_removed and not removal.is_bare(revision):
            yield _lie(revision, "was to be removed for legal reasons, and its words are still there")
        if not is_removed and content.hash() != revision.content_hash:
            yield _lie(revision, "the words are not those that were saved (content_hash)")
        if revision.excerpt != revisions.excerpt_of(content) or revision.words != revisions.words_in(content):
            yield _lie(revision, "excerpt or number of words do not fit the words")
        if revision.based_on_id is not None:
            based_on = found.revisions.get(revision.based_on_id)
            if based_on is None or based_on.update_id != revision.update_id:
                yield _lie(revision, "is based on a revision of another post or another piece")
                return
            revision.based_on = based_on
        if not is_removed and revisions.chain_hash(revision, before) != revision.chain_hash:
            yield _lie(revision, "what is kept of it, or the revision before it, was changed (chain_hash)")
        before = revision.chain_hash
        _remember(revision, found)


def _remember(revision: Revision, found: _Found) -> None:
    piece = found.piece(revision.update_id)
    piece.head_id, piece.happened_at = revision.pk, revision.happened_at or piece.happened_at
    if hashes := picture_uses.hashes_in(revision):
        piece.pictures[revision.pk] = hashes
    if revision.pk == found.live_id:
        found.live = revision
    else:
        for name in _WORDS:  # a column that is not there is asked for by whoever wants it; nobody does
            del revision.__dict__[name]
    found.revisions[revision.pk] = revision


def _events(post: Post, rows: _Rows, found: _Found) -> Iterator[Lie]:
    """Numbers and hashes run through all pieces of a post, stages through each of them."""
    before = str(post.key)
    for number, event in enumerate(rows.events, 1):
        if event.number != number:
            yield _lie(event, f"has number {event.number} where {number} is due: an event is missing")
            return
        if event.update_id is not None:
            if event.update_id not in rows.updates:
                yield _lie(event, "names an update of another post, or none that there is")
                return
            event.update = rows.updates[event.update_id]
        if event.revision_id is not None:
            event.revision = found.revisions.get(event.revision_id)
            if event.revision is None or event.revision.update_id != event.update_id:
                yield _lie(event, "names a revision of another post or another piece, or none that there is")
                return
        piece = found.piece(event.update_id)
        if event.stage_before != piece.stage:
            yield _lie(event, f"begins at {event.stage_before!r}, but the event before it ended at {piece.stage!r}")
        is_blanked = number in rows.removed.sentences and removal.is_silent(event)
        if not is_blanked and events.chain_hash(event, before) != event.chain_hash:
            yield _lie(event, "what is kept of it, or the event before it, was changed (chain_hash)")
        piece.go_on(event)
        before, found.sequence = event.chain_hash, number
        if moments.counts(event):
            try:
                found.state.add(Act.of(event))
            except (KeyError, TypeError, ValueError):
                yield _lie(event, "does not say what an event of its kind says (details)")
                return


def _pointers(post: Post, found: _Found) -> Iterator[Lie]:
    """What the post says of itself is what its events add up to."""
    piece, state = found.piece(None), found.state
    sums = {"head_id": piece.head_id, "sequence": found.sequence, "stage": piece.stage}
    sums |= {"step": piece.step, "glass_id": piece.glass_id}
    sums |= {column: getattr(state, column) for column in _SUMS_OF_POST}
    if state.slug is not None:  # until it is public, a piece may have any
        sums["slug"] = state.slug
    yield from _differing(post, sums)


def _pointers_of_update(update: Update, found: _Found) -> Iterator[Lie]:
    """The same for an update. Readers see the time of what they are shown; before, it is that of the newest wording."""
    piece = found.pieces.get(update.pk)
    if piece is None or piece.first is None or piece.head_id is None:
        yield _lie(update, "has no revision or no event")
        return
    state = found.state.updates.get(update.pk) or UpdateState(update.number)
    sums = {"number": piece.first, "head_id": piece.head_id, "stage": piece.stage}
    sums |= {"step": piece.step, "glass_id": piece.glass_id}
    sums["happened_at"] = state.happened_at if state.published_at else piece.happened_at
    yield from _differing(update, sums | {column: getattr(state, column) for column in _SUMS_OF_UPDATE})


def _differing(row: Post | Update, sums: dict[str, Any]) -> Iterator[Lie]:
    for column, true in sums.items():
        if (said := getattr(row, column)) != true:
            yield _lie(row, f"{column} is {said}, but its events say {true}")


def _indexes(post: Post, live: Revision | None, rows: _Rows) -> Iterator[Lie]:
    """Tags, section, authors, sources and search say what the live wordings say, and nothing when there are none."""
    names = map(rendering.same_name, live.tags) if live else ()
    wanted = {rows.others.get(name, name) for name in names}
    if rows.tags != wanted:
        yield _lie(post, f"is found under the tags {sorted(rows.tags)}; its live wording has {sorted(wanted)}")
    section = rendering.same_name(live.section) if live else ""
    section = rows.others.get(section, section)
    if (post.section.folded if post.section else "") != section:
        yield _lie(post, f"section is {post.section}; its live wording says {section!r}")
    if not rows.authors <= ({person["slug"] for person in live.byline} if live else set()):
        yield _lie(post, f"is found under the authors {sorted(rows.authors)}, whom its live wording does not name")
    post.live = live
    due = next(iter(search.entries([post])), None) if live else None
    if (due and search.text_of(due)) != (rows.entry and search.text_of(rows.entry)):
        yield _lie(post, "is searched by other words than those that readers see")
    due_sources = (tuple(getattr(row, column) for column in _CITED) for row in indexing.cited_rows(post))
    if sorted(rows.cited, key=repr) != sorted(due_sources, key=repr):
        yield _lie(post, "is found under other sources than those that its live wordings name")


def _uses_in(post: Post, rows: _Rows, found: _Found) -> set[picture_uses.Use]:
    """Which pictures the newest and the live wordings show."""
    live = {None: post.live_id} | {update.pk: update.live_id for update in rows.updates.values()}
    shown = [
        (update, piece.pictures.get(piece.head_id, set()), piece.pictures.get(live.get(update), set()))
        for update, piece in found.pieces.items()
    ]
    hashes = set().union(*(one for _update, *both in shown for one in both))
    return picture_uses.expected(shown, picture_uses.numbers_of(hashes))


def _without_a_post() -> Iterator[Lie]:
    """Rows that no post leads to."""
    for model in (Update, Revision, Event):
        for row in model.objects.exclude(post__in=Post.objects.values("pk")).order_by("pk").iterator():
            yield _lie(row, "belongs to no post")


def _lie(row: Model, what: str) -> Lie:
    number = f" (post {row.post_id}, number {row.number})" if not isinstance(row, Post) else ""
    return Lie(row._meta.db_table, row.pk, what + number)
