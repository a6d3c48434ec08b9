"""Atom (RFC 4287): a feed and its entries as XML."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

from .structured import absolute, spelt

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CONTENT_TYPE = "application/atom+xml; charset=utf-8"

_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[\w:-]+(?:="[^"]*")?)*\s*/?>')
_OWN_ADDRESS = re.compile(r'(\s(?:href|src|cite)=")(?![a-z][a-z0-9+.-]*:|//)([^"]*)', re.IGNORECASE)


@dataclass(frozen=True)
class Feed:
    """What is told of a feed above its entries. Addresses are paths."""

    title: str
    description: str
    home: str
    path: str
    updated: datetime = NEVER


@dataclass(frozen=True)
class Entry:
    """One entry; `key` is an IRI that stays for good. The address is a path, the content HTML."""

    key: str
    title: str
    path: str
    published: datetime
    updated: datetime
    content: str
    summary: str = ""
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)


def key_of(post_key: uuid.UUID, piece: str) -> str:
    """A lasting name of something that belongs to a post: an update, a correction."""
    return uuid.uuid5(post_key, piece).urn


def write(feed: Feed, entries: Iterable[Entry]) -> str:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": get_language()})
    xml.addQuickElement("title", feed.title)
    if feed.description:
        xml.addQuickElement("subtitle", feed.description)
    xml.addQuickElement("id", absolute(feed.path))
    xml.addQuickElement("updated", spelt(feed.updated))
    xml.addQuickElement("link", None, {"rel": "self", "type": "application/atom+xml", "href": absolute(feed.path)})
    xml.addQuickElement("link", None, {"rel": "alternate", "type": "text/html", "href": absolute(feed.home)})
    if settings.WEBSUB_HUB:
        xml.addQuickElement("link", None, {"rel": "hub", "href": settings.WEBSUB_HUB})
    _author(xml, settings.SITE_NAME)
    for entry in entries:
        _entry(xml, entry)
    xml.endElement("feed")
    xml.endDocument()
    return out.getvalue()


def with_own_addresses(html: str, page: str) -> str:
    """Clean HTML whose links and pictures lead to the same places from anywhere; `page` is where it stands."""

    def whole(match: re.Match) -> str:
        return match[1] + urljoin(page, match[2])

    return _TAG.sub(lambda tag: _OWN_ADDRESS.sub(whole, tag[0]), html)


def _entry(xml: SimplerXMLGenerator, entry: Entry) -> None:
    xml.startElement("entry", {})
    xml.addQuickElement("title", entry.title)
    xml.addQuickElement("id", entry.key)
    xml.addQuickElement("published", spelt(entry.published))
    xml.addQuickElement("updated", spelt(entry.updated))
    xml.addQuickElement("link", None, {"rel": "alternate", "type": "text/html", "href": absolute(entry.path)})
    for name in entry.authors:
        _author(xml, name)
    for name in entry.categories:
        xml.addQuickElement("category", None, {"term": name})
    if entry.summary:
        xml.addQuickElement("summary", entry.summary)
    xml.addQuickElement("content", entry.content, {"type": "html"})
    xml.endElement("entry")


def _author(xml: SimplerXMLGenerator, name: str) -> None:
    xml.startElement("author", {})
    xml.addQuickElement("name", name)
    xml.endElement("author")
