"""What was written: one wording after the other, never changed, each chained to the one before.

`write` is the only way into the table. It cleans what it is given, so a form, an import, a command and the shell are
equally safe, and it writes nothing when no word changed.
"""

import re
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import addresses, events, rendering
from .models import Event, Post, Revision, Story
from .rendering import Unacceptable

LONGEST_TAG = 100
MOST_TAGS = 100  # the fullest piece of ten years of blogs has 67
MOST_SOURCES = 100
_PICTURE_ADDRESS = re.compile(r"https?://\S|/(?!/)")
_web_address = URLValidator(schemes=["http", "https"])


class Stale(Exception):
    """The piece has moved on: somebody saved a newer version than the one these words were based on."""

    def __init__(self, head: Revision):
        self.head = head
        super().__init__(
            _("%(name)s saved version %(number)d meanwhile.") % {"name": head.by_name, "number": head.number}
        )


@dataclass(frozen=True)
class Content:
    """All that a reader sees of a wording. `tidy` gives the form in which it is kept."""

    headline: str
    standfirst: str = ""
    body: str = ""
    tags: tuple[str, ...] = ()
    section: str = ""
    byline: tuple[dict[str, str], ...] = ()
    sources: tuple[dict[str, str], ...] = ()
    image: dict[str, Any] | None = None

    @classmethod
    def of(cls, revision: Revision) -> Self:
        return cls(
            headline=revision.headline,
            standfirst=revision.standfirst,
            body=revision.body,
            tags=tuple(revision.tags),
            section=revision.section,
            byline=tuple(revision.byline),
            sources=tuple(revision.sources),
            image=revision.image or None,
        )

    def tidy(self) -> Self:
        """The same words, clean and in one form. Raises Unacceptable with a sentence for the writer."""
        tags = _tidy_tags(self.tags, self.section)
        section = rendering.clean_line(self.section, LONGEST_TAG)
        return type(self)(
            headline=rendering.clean_line(self.headline),
            standfirst=rendering.clean_text(self.standfirst),
            body=rendering.clean(self.body),
            tags=tags,
            section=next((tag for tag in tags if rendering.same_name(tag) == rendering.same_name(section)), ""),
            byline=tuple(_tidy_person(person) for person in self.byline),
            sources=_tidy_sources(self.sources),
            image=_tidy_image(self.image) if self.image else None,
        )

    def hash(self) -> str:
        """SHA-256 of the words, the same on every database. Two equal hashes are one wording."""
        return events.sha256(asdict(self) | {"image": self.image or {}})


def start(
    content: Content,
    *,
    by: AbstractBaseUser,
    kind: str = Post.Kind.POST,
    slug: str = "",
    story: Story | None = None,
    note: str = "",
    at: datetime | None = None,
    source: str = "",
    source_id: str = "",
    key: uuid.UUID | None = None,
) -> Post:
    """A new piece with its first wording, as a draft. Gives the post.

    `source` and `source_id` are where an import had it from (together unique); `key` its identity, by chance if none
    is given. Raises Unacceptable when the words or the slug cannot be kept.
    """
    if slug:
        addresses.check(slug)
        addresses.check_free(kind, slug)
    content = content.tidy()
    note = rendering.clean_text(note)
    with transaction.atomic():
        post = Post(key=key or uuid.uuid4(), kind=kind, slug=slug, story=story, source=source, source_id=source_id)
        try:
            with transaction.atomic():
                post.save(force_insert=True)
        except IntegrityError:
            addresses.check_free(kind, slug)  # somebody took it in this moment
            raise
        _add(post, build(post, None, content, by=by, note=note, at=at), by=by)
        return post


def write(
    post: Post,
    content: Content,
    *,
    by: AbstractBaseUser,
    based_on: Revision | None = None,
    note: str = "",
    kind: str = "",
    at: datetime | None = None,
) -> Revision | None:
    """The next wording of a piece; None when no word differs from the newest one.

    `based_on` is the version the writer saw; Stale is raised when it is no longer the newest, and nothing is written.
    What was live stays live: the piece is a draft again behind it. Raises Unacceptable when a text cannot be kept.
    """
    if kind and kind not in Revision.Kind.values:
        raise Unacceptable(_("Say what kind of change it is."))
    content = content.tidy()
    note = rendering.clean_text(note)
    with transaction.atomic():
        post = events.lock(post)
        head = post.head
        if based_on is not None and head is not None and head.pk != based_on.pk:
            raise Stale(head)
        if head is not None and head.content_hash == content.hash():
            return None
        revision = build(post, head, content, by=by, note=note, kind=kind, at=at)
        _add(post, revision, by=by)
        return revision


def restore(
    post: Post, revision: Revision, *, by: AbstractBaseUser, based_on: Revision | None = None
) -> Revision | None:
    """Bring an old wording back, as a new version; None when it is the newest one's wording already."""
    note = _("Brought back version %(number)d.") % {"number": revision.number}
    return write(post, Content.of(revision), by=by, based_on=based_on, note=note)


