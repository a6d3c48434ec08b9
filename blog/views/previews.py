"""Any version of a piece, on the page that readers would get."""

import uuid
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from .. import coverage, indexing, pages, second_factor, writers
from ..coverage import Coverage, Wish
from ..models import Post, Revision, Update
from ..structured import Meta


@require_safe
def preview(request: HttpRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """The version of this number. Who may not see it learns nothing, not even that it is there.

    That of an update stands among those that readers see.
    """
    user = request.user
    may = user.is_active and user.is_staff and user.has_perm("blog.view_post")
    if not may or second_factor.is_missing(user):  # who lacks one sees nothing of the desk
        raise Http404
    post = get_object_or_404(Post.objects.visible_to(user).select_related("story", "live"), key=key)
    previewed = get_object_or_404(post.revisions.select_related("update__live"), number=number)
    update = previewed.update
    if update is not None:
        update.post = post
    piece = update or post
    if previewed.pk != piece.live_id and not writers.may_read_drafts(user, piece):
        raise Http404  # the draft of a colleague behind what everybody may read
    return draw(request, "blog/preview.html", piece, previewed)


def draw(request: HttpRequest, template: str, piece: Post | Update, previewed: Revision, **context) -> HttpResponse:
    """One wording on the page that readers would get; kept by nobody, found by no search."""
    post, update = piece.post, piece if isinstance(piece, Update) else None
    revision = (post.live or post.head) if update else previewed
    tags = indexing.tags_in(revision)
    context |= {
        "preview": True,
        "post": post,
        "revision": revision,
        "piece": piece,
        "previewed": previewed,
        "coverage": _with_draft(update, previewed) if update else None,
        "tags": tags,
        "section": indexing.section_among(tags, revision),
        "authors": indexing.authors_in(revision),
    }
    response = pages.draw(request, template, Meta(previewed.headline or revision.headline), **context)
    response.headers["Cache-Control"] = pages.FOR_NOBODY_ELSE
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _with_draft(update: Update, revision: Revision) -> Coverage:
    """The page of updates on which this one is, or would be, with this version of it."""
    covered = coverage.now(update.post, Wish(holding=update.number))
    mine = replace(
        coverage.entry(update, covered.notices),
        revision=revision,
        happened_at=revision.happened_at,
        published_at=update.published_at or revision.created_at,
        withdrawal=None,
    )
    line = "pinned" if update.pinned else "entries"
    others = [one for one in getattr(covered, line) if one.number != update.number]
    order = sorted([mine, *others], key=lambda one: one.spot, reverse=not covered.oldest_first)
    return replace(covered, start=None, back=None, on=None, **{line: order})
