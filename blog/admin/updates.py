"""An update of a running story: begun on its post's page, gone on with on a page of its own.

As with posts, every button saves first what was typed, and then tries its verb on the version that was just written.
"""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from .. import revisions, updates, workflow, writers
from ..forms import UpdateForm
from ..models import Post, Update
from ..rendering import Unacceptable
from . import checking, keeping, meanwhile, mending, planning, reviewing, running, steps, writing


def add(model_admin, request, object_id):
    """A new update, from the form on its post's page."""
    post = running.running_story(model_admin, request, object_id)
    if request.method != "POST":
        return running.to_the_story(post)
    if not updates.may_add(request.user, post):
        raise PermissionDenied
    verb = _verb(request)
    form = UpdateForm(request.POST, post=post, by=request.user)
    if not form.is_valid():
        return writing.page_with(model_admin, request, post, _as_sent(request, post, form))
    try:
        with keeping.let_go(request):
            update, revision = form.save()
    except (workflow.WorkflowError, Unacceptable) as refusal:
        form.add_error(None, str(refusal))
        return writing.page_with(model_admin, request, post, _as_sent(request, post, form))
    saved = _("Saved as version %d.") % revision.number
    if not verb:
        messages.success(request, saved)
        return running.to_the_story(post)
    return _step(model_admin, request, update, verb, revision, saved)


def go_on(model_admin, request, object_id, number):
    """The page of one update. Who may not change it sees it, and the buttons that are for them."""
    update = _update(model_admin, request, object_id, number)
    if not workflow.may_edit(request.user, update):
        if request.method == "POST":
            return act(model_admin, request, object_id, number)
        return _page(model_admin, request, update, None)
    if "live" in request.GET:
        return mending.page(model_admin, request, update)
    if request.method != "POST":
        return _page(model_admin, request, update, _form(request, update))
    verb = _verb(request)
    form = UpdateForm(request.POST, post=update.post, by=request.user, update=update)
    if not form.is_valid():
        return _page(model_admin, request, update, form, status=400)
    try:
        with keeping.let_go(request):
            update, revision = form.save()
    except revisions.Stale as stale:
        return _behind(model_admin, request, update, form, stale.head)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        form.add_error(None, str(refusal))
        return _page(model_admin, request, update, form, status=400)
    saved = _("Nothing was changed, so there is no new version.")
    if revision is not None:
        saved = _("Saved as version %d.") % revision.number
    if not verb:
        messages.success(request, saved)
        return running.to_the_update(update)
    # Where nothing was written, the newest version has the words that were typed.
    return _step(model_admin, request, update, verb, revision or update.head, saved if revision else "")


def act(model_admin, request, object_id, number):
    """A verb from the list, or by somebody who does not write here: nothing typed comes with it but its reason."""
    update = _update(model_admin, request, object_id, number)
    if request.method != "POST":
        return running.to_the_update(update)
    verb, shown = _verb(request), revisions.numbered(update, request.POST.get("based_on", ""))
    if not verb or shown is None:
        raise PermissionDenied
    return _step(model_admin, request, update, verb, shown, "")


def _verb(request):
    """The button that was pressed, "" for Save."""
    verb = request.POST.get("verb", "")
    if verb and verb not in [*steps.IN_ORDER, *steps.MARKS, *planning.VERBS, *reviewing.VERBS]:
        raise BadRequest("no such verb")
    return verb


def _update(model_admin, request, object_id, number) -> Update:
    """The update, for somebody who may see it."""
    post = running.running_story(model_admin, request, object_id)
    seen = post.updates.select_related("head", "live", "withdrawal")
    if not writers.may_read_drafts(request.user, post):
        seen = seen.seen_by(request.user)
    update = seen.filter(number=number).first()
    if update is None:
        raise Http404
    update.post = post
    return update


def _form(request, update):
    return keeping.filled(request, UpdateForm, post=update.post, by=request.user, update=update)


def _as_sent(request, post, form):
    return {"update_form": form, "at_once": updates.may_publish_at_once(request.user, post)}


def _step(model_admin, request, update, verb, revision, saved):
    kind = request.POST.get("update-change", "")
    try:
        update = steps.take(verb, update, revision, by=request.user, words=request.POST, kind=kind)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        update = _update(model_admin, request, update.post_id, update.number)
        if _is_done(update, verb, revision):
            return running.to_the_story(update.post)
        refused = format_html("{} {}", saved, "" if isinstance(refusal, steps.Doubtful) else str(refusal))
        refused = format_html("{} {}", refused, reviewing.meanwhile(request, update, refusal))
        form = _form(request, update) if workflow.may_edit(request.user, update) else None
        if form and kind:
            form.initial["change"] = kind  # what was chosen, also where no word was saved with it
        return _page(model_admin, request, update, form, status=409, refused=refused, opened=verb, refusal=refusal)
    messages.success(request, steps.said(verb, update))
    return running.to_the_update(update) if verb in planning.VERBS else running.to_the_story(update.post)


def _is_done(update, verb, revision):
    """Has this very version come to where the verb leads? The same form was sent twice, and the first one did it."""
    return verb in {"submit", "publish"} and update.head == revision and update.stage == workflow.STEPS[verb].ends


def _behind(model_admin, request, update, form, head):
    """Somebody saved meanwhile: what was typed is put together with that, and no verb is done."""

    def another():
        return UpdateForm(post=update.post, by=request.user, update=_update(model_admin, request, *key))

    key = update.post_id, update.number
    meeting = meanwhile.meet(request, form, head, another)
    return _page(model_admin, request, another().piece, meeting.form, status=409, meeting=meeting)


def _page(model_admin, request, update, form, *, status=200, meeting=None, refused="", opened="", refusal=None):
    post, user = update.post, request.user
    reads = writers.may_read_drafts(user, update)
    shown = update.head if reads else update.live
    leads = updates.may_lead(user, post)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Update of “%(headline)s”") % {"headline": (post.live or post.head).headline},
        "opts": model_admin.opts,
        "post": post,
        "update": update,
        "shown": shown,
        "stage": Post.Stage(running.stage_seen(update, reads)),
        "form": form,
        "may_read_drafts": reads,
        "leads": leads,
        "media": writing.media(request, form),
        "meeting": meeting,
        "may_mend": bool(form) and mending.is_possible(update, user),
        "refused": refused,
    }
    offers = workflow.offers(steps.as_if_saved(update) if form else update, user)
    keeping.opened(request, form)
    context |= writing.buttons(request, offers, opened, refusal) | planning.panel(request, update, offers)
    context |= reviewing.panel(request, update, offers)
    context |= checking.panel(request, update, context) if reads else {}
    context |= keeping.typed_beside(form)
    return TemplateResponse(request, "admin/blog/post/update.html", context, status=status)
