"""All that was written and done, on one line of time; and an old wording brought back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import revisions, workflow, writers
from ..models import Post
from ..rendering import Unacceptable
from . import running


def show(model_admin, request, object_id):
    """Every act with who, when and why; where something was written, the version it made."""
    post = _piece(model_admin, request, object_id)
    heavy = (f"revision__{part}" for part in ("body", "summary", "sources"))
    acts = post.events.select_related("revision", "update").defer(*heavy).order_by("-number")
    context = model_admin.admin_site.each_context(request) | {
        "title": _("History"),
        "post": post,
        "opts": model_admin.opts,
        "acts": acts,
        "seen": {post.live_id, *post.updates.live().values_list("live_id", flat=True)},  # by readers
        "labels": {verb: step.label for verb, step in workflow.STEPS.items()},
        "may_edit": workflow.may_edit(request.user, post),
        "may_remove": request.user.has_perm("blog.remove_words_post"),
    }
    return TemplateResponse(request, "admin/blog/post/history.html", context)


def restore(model_admin, request, object_id, number):
    """An old wording as the newest version of its piece, unless somebody saved since the history was opened."""
    post = model_admin.get_object(request, str(object_id))
    if not isinstance(post, Post):
        raise Http404
    old = get_object_or_404(post.revisions.select_related("update"), number=number)
    piece = old.update or post
    if old.update is not None:
        piece.post = post
    if not (writers.may_read_drafts(request.user, piece) and workflow.may_edit(request.user, piece)):
        raise PermissionDenied
    based_on = revisions.numbered(piece, request.POST.get("based_on", ""))
    if based_on is None:
        raise Http404
    try:
        revision = revisions.restore(piece, old, by=request.user, based_on=based_on)
    except revisions.Stale as stale:
        messages.error(request, _("Nothing was brought back. %s") % stale)
        return HttpResponseRedirect(reverse("admin:blog_post_history", args=[post.pk]))
    except Unacceptable as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:blog_post_history", args=[post.pk]))
    if revision is None:
        messages.info(request, _("Version %d says the same as the newest: nothing to bring back.") % number)
    else:
        messages.success(
            request,
            _("The wording of version %(old)d is back, as version %(new)d.") % {"old": number, "new": revision.number},
        )
    return running.to_the_update(piece) if old.update is not None else running.to_the_story(post)


def _piece(model_admin, request, object_id):
    post = model_admin.get_object(request, str(object_id))
    if not isinstance(post, Post):
        raise Http404
    if not writers.may_read_drafts(request.user, post):
        raise PermissionDenied
    return post
