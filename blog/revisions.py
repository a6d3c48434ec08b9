"""What was written: one wording after the other, never changed, each chained to the one before.

`write` is the only way into the table. It cleans what it is given, so a form, an import, a command and the shell are
equally safe, and it writes nothing when no word changed.
"""

import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import addresses, events, picture_uses, rendering, renditions
from .models import Event, Post, Revision, Story, Update
from .rendering import Unacceptable

LONGEST_TAG = 100
MOST_TAGS = 100  # the fullest piece of ten years of blogs has 67
MOST_SOURCES = 100
_PICTURE_ADDRESS = re.compile(r"https?://\S|/(?!/)")
_TO_A_SOURCE = re.compile(r"""(\bhref\s*=\s*["']?)#(?:t-)?s([1-9][0-9]{0,3})(["'\s>])""", re.IGNORECASE)
_web_address = URLValidator(schemes=["http", "https"])


class Stale(Exception):
    """The piece has moved on: somebody saved a newer version than the one these words were based on."""

    def __init__(self, head: Revision):
        self.head = head
        super().__init__(
            _("%(name)s saved version %(number)d meanwhile.") % {"name": head.by_name, "number": head.number}
        )


class Removed(Unacceptable):
    """What somebody writes was begun with words that have been removed since: they would come back with it."""

    def __init__(self):
        super().__init__(
            _(
                "The words of the version that you opened have been removed for legal reasons. Nothing of this form is "
                "saved: copy what is yours, and open the piece again."
            )
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
    summary: str = ""  # where things stand, above the updates
    happened_at: str = ""  # of an update: the time it shows, in ISO 8601

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
            summary=revision.summary,
            happened_at=events.spell(revision.happened_at) if revision.happened_at else "",
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
            summary=rendering.clean(self.summary),
            happened_at=_tidy_time(self.happened_at) if self.happened_at else "",
        )

    def hash(self) -> str:
        """SHA-256 of the words, the same on every database. Two equal hashes are one wording."""
        said = vars(self) | {"image": self.image or {}}
        for later in ("summary", "happened_at"):  # wordings that have none are hashed as before there were any
            if not said[later]:
                del said[later]
        return events.sha256(said)


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


