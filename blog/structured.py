"""What a page says of itself to machines: the head's elements, and JSON-LD in the words of schema.org."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

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


def of_post(post: Post, authors: list[Author], comment_count: int = 0) -> Data:
    """A live post as a NewsArticle; a page as the WebPage it is."""
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
        "author": _people(live, authors) or _publisher(),
    }
    if live.excerpt:
        data["description"] = live.excerpt
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


def spelt(moment: datetime) -> str:
    """An instant for machines, with the site's own offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _publisher() -> Data:
    return {
        "@type": "NewsMediaOrganization",
        "@id": absolute("/#publisher"),
        "name": settings.SITE_NAME,
        "url": absolute("/"),
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
