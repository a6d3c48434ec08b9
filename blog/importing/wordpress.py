"""WordPress: WXR 1.0 to 1.2, also in several files, also as other tools write it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from lxml import etree

from . import formats, wordpress_bodies, wordpress_comments
from .cleaning import Cleaner, host_of, kept_id, path_of
from .elements import child_text, children, local, namespace, text_of
from .reading import Document
from .records import Archive, Label, Person, Piece, Standing, scheduled
from .refusals import Refused
from .remarks import Discussion
from .shortcodes import Media
from .wordpress_comments import Comments

# Nothing but "publish" was public, and that only without a password.
STANDINGS = {
    "publish": Standing.LIVE,
    "draft": Standing.DRAFT,
    "auto-draft": Standing.DRAFT,
    "pending": Standing.REVIEW,
    "private": Standing.DRAFT,
    "future": Standing.DRAFT,
    "trash": Standing.SPIKED,
}
NO_SECTION = "uncategorized"
_EXCERPT = re.compile(r"https?://(?:www\.)?wordpress\.org/export/[^/]+/excerpt/")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_VERSION = re.compile(r"\d+\.\d+")
_QUERY_ID = re.compile(r"\?(?:.*&)?(?:p|page_id)=\d+")


@dataclass
class _Site:
    """What stands beside the items: who the logins are, which category stands under which."""

    base: str = ""
    link: str = ""
    title: str = ""
    names: dict[str, str] = field(default_factory=dict)  # login → name to show
    accounts: dict[str, str] = field(default_factory=dict)  # number of an account, or its e-mail address → login
    parents: dict[str, str] = field(default_factory=dict)  # category → the one above it

    def key(self) -> str:
        """What tells two sites apart: every one of them has a post 1."""
        parts = urlsplit(self.base or self.link)
        return (parts.netloc.removeprefix("www.") + parts.path.rstrip("/")).lower() or self.title

    def folder(self) -> str:
        return urlsplit(self.base or self.link).path.rstrip("/")

    def host(self) -> str:
        return host_of(self.base or self.link)


def read(documents: Sequence[Document], cleaner: Cleaner) -> Archive:
    """Everything in these files but the bodies. Raises Refused when one of them is no WordPress export."""
    media = Media()
    archive = Archive(
        formats.WORDPRESS,
        list(documents),
        cleaner.repairs,
        body_of=_body,
        html_of=lambda body, piece: wordpress_bodies.to_html(body, media, piece),
        discussion=Discussion(wordpress_comments.to_html),
    )
    site = _Site()
    for document in documents:
        formats.require(document, formats.WORDPRESS)
        _check_version(document, site, archive, cleaner)
    archive.feeds = [f"{site.folder()}/feed/", f"{site.folder()}/feed/rss/", f"{site.folder()}/feed/atom/"]
    for number, document in enumerate(documents):
        reader = _Export(document, number, archive, site, media, cleaner)
        for place, entry in enumerate(document.entries()):
            if local(entry) == "item":
                reader.item(place, entry)
    return archive


def _check_version(document: Document, site: _Site, archive: Archive, cleaner: Cleaner) -> None:
    """Reads what stands beside the items; refuses what WordPress' own importer would call no export."""
    version, line, items, known = "", None, 0, 0
    for entry in document.entries():
        name = local(entry)
        if name == "wxr_version":
            version, line = version or text_of(entry), line or entry.sourceline
        elif name == "pubDate":
            archive.written_at = archive.written_at or cleaner.pub_date(text_of(entry))
        elif name == "item":
            items += 1
            known += any(local(part) in ("post_type", "comment") and text_of(part) for part in entry)
        else:
            _note(site, name, entry)
    if version and not _VERSION.fullmatch(version):
        raise Refused(document.name, f"its version, “{version[:40]}”, is not one of a WordPress export", line)
    if not version and items and not known:
        raise Refused(document.name, "no item in it says what it is: this is not a WordPress export")
    if not version:
        document.repairs.append("missing-wxr-version")


