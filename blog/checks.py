"""What speaks against publishing a wording: each thing with what it is and where it stands. Some of it blocks.

`of_content` looks at the words alone; `found` adds what the database knows (links that no longer answer, a summary that
updates have overtaken). What blocks is refused in `workflow.bring_out`, whichever way leads there; what warns is asked
about at the desk. Neither holds up what readers see already: who mends a misspelt word answers for that word, and is
not kept from it by a fault that was published before there were checks, or with a reason.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from . import hearing, passages, quotations, repeats
from .hearing import Flaw
from .models import CheckedLink, Post, Revision, Update
from .passages import Block, shown
from .revisions import Content

LONGEST_HEADLINE = 70  # characters that a page of search results shows
LONGEST_STANDFIRST = 300  # that a list or a preview of a link shows, at most
BROKEN = 500  # from this code on a server says that it is at fault; below, it may only dislike who asked
MOST_ADDRESSES = 20_000  # in one question; a database takes some 30,000
MOST_READ = 100  # wordings that one call of `summary` reads for the first time
MOST_KEPT = 5_000
MOST_KEYS = 200  # of findings that are passed over one by one
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
NOT_OF_UPDATES = frozenset({"headline", "length", "summary"})


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


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: the name of the check, a sentence, where it is, and whether it blocks."""

    name: str  # one of NAMES
    words: str
    where: Where
    blocks: bool = False

    @property
    def what(self) -> tuple[str, str, str]:
        """What it is about, wherever in its field: the same in two wordings, it is the same finding."""
        return self.name, self.where.field, self.where.quoted

    @property
    def key(self) -> str:
        """A short name of `what`, for a form."""
        return f"{self.name}-{hashlib.sha256(repr(self.what).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Check:
    """A line of the list: a check, what it says where nothing was found, and what was."""

    name: str
    label: str
    findings: list[Finding]


def found(piece: Post | Update, revision: Revision, *, at: datetime | None = None) -> list[Finding]:
    """Everything that the checks find in this wording of the piece at a time (now), in the order of NAMES.

    Asks the database for its links, and for the updates that came since a summary.
    """
    content = Content.of(revision)
    read = _Read.of(content)
    more = [*_dead(read.links), *_overtaken(piece, revision)]
    return _in_order([*_of(content, read, at or timezone.now()), *more])


def of_content(content: Content, *, at: datetime | None = None) -> list[Finding]:
    """What is found in tidy words alone, without asking the database. Takes time in proportion to their length."""
    return _in_order(_of(content, _Read.of(content), at or timezone.now()))


def listed(piece: Post | Update, revision: Revision) -> list[Check]:
    """Every check that applies to this piece, with what it found: what was found first."""
    by_name: dict[str, list[Finding]] = {name: [] for name in names_for(piece)}
    for finding in found(piece, revision):
        by_name[finding.name].append(finding)
    checks = [Check(name, str(CHECKS[name]), findings) for name, findings in by_name.items()]
    return sorted(checks, key=lambda check: not check.findings)


def summary(revisions: Iterable[Revision]) -> dict[int, tuple[int, int]]:
    """For lists: how many checks each wording passes, of how many, by its key.

    Three questions, however many they are. Wordings do not change, so each is read once by a process; of those that
    were never read, MOST_READ at a time: the others are left out, and the next call has them.
    """
    revisions = list(revisions)
    _read_once(revisions)
    kept = {one.pk: _KEPT[one.pk] for one in revisions if one.pk in _KEPT}
    dead = dead_among({url for one in kept.values() for url in one.links})
    stories = {one.post_id for one in revisions if one.pk in kept and one.update_id is None}
    rolling = _summaries_of(stories)
    now = timezone.now()
    counts = {}
    for one in revisions:
        if one.pk not in kept:
            continue
        this = kept[one.pk]
        left_out = NOT_OF_UPDATES if one.update_id else set() if one.post_id in rolling else {"summary"}
        failed = set(this.failed)
        failed |= {"links"} if not dead.keys().isdisjoint(this.links) else set()
        failed |= {"times"} if this.latest and this.latest > now else set()
        failed |= {"summary"} if this.summary and rolling.get(one.post_id) == this.summary else set()
        of = len(NAMES) - len(left_out)
        counts[one.pk] = of - len(failed - left_out), of
    return counts


