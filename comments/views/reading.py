"""Where a comment is found, and what has come since a page was drawn."""

import re

from django.core.exceptions import BadRequest
from django.db.models import Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from blog import pages
from blog.models import Post
from blog.standing import Standing

from ..models import Comment, HouseRules

MOST_NEW = 100  # above that a page says "more than"

_COUNT = re.compile(r"\d{1,9}\Z", re.ASCII)


@require_safe
def comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """The place of a comment in its thread; for what readers do not see there, none."""
    placed = Comment.objects.placed().select_related("post").filter(post__live__isnull=False)
    response = HttpResponseRedirect(_found(placed, comment_id).get_absolute_url())
    response.headers["Cache-Control"] = pages.FOR_EVERYBODY
    return response


def _found(comments, comment_id: int) -> Comment:
    if comment_id >= 2**63:
        raise Http404
    return get_object_or_404(comments, pk=comment_id)


@require_safe
def changes(request: HttpRequest, post_id: int) -> HttpResponse:
    """The numbered feed of a discussion: how many comments readers have got to see since there were `after`.

    The same answer for everybody who asks with the same number.
    """
    standing = Standing.of(post_id) if post_id < 2**63 else None
    if standing is None or not standing.is_live():
        raise Http404
    after = request.GET.get("after", "")
    if not _COUNT.match(after):
        raise BadRequest("after is a number")
    return pages.answer(request, standing.number(), lambda: _changes(standing, int(after)), ("after",))


def _changes(standing: Standing, after: int) -> HttpResponse:
    now = standing.discussion.shown
    new = max(0, now - after)
    answer = {"after": after, "now": now, "new": new, "closed": _is_closed(standing)}
    first = _first_of(standing.post_id, new) if new else None
    if first:
        words = ngettext("%(count)s new comment", "%(count)s new comments", new) % {"count": new}
        if new > MOST_NEW:
            words = _("More than %(count)s new comments") % {"count": MOST_NEW}
        answer |= {"words": words, "address": f"?c={first}#c{first}"}
    return JsonResponse(answer)


def _is_closed(standing: Standing) -> bool:
    """Is there nothing more to wait for: has time run out, or has a moderator closed it?"""
    if standing.is_over():
        return True
    house = Subquery(HouseRules.objects.filter(pk=1).values("policy"))
    kind, says, policy = Post.objects.filter(pk=standing.post_id).values_list("kind", "discussion", house).get()
    return HouseRules(policy=policy).policy_under(Post(kind=kind, discussion=says)) == HouseRules.Policy.CLOSED


def _first_of(post_id: int, new: int) -> int | None:
    """The first that was shown of the newest so many, of those that can still be seen."""
    latest = Comment.objects.under(post_id).visible().order_by("-shown_at", "-pk").values_list("pk", flat=True)
    return next(iter(list(latest[: min(new, MOST_NEW)])[::-1]), None)
