"""What is found in the words of a wording alone: each thing with what it is and where it stands.

`checks` adds what the database knows, and says what follows from it.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import hearing, merging, passages, quotations, repeats, variants
from .hearing import Flaw
from .passages import Block, shown
from .revisions import Content

LONGEST_HEADLINE = 70  # characters that a page of search results shows
LONGEST_STANDFIRST = 300  # that a list or a preview of a link shows, at most
ALWAYS_BLOCK = frozenset({"headline", "variants"})

# Each check, and what is said where nothing was found
CHECKS = {
    "headline": lazy("It has a headline"),
    "variants": lazy("Every passage has one wording"),
    "pictures": lazy("Pictures have a text for those who do not see them"),
    "quotations": lazy("Quotations name their source"),
    "links": lazy("Links answer"),
    "length": lazy("Headline and standfirst fit into lists and search results"),
    "doubled": lazy("No word stands twice in a row"),
    "headings": lazy("Headings are in order"),
    "times": lazy("No time is still to come"),
    "reading": lazy("Links and tables are clear to who hears them"),
    "summary": lazy("The summary knows the newest update"),
}
NAMES = tuple(CHECKS)


class Where(NamedTuple):
    """A place in a wording: the field of the form, which paragraph (or source) of it, and the first words there."""

    field: str  # headline, standfirst, summary, body, sources, image, happened_at
    number: int = 0  # 0: the whole field
    quoted: str = ""

    @property
    def label(self) -> str:
        """The place for people: "Text, paragraph 3"."""
        name = {
            "headline": _("Headline"),
            "standfirst": _("Standfirst"),
            "summary": _("Where things stand"),
            "body": _("Text"),
            "image": _("Picture"),
            "happened_at": _("Time"),
        }
        if self.field == "sources":
            return _("Source %(number)d") % {"number": self.number}
        if self.number:
            return _("%(field)s, paragraph %(number)d") % {"field": name[self.field], "number": self.number}
        return name[self.field]

    @property
    def spelt(self) -> str:
        """The place with the words there, for a sentence."""
        return f"{self.label}, “{self.quoted}”" if self.quoted else self.label


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: the name of the check, a sentence, where it is, and whether it blocks."""

    name: str  # one of NAMES
    words: str
    where: Where
    blocks: bool = False
    upload: str = ""  # the hash of the picture of our own that it is about

    @property
    def what(self) -> tuple[str, str, str]:
        """What it is about, wherever in its field: the same in two wordings, it is the same finding."""
        return self.name, self.where.field, self.where.quoted

    @property
    def key(self) -> str:
        """A short name of `what`, for a form."""
        return f"{self.name}-{hashlib.sha256(repr(self.what).encode()).hexdigest()[:8]}"


def of_content(content: Content, *, at: datetime | None = None) -> list[Finding]:
    """What is found in tidy words alone, without asking the database. Takes time in proportion to their length."""
    return in_order(of_read(content, Read.of(content), at or timezone.now()))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """As NAMES has the checks; what one check found, from top to bottom."""
    return sorted(findings, key=lambda one: NAMES.index(one.name))


def that_block() -> frozenset[str]:
    """The checks that block. Raises ImproperlyConfigured where the setting names one that there is not."""
    unknown = set(settings.CHECKS_THAT_BLOCK) - set(NAMES)
    if unknown:
        raise ImproperlyConfigured(
            f"CHECKS_THAT_BLOCK names {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}."
        )
    return ALWAYS_BLOCK.union(settings.CHECKS_THAT_BLOCK)


# What a wording is read for


@dataclass(frozen=True)
class Read:
    """The texts of a wording taken apart: (field, its blocks), and where each of its links leads."""

    texts: list[tuple[str, list[Block]]]
    links: list[tuple[str, Where]]

    @classmethod
    def of(cls, content: Content) -> "Read":
        texts = [(name, passages.blocks_of(getattr(content, name))) for name in ("summary", "body")]
        links = [
            (link.href, Where(field, block.number, shown(link.words or link.href)))
            for field, blocks in texts
            for block in blocks
            for link in block.links
        ]
        for number, source in enumerate(content.sources, 1):
            if source.get("url"):
                words = source.get("title") or source.get("outlet") or source["url"]
                links.append((source["url"], Where("sources", number, shown(words))))
        return cls(texts, links)