def names_for(piece: Post | Update) -> list[str]:
    """The checks that there are for such a piece."""
    left_out = NOT_OF_UPDATES if isinstance(piece, Update) else set() if piece.is_rolling() else {"summary"}
    return [name for name in NAMES if name not in left_out]


def blocking(piece: Post | Update, revision: Revision, *, at: datetime | None = None) -> list[Finding]:
    """What stands in the way of publishing this wording: it blocks, and readers do not see it already."""
    return [one for one in new(piece, revision, at=at) if one.blocks]


def warning(piece: Post | Update, revision: Revision, *, kind: str = "") -> list[Finding]:
    """What a publisher is asked about: it does not block, and readers do not see it already.

    `kind` is the kind of change: a typo says nothing about where things stand.
    """
    asked = [one for one in new(piece, revision) if not one.blocks]
    return [one for one in asked if not (one.name == "summary" and kind == Revision.Kind.TYPO)]


def new(piece: Post | Update, revision: Revision, *, at: datetime | None = None) -> list[Finding]:
    """What is found in this wording and not in the one that readers see; of two that are alike, the second."""
    here = found(piece, revision, at=at)
    if not here or not piece.live_id:
        return here
    content = Content.of(piece.live)
    read = _Read.of(content)
    known = Counter(one.what for one in [*_of(content, read, at or timezone.now()), *_dead(read.links)])
    left = []
    for one in here:
        if known[one.what]:
            known[one.what] -= 1
        else:
            left.append(one)
    return left


def keys(findings: list[Finding]) -> list[str]:
    """What a form says that its reader was warned of. Of very many, only the checks are named."""
    each = list(dict.fromkeys(one.key for one in findings))
    return each if len(each) <= MOST_KEYS else list(dict.fromkeys(one.name for one in findings))


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
class _Read:
    """The texts of a wording taken apart: (field, its blocks), and where each of its links leads."""

    texts: list[tuple[str, list[Block]]]
    links: list[tuple[str, Where]]

    @classmethod
    def of(cls, content: Content) -> "_Read":
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


def _of(content: Content, read: _Read, at: datetime) -> Iterator[Finding]:
    is_update = bool(content.happened_at)
    yield from _of_lines(content, is_update)
    yield from _of_image(content)
    yield from _of_times(content, at)
    yield from _doubled(content, read)
    for field, blocks in read.texts:
        for one in quotations.without_source(blocks):
            yield _finding("quotations", _("For this quotation nobody is named."), field, one.number, one.words)
        for check, look in (
            ("pictures", hearing.undescribed),
            ("headings", hearing.out_of_order),
            ("reading", hearing.unclear),
        ):
            yield from (_of_flaw(check, field, flaw) for flaw in look(blocks))


def _of_lines(content: Content, is_update: bool) -> Iterator[Finding]:
    if is_update:
        return
    if not content.headline.strip():
        yield _finding("headline", _("It needs a headline."), "headline")
    for name, text, most in (
        ("headline", content.headline, LONGEST_HEADLINE),
        ("standfirst", content.standfirst, LONGEST_STANDFIRST),
    ):
        if len(text) > most:
            words = _("%(length)d characters: lists and search results cut it after %(most)d or so.")
            yield _finding("length", words % {"length": len(text), "most": most}, name, 0, shown(text))


def _of_image(content: Content) -> Iterator[Finding]:
    image = content.image or {}
    if image and not image.get("decorative") and hearing.needs_words(image.get("alt", "")):
        yield _of_flaw("pictures", "image", Flaw("picture", 0, hearing.file_of(image["src"])))


def _of_times(content: Content, at: datetime) -> Iterator[Finding]:
    for field, number, text in [
        ("happened_at", 0, content.happened_at),
        *(("sources", number, source.get("at", "")) for number, source in enumerate(content.sources, 1)),
    ]:
        if text and datetime.fromisoformat(text) > at:
            yield _finding("times", _("This time is still to come."), field, number, text)


