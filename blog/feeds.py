"""Feeds with the whole text: Atom (RFC 4287) and JSON Feed 1.1, for everything, a tag, an author.

An entry is the post, by its key: it stays the same one under a new address. Its time moves when it is published and
when readers are told of an update, never for a typo, so that nothing is shown as new that is not. What was corrected
is said above the text. A running story has a feed of its own, in which each update is an entry.
"""

import json as json_module
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import atom as writing
from . import corrections, coverage, pages
from .atom import NEVER, with_own_addresses
from .coverage import Correction
from .models import Author, Post, PostQuerySet, Revision, Tag, Update
from .paths import day_of
from .standing import Standing
from .structured import absolute, spelt
from .templatetags.writethru import spelt as in_words

SIZE = 20
UPDATES = 30
LONGEST_TITLE = 100  # of an update without a headline


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


@require_safe
def updates(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """The updates of a running story, the newest first; what was withdrawn is not among them."""
    published_on = day_of(year, month, day)
    standing = Standing.at(Post.Kind.POST, slug, published_on) if published_on else None
    if standing is None or not standing.is_live() or standing.coverage == Post.Coverage.NONE:
        raise Http404
    return pages.answer(request, ("updates", standing.post_id, standing.version), lambda: _of_updates(standing.post_id))


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


def _of_updates(post_id: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.live().select_related("live"), pk=post_id)
    told = coverage.corrections_of(post)
    rows = post.updates.live().newest_first().select_related("live")[:UPDATES]
    feed = writing.Feed(
        title=_title(post.live.headline),
        description=post.live.excerpt,
        home=post.get_absolute_url(),
        path=post.get_updates_url(),
        updated=post.last_changed_at(),
    )
    return _atom(feed, [_update_entry(post, row, told) for row in rows])


def _update_entry(post: Post, update: Update, told: list[Correction]) -> writing.Entry:
    live, update.post = update.live, post
    told = [one for one in told if one.update == update.number]
    return writing.Entry(
        key=writing.key_of(post.key, f"update {update.number}"),
        title=live.headline or Truncator(live.excerpt).chars(LONGEST_TITLE) or in_words(update.happened_at, "moment"),
        path=update.get_absolute_url(),
        published=update.published_at,
        updated=update.updated_at or update.published_at,
        content="\n".join(
            [*map(corrections.in_html, told), with_own_addresses(live.body, absolute(post.get_absolute_url()))]
        ),
        authors=_names(live),
    )


def _content(post: Post) -> str:
    """What was corrected; then standfirst, picture, where things stand, and body, as below the headline of the page."""
    live, page = post.live, absolute(post.get_absolute_url())
    parts = [corrections.in_html(one) for one in coverage.corrections_of(post)]
    if live.standfirst:
        parts.append(format_html("<p><strong>{}</strong></p>", live.standfirst))
    if live.image:
        src, alt, credit = absolute(live.image["src"]), live.image.get("alt", ""), live.image.get("credit", "")
        caption = format_html("<figcaption>{}</figcaption>", credit) if credit else ""
        parts.append(format_html('<figure><img src="{}" alt="{}">{}</figure>', src, alt, caption))
    texts = [with_own_addresses(text, page) for text in (live.summary, live.body)]
    return "\n".join([*parts, *([texts[0]] if texts[0] else []), texts[1]])


def _names(revision: Revision) -> list[str]:
    return [person["name"] for person in revision.byline]


def _as_atom(feed: Feed) -> HttpResponse:
    entries = [
        writing.Entry(
            key=post.key.urn,
            title=post.live.headline,
            path=post.get_absolute_url(),
            published=post.published_at,
            updated=post.last_changed_at(),
            content=_content(post),
            summary=post.live.excerpt,
            authors=_names(post.live),
            categories=post.live.tags,
        )
        for post in feed.posts
    ]
    return _atom(writing.Feed(feed.title, feed.description, feed.home, feed.path, feed.updated), entries)


def _atom(feed: writing.Feed, entries: list[writing.Entry]) -> HttpResponse:
    return HttpResponse(writing.write(feed, entries), content_type=writing.CONTENT_TYPE)


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
    if settings.WEBSUB_HUB:
        data["hubs"] = [{"type": "WebSub", "url": settings.WEBSUB_HUB}]
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
        "authors": [{"name": name} for name in _names(live)],
        "tags": live.tags,
    }
    if live.image:
        item["image"] = absolute(live.image["src"])
    return {name: value for name, value in item.items() if value or name == "content_html"}
