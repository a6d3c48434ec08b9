"""Sitemaps: an index, a part for each month and one for the rest, and the one for news.

A month's part holds that month whatever else is published, so a large archive is read in small, lasting pieces.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import StringIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

from . import pages
from .models import Author, CitedSource, Post, Story, Tag
from .paths import day_of
from .structured import absolute, spelt

MOST = 50_000  # addresses that the protocol allows in one part
MOST_NEWS = 1_000
NEWS_DAYS = 2
NAMESPACE = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}
NEWS_NAMESPACE = {"xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9"}


@pages.of_edition()
def index(request: HttpRequest) -> HttpResponse:
    """Which parts there are."""
    out, xml = _begin("sitemapindex", NAMESPACE)
    months = Post.objects.live().stories().by_month()
    parts = [reverse("blog:sitemap_of_month", args=[month.year, month.month]) for month in reversed(months)]
    for path in [reverse("blog:sitemap_of_site"), *parts]:
        xml.startElement("sitemap", {})
        xml.addQuickElement("loc", absolute(path))
        xml.endElement("sitemap")
    return _end(out, xml, "sitemapindex")


@pages.of_edition()
def of_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The posts of one month."""
    if day_of(year, month) is None:
        raise Http404
    posts = list(_addresses(Post.objects.live().stories().in_month(year, month)))
    if not posts:
        raise Http404
    return _urlset((post.get_absolute_url(), post.last_changed_at()) for post in posts)


@pages.of_edition()
def of_site(request: HttpRequest) -> HttpResponse:
    """What is not of a month: home, pages, tags, authors, stories, sources."""
    live = Post.objects.live().stories()
    outlets = CitedSource.objects.public().with_outlet().order_by("outlet_slug").values_list("outlet_slug", flat=True)
    lists = [
        *Tag.objects.filter(tagged__content_object__in=live).distinct(),
        *Author.objects.filter(posts__in=live).distinct(),
        *Story.objects.filter(posts__in=live).distinct(),
    ]
    paths = [
        *(one.get_absolute_url() for one in lists),
        *(reverse("blog:outlet", args=[slug]) for slug in outlets.distinct()),
    ]
    of_the_site = _addresses(Post.objects.live().pages())
    return _urlset(
        [
            (reverse("blog:home"), None),
            (reverse("blog:archive"), None),
            *((page.get_absolute_url(), page.last_changed_at()) for page in of_the_site),
            *((path, None) for path in paths[: MOST - 100]),
        ]
    )


@pages.of_edition()
def news(request: HttpRequest) -> HttpResponse:
    """What was published in the last two days."""
    start = datetime.combine(timezone.localdate() - timedelta(days=NEWS_DAYS), time.min)
    posts = Post.objects.live().stories().since(timezone.make_aware(start))
    out, xml = _begin("urlset", NAMESPACE | NEWS_NAMESPACE)
    for post in posts.newest_first().for_lists()[:MOST_NEWS]:
        xml.startElement("url", {})
        xml.addQuickElement("loc", absolute(post.get_absolute_url()))
        xml.addQuickElement("lastmod", spelt(post.last_changed_at()))
        xml.startElement("news:news", {})
        xml.startElement("news:publication", {})
        xml.addQuickElement("news:name", settings.SITE_NAME)
        xml.addQuickElement("news:language", get_language().split("-")[0])
        xml.endElement("news:publication")
        xml.addQuickElement("news:publication_date", spelt(post.published_at))
        xml.addQuickElement("news:title", post.live.headline)
        xml.endElement("news:news")
        xml.endElement("url")
    return _end(out, xml, "urlset")


def _addresses(posts):
    return posts.newest_first().only("kind", "slug", "published_on", "published_at", "updated_at")[:MOST]


def _urlset(rows: Iterable[tuple[str, datetime | date | None]]) -> HttpResponse:
    out, xml = _begin("urlset", NAMESPACE)
    for path, changed in rows:
        xml.startElement("url", {})
        xml.addQuickElement("loc", absolute(path))
        if changed:
            xml.addQuickElement("lastmod", spelt(changed))
        xml.endElement("url")
    return _end(out, xml, "urlset")


def _begin(root: str, namespaces: dict[str, str]) -> tuple[StringIO, SimplerXMLGenerator]:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8")
    xml.startDocument()
    xml.startElement(root, namespaces)
    return out, xml


def _end(out: StringIO, xml: SimplerXMLGenerator, root: str) -> HttpResponse:
    xml.endElement(root)
    xml.endDocument()
    return HttpResponse(out.getvalue(), content_type="application/xml; charset=utf-8")
