"""Many pieces at once that were public elsewhere: for imports.

The rows are those that `revisions.start` and `workflow.adopt` would leave one by one, with the same hashes, made by
the same functions; only the asking and the saving are shared. A test holds the two against each other.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from . import addresses, events, going_live, indexing, picture_uses, rendering, revisions, search, workflow
from .models import Author, CitedSource, Event, PictureUse, Post, Revision, SearchEntry, TaggedPost
from .rendering import Unacceptable
from .revisions import Content


@dataclass(frozen=True)
class Arrival:
    """A piece as it stood elsewhere, and since when."""

    content: Content
    published_at: datetime
    kind: str = Post.Kind.POST
    slug: str = ""
    note: str = ""
    source: str = ""
    source_id: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def adopt_many(arrivals: Sequence[Arrival], *, by: AbstractBaseUser) -> list[Post | Unacceptable]:
    """Bring in all of them in one transaction, each at its own time; one answer for each, in their order.

    A piece whose words or slug cannot be kept is answered with the reason, and nothing of it is written. Raises
    NotAllowed for everything when this person may not adopt, and WrongState when a time is still to come.
    """
    workflow.check_may_adopt(by)
    if any(arrival.published_at > timezone.now() for arrival in arrivals):
        raise workflow.WrongState(_("That time is still to come."))
    with transaction.atomic():
        slugs = _Slugs(arrivals)
        answers = [_piece(arrival, slugs, by) for arrival in arrivals]
        pieces = [answer for answer in answers if isinstance(answer, _Piece)]
        if pieces:
            _save(pieces)
        return [answer.post if isinstance(answer, _Piece) else answer for answer in answers]


@dataclass
class _Piece:
    post: Post
    revision: Revision
    events: list[Event]


class _Slugs:
    """Which slugs are taken at the addresses that the arrivals will have: asked once for all of them."""

    def __init__(self, arrivals: Sequence[Arrival]):
        days = {addresses.day_at(arrival.published_at) for arrival in arrivals}
        posts = Post.objects.stories().filter(published_on__in=days).values_list("published_on", "slug")
        pages = Post.objects.pages().exclude(slug="").values_list("slug", flat=True)
        self.taken: set[tuple[date | None, str]] = {*posts, *((None, slug) for slug in pages)}

    def settle(self, post: Post, headline: str) -> None:
        day = post.published_on if post.kind == Post.Kind.POST else None
        wanted = post.slug or addresses.slug_for(headline)
        post.slug = addresses.first_free(post.kind, wanted, lambda slug: (day, slug) in self.taken)
        self.taken.add((day, post.slug))


def _piece(arrival: Arrival, slugs: _Slugs, by: AbstractBaseUser) -> _Piece | Unacceptable:
    try:
        if arrival.slug:
            addresses.check(arrival.slug)
        content = arrival.content.tidy()
        if not content.headline:
            raise Unacceptable(_("It needs a headline first."))
    except Unacceptable as refusal:
        return refusal
    at = arrival.published_at
    post = Post(
        key=arrival.key, kind=arrival.kind, slug=arrival.slug, source=arrival.source, source_id=arrival.source_id
    )
    revision = revisions.build(post, None, content, by=by, note=arrival.note, at=at)
    written = revisions.build_event(post, revision, by=by)
    post.published_at, post.published_on = at, addresses.day_at(at)
    slugs.settle(post, revision.headline)
    adopted = going_live.build_event(post, "adopt", revision, by=by, at=at, first=True)
    post.text_sequence = adopted.number
    return _Piece(post, revision, [written, adopted])


def _save(pieces: list[_Piece]) -> None:
    posts = [piece.post for piece in pieces]
    known = indexing.tags_by_name(name for p in pieces for name in p.revision.tags)
    own = [[known[rendering.same_name(name)] for name in piece.revision.tags] for piece in pieces]
    tags = [list(dict.fromkeys(each)) for each in own]  # by two names it is one tag
    for piece, own in zip(pieces, tags, strict=True):
        piece.post.section = indexing.section_among(own, piece.revision)
    Post.objects.bulk_create(posts)
    Revision.objects.bulk_create(piece.revision for piece in pieces)
    Event.objects.bulk_create(event for piece in pieces for event in piece.events)
    first = Revision.objects.filter(post=OuterRef("pk"), number=1).values("pk")
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(head=Subquery(first), live=Subquery(first))
    for piece in pieces:
        piece.post.head = piece.post.live = piece.revision
    TaggedPost.objects.bulk_create(
        row for post, own in zip(posts, tags, strict=True) for row in indexing.tagged_rows(post, own)
    )
    _save_authors(pieces)
    CitedSource.objects.bulk_create(row for post in posts for row in indexing.cited_rows(post))
    PictureUse.objects.bulk_create(picture_uses.rows_of(posts))
    SearchEntry.objects.bulk_create(search.entries(posts))
    for post in {post.kind: post for post in posts}.values():
        events.readers_see_a_change(post)


def _save_authors(pieces: list[_Piece]) -> None:
    slugs = {person["slug"] for piece in pieces for person in piece.revision.byline}
    authors = {author.slug: author for author in Author.objects.filter(slug__in=slugs)}
    through = Post.authors.through
    through.objects.bulk_create(
        through(post=piece.post, author=authors[slug])
        for piece in pieces
        for slug in dict.fromkeys(person["slug"] for person in piece.revision.byline)
        if slug in authors
    )
