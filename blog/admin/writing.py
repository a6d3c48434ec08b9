"""The page on which a piece is written, saved, and moved on.

Every button sends the whole form. What was typed is saved first, as a version of its own; then the button's verb is
tried on that version. So a person who writes a last word and presses "Publish" publishes that word, and a verb that
is refused (somebody else has to approve the new words first) never costs a word: the page comes back, says what was
saved, what was refused and why, and still holds the reason that was typed for it.
"""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from js_asset import Media

from .. import belonging, revisions, workflow, writers
from ..forms import DiscussionForm, PostForm
from ..forms.settings import SETTINGS
from ..models import Post
from ..rendering import Unacceptable
from . import checking, keeping, meanwhile, mending, planning, reviewing, running, steps


def begin(model_admin, request):
    """A new piece. `?kind=page` begins a page of the site."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    kind = Post.Kind.PAGE if request.GET.get("kind") == Post.Kind.PAGE else Post.Kind.POST
    return _write(model_admin, request, None, kind=kind)


def go_on(model_admin, request, object_id):
    """A piece that is there. Who may not change it sees where it stands, and the buttons that are for them."""
    post = model_admin.get_object(request, object_id)
    if post is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    if not model_admin.has_view_or_change_permission(request, post):
        raise PermissionDenied
    if workflow.may_edit(request.user, post):
        if "live" in request.GET:
            return mending.page(model_admin, request, post)
        return _write(model_admin, request, post)
    if request.method == "POST" and "discuss" in request.POST:
        return _only_who_comments(model_admin, request, post)
    if request.method == "POST":
        return _only_a_step(model_admin, request, post)
    return _page(model_admin, request, post, None)


def page_with(model_admin, request, post, forms, status=400):
    """The post's page with forms of its running story that were sent and refused, by name."""
    form = PostForm(post=post, by=request.user) if workflow.may_edit(request.user, post) else None
    return _page(model_admin, request, post, form, status=status, forms=forms)


