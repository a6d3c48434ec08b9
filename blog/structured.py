"""What a page says of itself to machines: the head's elements, and JSON-LD in the words of schema.org."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from . import coverage, rendering
from .coverage import Correction, Coverage, Entry
from .models import Author, Post, Revision

Data = dict[str, Any]


@dataclass(frozen=True)
class Meta:
    """The head of a page. `path` is its one address; without one the page is not for search engines."""

    title: str
    description: str = ""
    path: str = ""
    kind: str = "website"
    image: str = ""
    image_alt: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    data: Data | None = None

    @property
    def canonical(self) -> str:
        return absolute(self.path) if self.path else ""

    @property
    def shared_image(self) -> str:
        """What is shown where somebody shares the page."""
        return absolute(self.image or static("card.png"))


def absolute(address: str) -> str:
    """An address of this site with the site's own name, whatever name it was asked by."""
    return f"{settings.SITE_URL}{address}" if address.startswith("/") else address


def of_home() -> Data:
    search = absolute(reverse("blog:search"))
    return {
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": absolute("/"),
        "publisher": _publisher(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{search}?q={{q}}",
            "query-input": "required name=q",
        },
    }


def of_list(title: str, path: str, posts: list[Post]) -> Data:
    return {
        "@type": "CollectionPage",
        "name": title,
        "url": absolute(path),
        "isPartOf": {"@type": "WebSite", "name": settings.SITE_NAME, "url": absolute("/")},
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": position, "url": absolute(post.get_absolute_url())}
                for position, post in enumerate(posts, 1)
            ],
        },
    }


def of_author(author: Author) -> Data:
    person = {"@type": "Person", "name": author.name, "url": absolute(author.get_absolute_url())}
    if author.biography:
        person["description"] = author.biography
    return {"@type": "ProfilePage", "url": person["url"], "mainEntity": person}


def of_post(post: Post, authors: list[Author], comment_count: int = 0, covered: Coverage | None = None) -> Data:
    """A live post as a NewsArticle (a running story with the updates on the page), or a page as the WebPage it is."""
    live, url = post.live, absolute(post.get_absolute_url())
    data = {
        "@type": "NewsArticle" if post.kind == Post.Kind.POST else "WebPage",
        "headline": live.headline,
        "url": url,
        "mainEntityOfPage": url,
        "inLanguage": get_language(),
        "datePublished": spelt(post.published_at),
        "dateModified": spelt(post.last_changed_at()),
        "publisher": _publisher(),
        "author": _people(live, authors) or _house(),
    }
    if live.excerpt:
        data["description"] = live.excerpt
    if told := coverage.corrections_of(post):
        data["correction"] = [_correction(one) for one in told]
    if covered is not None and covered.is_running_story:
        data |= _live_blog(post, [*covered.pinned, *covered.entries], authors)
    if comment_count:
        data["commentCount"] = comment_count
    if live.image:
        data["image"] = [absolute(live.image["src"])]
    if post.kind == Post.Kind.POST:
        data |= {"wordCount": live.words, "isAccessibleForFree": True}
        data |= {"articleSection": live.section} if live.section else {}
        data |= {"keywords": live.tags} if live.tags else {}
        data |= {"citation": [_source(source) for source in live.sources]} if live.sources else {}
    return data


def _live_blog(post: Post, updates: list[Entry], authors: list[Author]) -> Data:
    """What a running story has beside a post; when it ended, only once it has."""
    began = max(post.coverage_began_at or post.published_at, post.published_at)
    data = {"@type": ["NewsArticle", "LiveBlogPosting"], "coverageStartTime": spelt(began)}
    if post.coverage_ended_at is not None:
        data["coverageEndTime"] = spelt(max(began, post.coverage_ended_at))
    data["liveBlogUpdate"] = [_update(post, entry, authors) for entry in updates if entry.revision is not None]
    return data


def _update(post: Post, entry: Entry, authors: list[Author]) -> Data:
    live = entry.revision
    return {
        "@type": "BlogPosting",
        "headline": live.headline or live.excerpt or spelt(entry.happened_at),
        "url": absolute(f"{post.get_absolute_url()}?u={entry.number}#{entry.anchor}"),
        "datePublished": spelt(entry.published_at),
        "dateModified": spelt(entry.updated_at or entry.published_at),
        "articleBody": rendering.plain(live.body),
        "author": _people(live, authors) or _house(),
    }


def _correction(told: Correction) -> Data:
    return {"@type": "CorrectionComment", "text": told.note, "datePublished": spelt(told.at)}


def spelt(moment: datetime) -> str:
    """An instant for machines, with the site's own offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _house() -> Data:
    """The publisher once more, as a reference to what was said of it."""
    return {"@type": "NewsMediaOrganization", "@id": absolute("/#publisher"), "name": settings.SITE_NAME}


def _publisher() -> Data:
    return {
        "@type": "NewsMediaOrganization",
        "@id": absolute("/#publisher"),
        "name": settings.SITE_NAME,
        "url": absolute("/"),
        "correctionsPolicy": absolute(reverse("blog:corrections")),
    }


def _people(revision: Revision, authors: list[Author]) -> list[Data]:
    pages = {author.slug: absolute(author.get_absolute_url()) for author in authors}
    return [
        {"@type": "Person", "name": person["name"]}
        | ({"url": pages[person["slug"]]} if person["slug"] in pages else {})
        for person in revision.byline
    ]


def _source(source: dict[str, str]) -> Data:
    data = {"@type": "CreativeWork", "name": source["title"] or source["outlet"]}
    if source["url"]:
        data["url"] = source["url"]
    if source["outlet"]:
        data["publisher"] = {"@type": "Organization", "name": source["outlet"]}
    return data
