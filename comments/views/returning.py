"""A writer comes back by the private link: what has become of the comment; other words, or none."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.origins import Verdict, has_session, has_token, verdict
from blog.structured import Meta
from blog.views.private import from_elsewhere, see_other

from .. import private_links, receiving
from ..forms import ChangeForm
from ..models import Comment, Reason
from .private import for_one_reader

MOST_COUNTED = 100  # comments that are ahead

State = Comment.State


@for_one_reader
def mine(request: HttpRequest, signed: str) -> HttpResponse:
    """What becomes of a comment, for its writer, who may change or withdraw it for a while."""
    comment = Comment.objects.select_related("post__live").filter(pk=private_links.comment_id_in(signed)).first()
    if comment is None:
        raise Http404
    now = timezone.now()
    if not private_links.still_leads_somewhere(comment, now):
        return render(request, "comments/ended.html", {"meta": Meta(""), "post": comment.post}, status=410)
    if request.method == "POST":
        return _done_by_writer(request, comment)
    wanted = request.GET.get("do") if comment.is_changeable(now) else None
    form = ChangeForm(initial={"text": comment.text}) if wanted == "change" else None
    return _page_of_writer(request, comment, form=form, withdrawing=wanted == "withdraw")


def _done_by_writer(request: HttpRequest, comment: Comment) -> HttpResponse:
    text, wanted = request.POST.get("text", ""), request.POST.get("act")
    form = ChangeForm(request.POST) if wanted == "change" else None
    if verdict(request) is Verdict.FOREIGN:
        return _page_of_writer(request, comment, form=form, refused=from_elsewhere(), status=403)
    if has_session(request) and not has_token(request):
        said = _("Is this what you want? Then say so once more.")
        return _page_of_writer(request, comment, form=form, withdrawing=wanted == "withdraw", refused=said, status=403)
    if form and not form.is_valid():
        return _page_of_writer(request, comment, form=form, status=422)
    try:
        if form:
            receiving.change(comment, form.cleaned_data["text"])
        elif wanted == "withdraw":
            receiving.withdraw(comment)
    except receiving.TooLate:
        said = _("It is too late to change or withdraw it. It stays as it was.")
        return _page_of_writer(request, comment, refused=said, kept_text=text, status=409)
    except receiving.Banned as refusal:
        return _page_of_writer(request, comment, refused=refusal.ban.reason, kept_text=text, status=403)
    return see_other(private_links.mine(comment.pk))


def _page_of_writer(request: HttpRequest, comment: Comment, *, status: int = 200, **context) -> HttpResponse:
    heading, message, following = _standing(comment)
    context |= {
        "meta": Meta(""),
        "comment": comment,
        "post": comment.post,
        "heading": heading,
        "message": message,
        "next": following,
        "address": private_links.mine(comment.pk),
        "changeable": comment.is_changeable(timezone.now()),
        "with_token": has_session(request),
    }
    return render(request, "comments/mine.html", context, status=status)


def _standing(comment: Comment) -> tuple[str, str, list[str]]:
    """What has become of a comment: in a few words, in a sentence, and what comes next."""
    match comment.state:
        case State.VISIBLE:
            return _("Readers see your comment"), "", [_("A moderator may still read it, if somebody asks for that.")]
        case State.REMOVED:
            said = _("A moderator removed it: %(reason)s.") % {"reason": comment.get_reason_display()}
            return (
                _("Your comment was removed"),
                said,
                [_("Readers are told the same reason, and neither words nor name.")],
            )
        case State.WITHDRAWN if comment.reason == Reason.ERASED:
            return _("Your comment was erased"), _("Your name and your words are gone for good."), []
        case State.WITHDRAWN:
            return _("You withdrew your comment"), _("Nobody sees it any more."), []
    following = [
        _("If it is about the subject, it appears in the thread under the time you sent it."),
        _("If it is not, you see the reason on this page."),
    ]
    return _("Your comment is with a moderator"), _waiting(comment), following


def _waiting(comment: Comment) -> str:
    """For all that nobody but moderators sees; what was put to spam is read last, and not told so."""
    said = _("It is saved. A person reads it next.")
    if comment.state != State.WAITING:
        return said
    before = Comment.objects.waiting().filter(created_at__lt=comment.created_at).order_by()
    ahead = before.values("pk")[:MOST_COUNTED].count()
    if ahead >= MOST_COUNTED:
        return _("%(said)s Many comments are ahead of yours.") % {"said": said}
    if ahead:
        told = ngettext(
            "%(said)s %(count)d comment is ahead of yours.", "%(said)s %(count)d comments are ahead of yours.", ahead
        )
        return told % {"said": said, "count": ahead}
    return said