def _write(model_admin, request, post, kind=Post.Kind.POST):
    verb = _verb(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = keeping.filled(request, PostForm, *sent, post=post, by=request.user, kind=kind)
    if not sent:
        return _page(model_admin, request, post, form)
    if not form.is_valid():
        return _page(model_admin, request, post, form, status=400)
    try:
        with keeping.let_go(request):
            post, revision = form.save()
    except revisions.Stale as stale:
        return _behind(model_admin, request, post, form, stale.head)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        field = "slug" if isinstance(refusal, Unacceptable) and "slug" in form.changed_data else None
        form.add_error(field, str(refusal))
        return _page(model_admin, request, post, form, status=400)
    saved = _what_was_saved(form, post, revision, verb)
    if verb:
        return _step(model_admin, request, post, verb, revision or form.base or post.head, saved)
    messages.success(request, saved)
    return _back_to(post)


def _verb(request):
    """The button that was pressed, "" for Save."""
    verb = request.POST.get("verb", "")
    if verb and verb not in [*steps.IN_ORDER, *steps.OF_COVERAGE, *planning.VERBS, *reviewing.VERBS]:
        raise BadRequest("no such verb")
    return verb


def _what_was_saved(form, post, revision, verb):
    shown = reverse("blog:preview", args=[post.key, post.head.number])
    if revision is not None:
        return format_html(
            '{} <a href="{}">{}</a>', _("Saved as version %d.") % revision.number, shown, _("Look at it")
        )
    if SETTINGS & set(form.changed_data):
        return _("Saved. No word is different, so there is no new version.")
    return "" if verb else _("Nothing was changed, so there is no new version.")


def _step(model_admin, request, post, verb, revision, saved):
    try:
        kind = request.POST.get("change", "")
        post = steps.take(verb, post, revision, by=request.user, words=request.POST, kind=kind)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        fresh = Post.objects.select_related("head", "live").get(pk=post.pk)
        form = PostForm(post=fresh, by=request.user)
        if kind:
            form.initial["change"] = kind  # what was chosen, also where no word was saved with it
        refused = format_html("{} {}", saved, "" if isinstance(refusal, steps.Doubtful) else str(refusal))
        refused = format_html("{} {}", refused, reviewing.meanwhile(request, fresh, refusal))
        return _page(model_admin, request, fresh, form, status=409, refused=refused, opened=verb, refusal=refusal)
    messages.success(request, steps.said(verb, post))
    return _back_to(post)


def _behind(model_admin, request, post, form, head):
    """Somebody saved meanwhile: what was typed is put together with that, and no verb is done."""

    def another():
        return PostForm(post=Post.objects.select_related("head", "live").get(pk=post.pk), by=request.user)

    meeting = meanwhile.meet(request, form, head, another)
    shown = another().post
    return _page(model_admin, request, shown, meeting.form, status=409, meeting=meeting)


def _only_a_step(model_admin, request, post):
    """A verb by somebody who does not write here: nothing typed comes with it but its reason."""
    verb, shown = _verb(request), revisions.numbered(post, request.POST.get("based_on", ""))
    if not verb or shown is None:
        raise PermissionDenied
    try:
        post = steps.take(verb, post, shown, by=request.user, words=request.POST)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        refused = "" if isinstance(refusal, steps.Doubtful) else str(refusal)
        refused = format_html("{} {}", refused, reviewing.meanwhile(request, post, refusal))
        post = model_admin.get_object(request, str(post.pk)) or post
        return _page(model_admin, request, post, None, status=409, refused=refused, opened=verb, refusal=refusal)
    messages.success(request, steps.said(verb, post))
    return _back_to(post)


def _only_who_comments(model_admin, request, post):
    """Who may comment, said by somebody who keeps order and does not write here."""
    form = DiscussionForm(request.POST)
    if _discussion(post, request.user) is None:
        raise PermissionDenied
    if not form.is_valid():
        raise BadRequest("no such choice")
    post = belonging.set_discussion(post, form.cleaned_data["discussion"], by=request.user)
    messages.success(request, _("Comments: %s.") % post.get_discussion_display())
    return _back_to(post)


def _back_to(post):
    return HttpResponseRedirect(reverse("admin:blog_post_change", args=[post.pk]))


def _page(
    model_admin, request, post, form, *, status=200, meeting=None, refused="", opened="", refusal=None, forms=None
):
    may_read_drafts = bool(post) and writers.may_read_drafts(request.user, post)
    story = running.panel(request, post, forms) if post else {}
    keeping.opened(request, form, story.get("update_form"))
    context = model_admin.admin_site.each_context(request) | {
        "title": _title(post, form, may_read_drafts),
        "shown": post and (post.head if may_read_drafts else post.live),
        "opts": model_admin.opts,
        "post": post,
        "form": form,
        "discussion": _discussion(post, request.user) if form is None else None,
        "media": media(request, form, story.get("update_form")),
        "meeting": meeting,
        "may_mend": bool(post and form) and mending.is_possible(post, request.user),
        "refused": refused,
        "may_read_drafts": may_read_drafts,
    }
    piece = steps.as_if_saved(post) if post and form else post
    offers = workflow.offers(piece, request.user) if piece else []
    context |= buttons(request, offers, opened, refusal) | (planning.panel(request, post, offers) if post else {})
    context |= reviewing.panel(request, post, offers) if post else {}
    context |= checking.panel(request, post, context) if may_read_drafts else {}
    context |= keeping.typed_beside(form)
    return TemplateResponse(request, "admin/blog/post/write.html", context | story, status=status)


def buttons(request, offers, opened="", refusal=None) -> dict:
    """What the buttons of a piece need: which there are, why not the others, and what was typed for them.

    `opened` is the verb that was refused, `refusal` why: if it is Doubtful, what it asks about.
    """
    doubts = getattr(refusal, "doubts", ())
    by_verb = {offer.verb: offer for offer in offers}
    possible = [by_verb[verb] for verb in steps.IN_ORDER if verb in by_verb and by_verb[verb].allowed]
    plain = [offer for offer in possible if offer.verb not in steps.ASKS]
    return {
        "next_step": plain[0] if plain and plain[0].verb in {"publish", "approve", "submit", "revive"} else None,
        "steps": possible,
        "not_now": [offer for offer in offers if not offer.allowed and offer.verb != "break_glass"],
        "asks": {verb: request.POST.get(f"{verb}-{words}", "") for verb, (words, _label) in steps.ASKS.items()},
        "publish_note": request.POST.get("publish-public_note", ""),
        "opened": opened,
        "doubts": doubts,
        "doubt_names": " ".join(doubt.name for doubt in doubts),
        "sure": {doubt.name for doubt in doubts} <= set(request.POST.get("publish-sure", "").split()),
        "is_asked": isinstance(refusal, steps.Doubtful),
    }


def _discussion(post, user):
    """The form of who may comment, by itself; None for who may not say so."""
    if post.kind == Post.Kind.PAGE or not belonging.may_set_discussion(user, post):
        return None
    return DiscussionForm(initial={"discussion": post.discussion}, label_suffix="")


def _title(post, form, may_read_drafts):
    if post is None:
        return _("New page") if form.kind == Post.Kind.PAGE else _("New story")
    return post.head.headline if may_read_drafts else post.live.headline


def media(request, *forms):
    """The files of the editor, if a form has one. Its import map stands in the page, so it has the policy's nonce."""
    shown = [form for form in forms if form]
    return Media.from_media(shown[0].media, nonce=str(request.csp_nonce)) if shown else ""
