"""Which addresses of the site become files, and under which names."""

import hashlib
import posixpath
import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

LONGEST_NAME = 180  # bytes; file systems take 255

# What is kept, and which parts of a query make another page of it. Nothing else of the site is for every reader.
PAGES = {
    "blog:home": {"before"},
    "blog:archive": set(),
    "blog:year": set(),
    "blog:month": {"before"},
    "blog:day": {"after"},
    "blog:post": {"updates", "from"},
    "blog:page": {"from"},
    "blog:history": {"a", "b", "before"},
    "blog:page_history": {"a", "b", "before"},
    "blog:updates_feed": set(),
    "blog:corrections": {"before"},
    "blog:corrections_feed": set(),
    "blog:tags": set(),
    "blog:tag": {"before"},
    "blog:tag_feed_atom": set(),
    "blog:tag_feed_json": set(),
    "blog:authors": set(),
    "blog:author": {"before"},
    "blog:author_feed_atom": set(),
    "blog:author_feed_json": set(),
    "blog:stories": set(),
    "blog:story": {"before"},
    "blog:outlets": set(),
    "blog:outlet": {"before"},
    "blog:feed_atom": set(),
    "blog:feed_json": set(),
    "blog:robots": set(),
    "blog:sitemap": set(),
    "blog:sitemap_of_site": set(),
    "blog:sitemap_of_month": set(),
    "blog:news_sitemap": set(),
    "comments:feed": set(),
    "comments:post_feed": set(),
}
PIECES = ("blog:post", "blog:page")
# A page opened at a comment or an update: which page that is, is known when all are there.
_PLACES = {"c", "u"}
# What asks the living site something: other orders, moments, searches. Links with these lead there.
_ASKS = {"at", "order", "comments", "full", "page", "q"}
# What only a site that lives can take: links to these go.
ACTIONS = {"blog:correct", "blog:page_correct", "comments:add", "comments:report", "comments:mine"}
_OLD_NUMBERS = {"p", "page_id"}


class Kind(Enum):
    """What a link of ours leads to."""

    PAGE = "page"
    ACTION = "action"
    FILE = "file"  # a picture, a style
    OLD = "old"  # nothing that we know; it may be a former address
    LIVING = "living"  # something that has no copy


class Address(NamedTuple):
    """An address of the site, spelt in one way."""

    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, link: str, page: Self) -> tuple[Self, str] | None:
        """The address and the fragment of a link on a page; None for what is not of this site."""
        link = link.strip()
        # Most lead to the same few pages, wherever they stand.
        return _read(link, "" if link.startswith("/") else page.spelt())

    def spelt(self) -> str:
        """As it stands in a link."""
        path = quote(self.path, safe="/~!$&'()*+,;=:@")
        return f"{path}?{urlencode(self.query)}" if self.query else path

    def living(self, fragment: str = "") -> str:
        """Where this is on the site itself."""
        return f"{settings.SITE_URL}{self.spelt()}{f'#{quote(fragment)}' if fragment else ''}"


@lru_cache(maxsize=20_000)
def _read(link: str, page: str) -> tuple[Address, str] | None:
    try:
        parts = urlsplit(urljoin(settings.SITE_URL + page, link))
        if f"{parts.scheme}://{parts.netloc}" != settings.SITE_URL:
            return None
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    return Address(unquote(parts.path) or "/", tuple(query)), unquote(parts.fragment)


@lru_cache(maxsize=20_000)
def known(address: Address) -> tuple[Kind, Address]:
    """What an address is, and the same without what makes no difference."""
    path, query = address
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return Kind.FILE, Address(path)
    name = _name(path)
    keys = {key for key, _value in query}
    if not name or (name == "blog:home" and keys & _OLD_NUMBERS):
        return Kind.OLD, address
    if name in ACTIONS or (name in PIECES and "reply" in keys):
        return Kind.ACTION, address
    if name not in PAGES or keys & _ASKS or {"before", "from"} <= keys:
        return Kind.LIVING, address
    kept = {key: value for key, value in query if key in PAGES[name]}
    return Kind.PAGE, Address(path, tuple(sorted(kept.items())))


def place_in(address: Address) -> str:
    """The id of the comment or the update at which a link opens a page; empty for none."""
    return next((f"{key}{value}" for key, value in address.query if key in _PLACES and value.isdecimal()), "")


def is_piece(address: Address) -> bool:
    return _name(address.path) in PIECES


def leads_to(address: Address) -> str:
    """The name of the view; empty where there is none."""
    return _name(address.path)


@lru_cache(maxsize=20_000)
def _name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def file_of(address: Address, *, is_html: bool) -> str | None:
    """The file that an address becomes, from the top of the copy; None for one that no file can have."""
    path, query = address
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") or re.search(r"[\x00-\x1f\x7f\\]", part) for part in parts):
        return None
    parts += ["-".join(re.sub(r"[^\w.-]", "-", part) for pair in query for part in pair)] if query else []
    if is_html and (path.endswith("/") or query or not re.search(r"\.[A-Za-z]{2,5}\Z", path)):
        parts.append("index.html")
    return posixpath.join(*map(_short, parts)) if parts else None


def _short(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    start = name.encode()[: LONGEST_NAME - 20].decode(errors="ignore")
    return f"{start}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def between(file: str, other: str, fragment: str = "") -> str:
    """A link from one file of the copy to another: the same from a disk and from a server."""
    way = quote(posixpath.relpath(other, posixpath.dirname(file) or "."), safe="/~!$&'()*+,;=@")
    return f"{way}#{quote(fragment)}" if fragment else way
