"""Links for outsiders, on a page of the piece: made here, shown once, looked after and ended here."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Prefetch
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import pages, previewing, workflow
from ..forms.sharing import ShareForm
from ..models import Post, PreviewLink, PreviewVisit, Revision, Update
from ..rendering import Unacceptable
from ..structured import absolute

SHOWN_VISITS = 20  # of each link
SHOWN_LINKS = 100


def show(model_admin, request, object_id):
    """The links to a piece, and the form for another one, to `?version=` or the newest wording of the post.

    A new link is shown in the answer to its form and never again: only its hash is kept, and nothing that would bring
    it to another page.
    """
    post = model_admin.get_object(request, str(object_id))
    if post is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, str(object_id))
    piece, revision = _chosen(post, request.GET.get("version", ""))
    if not previewing.may_share(request.user, piece):
        raise PermissionDenied
    if request.method != "POST":
        return _page(model_admin, request, piece, revision, ShareForm(label_suffix=""))
    if "end" in request.POST:
        return _end(request, piece, revision)
    form = ShareForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(model_admin, request, piece, revision, form, status=400)
    try:
        shared = previewing.share(piece, revision, by=request.user, **form.cleaned_data)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        form.add_error(None, str(refusal))
        return _page(model_admin, request, piece, revision, form, status=409)
    address = absolute(reverse("blog:shared", args=[shared.secret]))
    return _page(model_admin, request, piece, revision, ShareForm(label_suffix=""), new=shared.link, address=address)


def _chosen(post: Post, number: str) -> tuple[Post | Update, Revision]:
    """The wording that is meant, and the piece that it is of."""
    if not number:
        return post, post.head
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    revision = post.revisions.select_related("update__head", "update__live").filter(number=number if is_number else 0)
    revision = revision.first()
    if revision is None:
        raise Http404
    if revision.update is None:
        return post, revision
    revision.update.post = post
    return revision.update, revision


def _end(request, piece, revision):
    links = PreviewLink.objects.of(piece).select_related("revision__update", "post")
    number = request.POST["end"]
    link = links.filter(pk=number).first() if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if link is None:
        raise Http404
    try:
        previewing.revoke(link, by=request.user)
    except workflow.WorkflowError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The link for “%(label)s” shows nothing any more.") % {"label": link.label})
    here = reverse("admin:blog_post_share", args=[piece.post.pk])
    return HttpResponseRedirect(f"{here}?version={revision.number}")


def _page(model_admin, request, piece, revision, form, *, status=200, new=None, address=""):
    visits = PreviewVisit.objects.order_by("-at", "-pk")[:SHOWN_VISITS]
    links = PreviewLink.objects.of(piece).select_related("revision").order_by("-pk")
    links = links.annotate(came=Count("visits"), last=Max("visits__at"))[:SHOWN_LINKS]
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Show it to somebody"),
        "opts": model_admin.opts,
        "post": piece.post,
        "update": piece if isinstance(piece, Update) else None,
        "revision": revision,
        "is_newest": revision.pk == piece.head_id,
        "newest": piece.head,
        "form": form,
        "links": links.prefetch_related(Prefetch("visits", visits, to_attr="latest")),
        "open": set(PreviewLink.objects.of(piece).open().values_list("pk", flat=True)),
        "most_visits": previewing.MOST_VISITS,
        "new": new,
        "address": address,
    }
    response = TemplateResponse(request, "admin/blog/post/share.html", context, status=status)
    response.headers["Cache-Control"] = pages.FOR_NOBODY_ELSE
    return response