def _doubled(content: Content, read: _Read) -> Iterator[Finding]:
    texts = [("headline", 0, content.headline), ("standfirst", 0, content.standfirst)]
    for field, blocks in read.texts:
        texts += [(field, block.number, block.words) for block in blocks if block.element.tag != "pre"]
    known = repeats.is_known(" ".join(words for _field, _number, words in texts[:20]))
    for field, number, words in texts:
        for pair in repeats.doubled(words, known_language=known):
            yield _finding("doubled", _("A word stands twice in a row."), field, number, pair)


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
    return _finding(check, str(_FLAWS[flaw.what]), field, flaw.number, flaw.words)


def _finding(name: str, words: str, field: str, number: int = 0, quoted: str = "") -> Finding:
    return Finding(name, words, Where(field, number, quoted), name in that_block())


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: NAMES.index(one.name))


# What only the database knows


def _dead(links: list[tuple[str, Where]]) -> Iterator[Finding]:
    dead = dead_among({url for url, _where in links})
    for url, where in links:
        if url in dead:
            words = _("It does not answer any more.")
            if dead[url]:
                words = _("It does not answer any more (%(code)d).") % {"code": dead[url]}
            yield _finding("links", words, *where)


def dead_among(urls: set[str]) -> dict[str, int | None]:
    """Those of these addresses that are gone, or whose server failed when it was last asked, each with its code.

    One question. Where a server refuses (403, 429) or did not answer once, nothing is said: it may only be us.
    """
    urls = {url for url in urls if url.startswith(("http://", "https://"))}
    if not urls:
        return {}
    rows = CheckedLink.objects.dead(BROKEN).filter(url__in=sorted(urls)[:MOST_ADDRESSES])
    return dict(rows.values_list("url", "code"))


def _overtaken(piece: Post | Update, revision: Revision) -> Iterator[Finding]:
    """A summary that is the one readers see, although updates came since it was changed."""
    if isinstance(piece, Update) or not piece.is_rolling() or not piece.live_id or not revision.summary:
        return
    if revision.summary != piece.live.summary:
        return
    came = Update.objects.filter(post=piece).since_the_summary().count()
    if came:
        words = ngettext(
            "%(count)d update came since it was changed. Is it still right?",
            "%(count)d updates came since it was changed. Is it still right?",
            came,
        )
        yield _finding("summary", words % {"count": came}, "summary")


# What is kept for lists


class _Kept(NamedTuple):
    """What a wording has for good: the checks that its words fail, its links, its latest time, its summary."""

    failed: frozenset[str]
    links: frozenset[str]
    latest: datetime | None
    summary: str


_KEPT: dict[int, _Kept] = {}  # by the key of the revision, in each process


def _read_once(revisions: list[Revision]) -> None:
    missing = [one.pk for one in revisions if one.pk not in _KEPT][:MOST_READ]
    if len(_KEPT) > MOST_KEPT:
        _KEPT.clear()
        missing = [one.pk for one in revisions][:MOST_READ]
    for revision in Revision.objects.filter(pk__in=missing) if missing else ():
        content = Content.of(revision)
        read = _Read.of(content)
        times = [text for text in (content.happened_at, *(one.get("at") for one in content.sources)) if text]
        _KEPT[revision.pk] = _Kept(
            frozenset(one.name for one in _of(content, read, datetime.max.replace(tzinfo=UTC))),
            frozenset(url for url, _where in read.links),
            max(map(datetime.fromisoformat, times), default=None),
            revision.summary,
        )


def _summaries_of(posts: set[int]) -> dict[int, str]:
    """Of those of these that are running stories: the summary that updates have overtaken, "" where none have."""
    came = Update.objects.filter(post=OuterRef("pk")).since_the_summary()
    rows = Post.objects.rolling().filter(pk__in=posts).annotate(came=Exists(came)) if posts else Post.objects.none()
    return {pk: shown if came else "" for pk, came, shown in rows.values_list("pk", "came", "live__summary")}
