"""Blogger: the archives it wrote until 2025 (`blog-MM-DD-YYYY.xml`) and what Google Takeout gives now (`feed.atom`).

The two share almost no element names; every entry says for itself which of them it is of.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from lxml import etree

from . import formats
from .cleaning import Cleaner, host_of, kept_id, path_of
from .elements import atom_html, child, child_text, children, first, local, namespace, text_of
from .reading import Document
from .records import Archive, Label, Person, Piece, Standing, scheduled
from .refusals import Refused
from .remarks import Fate, Remark

# Old names of the two states an archive knows, and what Takeout and the API say.
STANDINGS = {
    "published": Standing.LIVE,
    "draft": Standing.DRAFT,
    "scheduled?": Standing.DRAFT,
    "LIVE": Standing.LIVE,
    "DRAFT": Standing.DRAFT,
    "SCHEDULED": Standing.DRAFT,
    "SOFT_TRASHED": Standing.SPIKED,
    "TRASHED": Standing.SPIKED,
}
_ENTRY_ID = re.compile(r"tag:blogger\.com,1999:blog-(\d+)\.(?:post|page)-(\d+)")
_PROFILE = re.compile(r"^https?://(?:www\.)?blogger\.com/profile/(\d+)/?$")
# Of comments; an archive knows only the first two. Whatever is not in here waits for a moderator.
FATES = {
    "live": Fate.SHOWN,
    "removed": Fate.GONE,
    "LIVE": Fate.SHOWN,
    "PENDING_MODERATION": Fate.WAITING,
    "SPAM_COMMENT": Fate.SPAM,
    "GHOSTED_COMMENT": Fate.GONE,
    "TRASHED": Fate.GONE,
}
_MONTH = re.compile(r"/(\d{4})/(\d\d)/[^/]+$")


def read(documents: Sequence[Document], cleaner: Cleaner) -> Archive:
    """Everything in these files but the bodies. Raises Refused when one of them is no Blogger archive."""
    archive = Archive(
        formats.BLOGGER,
        list(documents),
        cleaner.repairs,
        body_of=lambda entry: atom_html(first(entry, "content", "summary")),
        feeds=["/feeds/posts/default", "/feeds/posts/default?alt=rss", "/atom.xml", "/rss.xml"],
    )
    for number, document in enumerate(documents):
        formats.require(document, formats.BLOGGER)
        _Feed(document, number, archive, cleaner).read()
    return archive


class _Feed:
    """One file on its way into the archive."""

    def __init__(self, document: Document, number: int, archive: Archive, cleaner: Cleaner):
        self.document, self.number, self.archive, self.cleaner = document, number, archive, cleaner
        self.written_at: datetime | None = None
        self.pieces = self.comments = self.unknown = self.settings = 0
        subdomain = document.settings.get("blog_subdomain", "").strip().lower()
        self.host = f"{subdomain}.blogspot.com" if re.fullmatch(r"[a-z0-9-]+", subdomain) else ""

    def read(self) -> None:
        for place, entry in enumerate(self.document.entries()):
            name = local(entry)
            if name == "updated":
                self.written_at = self.cleaner.moment(text_of(entry))
                self.archive.written_at = self.archive.written_at or self.written_at
            elif name == "entry":
                self._entry(place, entry)
        self._refuse_what_is_no_archive()

    def _entry(self, place: int, entry: etree._Element) -> None:
        takeout = any(local(one) == "type" and namespace(one) == formats.TAKEOUT for one in entry)
        kind = child_text(entry, "type").lower() if takeout else _kind(entry)
        if kind in ("post", "page"):
            self.pieces += 1
            self.archive.add((self.number, place), self._piece(entry, kind, takeout))
        elif kind == "comment":
            self.comments += 1
            (self._takeout_comment if takeout else self._classic_comment)(entry)
        elif not kind:
            self.unknown += 1
        elif kind in ("settings", "template"):
            self.settings += 1
        else:
            self.archive.skipped[f"type: {kind[:40]}"] += 1

    def _takeout_comment(self, entry: etree._Element) -> None:
        state, author = _takeout_state(entry), child(entry, "author")
        name = child_text(author, "name") if author is not None else ""
        self._comment(
            entry,
            state,
            child_text(entry, "parent"),
            child_text(entry, "inReplyTo"),
            name,
            writer=_writer(author) if author is not None else "",
        )

    def _classic_comment(self, entry: etree._Element) -> None:
        """`thr:in-reply-to` is the post; the comment that is answered stands in the related link."""
        key, related, parent = child_text(entry, "id"), _link(entry, "related"), ""
        if related:
            prefix = re.match(r"(.*\.post-)\d+$", key)
            parent = (prefix[1] if prefix else "") + related.rstrip("/").rpartition("/")[2]
        removed = any(
            one.get("name") == "blogger.contentRemoved" and one.get("value") == "true"
            for one in children(entry, "extendedProperty")
        )
        author = child(entry, "author")
        name = child_text(author, "name") if author is not None else ""
        writer = _writer(author) if author is not None else ""
        self._comment(entry, "removed" if removed else "live", _post_of(entry), parent, name, writer=writer)

    def _comment(self, entry: etree._Element, state: str, post: str, parent: str, name: str, *, writer: str) -> None:
        """`writer` tells those who wrote the blog: see `Archive.writers`."""
        written_at = self.cleaner.moment(child_text(entry, "published"))
        fate = FATES.get(state, Fate.WAITING)
        gone = fate == Fate.GONE
        author = child(entry, "author")
        email = child_text(author, "email") if author is not None and not gone else ""
        self.archive.discussion.add(
            Remark(
                key=_key_of(child_text(entry, "id")),
                parent=_key_of(parent),
                piece=_key_of(post),
                fate=fate,
                written_at=written_at.isoformat() if written_at else "",
                name="" if gone else self.cleaner.signature(name),
                html="" if gone else atom_html(first(entry, "content", "summary")),
                email="" if email.endswith("@blogger.com") else email,
                writer="" if gone else writer,
                file=self.number,
            ),
            state,
            known=state in FATES,
        )

    def _refuse_what_is_no_archive(self) -> None:
        if self.comments and not self.pieces:
            raise Refused(
                self.document.name,
                "it holds comments and no posts: these are the comments you wrote on other people's blogs "
                "(Takeout's Comments folder). Take the feed.atom in Blogs",
            )
        nothing = not (self.pieces or self.settings or formats.is_takeout(self.document))
        if nothing or (self.unknown and not self.pieces):
            raise Refused(
                self.document.name,
                "it is a saved public feed, not an archive: it lacks drafts, comments and older posts. "
                "Ask Google Takeout for the blog",
            )
        if self.unknown:
            self.archive.skipped["entries of no kind"] += self.unknown

    def _piece(self, entry: etree._Element, kind: str, takeout: bool) -> Piece:
        address = child_text(entry, "filename") if takeout else _link(entry, "alternate")
        path = path_of(address)
        state = _takeout_state(entry) if takeout else self._classic_state(entry, address)
        title = child(entry, "title")
        headline = self.cleaner.headline(
            text_of(title), markup=title is not None and title.get("type", "text") in ("html", "xhtml")
        )
        slug = self.cleaner.slug(path.split("?")[0].rpartition("/")[2].removesuffix(".html"))
        month = _MONTH.search(path.split("?")[0])
        piece = Piece(
            kind=kind,
            source_id=_source_id(entry, address),
            state=state[:40],
            standing=STANDINGS.get(state, Standing.DRAFT),
            headline=headline,
            slug=slug,
            file=self.document.name,
            line=entry.sourceline or 0,
            labels=self._labels(entry) if kind == "post" else [],
            people=self._people(entry),
            published_at=self.cleaner.moment(child_text(entry, "published")),
            paths=[path] if path and path != "/" else [],
            host=host_of(address) or self.host,
            month_paths=[f"/{month[1]}_{month[2]}_01_archive.html"] if month else [],
        )
        if state not in STANDINGS:
            piece.remarks.append(_("Blogger said “%(state)s” of it.") % {"state": state[:40]})
        if state in ("scheduled?", "SCHEDULED"):
            piece.remarks.append(scheduled(piece.published_at))
        return piece

    def _classic_state(self, entry: etree._Element, address: str) -> str:
        control = child(entry, "control")
        if control is not None and child_text(control, "draft").lower() == "yes":
            return "draft"
        published = self.cleaner.moment(child_text(entry, "published"))
        if published and self.written_at and not address and published > self.written_at + timedelta(minutes=5):
            return "scheduled?"
        return "published"

    def _labels(self, entry: etree._Element) -> list[Label]:
        labels = []
        for category in children(entry, "category"):
            term = category.get("term", "").strip()
            if not term or formats.KIND in category.get("scheme", ""):
                continue
            if name := self.cleaner.label(term):
                spelt = quote(term, safe="")
                labels.append(Label(name, (f"/search/label/{spelt}", f"/feeds/posts/default/-/{spelt}")))
        return labels

    def _people(self, entry: etree._Element) -> list[Person]:
        people = []
        for author in children(entry, "author"):
            if person := self.cleaner.person(child_text(author, "name")):
                people.append(person)
                self.archive.writers[_writer(author)] = person.name
        return list(dict.fromkeys(people))


def _kind(entry: etree._Element) -> str:
    """Of an archive's entry: by the scheme, for the kind is not always the first category."""
    for category in children(entry, "category"):
        if formats.KIND in category.get("scheme", ""):
            return category.get("term", "").rpartition("#")[2]
    return ""


