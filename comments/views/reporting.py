"""A reader says that something is wrong with a comment. Guests may, without script; nothing is hidden by it."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blog import rendering
from blog.forms import acceptable
from blog.origins import Verdict, has_session, has_token, verdict
from blog.structured import Meta
from blog.templatetags.writethru import spelt
from blog.views import errors
from blog.views.private import from_elsewhere, not_before, see_other
from blog.visitors import address_of

from .. import limits, moderation
from ..models import Comment, Report
from .private import for_one_reader, not_sent_yet

OPEN_FOR = 24 * 60 * 60  # seconds in which a page with the form may be sent
LONGEST_LINE = 160  # of the comment, on the page about it

_PROOF = TimestampSigner(salt="comments.report")


class ReportForm(forms.Form):
    """What is wrong, out of a few things, and more words if need be."""

    reason = forms.ChoiceField(
        choices=Report.Reason.choices,
        error_messages={
            "required": gettext_lazy("Choose what is wrong with it."),
            "invalid_choice": gettext_lazy("Choose what is wrong with it."),
        },
    )
    text = forms.CharField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators = []  # what may be in a text is said in words for people

    def clean_text(self):
        return acceptable(rendering.clean_text, self.cleaned_data["text"], moderation.LONGEST_REPORT)

    def clean(self):
        if self.cleaned_data.get("reason") == Report.Reason.OTHER and not self.cleaned_data.get("text", "-"):
            self.add_error("text", ValidationError(_("Say what it is.")))
        return self.cleaned_data


@for_one_reader
def report(request: HttpRequest, comment_id: int) -> HttpResponse:
    """The form; taken, it leads to a word of thanks. Of what readers do not see, there is none to report."""
    try:
        comment = _visible(comment_id)
        if request.method == "POST":
            return _said(request, comment)
    except errors.DATABASE_AWAY:
        if request.method != "POST":
            raise
        return not_sent_yet(request, "comments/report_away.html")
    if "sent" in request.GET:
        return render(request, "comments/reported.html", {"meta": Meta(""), "comment": comment})
    if comment is None:
        raise Http404
    return _page(request, comment, ReportForm())


def _visible(comment_id: int) -> Comment | None:
    if comment_id >= 2**63:
        return None
    seen = Comment.objects.visible().filter(post__live__isnull=False).select_related("post__live")
    return seen.filter(pk=comment_id).first()


def _said(request: HttpRequest, comment: Comment | None) -> HttpResponse:
    form, origin = ReportForm(request.POST), verdict(request)
    if comment is None:
        return _gone(request)
    if origin is Verdict.FOREIGN:
        return _page(request, comment, form, from_elsewhere(), status=403)
    if not form.is_valid():
        return _page(request, comment, form, status=422)
    if not _is_sent_from_its_page(request, comment, origin):
        return _page(request, comment, form, _("Is this what you want to say? Then send it from here."), status=403)
    address = limits.address_key(address_of(request))
    try:
        moderation.report(comment, form.cleaned_data["reason"], form.cleaned_data["text"], address=address)
    except limits.TooFast as refusal:
        return _too_fast(request, comment, form, refusal)
    except moderation.WrongState:
        return _gone(request)
    return see_other(f"{request.path}?sent")


def _is_sent_from_its_page(request: HttpRequest, comment: Comment, origin: Verdict) -> bool:
    """Where a session could be borrowed, only the token of the page says so; else the browser, or its proof."""
    if has_session(request):
        return has_token(request)
    if origin is Verdict.OURS:
        return True
    try:
        return _PROOF.unsign(request.POST.get("proof", ""), max_age=OPEN_FOR) == str(comment.pk)
    except BadSignature:
        return False


def _page(request: HttpRequest, comment: Comment, form: ReportForm, message: str = "", *, status: int = 200):
    context = {
        "meta": Meta(""),
        "comment": comment,
        "line": rendering.excerpt(comment.html, LONGEST_LINE),
        "form": form,
        "message": message,
        "proof": _PROOF.sign(comment.pk),
        "with_token": has_session(request),
    }
    return render(request, "comments/report.html", context, status=status)


def _too_fast(request: HttpRequest, comment: Comment, form: ReportForm, refusal: limits.TooFast) -> HttpResponse:
    said = _("You have just sent something. Send this again after %(time)s.")
    page = _page(request, comment, form, said % {"time": spelt(refusal.again_at, "clock")}, status=429)
    return not_before(refusal.again_at, page)


def _gone(request: HttpRequest) -> HttpResponse:
    """Nobody sees the comment (any more): nothing is told of it, and what was typed is there to be copied."""
    context = {"meta": Meta(""), "text": request.POST.get("text", "")}
    return render(request, "comments/report_gone.html", context, status=404)
