"""Words that are not saved, at the desk: kept while somebody types, offered when the form is opened again.

A form that is kept says so in hidden fields that begin with "kept-": its key, its place, and the draft it was filled
from. They come with every sending of it, so that saving it also lets go of what was kept.
"""

import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.db import transaction
from django.forms.utils import ErrorDict
from django.http import Http404, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from .. import drafting, presence, revisions, workflow, writers
from ..forms import PostForm, UpdateForm
from ..models import Draft, Post, Revision, Update
from ..pages import FOR_NOBODY_ELSE
from ..rendering import Unacceptable
from ..templatetags.writethru import spelt
from . import steps

NO_WORDS = {"csrfmiddlewaretoken", "verb"}
OF_THE_FORM = "kept-"
MOST_OFFERED = 5
_MARK = re.compile(r"[A-Za-z0-9_-]+")
MOST_LISTED = 50
MOST_SAVED = 20  # forms of which a session knows that they were saved
COUNTED = {"headline", "standfirst", "summary", "body", "note", "image_alt"}  # fields whose words are counted
BESIDE = {"note", "change", "based_on", "began_empty", "since", "opened"}  # say nothing of the piece itself


@dataclass(frozen=True)
class Offer:
    """Words of a form that was left: which, what they change, and what was saved since by whom."""

    draft: Draft
    differs: list[str]
    newer: Revision | None = None


@dataclass(frozen=True)
class Opened:
    """What a form on a page has to say of itself, and what is offered beside it."""

    place: str
    form: str
    counter: int
    took: str
    taken: Draft | None
    offers: list[Offer]
    opened_at: datetime


# On the pages on which pieces are written


def filled(request, form_class, *sent, **about):
    """A form; filled with the words that `?words=` names, if they are this person's and were typed in such a form.

    Takes what the class of the form takes.
    """
    form = form_class(*sent, **about)
    number = request.GET.get("words", "")
    if sent or request.method == "POST" or not (number.isascii() and number.isdecimal() and len(number) < 19):
        return form
    found = Draft.objects.of(request.user).filter(place=_place_of(form), pk=int(number)).first()
    if found is None:
        return form
    form = form_class(_as_sent(found.fields), **about)
    form.taken = found
    _say_nothing_is_wrong(form)  # they were never sent; what is wrong is said when they are
    return form


def opened(request, *forms):
    """Say of each form (`form.kept`) how it is kept, and what else there is that could stand in it."""
    for form in filter(None, forms):
        place, taken = _place_of(form), getattr(form, "taken", None)
        sent = request.POST if form.is_bound and taken is None else {}
        key = _mark(sent, "form", 32) or secrets.token_urlsafe(16)
        took = f"{taken.pk}:{taken.counter}" if taken else sent.get("kept-took", "")
        places = [place, *([drafting.place_of(form.piece, live=True)] if form.piece and form.piece.live_id else [])]
        drafts = drafting.offered(request.user, places, but=[key, *([taken.form] if taken else [])])[:MOST_OFFERED]
        offers = [offer for draft in drafts if (offer := _compared(draft, form))]
        counter = _counter(sent.get("kept-counter", ""))
        form.kept = Opened(place, key[:32], counter, took, taken, offers, timezone.now())


@contextmanager
def let_go(request):
    """One transaction: what was typed is saved in it, and what was kept of it is let go."""
    form, place = _mark(request.POST, "form", 32), _mark(request.POST, "place", 60)
    counter = request.POST.get("kept-counter", "")
    with transaction.atomic():
        yield
        if form and place:
            took = _took(request.POST.get("kept-took", ""))
            drafting.drop(request.user, place, form, _counter(counter), took=took)
    if form and counter:  # the browser may bring these words once more, that it did not know to be kept
        saved = list(request.session.get("saved_forms", {}).items())[1 - MOST_SAVED :]
        request.session["saved_forms"] = dict(saved) | {form: _counter(counter)}


def _mark(sent, name, longest):
    """A hidden field of ours; "" for what no form of ours sends: the two databases differ in what they take."""
    text = sent.get(f"kept-{name}", "")
    return text if len(text) <= longest and _MARK.fullmatch(text) else ""


