"""Feeds of comments in Atom: of one post, and of all. Only words that readers see, of posts that readers see.

An entry is the comment, by the key of its post and its number. Its time moves when its writer changed the words.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from blog import pages
from blog.atom import NEVER, with_own_addresses
from blog.models import Post
from blog.paths import day_of
from blog.standing import Standing
from blog.structured import absolute, spelt

from ..models import Comment, CommentQuerySet

SIZE = 50
THREADS = "http://purl.org/syndication/thread/1.0"  # RFC 4685: which entry answers which


@dataclass(frozen=True)
class Feed:
    """What is told of a feed above its entries. Addresses are paths."""

    title: str
    home: str
    path: str
    comments: list[Comment]

    @property
    def updated(self) -> datetime:
        return max((comment.edited_at or comment.created_at for comment in self.comments), default=NEVER)


@pages.of_edition(counts_comments=True)
def of_site(request: HttpRequest) -> HttpResponse:
    title = _("Comments on %(title)s") % {"title": settings.SITE_NAME}
    return _as_atom(Feed(title, reverse("blog:home"), request.path, _newest(Comment.objects.all())))


@require_safe
def of_post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    published_on = day_of(year, month, day)
    standing = Standing.at(Post.Kind.POST, slug, published_on) if published_on else None
    if standing is None or not standing.is_live():
        raise Http404
    return pages.answer(request, standing.number(), lambda: _of_post(standing.post_id))


def _of_post(post_id: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.live().select_related("live"), pk=post_id)
    title = _("Comments on “%(title)s”") % {"title": post.live.headline}
    return _as_atom(Feed(title, post.get_absolute_url(), path_of(post), _newest(Comment.objects.under(post))))


def path_of(post: Post) -> str:
    """The address of the feed of a post's comments."""
    day = post.published_on
    return reverse("comments:post_feed", args=[day.year, day.month, day.day, post.slug])


def _newest(comments: CommentQuerySet) -> list[Comment]:
    """Those that readers saw last."""
    shown = comments.visible().filter(post__live__isnull=False).select_related("post__live")
    return list(shown.order_by("-shown_at", "-pk")[:SIZE])


def urn_of(post_key: uuid.UUID, comment_id: int) -> str:
    """The name of a comment everywhere and for ever."""
    return uuid.uuid5(post_key, f"comment {comment_id}").urn


def _as_atom(feed: Feed) -> HttpResponse:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    namespaces = {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:thr": THREADS}
    xml.startElement("feed", {**namespaces, "xml:lang": get_language()})
    xml.addQuickElement("title", feed.title)
    xml.addQuickElement("id", absolute(feed.path))
    xml.addQuickElement("updated", spelt(feed.updated))
    xml.addQuickElement("link", None, {"rel": "self", "type": "application/atom+xml", "href": absolute(feed.path)})
    xml.addQuickElement("link", None, {"rel": "alternate", "type": "text/html", "href": absolute(feed.home)})
    for comment in feed.comments:
        _entry(xml, comment)
    xml.endElement("feed")
    xml.endDocument()
    return HttpResponse(out.getvalue(), content_type="application/atom+xml; charset=utf-8")


def _entry(xml: SimplerXMLGenerator, comment: Comment) -> None:
    post, name = comment.post, comment.name or _("Anonymous")
    page = absolute(post.get_absolute_url())
    xml.startElement("entry", {})
    xml.addQuickElement("title", _("%(name)s on “%(title)s”") % {"name": name, "title": post.live.headline})
    xml.addQuickElement("id", urn_of(post.key, comment.pk))
    xml.addQuickElement("published", spelt(comment.created_at))
    xml.addQuickElement("updated", spelt(comment.edited_at or comment.created_at))
    address = {"rel": "alternate", "type": "text/html", "href": absolute(comment.get_absolute_url())}
    xml.addQuickElement("link", None, address)
    xml.startElement("author", {})
    xml.addQuickElement("name", name)
    xml.endElement("author")
    answered = comment.answered_id()
    ref = urn_of(post.key, answered) if answered else post.key.urn
    xml.addQuickElement("thr:in-reply-to", None, {"ref": ref, "href": page, "type": "text/html"})
    xml.addQuickElement("content", with_own_addresses(comment.html, page), {"type": "html"})
    xml.endElement("entry")
