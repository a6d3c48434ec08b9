"""Home, and what is gathered by tag, author and story."""

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import pages, paging
from ..models import Author, Post, Story, Tag
from ..stories import key_moments
from ..structured import Meta, of_author, of_home, of_list

SIDE = 12  # tags beside a list
SIDE_STORIES = 5


@pages.of_edition("before", counts_comments=True)
def home(request: HttpRequest) -> HttpResponse:
    """The newest of all, by day; the very newest leads."""
    posts = Post.objects.live().stories().for_lists().select_related("story")
    part = paging.older(posts, request.GET.get("before"))
    meta = Meta(
        title="" if part.is_first else _("Earlier posts"),
        description=settings.SITE_TAGLINE,
        path=_path(request, "blog:home"),
        data=of_home() if part.is_first else None,
    )
    lead = part.rows[0] if part.is_first and part.rows else None
    return pages.draw(
        request,
        "blog/home.html",
        meta,
        here="latest",
        part=part,
        lead=lead,
        rows=part.rows[1:] if lead else part.rows,
        today=timezone.localdate(),
        stories=_stories_of(part.rows),
        tags=_tags_of(part.rows),
    )


@pages.of_edition()
def tags(request: HttpRequest) -> HttpResponse:
    found = Tag.objects.filter(tagged__content_object__in=Post.objects.live().stories())
    found = sorted(found.annotate(count=Count("tagged")), key=lambda tag: tag.folded)
    meta = Meta(_("Tags"), _("What we have written about, from A to Z."), reverse("blog:tags"))
    return pages.draw(request, "blog/tags.html", meta, here="tags", tags=found)


@pages.of_edition("before", counts_comments=True)
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    tag = get_object_or_404(Tag, slug=slug)
    part = _part_of(request, Post.objects.live().stories().tagged(tag))
    path = _path(request, "blog:tag", tag.slug)
    description = tag.description or _("Every post about %(tag)s, newest first.") % {"tag": tag.name}
    return pages.draw(
        request,
        "blog/tag.html",
        Meta(tag.name, description, path, data=of_list(tag.name, path, part.rows)),
        here="tags",
        tag=tag,
        part=part,
        count=tag.tagged.count(),
        related=[other for other in _tags_of(part.rows) if other.pk != tag.pk],
    )


@pages.of_edition()
def authors(request: HttpRequest) -> HttpResponse:
    found = Author.objects.filter(posts__in=Post.objects.live().stories()).annotate(count=Count("posts"))
    meta = Meta(_("Authors"), _("Who writes here."), reverse("blog:authors"))
    return pages.draw(request, "blog/authors.html", meta, here="authors", authors=found)


@pages.of_edition("before", counts_comments=True)
def author(request: HttpRequest, slug: str) -> HttpResponse:
    author = get_object_or_404(Author, slug=slug)
    posts = Post.objects.live().stories().by_author(author)
    part = _part_of(request, posts)
    description = author.biography or _("Every post by %(name)s, newest first.") % {"name": author.name}
    return pages.draw(
        request,
        "blog/author.html",
        Meta(author.name, description, _path(request, "blog:author", author.slug), data=of_author(author)),
        here="authors",
        author=author,
        part=part,
        count=posts.count(),
        related=_tags_of(part.rows),
    )


@pages.of_edition()
def stories(request: HttpRequest) -> HttpResponse:
    found = (
        Story.objects.filter(posts__in=Post.objects.live().stories())
        .annotate(count=Count("posts"), first=Min("posts__published_on"), latest=Max("posts__published_at"))
        .order_by("-latest", "title")
    )
    meta = Meta(_("Stories"), _("What we follow over days and weeks."), reverse("blog:stories"))
    return pages.draw(request, "blog/stories.html", meta, here="stories", stories=found)


@pages.of_edition("before", "after", "order", counts_comments=True)
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """A story as a timeline, the newest on top; with `order=oldest` as it is read from its beginning."""
    story = get_object_or_404(Story, slug=slug)
    posts = Post.objects.live().stories().in_story(story)
    span = posts.aggregate(count=Count("pk"), first=Min("published_on"), last=Max("published_on"))
    if not span["count"]:
        raise Http404
    oldest_first = request.GET.get("order") == "oldest"
    if oldest_first:
        part, path = paging.newer(posts.for_lists(), request.GET.get("after")), ""  # in search engines it stands once
    else:
        part, path = _part_of(request, posts), _path(request, "blog:story", story.slug)
    description = story.summary or _("Every post of “%(title)s”, newest first.") % {"title": story.title}
    return pages.draw(
        request,
        "blog/story.html",
        Meta(story.title, description, path, data=of_list(story.title, path, part.rows) if path else None),
        here="stories",
        story=story,
        part=part,
        oldest_first=oldest_first,
        keys=key_moments(part.rows),
        span=span,
    )


def _part_of(request: HttpRequest, posts) -> paging.Part[Post]:
    """A part of a list that exists only while something live is in it."""
    part = paging.older(posts.for_lists(), request.GET.get("before"))
    if not part.rows and (part.is_first or not posts.exists()):
        raise Http404
    return part


def _path(request: HttpRequest, name: str, *arguments: str) -> str:
    """The one address of this part of a list."""
    return paging.address(reverse(name, args=arguments), "before", request.GET.get("before"))


def _tags_of(posts: list[Post]) -> list[Tag]:
    """The tags that these posts have most often."""
    of_these = Tag.objects.filter(tagged__content_object__in=[post.pk for post in posts])
    return list(of_these.annotate(count=Count("tagged")).order_by("-count", "folded")[:SIDE])


def _stories_of(posts: list[Post]) -> list[Post]:
    """The newest post of each story that these posts belong to."""
    newest: dict[int, Post] = {}
    for post in posts:
        if post.story_id:
            newest.setdefault(post.story_id, post)
    return list(newest.values())[:SIDE_STORIES]
