"""A reader finds a mistake: the form below every piece. Guests may, without script; an editor reads what comes."""

import re
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import anchors, pointing, rendering, suggestions
from ..forms import acceptable
from ..models import LONGEST_REPLACEMENT, Event, Post, Revision, Suggestion, TooFast, Update, address_key
from ..origins import Verdict, has_session, has_token, verdict
from ..paths import day_of
from ..standing import Standing
from ..structured import Meta
from ..templatetags.writethru import spelt
from ..visitors import address_of
from . import posts
from .private import for_one_reader, from_elsewhere, not_before, not_sent_yet, see_other

OPEN_FOR = 24 * 60 * 60  # seconds in which a page with the form may be sent
MOST_LISTED = 100  # updates to choose from, the newest; others by the links that stand with them
MOST_PASSAGES = 300
LONGEST_PASSAGE = 300  # characters, so that it fits with what is added
WORDINGS = 20  # that were public, among which the words are looked for

Part = Suggestion.Part
_PROOF = TimestampSigner(salt="blog.suggestion")
_UPDATE = re.compile(r"u(\d{1,9})\Z", re.ASCII)
_SENTENCE = re.compile(r"\S.*?(?:[.!?…][”’»\"')\]]*(?=\s)|\Z)", re.DOTALL)
_SENT_AGAIN = ("part", "should", "about", "remark", "name", "email", "thank", "before", "after", "proof")
_SAY_WHAT_KIND = gettext_lazy("Say what kind of mistake it is.")


