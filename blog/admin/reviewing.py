"""Review at the desk: whom to ask, what is asked now, what was said of which words, and what happened meanwhile."""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import glass, passage_notes, reviewing, rounds, workflow, writers
from ..forms.reviews import NoteForm, ReviewForm
from ..models import Event, PassageNote, Post, Revision, Update
from ..rendering import Unacceptable
from ..templatetags.writethru import spelt
from . import steps

VERBS = ["look_over"]  # buttons beside those of `steps`
ON_THE_PAGE = ["approve", "request_changes"]  # buttons of the page on which a version is read
# What somebody did meanwhile, for who pressed a button that came too late
MEANWHILE = {
    "write": gettext_lazy("%(name)s saved version %(number)s at %(time)s."),
    "submit": gettext_lazy("%(name)s sent version %(number)s to review at %(time)s."),
    "recall": gettext_lazy("%(name)s took it back to draft at %(time)s."),
    "request_changes": gettext_lazy("%(name)s asked for changes at %(time)s."),
    "approve": gettext_lazy("%(name)s approved version %(number)s at %(time)s."),
    "publish": gettext_lazy("%(name)s published version %(number)s at %(time)s."),
    "withdraw": gettext_lazy("%(name)s withdrew it at %(time)s."),
    "spike": gettext_lazy("%(name)s spiked it at %(time)s."),
    "revive": gettext_lazy("%(name)s brought it back at %(time)s."),
    "look_over": gettext_lazy("%(name)s looked over it at %(time)s."),
}


class Stage(NamedTuple):
    """A step of a round as the page shows it: who has approved it, or that the piece is there."""

    name: str
    group: str
    approval: Event | None
    is_now: bool


def panel(request, piece: Post | Update, offers) -> dict:
    """What the page of a piece shows of its review: with what was sent, where that was refused."""
    user, form = request.user, None
    reads = writers.may_read_drafts(user, piece)
    if any(one.verb == "submit" and one.allowed for one in offers):
        sent = request.POST if request.POST.get("verb") == "submit" and "submit-to" in request.POST else None
        form = ReviewForm(sent, piece=piece, by=user)
    return {
        "seen": piece.post.sequence,
        "review_form": form,
        "asked": reviewing.open_request(piece) if reads and piece.stage == Post.Stage.REVIEW else None,
        "nobody_left": str(reviewing.nobody_left(piece, rounds.Round(piece)) or "") if reads and piece.step else "",
        "review_steps": steps_of(piece) if reads else [],
        "glass": piece.glass if reads and piece.glass_id else None,
        "glass_note": request.POST.get("look_over-note", ""),
        "not_over": glass.why_not_look_over(user, piece) if piece.glass_id else "",
        "notes": seen_notes(user, piece) if reads else [],
        "reading": _reading(piece, piece.head) if reads else "",
    }


def steps_of(piece: Post | Update) -> list[Stage]:
    """The steps of a piece in review; of one that is not, those that wait for it."""
    if piece.stage != Post.Stage.REVIEW:
        return [Stage(step.name, step.group_name, None, False) for step in rounds.steps_of(piece.post)]
    way = rounds.Round(piece)
    said = {act.details.get("step"): act for act in way.approvals}
    return [
        Stage(step.name, step.group_name, said.get(number), number == piece.step)
        for number, step in enumerate(way.steps, 1)
    ]


def seen_notes(user, piece: Post | Update, revision: Revision | None = None):
    """The open notes of a piece, each with `may_finish`."""
    edits = workflow.may_edit(user, piece)
    found = passage_notes.open_notes(piece, revision)
    for sight in found:
        sight.may_finish = edits or sight.note.by_id == user.pk
    return found


def meanwhile(request, piece: Post | Update, refusal: Exception) -> str:
    """What somebody did to the piece since the page with the button was drawn; "" where that is not why."""
    if not isinstance(refusal, workflow.WrongState | workflow.Stale):
        return ""
    seen = request.POST.get("seen", "")
    acts = Event.objects.of(piece).filter(verb__in=MEANWHILE).exclude(by=request.user, verb="write")
    if seen.isascii() and seen.isdecimal() and len(seen) < 10:
        acts = acts.filter(number__gt=int(seen))
    else:
        acts = acts.exclude(by=request.user)
    act = acts.select_related("revision").order_by("-number").first()
    if act is None:
        return ""
    number = act.revision.number if act.revision else ""
    return MEANWHILE[act.verb] % {"name": act.by_name, "number": number, "time": spelt(act.at, "clock")}


# The page on which a version is read