def of_read(content: Content, read: Read, at: datetime, names: Collection[str] = NAMES) -> Iterator[Finding]:
    """What the checks of these names find in words whose texts were read, at a time; it may be more."""
    is_update = bool(content.happened_at)
    yield from _of_lines(content, is_update)
    yield from _of_variants(content, read)
    yield from _of_image(content)
    yield from _of_times(content, at)
    if "doubled" in names:
        yield from _doubled(content, read)
    for field, blocks in read.texts:
        for one in quotations.without_source(blocks) if "quotations" in names else ():
            yield finding("quotations", _("For this quotation nobody is named."), field, one.number, one.words)
        for check, look in (
            ("pictures", hearing.undescribed),
            ("headings", hearing.out_of_order),
            ("reading", hearing.unclear),
        ):
            if check in names:
                yield from (_of_flaw(check, field, flaw) for flaw in look(blocks))


def _of_lines(content: Content, is_update: bool) -> Iterator[Finding]:
    if is_update:
        return
    if not content.headline.strip():
        yield finding("headline", _("It needs a headline."), "headline")
    for name, text, most in (
        ("headline", content.headline, LONGEST_HEADLINE),
        ("standfirst", content.standfirst, LONGEST_STANDFIRST),
    ):
        if len(text) > most:
            words = _("%(length)d characters: lists and search results cut it after %(most)d or so.")
            yield finding("length", words % {"length": len(text), "most": most}, name, 0, shown(text))


def _of_variants(content: Content, read: Read) -> Iterator[Finding]:
    """Where two made something else of one passage, and both stand there until somebody chooses."""
    if not merging.has_marks(content):
        return
    places = [("headline", 0, content.headline), ("standfirst", 0, content.standfirst)]
    places += [(field, block.number, block.words) for field, blocks in read.texts for block in blocks]
    places += [("sources", number, " ".join(source.values())) for number, source in enumerate(content.sources, 1)]
    marked = [place for place in places if variants.are_in(place[2])] or [("body", 0, "")]
    for field, number, words in marked:
        yield finding("variants", _("Two wordings stand here: choose one."), field, number, shown(words))


def _of_image(content: Content) -> Iterator[Finding]:
    image = content.image or {}
    if image and not image.get("decorative") and hearing.needs_words(image.get("alt", "")):
        yield _of_flaw("pictures", "image", hearing.bare_picture(image["src"]))


def _of_times(content: Content, at: datetime) -> Iterator[Finding]:
    for field, number, text in [
        ("happened_at", 0, content.happened_at),
        *(("sources", number, source.get("at", "")) for number, source in enumerate(content.sources, 1)),
    ]:
        if text and datetime.fromisoformat(text) > at:
            yield finding("times", _("This time is still to come."), field, number, text)


def _doubled(content: Content, read: Read) -> Iterator[Finding]:
    texts = [("headline", 0, content.headline), ("standfirst", 0, content.standfirst)]
    for field, blocks in read.texts:
        texts += [(field, block.number, block.words) for block in blocks if block.element.tag != "pre"]
    known = repeats.is_known(" ".join(words for _field, _number, words in texts[:20]))
    for field, number, words in texts:
        for pair in repeats.doubled(words, known_language=known):
            yield finding("doubled", _("A word stands twice in a row."), field, number, pair)


_FLAWS = {
    "picture": lazy("Nothing says what this picture shows to those who do not see it."),
    "empty": lazy("This heading says nothing."),
    "skips": lazy("This heading is a level too deep: one between it and the one above is left out."),
    "bare": lazy("There is no text under this heading."),
    "silent": lazy("This link has no words."),
    "vague": lazy("This link does not say where it leads."),
    "address": lazy("This link is called by its address: those who hear it hear every letter."),
    "table": lazy("This table has no headings for its columns or rows."),
    "bold": lazy("This looks like a heading and is none: choose a heading for it."),
    "capitals": lazy("Capitals are hard to read, and some are read to letter by letter."),
}


def _of_flaw(check: str, field: str, flaw: Flaw) -> Finding:
    return finding(check, str(_FLAWS[flaw.what]), field, flaw.number, flaw.words, flaw.upload)


def finding(name: str, words: str, field: str, number: int = 0, quoted: str = "", upload: str = "") -> Finding:
    """A finding, which blocks where the setting says so of its check."""
    return Finding(name, words, Where(field, number, quoted), name in that_block(), upload)