def begin(post: Post, content: Content, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> Update:
    """A new update of a locked post with its first wording, as a draft; for `updates`, which says who may.

    Links to its sources in its text (`#s1`) become its own. Raises Unacceptable when the words cannot be kept.
    """
    number = post.sequence + 1
    content = of_update(content, number).tidy()
    update = Update(post=post, number=number, happened_at=datetime.fromisoformat(content.happened_at))
    update.save(force_insert=True)
    _add(update, build(update, None, content, last=_last(post), by=by, note=rendering.clean_text(note), at=at), by=by)
    return update


def of_update(content: Content, number: int) -> Content:
    """The content of the update of this number: its text links to its own sources, not to those of the post."""
    return replace(content, body=_TO_A_SOURCE.sub(rf"\g<1>#t-u{number}-s\g<2>\g<3>", content.body))


def write(
    piece: Post | Update,
    content: Content,
    *,
    by: AbstractBaseUser,
    based_on: Revision | None = None,
    note: str = "",
    kind: str = "",
    at: datetime | None = None,
) -> Revision | None:
    """The next wording of a post's own text, or of one of its updates; None when no word differs from the newest one.

    `based_on` is the version the writer saw; Stale is raised when it is no longer the newest, and nothing is written.
    What was live stays live: the piece is a draft again behind it. Raises Unacceptable when a text cannot be kept, and
    where the words that the writer saw have been removed since.
    """
    if kind and kind not in Revision.Kind.values:
        raise Unacceptable(_("Say what kind of change it is."))
    content = (of_update(content, piece.number) if isinstance(piece, Update) else content).tidy()
    note = rendering.clean_text(note)
    with transaction.atomic():
        piece = events.lock(piece)
        head = piece.head
        if based_on is not None and head is not None and head.pk != based_on.pk:
            raise Stale(head)
        if based_on is not None and head is not None and head.is_blank() and not based_on.is_blank():
            raise Removed
        if head is not None and head.content_hash == content.hash():
            return None
        revision = build(piece, head, content, last=_last(piece.post), by=by, note=note, kind=kind, at=at)
        _add(piece, revision, by=by)
        return revision


def restore(
    piece: Post | Update, revision: Revision, *, by: AbstractBaseUser, based_on: Revision | None = None
) -> Revision | None:
    """Bring an old wording of the piece back, as a new version; None when it is the newest one's wording already.

    Raises Unacceptable for one whose words were removed.
    """
    with transaction.atomic():
        piece = events.lock(piece)
        revision = Revision.objects.get(pk=revision.pk)  # as it is now: words that went a moment ago stay away
        if revision.is_blank():
            said = _("There are no words of version %(number)d to bring back.")
            raise Unacceptable(said % {"number": revision.number})
        note = _("Brought back version %(number)d.") % {"number": revision.number}
        return write(piece, Content.of(revision), by=by, based_on=based_on, note=note)


def numbered(piece: Post | Update, number: str) -> Revision | None:
    """The version of a piece whose number somebody sent; None when there is none, or the text is no number."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return Revision.objects.of(piece).filter(number=int(number)).first() if is_number else None


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
    text = rendering.plain(content.body)  # single spaces stand between its words
    return text.count(" ") + 1 if text else 0


def build(
    piece: Post | Update,
    head: Revision | None,
    content: Content,
    *,
    by: AbstractBaseUser | None,
    last: Revision | None = None,
    note: str = "",
    kind: str = "",
    at: datetime | None = None,
) -> Revision:
    """The revision that comes after `head`, not saved yet. `content` is tidy.

    `last` is the newest one of the whole post, with which the new one is chained; by default `head`.
    """
    last = last or head
    revision = Revision(
        post=piece.post,
        update=piece if isinstance(piece, Update) else None,
        number=last.number + 1 if last else 1,
        based_on=head,
        by=by,
        by_name=events.name_of(by),
        created_at=at or timezone.now(),
        note=note,
        kind=kind or (Revision.Kind.UPDATE if piece.live_id else Revision.Kind.DRAFT),
        headline=content.headline,
        standfirst=content.standfirst,
        body=content.body,
        summary=content.summary,
        happened_at=datetime.fromisoformat(content.happened_at) if content.happened_at else None,
        tags=list(content.tags),
        section=content.section,
        byline=list(content.byline),
        sources=list(content.sources),
        image=content.image or {},
        excerpt=excerpt_of(content),
        words=words_in(content),
        content_hash=content.hash(),
    )
    revision.chain_hash = chain_hash(revision, last.chain_hash if last else str(piece.post.key))
    return revision


def build_event(piece: Post | Update, revision: Revision, *, by: AbstractBaseUser | None) -> Event:
    """What is written down when a revision is: the piece is a draft from there on."""
    at, note, stage = revision.created_at, revision.note, Post.Stage.DRAFT
    return events.build(piece, "write", by=by, at=at, stage=stage, revision=revision, note=note)


def _add(piece: Post | Update, revision: Revision, *, by: AbstractBaseUser | None) -> None:
    """Save the next revision of a piece whose post is locked (or new)."""
    revision.save(force_insert=True)
    piece.head = revision
    events.keep(build_event(piece, revision, by=by))
    if isinstance(piece, Update):
        if not piece.published_at and revision.happened_at:  # else readers see it, also when it is withdrawn
            piece.happened_at = revision.happened_at
        piece.save(update_fields=["head", "stage", "step", "happened_at"])
        piece.post.save(update_fields=["sequence"])
    else:
        piece.save(update_fields=["head", "stage", "step", "sequence"])
    picture_uses.refresh(piece)


def _last(post: Post) -> Revision | None:
    """The newest revision of a locked post, whichever piece it is of."""
    if post.coverage == Post.Coverage.NONE:
        return post.head  # it has no updates
    return Revision.objects.filter(post=post).only("number", "chain_hash").order_by("-number").first()


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
    focus = renditions.read_focus(image.get("focus", ""))
    tidy = {
        "src": src,
        "alt": rendering.clean_line(image.get("alt", ""), 1_000),
        "width": _tidy_size(image.get("width")),
        "height": _tidy_size(image.get("height")),
        "credit": rendering.clean_line(image.get("credit", ""), 200),
    }
    # What is not so is not said: wordings from before are hashed as they were.
    if focus != renditions.CENTRE:
        tidy["focus"] = renditions.spell_focus(focus)
    if image.get("decorative") and not tidy["alt"]:
        tidy["decorative"] = True
    return tidy


def _tidy_size(size: Any) -> int:
    text = str(size or 0)
    if not (text.isdecimal() and len(text) <= 6):
        raise Unacceptable(_("“%(size)s” is not a size of a picture.") % {"size": text[:20]})
    return int(text)