def read(model_admin, request, object_id, number):
    """A version with the notes on its words, a form for another, and the buttons of who reviews."""
    piece, revision = _version(model_admin, request, object_id, number)
    if request.method != "POST":
        return _page(model_admin, request, piece, revision)
    verb = request.POST.get("verb", "")
    if verb not in [*ON_THE_PAGE, *VERBS]:
        raise BadRequest("no such verb")
    try:
        piece = steps.take(verb, piece, revision, by=request.user, words=request.POST)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        piece, revision = _version(model_admin, request, object_id, number)
        refused = format_html("{} {}", str(refusal), meanwhile(request, piece, refusal))
        return _page(model_admin, request, piece, revision, refused=refused, status=409)
    messages.success(request, steps.said(verb, piece))
    return HttpResponseRedirect(address_of(piece))


def note(model_admin, request, object_id):
    """A note on some words, an answer to one, or that one is done."""
    sent = request.POST
    if "finish" in sent or "answer" in sent:
        return _about_a_note(model_admin, request, object_id)
    number = sent.get("number", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise BadRequest("no such version")
    piece, revision = _version(model_admin, request, object_id, int(number))
    form = NoteForm(sent)
    if not form.is_valid():
        return _page(model_admin, request, piece, revision, form=form, status=400)
    try:
        made = passage_notes.add(piece, revision, by=request.user, **form.cleaned_data)
    except Unacceptable as refusal:
        form.add_error("exact", str(refusal))
        return _page(model_admin, request, piece, revision, form=form, status=400)
    messages.success(request, _("Your note stands beside the words, and who wrote them hears of it."))
    return HttpResponseRedirect(f"{_reading(piece, revision)}#note-{made.pk}")


def address_of(piece: Post | Update) -> str:
    """The page on which a piece is written."""
    if isinstance(piece, Update):
        return reverse("admin:blog_post_update", args=[piece.post_id, piece.number])
    return reverse("admin:blog_post_change", args=[piece.pk])


def _about_a_note(model_admin, request, object_id):
    sent, is_answer = request.POST, "answer" in request.POST
    number = sent["answer" if is_answer else "finish"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise BadRequest("no such note")
    notes = PassageNote.objects.select_related("revision", "update", "post")
    made = get_object_or_404(notes, pk=int(number), post=_post(model_admin, request, object_id))
    piece, _revision = _version(model_admin, request, object_id, made.revision.number)
    text = sent.get(f"answer-{made.pk}", "") if is_answer else ""
    try:
        if is_answer:
            passage_notes.answer(made, by=request.user, text=text)
        else:
            passage_notes.finish(made, by=request.user)
            messages.success(request, _("Done. The note stands there no longer."))
    except (workflow.WorkflowError, Unacceptable) as refusal:
        answer = {"note": made.answers_id or made.pk, "text": text} if text.strip() else None
        status = 409 if isinstance(refusal, workflow.WorkflowError) else 400
        return _page(model_admin, request, piece, piece.head, refused=str(refusal), answer=answer, status=status)
    back = address_of(piece) if sent.get("back") == "write" else _reading(piece, piece.head)
    return HttpResponseRedirect(f"{back}#notes")


def _reading(piece: Post | Update, revision: Revision) -> str:
    return reverse("admin:blog_post_read", args=[piece.post.pk, revision.number])


def _version(model_admin, request, object_id, number):
    """The piece and the version of this number, for who may read its drafts."""
    post = _post(model_admin, request, object_id)
    found = post.revisions.select_related("update__head", "update__live", "based_on")
    revision = get_object_or_404(found, number=number)
    piece = revision.update or post
    if revision.update is not None:
        piece.post = post
    if not writers.may_read_drafts(request.user, piece):
        raise PermissionDenied
    return piece, revision


def _post(model_admin, request, object_id) -> Post:
    post = model_admin.get_object(request, str(object_id))
    if not isinstance(post, Post):
        raise Http404
    return post


def _page(model_admin, request, piece, revision, *, form=None, refused="", answer=None, status=200):
    user = request.user
    offers = [one for one in workflow.offers(piece, user) if one.verb in ON_THE_PAGE and one.allowed]
    is_newest = revision.pk == piece.head_id
    parts = [part for part in passage_notes.PARTS if getattr(revision, part)]
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Version %(number)d") % {"number": revision.number},
        "opts": model_admin.opts,
        "post": piece.post,
        "piece": piece,
        "piece_address": address_of(piece),
        "revision": revision,
        "is_newest": is_newest,
        "note_form": form or NoteForm(parts=parts),
        "offers": {one.verb: one.label for one in offers} if is_newest else {},
        "asks_note": request.POST.get("request_changes-note", ""),
        "refused": refused,
    }
    notes = seen_notes(user, piece, revision)
    # An answer that was refused stands in its field again, or by itself where its note stands there no longer.
    context["answer"] = answer
    context["homeless"] = answer["text"] if answer and answer["note"] not in {one.note.pk for one in notes} else ""
    context |= panel(request, piece, []) | {"notes": notes, "reading": ""}
    return TemplateResponse(request, "admin/blog/post/read.html", context, status=status)
