"""Feeds with the whole text: Atom (RFC 4287) and JSON Feed 1.1, for everything, a tag, an author.

An entry is the post, by its key: it stays the same one under a new address. Its time moves when it is published and
when readers are told of an update, never for a typo, so that nothing is shown as new that is not.
"""

import json as json_module
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from urllib.parse import urljoin

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from . import pages
from .models import Author, Post, PostQuerySet, Tag
from .structured import absolute, spelt

SIZE = 20
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[\w:-]+(?:="[^"]*")?)*\s*/?>')
_OWN_ADDRESS = re.compile(r'(\s(?:href|src|cite)=")(?![a-z][a-z0-9+.-]*:|//)([^"]*)', re.IGNORECASE)


@dataclass(frozen=True)
class Feed:
    """What is told of a feed above its entries. Addresses are paths."""

    title: str
    description: str
    home: str
    path: str
    posts: list[Post]

    @property
    def updated(self) -> datetime:
        return max((post.last_changed_at() for post in self.posts), default=NEVER)


@pages.of_edition()
def atom(request: HttpRequest) -> HttpResponse:
    return _as_atom(_of_everything("blog:feed_atom"))


@pages.of_edition()
def json(request: HttpRequest) -> HttpResponse:
    return _as_json(_of_everything("blog:feed_json"))


@pages.of_edition()
def tag_atom(request: HttpRequest, slug: str) -> HttpResponse:
    return _as_atom(_of_tag(slug, "blog:tag_feed_atom"))


@pages.of_edition()
def tag_json(request: HttpRequest, slug: str) -> HttpResponse:
    return _as_json(_of_tag(slug, "blog:tag_feed_json"))


@pages.of_edition()
def author_atom(request: HttpRequest, slug: str) -> HttpResponse:
    return _as_atom(_of_author(slug, "blog:author_feed_atom"))


@pages.of_edition()
def author_json(request: HttpRequest, slug: str) -> HttpResponse:
    return _as_json(_of_author(slug, "blog:author_feed_json"))


def with_own_addresses(html: str, page: str) -> str:
    """Clean HTML whose links and pictures lead to the same places from anywhere; `page` is where it stands."""

    def whole(match: re.Match) -> str:
        return match[1] + urljoin(page, match[2])

    return _TAG.sub(lambda tag: _OWN_ADDRESS.sub(whole, tag[0]), html)


def _of_everything(name: str) -> Feed:
    posts = _newest(lambda posts: posts)
    return Feed(settings.SITE_NAME, settings.SITE_TAGLINE, reverse("blog:home"), reverse(name), posts)


def _of_tag(slug: str, name: str) -> Feed:
    tag = get_object_or_404(Tag, slug=slug)
    posts = _newest(lambda posts: posts.tagged(tag), must_have_some=True)
    return Feed(_title(tag.name), tag.description, tag.get_absolute_url(), reverse(name, args=[tag.slug]), posts)


def _of_author(slug: str, name: str) -> Feed:
    author = get_object_or_404(Author, slug=slug)
    posts = _newest(lambda posts: posts.by_author(author), must_have_some=True)
    path = reverse(name, args=[author.slug])
    return Feed(_title(author.name), author.biography, author.get_absolute_url(), path, posts)


def _title(name: str) -> str:
    return _("%(name)s – %(site)s") % {"name": name, "site": settings.SITE_NAME}


def _newest(which: Callable[[PostQuerySet], PostQuerySet], *, must_have_some: bool = False) -> list[Post]:
    posts = list(which(Post.objects.live().stories()).newest_first().select_related("live")[:SIZE])
    if must_have_some and not posts:
        raise Http404
    return posts


def _content(post: Post) -> str:
    """Standfirst, picture and body: what stands on the page below the headline."""
    live, page = post.live, absolute(post.get_absolute_url())
    parts = []
    if live.standfirst:
        parts.append(format_html("<p><strong>{}</strong></p>", live.standfirst))
    if live.image:
        src, alt, credit = absolute(live.image["src"]), live.image.get("alt", ""), live.image.get("credit", "")
        caption = format_html("<figcaption>{}</figcaption>", credit) if credit else ""
        parts.append(format_html('<figure><img src="{}" alt="{}">{}</figure>', src, alt, caption))
    return "\n".join([*parts, with_own_addresses(live.body, page)])


def _as_atom(feed: Feed) -> HttpResponse:
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
    _author(xml, settings.SITE_NAME)
    for post in feed.posts:
        _entry(xml, post)
    xml.endElement("feed")
    xml.endDocument()
    return HttpResponse(out.getvalue(), content_type="application/atom+xml; charset=utf-8")


def _entry(xml: SimplerXMLGenerator, post: Post) -> None:
    live = post.live
    xml.startElement("entry", {})
    xml.addQuickElement("title", live.headline)
    xml.addQuickElement("id", post.key.urn)
    xml.addQuickElement("published", spelt(post.published_at))
    xml.addQuickElement("updated", spelt(post.last_changed_at()))
    address = absolute(post.get_absolute_url())
    xml.addQuickElement("link", None, {"rel": "alternate", "type": "text/html", "href": address})
    for person in live.byline:
        _author(xml, person["name"])
    for name in live.tags:
        xml.addQuickElement("category", None, {"term": name})
    if live.excerpt:
        xml.addQuickElement("summary", live.excerpt)
    xml.addQuickElement("content", _content(post), {"type": "html"})
    xml.endElement("entry")


def _author(xml: SimplerXMLGenerator, name: str) -> None:
    xml.startElement("author", {})
    xml.addQuickElement("name", name)
    xml.endElement("author")


def _as_json(feed: Feed) -> HttpResponse:
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": absolute(feed.home),
        "feed_url": absolute(feed.path),
        "language": get_language(),
        "items": [_item(post) for post in feed.posts],
    }
    if feed.description:
        data["description"] = feed.description
    return HttpResponse(json_module.dumps(data, ensure_ascii=False), content_type="application/feed+json")


def _item(post: Post) -> dict:
    live = post.live
    item = {
        "id": post.key.urn,
        "url": absolute(post.get_absolute_url()),
        "title": live.headline,
        "content_html": _content(post),
        "summary": live.excerpt,
        "date_published": spelt(post.published_at),
        "date_modified": spelt(post.last_changed_at()),
        "authors": [{"name": person["name"]} for person in live.byline],
        "tags": live.tags,
    }
    if live.image:
        item["image"] = absolute(live.image["src"])
    return {name: value for name, value in item.items() if value or name == "content_html"}
