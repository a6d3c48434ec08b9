"""One post or page: as readers see it, and as it was withdrawn."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from .. import coverage, pages, renditions, stories
from ..coverage import Wish
from ..models import Author, Event, Post, Revision, Tag
from ..paging import Unreadable
from ..paths import day_of
from ..standing import Standing
from ..structured import Meta, of_post
from . import moments

OF_THE_UPDATES = ("u", "order", "updates")  # an update, which order, where the page begins
OF_THE_DISCUSSION = ("comments", "from", "c", "reply")  # what of a query counts: order, page, comment, who is answered


@require_safe
def post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    published_on = day_of(year, month, day)
    if published_on is None:
        raise Http404
    return _answer(request, Post.Kind.POST, slug, published_on)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer(request, Post.Kind.PAGE, slug)


def withdrawn(request: HttpRequest, post_id: int) -> HttpResponse:
    """What stands at an address that was public: since when it is not, and why. None of its words."""
    event = Event.objects.filter(post=post_id, update=None, verb="withdraw", public=True).order_by("-number").first()
    response = render(request, "410.html", {"event": event}, status=410)
    response.headers["Cache-Control"] = pages.FOR_EVERYBODY
    return response


def _answer(request: HttpRequest, kind: str, slug: str, day: date | None = None) -> HttpResponse:
    standing = Standing.at(kind, slug, day)
    if standing is None:
        raise Http404
    if not standing.is_live():
        return withdrawn(request, standing.post_id)
    if "at" in request.GET:
        return moments.page(request, standing, _wish(request))
    return pages.answer(
        request, standing.number(), lambda: _live(request, standing), (*OF_THE_UPDATES, *OF_THE_DISCUSSION)
    )


def _live(request: HttpRequest, standing: Standing) -> HttpResponse:
    live = Post.objects.live().select_related("live", "section", "story").with_labels()
    post = get_object_or_404(live, pk=standing.post_id)
    covered = coverage.now(post, _wish(request))
    context = {"preview": False, "followed": True, "section": post.section, "standing": standing, "coverage": covered}
    if post.kind == Post.Kind.POST:
        tags, authors = named(Tag, post.tag_labels), named(Author, post.author_labels)
        context |= {"tags": tags, "authors": authors, "around": stories.around(post)}
    meta = Meta(
        title=post.live.headline,
        description=post.live.excerpt,
        path=post.get_absolute_url(),
        kind="article" if post.kind == Post.Kind.POST else "website",
        image=renditions.shared_address(post.live.image),
        image_alt=post.live.image.get("alt", ""),
        published=post.published_at,
        updated=post.updated_at,
        data=of_post(post, context.get("authors", []), standing.discussion.visible, covered),
    )
    return _draw(request, post, post.live, meta, context)


def _wish(request: HttpRequest) -> Wish:
    """Which page of updates the address asks for. Raises Unreadable for a place that we did not write."""
    query = request.GET
    holding = query.get("u", "")
    try:
        after = coverage.read(query["updates"]) if "updates" in query else None
    except coverage.NoSuchSpot as error:
        raise Unreadable from error
    return Wish(
        oldest_first={"oldest": True, "newest": False}.get(query.get("order", "")),
        after=after,
        holding=int(holding) if holding.isascii() and holding.isdecimal() and len(holding) < 10 else None,
    )


def named(kind: type[Tag] | type[Author], labels: list[list[str]] | None) -> list[Tag] | list[Author]:
    """What a page says of tags or authors, from the lists of `with_labels`: in the order of their names."""
    return [kind(name=name, slug=slug) for name, slug in sorted(labels or [])]


def _draw(request: HttpRequest, post: Post, revision: Revision, meta: Meta, context: dict) -> HttpResponse:
    return pages.draw(request, "blog/post.html", meta, post=post, revision=revision, **context)
