"""What speaks against publishing a wording, and what follows from it: some of it blocks, the rest is asked about.

`of_content` looks at the words alone (`findings`); `found` adds what the database knows: links that no longer answer,
pictures that are decorative, a summary that updates have overtaken. What blocks is refused in `workflow.check_words`,
whichever way leads there; what warns is asked about at the desk. Neither holds up what readers see already: who mends
a misspelt word answers for that word, and is not kept from it by a fault that was published before there were checks,
or with a reason.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .findings import CHECKS, NAMES, Finding, Read, Where, finding, in_order, of_content, of_read, that_block
from .models import CheckedLink, Picture, Post, Revision, Update
from .refusals import WrongState
from .revisions import Content

BROKEN = 500  # from this code on a server says that it is at fault; below, it may only dislike who asked
MOST_ADDRESSES = 20_000  # in one question; a database takes some 30,000
MOST_READ = 100  # wordings that one call of `summary` reads for the first time
MOST_KEPT = 5_000
MOST_KEYS = 200  # of findings that are passed over one by one

__all__ = [
    "NAMES",
    "Blocked",
    "Check",
    "Finding",
    "Known",
    "Where",
    "blocking",
    "found",
    "keys",
    "listed",
    "new",
    "of_content",
    "refuse",
    "summary",
    "warning",
]

NOT_OF_UPDATES = frozenset({"headline", "length", "summary"})


class Blocked(WrongState):
    """A check speaks against these words, and readers do not see them like this yet. `findings` has each."""

    def __init__(self, findings: list[Finding]):
        self.findings = findings
        first, more = findings[0], len(findings) - 1
        said = _("It cannot be published like this: %(where)s. %(what)s")
        said %= {"where": first.where.spelt, "what": first.words}
        if more:
            said += " " + ngettext("And %(count)d more.", "And %(count)d more.", more) % {"count": more}
        super().__init__(said)


@dataclass(frozen=True)
class Check:
    """A line of the list: a check, what it says where nothing was found, and what was."""

    name: str
    label: str
    findings: list[Finding]


@dataclass(frozen=True)
class Known:
    """What the database knows of what stands in many wordings, asked once for all of them (`known_of`)."""

    decorative: set[str]
    dead: dict[str, int | None]
    came: dict[int, int]  # updates since the summary, by post


def known_of(revisions: Iterable[Revision]) -> Known:
    """For `refuse`: what has to be known to say of each of these if anything blocks it. Three questions at most."""
    stops, uploads, links, posts = that_block(), set(), set(), set()
    for one in revisions:
        content = Content.of(one)
        read = Read.of(content)
        uploads |= {found.upload for found in of_read(content, read, timezone.now(), stops)}
        links |= {url for url, _where in read.links}
        posts |= {one.post_id} if one.summary else set()
    came: dict[int, int] = {}
    if "summary" in stops and posts:
        since = Update.objects.filter(post__in=posts).since_the_summary().order_by()
        came = dict(since.values_list("post").annotate(Count("pk")))
    return Known(decorative_among(uploads), dead_among(links) if "links" in stops else {}, came)


def found(
    piece: Post | Update,
    revision: Revision,
    *,
    at: datetime | None = None,
    names: Collection[str] = NAMES,
    known: Known | None = None,
) -> list[Finding]:
    """Everything that the checks of these names find in this wording of the piece at a time (now); it may be more.

    In the order of NAMES. Asks the database for its links, and for the updates that came since a summary, but for what
    is `known`.
    """
    findings = _known(Content.of(revision), at or timezone.now(), names, known)
    if "summary" in names:
        findings += _overtaken(piece, revision, known)
    return in_order(findings)


def listed(piece: Post | Update, findings: list[Finding]) -> list[Check]:
    """Every check that there is for this piece, with those of these findings that are its own; they come first."""
    by_name: dict[str, list[Finding]] = {name: [] for name in names_for(piece)}
    for one in findings:
        by_name.setdefault(one.name, []).append(one)
    checks = [Check(name, str(CHECKS[name]), findings) for name, findings in by_name.items()]
    return sorted(checks, key=lambda check: not check.findings)


def summary(revisions: Iterable[Revision]) -> dict[int, tuple[int, int]]:
    """For lists: how many checks each wording passes, of how many, by its key.

    Four questions at most, however many they are. Wordings do not change, so each is read once by a process; of those
    that were never read, MOST_READ at a time: the others are left out, and the next call has them.
    """
    revisions = list(revisions)
    _read_once(revisions)
    kept = {one.pk: _KEPT[one.content_hash] for one in revisions if one.content_hash in _KEPT}
    dead = dead_among({url for one in kept.values() for url in one.links})
    decorative = decorative_among({upload for one in kept.values() for upload in one.uploads})
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
        failed |= {"pictures"} if not this.uploads <= decorative else set()
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


def blocking(
    piece: Post | Update, revision: Revision, *, at: datetime | None = None, known: Known | None = None
) -> list[Finding]:
    """What stands in the way of publishing this wording: it blocks, and readers do not see it already."""
    findings = found(piece, revision, at=at, names=that_block(), known=known)
    return new(piece, [one for one in findings if one.blocks], at=at, names=that_block(), known=known)


def refuse(piece: Post | Update, revision: Revision, *, at: datetime | None = None, known: Known | None = None) -> None:
    """Raises Blocked where something stands in the way of publishing this wording. `known` is for who asks of many."""
    findings = blocking(piece, revision, at=at, known=known)
    if findings:
        raise Blocked(findings)


def warning(piece: Post | Update, revision: Revision, *, kind: str = "") -> list[Finding]:
    """What a publisher is asked about: it does not block, and readers do not see it already.

    `kind` is the kind of change: a typo says nothing about where things stand.
    """
    asked = [one for one in new(piece, found(piece, revision)) if not one.blocks]
    return [one for one in asked if not (one.name == "summary" and kind == Revision.Kind.TYPO)]


def new(
    piece: Post | Update,
    findings: list[Finding],
    *,
    at: datetime | None = None,
    names: Collection[str] = NAMES,
    known: Known | None = None,
) -> list[Finding]:
    """Those of these findings that are not in the wording which readers see; of two that are alike, the second."""
    if not findings or not piece.live_id:
        return findings
    seen = Counter(one.what for one in _known(Content.of(piece.live), at or timezone.now(), names, known))
    left = []
    for one in findings:
        if seen[one.what]:
            seen[one.what] -= 1
        else:
            left.append(one)
    return left


def keys(findings: list[Finding]) -> list[str]:
    """What a form says that its reader was warned of. Of very many, only the checks are named."""
    each = list(dict.fromkeys(one.key for one in findings))
    return each if len(each) <= MOST_KEYS else list(dict.fromkeys(one.name for one in findings))


# What only the database knows


def _known(content: Content, at: datetime, names: Collection[str] = NAMES, known: Known | None = None) -> list[Finding]:
    """What is found in the words by who knows the library and the links as well. Two questions at most."""
    read = Read.of(content)
    findings = list(of_read(content, read, at, names))
    decorative = known.decorative if known else decorative_among({one.upload for one in findings})
    dead = _dead(read.links, known) if "links" in names else ()
    return [*(one for one in findings if one.upload not in decorative), *dead]


def decorative_among(uploads: set[str]) -> set[str]:
    """Those of these hashes whose pictures are said to be decorative. One question; none for none."""
    uploads = uploads - {""}
    if not uploads:
        return set()
    rows = Picture.objects.filter(is_decorative=True, sha256__in=sorted(uploads)[:MOST_ADDRESSES])
    return set(rows.values_list("sha256", flat=True))


def _dead(links: list[tuple[str, Where]], known: Known | None = None) -> Iterator[Finding]:
    dead = known.dead if known else dead_among({url for url, _where in links})
    for url, where in links:
        if url in dead:
            words = _("It does not answer any more.")
            if dead[url]:
                words = _("It does not answer any more (%(code)d).") % {"code": dead[url]}
            yield finding("links", words, *where)


def dead_among(urls: set[str]) -> dict[str, int | None]:
    """Those of these addresses that are gone, or whose server failed when it was last asked, each with its code.

    One question. Where a server refuses (403, 429) or did not answer once, nothing is said: it may only be us.
    """
    urls = {url for url in urls if url.startswith(("http://", "https://"))}
    if not urls:
        return {}
    rows = CheckedLink.objects.dead(BROKEN).filter(url__in=sorted(urls)[:MOST_ADDRESSES])
    return dict(rows.values_list("url", "code"))


def _overtaken(piece: Post | Update, revision: Revision, known: Known | None = None) -> Iterator[Finding]:
    """A summary that is the one readers see, although updates came since it was changed."""
    if isinstance(piece, Update) or not piece.is_rolling() or not piece.live_id or not revision.summary:
        return
    if revision.summary != piece.live.summary:
        return
    came = known.came.get(piece.pk, 0) if known else Update.objects.filter(post=piece).since_the_summary().count()
    if came:
        words = ngettext(
            "%(count)d update came since it was changed. Is it still right?",
            "%(count)d updates came since it was changed. Is it still right?",
            came,
        )
        yield finding("summary", words % {"count": came}, "summary")


# What is kept for lists


class _Kept(NamedTuple):
    """What a wording has for good: the checks that its words fail, the pictures of ours of which they say nothing, its
    links, its latest time, its summary."""

    failed: frozenset[str]
    uploads: frozenset[str]
    links: frozenset[str]
    latest: datetime | None
    summary: str


_KEPT: dict[str, _Kept] = {}  # by the hash of the words, in each process


def _read_once(revisions: list[Revision]) -> None:
    if len(_KEPT) > MOST_KEPT:
        _KEPT.clear()
    missing = [one.pk for one in revisions if one.content_hash not in _KEPT][:MOST_READ]
    for revision in Revision.objects.filter(pk__in=missing) if missing else ():
        content = Content.of(revision)
        read = Read.of(content)
        findings = list(of_read(content, read, datetime.max.replace(tzinfo=UTC)))
        times = [text for text in (content.happened_at, *(one.get("at") for one in content.sources)) if text]
        _KEPT[revision.content_hash] = _Kept(
            frozenset(one.name for one in findings if not one.upload),
            frozenset(one.upload for one in findings if one.upload),
            frozenset(url for url, _where in read.links),
            max(map(datetime.fromisoformat, times), default=None),
            revision.summary,
        )


def _summaries_of(posts: set[int]) -> dict[int, str]:
    """Of those of these that are running stories: the summary that updates have overtaken, "" where none have."""
    if not posts:
        return {}
    came = Update.objects.filter(post=OuterRef("pk")).since_the_summary()
    rows = Post.objects.rolling().filter(pk__in=posts).annotate(came=Exists(came))
    return {pk: shown if came else "" for pk, came, shown in rows.values_list("pk", "came", "live__summary")}