class CorrectionForm(forms.Form):
    """Which words are wrong, what they should be, how somebody knows, and whom to thank."""

    part = forms.CharField(required=False)
    text = forms.CharField(error_messages={"required": gettext_lazy("Say which words are wrong. You can copy them.")})
    should = forms.CharField(required=False)
    about = forms.ChoiceField(
        choices=Suggestion.About.choices, error_messages={"required": _SAY_WHAT_KIND, "invalid_choice": _SAY_WHAT_KIND}
    )
    remark = forms.CharField(required=False)
    name = forms.CharField(required=False)
    email = forms.CharField(required=False)
    thank = forms.BooleanField(required=False)
    before = forms.CharField(required=False, strip=False)
    after = forms.CharField(required=False, strip=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.validators = []  # what may be in a text is said in words for people

    def clean_text(self):
        return acceptable(pointing.one_line, self.cleaned_data["text"], pointing.LONGEST_EXACT)

    def clean_should(self):
        return acceptable(pointing.one_line, self.cleaned_data["should"], LONGEST_REPLACEMENT)

    def clean_remark(self):
        return acceptable(rendering.clean_text, self.cleaned_data["remark"], suggestions.LONGEST_REMARK)

    def clean_name(self):
        return acceptable(rendering.clean_line, self.cleaned_data["name"], suggestions.LONGEST_CREDIT)

    def clean_email(self):
        return acceptable(suggestions.mailbox, self.cleaned_data["email"])

    def clean(self):
        said = self.cleaned_data
        if said.get("thank") and not said.get("name", "-"):
            self.add_error("name", ValidationError(_("Say which name we should thank.")))
        if "text" in said and said["text"] == said.get("should"):
            self.add_error("should", ValidationError(_("That is what it says now. Change what is wrong.")))
        elif not said.get("should", "-") and not said.get("remark", "-"):
            self.add_error("should", ValidationError(_("Say what it should say, or below what is wrong.")))
        return said


@dataclass(frozen=True)
class _Choice:
    """A part of a piece that can be wrong; `update` is a number, or 0 for the post's own text."""

    value: str
    piece: Post | Update
    parts: tuple[str, ...]  # the likeliest first


def _is_not_sent(request: HttpRequest) -> HttpResponse:
    return not_sent_yet(request, "blog/correct_away.html", _SENT_AGAIN)


@for_one_reader(_is_not_sent)
def of_post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    published_on = day_of(year, month, day)
    if published_on is None:
        raise Http404
    return _answer(request, Post.Kind.POST, slug, published_on)


@for_one_reader(_is_not_sent)
def of_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer(request, Post.Kind.PAGE, slug)


def _answer(request: HttpRequest, kind: str, slug: str, day: date | None = None) -> HttpResponse:
    """The form; taken, it leads to a word of thanks. What is said of a piece that was withdrawn meanwhile is kept."""
    standing = Standing.at(kind, slug, day)
    if standing is None:
        raise Http404
    post = get_object_or_404(Post.objects.select_related("live"), pk=standing.post_id)
    if request.method == "POST":
        return _said(request, post)
    if "sent" in request.GET:
        return _thanks(request, post)
    if not post.is_live():
        return posts.withdrawn(request, post.pk)
    choice = _chosen(post, request.GET.get("part", ""))
    return _page(request, choice, CorrectionForm(initial={"part": choice.value, "about": Suggestion.About.FACT}))


def _said(request: HttpRequest, post: Post) -> HttpResponse:
    form, origin, choice = CorrectionForm(request.POST), verdict(request), _chosen(post, request.POST.get("part", ""))
    if origin is Verdict.FOREIGN:
        return _page(request, choice, form, from_elsewhere(), status=403)
    if "look" in request.POST or "take" in request.POST:
        if not post.is_live():
            return posts.withdrawn(request, post.pk)
        return _page(request, choice, _filled(request, choice))
    if not form.is_valid():
        return _page(request, choice, form, status=422)
    if not _is_sent_from_its_page(request, post, origin):
        return _page(request, choice, form, _("Is this what you want to say? Then send it from here."), status=403)
    try:
        made = _suggested(request, choice, form.cleaned_data)
    except TooFast as refusal:
        said = _("You have just sent something. Send this again after %(time)s.")
        page = _page(request, choice, form, said % {"time": spelt(refusal.again_at, "clock")}, status=429)
        return not_before(refusal.again_at, page)
    except pointing.NotThere as refusal:
        form.add_error("text", str(refusal))
        return _page(request, choice, form, status=422)
    except rendering.Unacceptable as refusal:
        return _page(request, choice, form, str(refusal), status=422)
    of_update = f"&part={choice.value}" if made.update_id else ""
    return see_other(f"{request.path}?sent={pointing.sight(made).place}{of_update}")


def _suggested(request: HttpRequest, choice: _Choice, said: dict) -> Suggestion:
    words = {"exact": said["text"], "before": said["before"], "after": said["after"]}
    revision, part = _wording(choice, **words)
    piece = choice.piece
    return suggestions.suggest(
        piece.post,
        update=piece if isinstance(piece, Update) else None,
        revision=revision,
        part=part,
        **words,
        replacement=said["should"],
        about=said["about"],
        remark=said["remark"],
        credit=said["name"] if said["thank"] else "",
        email=said["email"],
        address=address_key(address_of(request)),
        by=request.user if has_session(request) and request.user.is_authenticated else None,
    )


def _wording(choice: _Choice, exact: str, before: str, after: str) -> tuple[Revision, str]:
    """The newest wording that readers saw in which the words stand, and where in it; else the newest of all."""
    shown = Event.objects.of(choice.piece).filter(verb__in=["publish", "adopt"], public=True)
    wordings = [event.revision for event in shown.select_related("revision").order_by("-number")[:WORDINGS]]
    if not wordings:
        raise Http404
    for revision in wordings:
        for part in choice.parts:
            text = pointing.text_of(revision, part)
            if anchors.find_text(text, exact, before, after) or anchors.find_text(text, exact):
                return revision, part
    return wordings[0], choice.parts[0]


def _is_sent_from_its_page(request: HttpRequest, post: Post, origin: Verdict) -> bool:
    """Where a session could be borrowed, only the token of the page says so; else the browser, or its proof."""
    if has_session(request):
        return has_token(request)
    if origin is Verdict.OURS:
        return True
    try:
        return _PROOF.unsign(request.POST.get("proof", ""), max_age=OPEN_FOR) == str(post.pk)
    except BadSignature:
        return False


def _page(request: HttpRequest, choice: _Choice, form: CorrectionForm, message: str = "", *, status: int = 200):
    post = choice.piece.post
    listed, of_update = [], isinstance(choice.piece, Update)
    if post.is_live():  # updates of a post that was withdrawn have their live wordings, and nobody sees them
        live = post.updates.shown().live().select_related("live").defer("live__body")
        listed = list(live.newest_first()[:MOST_LISTED])
        if of_update and choice.piece not in listed and choice.piece.is_live():
            listed.append(choice.piece)
    context = {
        "meta": Meta(""),
        "post": post,
        "form": form,
        "chosen": choice.value,
        "parts": [(part, label) for part, label in Part.choices if post.live is None or getattr(post.live, part)],
        "updates": listed,
        "is_withdrawn": of_update and choice.piece not in listed,
        "passages": _passages(choice) if post.is_live() else [],
        "message": message,
        "proof": _PROOF.sign(post.pk),
        "with_token": has_session(request),
    }
    return render(request, "blog/correct.html", context, status=status)


def _thanks(request: HttpRequest, post: Post) -> HttpResponse:
    choice = _chosen(post, request.GET.get("part", ""))
    place = request.GET["sent"]
    context = {
        "meta": Meta(""),
        "post": post,
        "place": place,
        "why": pointing.why_withdrawn(choice.piece) if place == "withdrawn" else "",
    }
    return render(request, "blog/corrected.html", context)


def _chosen(post: Post, value: str) -> _Choice:
    """The part that is meant, with all others of the same text behind it; the post's text where none is."""
    of_update = _UPDATE.match(value)
    if of_update:
        update = post.updates.shown().filter(number=int(of_update[1])).select_related("live").first()
        if update is not None:
            update.post = post
            return _Choice(value, update, (Part.BODY, Part.HEADLINE))
    first = value if value in Part.values else Part.BODY
    return _Choice(first, post, (first, *(part for part in Part.values if part != first)))


def _passages(choice: _Choice) -> list[str]:
    """What readers see of a part now, in pieces of some sentences."""
    live = choice.piece.live
    if live is None:
        return []
    parts = choice.parts if isinstance(choice.piece, Update) else choice.parts[:1]
    found = []
    for part in parts:
        source = getattr(live, part)
        blocks = re.split(r"(?<=</p>)|(?<=</li>)|(?<=</h\d>)|<br>", source) if part in pointing.IS_HTML else [source]
        for block in blocks:
            found += _sentences(pointing.text_of_source(block, part))
    return found[:MOST_PASSAGES]


def _sentences(text: str) -> list[str]:
    """Sentences, joined as long as they are short; one that is very long is cut between words."""
    found: list[str] = []
    for sentence in _SENTENCE.findall(text):
        while len(sentence) > LONGEST_PASSAGE:
            cut = sentence.rfind(" ", 1, LONGEST_PASSAGE)
            cut = cut if cut > 0 else LONGEST_PASSAGE
            found.append(sentence[:cut])
            sentence = sentence[cut:].strip()
        if found and len(found[-1]) + len(sentence) < LONGEST_PASSAGE // 2:
            found[-1] = f"{found[-1]} {sentence}"
        elif sentence:
            found.append(sentence)
    return found


def _filled(request: HttpRequest, choice: _Choice) -> CorrectionForm:
    """The same form, unbound, so that nothing is missed in it yet, with the passage that was taken from the text."""
    sent = {name: request.POST.get(name, "") for name in CorrectionForm.base_fields}
    number, passages = request.POST.get("take", ""), _passages(choice)
    if number.isascii() and number.isdecimal() and len(number) < 4 and int(number) < len(passages):
        if sent["should"] in {"", sent["text"]}:
            sent["should"] = passages[int(number)]
        sent |= {"text": passages[int(number)], "before": "", "after": ""}
    return CorrectionForm(initial=sent | {"part": choice.value})