def _link(entry: etree._Element, rel: str) -> str:
    return next((link.get("href", "") for link in children(entry, "link") if link.get("rel") == rel), "")


def _takeout_state(entry: etree._Element) -> str:
    return "TRASHED" if child_text(entry, "trashed") else child_text(entry, "status") or "(none)"


def _writer(author: etree._Element) -> str:
    """What tells somebody with an account at Blogger: anybody may sign with a name, or with an address alone."""
    name = child_text(author, "name")
    if child_text(author, "type") == "BLOGGER":
        return f"signed in {name}"
    found = _PROFILE.search(child_text(author, "uri"))
    return f"{found[1]} {name}" if found else ""


def _post_of(comment: etree._Element) -> str:
    """The post that a comment of an archive stands under, by whichever of its three names is there."""
    answered = child(comment, "in-reply-to")
    if answered is None:
        return ""
    source = re.search(r"/feeds/(\d+)/posts/(?:\w+/)?(\d+)/?$", answered.get("source", ""))
    found = f"{source[1]}.{source[2]}" if source else path_of(answered.get("href", ""))
    return answered.get("ref") or found


def _key_of(name: str) -> str:
    """Blog and number, of a post or a comment; whatever else there is where it has no such name."""
    found = _ENTRY_ID.fullmatch(name)
    return f"{found[1]}.{found[2]}" if found else kept_id(name) if name else ""


def _source_id(entry: etree._Element, address: str) -> str:
    """Blog and number: the same in an old archive and in a Takeout of the same blog."""
    key = child_text(entry, "id")
    if found := _ENTRY_ID.fullmatch(key):
        key = f"{found[1]}.{found[2]}"
    elif not key:
        key = urlsplit(address).path or f"{child_text(entry, 'published')} {child_text(entry, 'title')}"
    return kept_id(key)
