"""Any two versions of a piece beside each other, published or not; and the way to bring one back."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import wordings, workflow, writers
from ..models import Event, Post, Revision


@require_safe
def show(request, model_admin, object_id):
    """What differs between versions `a` and `b` of one piece. Without `a`: the one that `b` was made from."""
    post = model_admin.get_object(request, str(object_id))
    if not isinstance(post, Post):
        raise Http404
    new = _version(post, request.GET.get("b", "")) if "b" in request.GET else post.head
    piece = new.update or post
    if new.update is not None:
        piece.post = post
    if not writers.may_read_drafts(request.user, piece):
        raise PermissionDenied
    old = _version(post, request.GET["a"]) if "a" in request.GET else new.based_on
    if old is not None and old.update_id != new.update_id:
        raise Http404
    comparison = wordings.compare(old, new)
    full = "all" in request.GET
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Compare versions"),
        "opts": model_admin.opts,
        "post": post,
        "old": old,
        "new": new,
        "sides": _with_publication(post, [new, old] if old and old != new else [new]),
        "head": Revision.objects.only("number").get(pk=piece.head_id),
        "versions": _versions(piece),
        "comparison": comparison,
        "texts": _beside(comparison, full),
        "full": full,
        "may_edit": workflow.may_edit(request.user, piece),
        "reads_all": piece is post or writers.may_read_drafts(request.user, post),
    }
    return TemplateResponse(request, "admin/blog/post/compare.html", context)


def _version(post, number: str) -> Revision:
    """The version of any of the post's pieces that has this number."""
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Http404
    revision = post.revisions.select_related("update", "based_on").filter(number=int(number)).first()
    if revision is None:
        raise Http404
    return revision


def _versions(piece):
    columns = ("number", "created_at", "by_name", "kind")
    return Revision.objects.of(piece).only(*columns, "post_id", "update_id").order_by("-number")


def _beside(comparison: wordings.Comparison, full: bool):
    """(name, what stands on the left, what on the right) for each text of the piece that differs."""
    found = []
    for name, difference in ((_("Where things stand"), comparison.summary), (_("Text"), comparison.body)):
        if difference or (full and difference.html):
            found.append((name, difference.changes, *difference.sides(full=full)))
    return found


def _with_publication(post, versions):
    """These versions, each with `shown_at`: when readers first saw it."""
    shown = Event.objects.public().filter(post=post, revision__in=versions, verb__in=("publish", "adopt"))
    times = dict(shown.order_by("-number").values_list("revision_id", "at"))
    for version in versions:
        version.shown_at = times.get(version.pk)
    return versions