def numbered(post: Post, number: str) -> Revision | None:
    """The version of a piece whose number somebody sent; None when there is none, or the text is no number."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return post.revisions.filter(number=int(number)).first() if is_number else None


def chain_hash(revision: Revision, before: str) -> str:
    """SHA-256 over everything a revision holds and the hash of the one before it (the post's key at the start)."""
    return events.sha256(
        {
            "before": before,
            "number": revision.number,
            "based_on": revision.based_on.number if revision.based_on_id else None,
            "by": revision.by_name,
            "at": events.spell(revision.created_at),
            "note": revision.note,
            "kind": revision.kind,
            "excerpt": revision.excerpt,
            "words": revision.words,
            "content": revision.content_hash,
        }
    )


def excerpt_of(content: Content) -> str:
    """What a list shows under the headline: the standfirst, or the first words."""
    return content.standfirst or rendering.excerpt(content.body)


def words_in(content: Content) -> int:
    return len(rendering.plain(content.body).split())


def build(
    post: Post,
    head: Revision | None,
    content: Content,
    *,
    by: AbstractBaseUser | None,
    note: str = "",
    kind: str = "",
    at: datetime | None = None,
) -> Revision:
    """The revision that comes after `head`, not saved yet. `content` is tidy."""
    revision = Revision(
        post=post,
        number=head.number + 1 if head else 1,
        based_on=head,
        by=by,
        by_name=events.name_of(by),
        created_at=at or timezone.now(),
        note=note,
        kind=kind or (Revision.Kind.UPDATE if post.live_id else Revision.Kind.DRAFT),
        headline=content.headline,
        standfirst=content.standfirst,
        body=content.body,
        tags=list(content.tags),
        section=content.section,
        byline=list(content.byline),
        sources=list(content.sources),
        image=content.image or {},
        excerpt=excerpt_of(content),
        words=words_in(content),
        content_hash=content.hash(),
    )
    revision.chain_hash = chain_hash(revision, head.chain_hash if head else str(post.key))
    return revision


def build_event(post: Post, revision: Revision, *, by: AbstractBaseUser | None) -> Event:
    """What is written down when a revision is: the piece is a draft from there on."""
    at, note, stage = revision.created_at, revision.note, Post.Stage.DRAFT
    return events.build(post, "write", by=by, at=at, stage=stage, revision=revision, note=note)


def _add(post: Post, revision: Revision, *, by: AbstractBaseUser | None) -> None:
    """Save the next revision of a locked (or new) post."""
    revision.save(force_insert=True)
    post.head = revision
    build_event(post, revision, by=by).save(force_insert=True)
    post.save(update_fields=["head", "stage", "sequence"])


def _tidy_tags(names: tuple[str, ...], section: str) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for name in [*names, section]:
        name = rendering.clean_line(name, LONGEST_TAG)
        if name:
            tags.setdefault(rendering.same_name(name), name)
    if len(tags) > MOST_TAGS:
        raise Unacceptable(_("A piece may have %(most)d tags at most.") % {"most": MOST_TAGS})
    return tuple(sorted(tags.values(), key=lambda name: (rendering.same_name(name), name)))


def _tidy_person(person: dict[str, str]) -> dict[str, str]:
    return {
        "name": rendering.clean_line(person["name"], 150),
        "slug": rendering.clean_line(person.get("slug", ""), 150),
    }


def _tidy_sources(sources: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
    if len(sources) > MOST_SOURCES:
        raise Unacceptable(_("A piece may have %(most)d sources at most.") % {"most": MOST_SOURCES})
    return tuple(_tidy_source(source) for source in sources)


def _tidy_source(source: dict[str, str]) -> dict[str, str]:
    tidy = {part: rendering.clean_line(source.get(part) or "", 500) for part in ("outlet", "title", "url", "at")}
    if tidy["url"]:
        try:
            _web_address(tidy["url"])
        except ValidationError as error:
            raise Unacceptable(_("“%(url)s” is not a web address.") % {"url": tidy["url"]}) from error
    if tidy["at"]:
        tidy["at"] = _tidy_time(tidy["at"])
    return tidy


def _tidy_time(text: str) -> str:
    """One spelling of an instant; a time without a zone is one of the site's."""
    try:
        moment = datetime.fromisoformat(text)
        if not 1 < moment.year < 9999:  # there are zones in which it is in no year
            raise ValueError
        return events.spell(moment if moment.tzinfo else timezone.make_aware(moment, timezone.get_default_timezone()))
    except (ValueError, OverflowError) as error:
        raise Unacceptable(_("“%(time)s” is not a time.") % {"time": text}) from error


def _tidy_image(image: dict[str, Any]) -> dict[str, Any]:
    src = rendering.clean_line(image["src"])
    if not _PICTURE_ADDRESS.match(src):
        raise Unacceptable(_("“%(src)s” is not the address of a picture.") % {"src": src})
    return {
        "src": src,
        "alt": rendering.clean_line(image.get("alt", ""), 1_000),
        "width": _tidy_size(image.get("width")),
        "height": _tidy_size(image.get("height")),
        "credit": rendering.clean_line(image.get("credit", ""), 200),
    }


def _tidy_size(size: Any) -> int:
    text = str(size or 0)
    if not (text.isdecimal() and len(text) <= 6):
        raise Unacceptable(_("“%(size)s” is not a size of a picture.") % {"size": text[:20]})
    return int(text)
