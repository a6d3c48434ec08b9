"""What changed: every wording of a post that readers saw, and the differences between any two of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import pages, wordings
from ..history import Change, History, NoSuchVersion, Pair
from ..models import Post, Revision
from ..paging import Unreadable
from ..paths import day_of
from ..standing import Standing
from ..structured import Meta
from .posts import withdrawn

VERSIONS = 30  # a page
MOST_PIECES = 30  # that are compared at once
PARAMETERS = ("a", "b", "before", "full", "page")  # from, to; where the list begins; all text; all pieces


@require_safe
def of_post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    published_on = day_of(year, month, day)
    if published_on is None:
        raise Http404
    return _answer(request, Standing.at(Post.Kind.POST, slug, published_on))


@require_safe
def of_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer(request, Standing.at(Post.Kind.PAGE, slug))


def _answer(request: HttpRequest, standing: Standing | None) -> HttpResponse:
    if standing is None:
        raise Http404
    if not standing.is_live():
        return withdrawn(request, standing.post_id)
    version = ("history", standing.post_id, standing.version, standing.furniture)
    try:
        response = pages.answer(request, version, lambda: _draw(request, standing), PARAMETERS)
    except NoSuchVersion as error:
        response = render(request, "blog/no_version.html", {"number": error.args[0]}, status=404)
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _draw(request: HttpRequest, standing: Standing) -> HttpResponse:
    live = Post.objects.live().select_related("live")
    columns = ("kind", "slug", "published_on", "published_at", "live__headline", "live__number")
    post = get_object_or_404(live.only(*columns), pk=standing.post_id)
    history = History.of(post)
    change = _wanted(request, history)
    steps, more = history.page(_number(request, "before"), VERSIONS)
    earlier, later = history.neighbours(change.end) if change else (None, None)
    meta = Meta(
        title=_("What changed: %(headline)s") % {"headline": post.live.headline},
        description=_("Every published version of this post, with the differences between them."),
        path=post.get_history_url(),
    )
    return pages.draw(
        request,
        "blog/history.html",
        meta,
        post=post,
        count=len({step.version for step in history.versions}),
        change=change,
        pieces=_compared(change) if change else [],
        left_out=max(0, len(change.pairs) - MOST_PIECES) if change else 0,
        full="full" in request.GET,
        whole_page="page" in request.GET,
        before=_number(request, "before"),
        earlier=earlier,
        later=later,
        steps=steps,
        more=more,
    )


def _wanted(request: HttpRequest, history: History) -> Change | None:
    """The two versions that the address names; without any, the usual. Raises NoSuchVersion."""
    start, end = (_number(request, name) for name in ("a", "b"))
    if start is not None:
        other = history.published(end) if end is not None else history.versions[-1]
        return history.between(history.published(start), other, whole_page="page" in request.GET)
    step = history.published(end) if end is not None else history.usual()
    return history.change(step) if step else None


def _number(request: HttpRequest, name: str) -> int | None:
    """A number of the query. Raises NoSuchVersion or Unreadable for what is none."""
    text = request.GET.get(name, "")
    if text == "":
        return None
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise Unreadable if name == "before" else NoSuchVersion(text[:20])


def _compared(change: Change) -> list[tuple[Pair, wordings.Comparison]]:
    """The pieces that differ, with what differs in each."""
    pairs = change.pairs[:MOST_PIECES]
    wanted = {key for pair in pairs for key in (pair.old, pair.new) if key}
    unused = ("note", "excerpt", "based_on", "content_hash", "chain_hash")
    revisions = Revision.objects.defer(*unused).in_bulk(wanted)
    return [(pair, wordings.compare(revisions.get(pair.old), revisions.get(pair.new))) for pair in pairs]
