"""The page on which what readers see is changed while a newer draft stands behind it: `?live=1` of a piece's page."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from js_asset import Media

from .. import checks, events, mending, merging, revisions, workflow
from ..forms import PostForm, UpdateForm
from ..models import Update
from ..rendering import Unacceptable
from ..revisions import Content
from . import keeping, steps


def is_possible(piece, user) -> bool:
    return piece.has_newer_draft() and mending.refusal(piece, user) is None


def page(model_admin, request, piece):
    """Shows the words that readers see, and publishes what was made of them. Who may write it is asked before."""
    against = mending.refusal(piece, request.user)
    if request.method != "POST":
        form = _form(request, piece)
        if against and form.is_bound:  # words that were kept are still to be read
            return _page(model_admin, request, piece, form, status=409, refused=str(against))
        if against:
            messages.warning(request, str(against))
            return HttpResponseRedirect(request.path)
        return _page(model_admin, request, piece, form)
    form = _form(request, piece, request.POST)
    if against:
        return _page(model_admin, request, piece, form, status=409, refused=str(against))
    if not form.is_valid():
        return _page(model_admin, request, piece, form, status=400)
    if request.POST.get("verb") != "mend":  # Enter in a line: nobody publishes by that
        said = _("Nothing is published yet: press “Publish this change”.")
        return _page(model_admin, request, piece, form, status=400, refused=said)
    try:
        if form.base != piece.live:
            return _others_were_quicker(model_admin, request, piece, form)
        piece = _publish(request, piece, form)
    except workflow.Stale as stale:
        return _page(model_admin, request, piece, form, status=409, refused=str(stale))
    except (workflow.WorkflowError, Unacceptable) as refusal:
        doubtful = refusal if isinstance(refusal, steps.Doubtful) else None
        refused = "" if doubtful else str(refusal)
        return _page(model_admin, request, piece, form, status=409, refused=refused, doubtful=doubtful)
    messages.success(request, _said(piece))
    return HttpResponseRedirect(request.path)


def _form(request, piece, *sent):
    if isinstance(piece, Update):
        return keeping.filled(request, UpdateForm, *sent, post=piece.post, by=request.user, update=piece, live=True)
    files = [request.FILES] if sent else []
    return keeping.filled(request, PostForm, *sent, *files, post=piece, by=request.user, live=True)


def _publish(request, piece, form):
    content, kind = form.said().tidy(), form.cleaned_data.get("change", "")
    words = {"public_note": request.POST.get("publish-public_note", ""), "note": form.cleaned_data["note"]}
    if content.hash() == piece.live.content_hash:
        raise workflow.WrongState(_("Readers see exactly that already."))
    wanted = revisions.build(piece, piece.head, content, by=request.user)
    with keeping.let_go(request):
        form.describe_picture()  # what is decorative is no reason to refuse it
        passed = steps.passed_over(piece, wanted, kind, request.POST)
        words["why"] = request.POST.get("publish-why", "") if passed else ""
        return mending.mend(piece, content, live=form.base, by=request.user, kind=kind, warnings=passed, **words)


def _others_were_quicker(model_admin, request, piece, form):
    """Readers see another wording by now: both together, to be looked at and published."""
    live = piece.live
    names = (events.name_of(request.user), _("What readers see"))
    merged = merging.merge(Content.of(form.base), form.said().tidy(), Content.of(live), names=names)
    form.show_on_top_of(live, merged.content)
    said = _(
        "%(name)s changed what readers see meanwhile: version %(number)d. Nothing is published yet: "
        "both stand together below. Look at them, and press the button again."
    ) % {"name": live.by_name, "number": live.number}
    return _page(model_admin, request, piece, form, status=409, refused=said)


def _said(piece):
    shown = format_html(
        '{} <a href="{}">{}</a>', _("Readers see the change now."), piece.get_absolute_url(), _("Look at it")
    )
    if not piece.has_newer_draft():
        return shown
    behind = _("The draft stays one, with the change in it: version %d.") % piece.head.number
    if merging.has_marks(Content.of(piece.head)):
        behind = _("The draft, version %d, says something else in the same place: both stand in it, marked.")
        behind %= piece.head.number
    return format_html("{} {}", shown, behind)


def _page(model_admin, request, piece, form, *, status=200, refused="", doubtful=None):
    keeping.opened(request, form)
    warned = doubtful.warned if doubtful else []
    doubts = doubtful.doubts if doubtful else []
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Change what readers see"),
        "opts": model_admin.opts,
        "post": piece.post,
        "piece": piece,
        "is_update": isinstance(piece, Update),
        "form": form,
        "media": Media.from_media(form.media, nonce=str(request.csp_nonce)),
        "refused": refused,
        "doubts": doubts,
        "doubt_names": " ".join(doubt.name for doubt in doubts),
        "warned": warned,
        "told": " ".join(checks.keys(warned)),
        "publish_why": request.POST.get("publish-why", ""),
        "publish_note": request.POST.get("publish-public_note", ""),
    }
    context |= keeping.typed_beside(form)
    return TemplateResponse(request, "admin/blog/post/mend.html", context, status=status)