def _note(site: _Site, name: str, entry: etree._Element) -> None:
    if name == "base_blog_url":
        site.base = site.base or text_of(entry)
    elif name == "link" and not namespace(entry):
        site.link = site.link or text_of(entry)
    elif name == "title":
        site.title = site.title or text_of(entry)
    elif name == "author":
        full = f"{child_text(entry, 'author_first_name')} {child_text(entry, 'author_last_name')}".strip()
        shown = child_text(entry, "author_display_name")
        login = child_text(entry, "author_login")
        site.names.setdefault(login, full if full and (not shown or "@" in shown) else shown or login)
        for known in (child_text(entry, "author_id"), child_text(entry, "author_email").casefold()):
            site.accounts.setdefault(known, login)
    elif name == "category":
        site.parents.setdefault(child_text(entry, "category_nicename"), child_text(entry, "category_parent"))


class _Export:
    """One file on its way into the archive."""

    def __init__(
        self,
        document: Document,
        number: int,
        archive: Archive,
        site: _Site,
        media: Media,
        cleaner: Cleaner,
    ):
        self.document, self.number, self.archive = document, number, archive
        self.site, self.media, self.cleaner = site, media, cleaner
        self.comments = Comments(archive, number, site.key(), self._writer, cleaner)

    def item(self, place: int, entry: etree._Element) -> None:
        fields = _fields(entry)
        kind = fields["post_type"] or "(none)"
        if kind in ("post", "page"):
            piece = self._piece(entry, fields, kind)
            self.archive.add((self.number, place), piece)
            self.comments.read(entry, piece.source_id)
            return
        self.comments.read(entry, "")
        self.archive.skipped[f"type: {kind[:40]}"] += 1
        if kind == "attachment":
            self.media.add_picture(
                fields["post_id"], fields["post_parent"], fields["attachment_url"], fields["excerpt"], _alt(entry)
            )
        elif kind == "wp_block":
            self.media.blocks[fields["post_id"]] = fields["content"]

    def _piece(self, entry: etree._Element, fields: dict[str, str], kind: str) -> Piece:
        state = fields["status"] or "(none)"
        labels, section, people = self._terms(entry)
        creator = fields["creator"].lstrip("<> ")
        link = path_of(fields["link"])
        piece = Piece(
            kind=kind,
            source_id=self._source_id(fields),
            state=state[:40],
            standing=STANDINGS.get(state, Standing.DRAFT),
            headline=self.cleaner.headline(fields["title"], markup=True),
            slug=self.cleaner.slug(fields["post_name"] or link.split("?")[0].rstrip("/").rpartition("/")[2]),
            file=self.document.name,
            line=entry.sourceline or 0,
            standfirst=self.cleaner.standfirst(fields["excerpt"]),
            labels=labels if kind == "post" else [],
            section=section if kind == "post" else "",
            people=people or ([person] if (person := self._person(creator)) else []),
            host=self.site.host() or host_of(fields["link"]),
        )
        piece.published_at = self._published_at(fields)
        piece.paths = list(dict.fromkeys(self._paths(entry, fields, kind, link)))
        self._hold_back(piece, fields, state)
        return piece

    def _hold_back(self, piece: Piece, fields: dict[str, str], state: str) -> None:
        if fields["post_password"] and piece.standing == Standing.LIVE:
            piece.standing = Standing.DRAFT
            piece.remarks.append(_("It was protected by a password there."))
        if state == "private":
            piece.remarks.append(_("It was private there."))
        elif state == "future":
            piece.remarks.append(scheduled(piece.published_at))
        elif state not in STANDINGS:
            piece.remarks.append(_("WordPress said “%(state)s” of it.") % {"state": state[:40]})

    def _published_at(self, fields: dict[str, str]):
        """In GMT; where that is missing the RSS date, and last the local one."""
        return (
            self.cleaner.gmt(fields["post_date_gmt"])
            or self.cleaner.pub_date(fields["pubDate"])
            or self.cleaner.local(fields["post_date"])
        )

    def _source_id(self, fields: dict[str, str]) -> str:
        own = fields["post_id"] or fields["guid"] or fields["link"] or f"{fields['post_date']} {fields['title']}"
        return kept_id(f"{self.site.key()}#{own}")

    def _person(self, login: str) -> Person | None:
        path = f"{self.site.folder()}/author/{quote(login)}/"
        usable = login and "@" not in login
        return self.cleaner.person(self.site.names.get(login, login), login, (path,) if usable else ())

    def _writer(self, number: str, email: str, name: str) -> Person | None:
        """The blog's own author who wrote a comment: by his account, or by an address and a name that are both his."""
        login = self.site.accounts.get(number) if number.strip("0") else None
        if login is None and email:
            login = self.site.accounts.get(email.casefold())
            if login is None or name.casefold() not in (login.casefold(), self.site.names[login].casefold()):
                return None
        return self._person(login) if login else None

    def _terms(self, entry: etree._Element) -> tuple[list[Label], str, list[Person]]:
        """Tags and categories (the first category is the section), and co-authors, whom a plug-in keeps as terms."""
        labels: list[Label] = []
        section, people, left_out = "", [], defaultdict(int)
        for term in children(entry, "category"):
            domain, slug, name = term.get("domain"), term.get("nicename", ""), text_of(term)
            if domain == "author":
                login = slug.removeprefix("cap-")
                people.append(self._person(login) if login in self.site.names else self.cleaner.person(name))
            elif domain in ("category", "post_tag", "tag", None):
                tag = domain in ("post_tag", "tag")
                if not tag and NO_SECTION in (slug.lower(), name.lower()):
                    continue
                if label := self.cleaner.label(name):
                    labels.append(Label(label, tuple(self._term_paths(slug, tag)) if slug else ()))
                    section = section or ("" if tag or domain is None else label)
            elif domain not in ("post_format", "nav_menu"):
                left_out[domain] += 1
        for domain, times in left_out.items():
            self.archive.skipped[f"taxonomy: {domain[:40]}"] += times
        return labels, section, [person for person in dict.fromkeys(people) if person]

    def _term_paths(self, slug: str, tag: bool) -> Iterator[str]:
        folder = self.site.folder()
        if tag:
            yield f"{folder}/tag/{slug}/"
            yield f"{folder}/tag/{slug}/feed/"
            return
        yield f"{folder}/category/{slug}/"
        yield f"{folder}/category/{slug}/feed/"
        way = [slug]
        while (above := self.site.parents.get(way[0], "")) and above not in way:
            way.insert(0, above)
        if len(way) > 1:
            yield f"{folder}/category/{'/'.join(way)}/"

    def _paths(self, entry: etree._Element, fields: dict[str, str], kind: str, link: str) -> Iterator[str]:
        """Everywhere this piece answered: its permalink, its number, its earlier slugs."""
        folder = self.site.folder()
        if link and link != "/" and link != f"{folder}/":
            yield link
        if fields["post_id"].isdecimal():
            yield f"{folder}/?p={fields['post_id']}"
            if kind == "page":
                yield f"{folder}/?page_id={fields['post_id']}"
        guid = path_of(fields["guid"])
        if _QUERY_ID.search(guid) and host_of(fields["guid"]) in ("", self.site.host(), host_of(fields["link"])):
            yield guid
        slug = fields["post_name"]
        for old in _old_slugs(entry):
            if slug and old != slug and link.rstrip("/").endswith(f"/{slug}"):
                end = "/" if link.endswith("/") else ""
                yield f"{link.rstrip('/').removesuffix(slug)}{old}{end}"