def typed_beside(form):
    """What was typed for the buttons of a form that is filled again: reasons, a sentence for readers."""
    taken = getattr(form, "taken", None)
    if taken is None:
        return {}
    typed = {name: "".join(texts[:1]) for name, texts in taken.fields.items()}
    asks = {verb: typed.get(f"{verb}-{words}", "") for verb, (words, _label) in steps.ASKS.items()}
    return {"asks": asks, "publish_note": typed.get("publish-public_note", "")}


# What the windows send and ask for


@require_POST
def keep(request):
    """The fields of a form, while somebody types. JSON: when they were kept, or why not, in words."""
    sent, user = request.POST, request.user
    if sent.get("kept-by") != str(user.pk):
        return _said(_("Somebody else is signed in here now."), 409)
    place, form, counter = sent.get("kept-place", ""), sent.get("kept-form", ""), _counter(sent.get("kept-counter", ""))
    if counter <= request.session.get("saved_forms", {}).get(form, -1):
        return _answer({"counter": counter, "saved": True})
    took = _took(sent.get("kept-took", ""))
    if "kept-drop" in sent:
        drafting.drop(user, _mark(sent, "place", 60), _mark(sent, "form", 32), counter, took=None)
        return _answer({"counter": counter, "dropped": True})
    try:
        kept = drafting.keep(user, place, form, counter, _fields(sent), took=took)
    except revisions.Removed as refusal:
        return _said(str(refusal), 410)
    except Unacceptable as refusal:
        return _said(str(refusal), 400)
    except workflow.NotAllowed as refusal:
        return _said(str(refusal), 403)
    at = spelt(kept.draft.saved_at, "clock")
    return _answer({"counter": counter, "at": at, "words": _("Kept at %s.") % at, "older": kept.older})


def here(request):
    """Who else has a piece open, and what was saved meanwhile. A POST also says that this person has it open."""
    found = {"token": get_token(request), "user": request.user.pk, "who": [], "saved": None}
    piece = _piece(request)
    if piece is None:
        return _answer(found)
    if request.method == "POST":
        presence.say(piece, request.user, typed="typed" in request.POST)
    others = presence.others(piece, request.user)
    found["who"] = [_in_words(one, piece) for one in others]
    shown = (request.POST or request.GET).get("based_on", "")
    if shown.isascii() and shown.isdecimal() and len(shown) < 10:
        found["saved"] = _saved_since(request.user, piece, int(shown))
    return _answer(found)


@require_safe
def offers(request):
    """What there is to offer at a place, as it stands on its page: for words that a browser brought just now."""
    place, but = request.GET.get("place", "")[:60], request.GET.getlist("but")[:10]
    drafts = drafting.offered(request.user, [place], but=[key[:32] for key in but])[:MOST_OFFERED]
    response = TemplateResponse(
        request, "admin/blog/post/_kept.html", {"offers": [Offer(draft, []) for draft in drafts]}
    )
    response.headers["Cache-Control"] = FOR_NOBODY_ELSE
    return response


# A page of one's own


@require_safe
def words(request):
    """Everything that this person typed and did not save, and what was put away."""
    found = list(Draft.objects.of(request.user).select_related("update")[:MOST_LISTED])
    context = admin.site.each_context(request) | {
        "title": _("Words not saved"),
        "drafts": [draft for draft in found if draft.away_at is None],
        "away": [draft for draft in found if draft.away_at is not None],
    }
    return TemplateResponse(request, "admin/words.html", context, headers={"Cache-Control": FOR_NOBODY_ELSE})


@require_POST
def decide(request, number):
    """Put words away, or bring them back."""
    back = "back" in request.POST
    draft = (drafting.bring_back if back else drafting.put_away)(request.user, number)
    if draft is None:
        raise Http404
    if back:
        return HttpResponseRedirect(draft.get_absolute_url())
    page = reverse("admin:words")
    said = format_html('{} <a href="{}">{}</a>', _("Put away, for thirty days."), page, _("Bring it back"))
    messages.success(request, said)
    return HttpResponseRedirect(draft.page())


# What is behind it


def _place_of(form):
    if form.piece:
        return drafting.place_of(form.piece, live=form.live)
    return drafting.place_of_new(story=form.post) if isinstance(form, UpdateForm) else drafting.place_of_new(form.kind)


def _as_sent(fields):
    data = QueryDict(mutable=True)
    for name, texts in fields.items():
        data.setlist(name, texts)
    return data


def _fields(sent):
    return {name: sent.getlist(name) for name in sent if name not in NO_WORDS and not name.startswith(OF_THE_FORM)}


def _counter(text):
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _took(text):
    number, _colon, counter = text.partition(":")
    return (_counter(number), _counter(counter)) if number and counter else None


def _compared(draft, form):
    """What an offer on the page of a form says; None where all of it is saved."""
    data = _as_sent(draft.fields)
    data.pop(form.add_prefix("based_on"), None)
    typed = _again(form, data, live=draft.is_for_readers())
    there = typed.base
    changed = [name for name in typed.changed_data if name not in BESIDE]
    differs = [_difference(typed, name) for name in changed]
    if typed.sources.has_changed():
        differs.append(_("Sources"))
    note = data.get(typed.add_prefix("note"), "").strip()
    if note and note != (there.note if there else ""):
        differs.append(str(typed.fields["note"].label))
    if not differs:
        return None
    newer = there if there and draft.based_on and there.number > draft.based_on.number else None
    return Offer(draft, differs, newer)


def _again(form, data, live):
    """Another form of the same piece, with other words in it."""
    if isinstance(form, UpdateForm):
        return UpdateForm(data, post=form.post, by=form.by, update=form.piece, live=live)
    return PostForm(data, post=form.post, by=form.by, kind=form.kind, live=live)


def _difference(form, name):
    label = str(form.fields[name].label or _("Picture"))
    if name not in COUNTED:
        return label
    old, new = str(form.get_initial_for_field(form.fields[name], name) or ""), str(form[name].value() or "")
    more, gone = drafting.words_apart(old, new)
    said = [ngettext("%d word new", "%d words new", more) % more] if more else []
    said += [ngettext("%d gone", "%d gone", gone) % gone] if gone else []
    return f"{label} ({', '.join(said)})" if said else label


def _say_nothing_is_wrong(form):
    form._errors = ErrorDict()
    form.sources._errors, form.sources._non_form_errors = [], form.sources.error_class()
    for row in form.sources:
        row._errors = ErrorDict()


def _piece(request):
    """The piece whose place the request names, for somebody who sees it at the desk; else None."""
    kind, _dash, number = (request.POST or request.GET).get("place", "").partition("-")
    if kind not in {"post", "update"} or not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    posts = Post.objects.visible_to(request.user)
    if kind == "post":
        return posts.select_related("head").defer("head__body", "head__sources").filter(pk=int(number)).first()
    updates = Update.objects.select_related("head", "post").defer("head__body", "head__sources")
    return updates.filter(pk=int(number), post__in=posts.order_by().values("pk")).first()


def _saved_since(user, piece, shown):
    """What somebody saved after the version that a window shows, in words and with the way to compare; else None."""
    head = piece.head
    if head.number <= shown or not writers.may_read_drafts(user, piece):
        return None
    said = (
        _("You saved version %(number)d at %(time)s in another window: your next save will be merged.")
        if head.by_id == user.pk
        else _("%(name)s saved version %(number)d at %(time)s: your next save will be merged.")
    )
    compare = reverse("admin:blog_post_compare", args=[piece.post.pk])
    return {
        "number": head.number,
        "words": said % {"name": head.by_name, "number": head.number, "time": spelt(head.created_at, "clock")},
        "compare": f"{compare}?a={shown}&b={head.number}",
        "label": _("Compare"),
    }


def _in_words(one, piece):
    """Who is here, as a sentence without its end."""
    parts = {"name": one.name, "time": spelt(one.since, "clock")}
    if one.update and not isinstance(piece, Update):
        said = (
            _("%(name)s is at an update, writing, since %(time)s")
            if one.writing
            else _("%(name)s is at an update, looking, since %(time)s")
        )
    else:
        said = (
            _("%(name)s is here, writing, since %(time)s")
            if one.writing
            else _("%(name)s is here, looking, since %(time)s")
        )
    return said % parts


def _answer(found, status=200):
    return JsonResponse(found, status=status, headers={"Cache-Control": FOR_NOBODY_ELSE})


def _said(words, status):
    return _answer({"refused": words}, status)


for route, view, name in [
    ("words/", words, "words"),
    ("words/keep/", keep, "keep_words"),
    ("words/offers/", offers, "offered_words"),
    ("words/here/", here, "here"),
    ("words/<int:number>/", decide, "decide_words"),
]:
    admin.site.add_page(route, view, name)