def _fields(entry: etree._Element) -> defaultdict[str, str]:
    """The scalars of an item, stripped; the first of each name counts."""
    fields: defaultdict[str, str] = defaultdict(str)
    for part in entry:
        name = _field_of(part.tag)
        if name and name not in fields:
            fields[name] = text_of(part)
    return fields


@lru_cache(maxsize=1000)
def _field_of(tag: str) -> str:
    """Which of an item's scalars an element is; none for what other tools and plug-ins put beside them."""
    space, _bracket, name = tag.rpartition("}")
    space = space[1:]
    if name == "encoded":
        return "content" if space == _CONTENT else "excerpt" if _EXCERPT.match(space) else ""
    if space == _DUBLIN_CORE:
        return name if name == "creator" else ""
    ours = formats.WORDPRESS_EXPORT.match(space) if space else name in ("title", "link", "pubDate", "guid")
    return name if ours and name not in ("comment", "postmeta") else ""


def _body(entry: etree._Element) -> str:
    return next((text_of(one) for one in entry if local(one) == "encoded" and namespace(one) == _CONTENT), "")


def _old_slugs(entry: etree._Element) -> list[str]:
    return _meta(entry, "_wp_old_slug")


def _alt(entry: etree._Element) -> str:
    return next(iter(_meta(entry, "_wp_attachment_image_alt")), "")


def _meta(entry: etree._Element, key: str) -> list[str]:
    return [
        value
        for meta in children(entry, "postmeta")
        if child_text(meta, "meta_key") == key and (value := child_text(meta, "meta_value"))
    ]
