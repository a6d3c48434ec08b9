"""A reader writes: a comment comes in, and its writer comes back to it by a private link.

Everything here is for one reader and is kept nowhere. Whatever speaks against a comment, its words are shown again.
"""

from collections.abc import Callable
from functools import wraps

from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from blog.models import Post
from blog.pages import FOR_NOBODY_ELSE
from blog.structured import Meta
from blog.templatetags.writethru import spelt
from blog.views import errors

from .. import judging, limits, links, posting, receiving
from ..forms import ChangeForm, CommentForm
from ..models import Comment
from ..origins import Verdict, has_session, has_token, verdict

LARGEST = 128 * 1024  # bytes; the longest comment in a script whose letters take twelve as a form sends them
CONFIRMED_FOR = 60 * 60  # seconds in which the page that asks for it may be sent
MOST_COUNTED = 100  # comments that are ahead

State = Comment.State

_CONFIRMED = TimestampSigner(salt="comments.confirmed")


def for_one_reader(view: Callable) -> Callable:
    """Nothing of the answer is kept anywhere, or found by searching. Too much is refused before it is read.

    Django's own check of forms is done here where there is a session (`origins`): others have no token.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answering(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = _too_much(request)
        if response is None:
            try:
                response = view(request, *args, **kwargs)
            except errors.DATABASE_AWAY:
                if request.method != "POST":
                    raise
                response = _not_sent_yet(request)
        response.headers["Cache-Control"] = FOR_NOBODY_ELSE
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answering


@for_one_reader
def add(request: HttpRequest, post_id: int) -> HttpResponse:
    """A comment is sent, looked at before, or has to be confirmed. One that is taken leads to its writer's page."""
    post = Post.objects.live().select_related("live", "section").filter(pk=post_id).first()
    if request.method != "POST":
        return redirect(f"{_or_missing(post).get_absolute_url()}#add")
    if post is None:
        return _refused_for_good(request, receiving.Missing(), post_id=post_id)
    form = CommentForm(request.POST, post=post, answers=_answered(request, post), user=_signed_in(request))
    origin = verdict(request)
    if origin is Verdict.FOREIGN:
        return _page(request, form, _("Not sent"), _from_elsewhere(), status=403)
    if "quote" in request.POST:
        return _page(request, _with_quotation(request, form), _("Write your reply"))
    if not form.is_valid():
        return _page(request, form, _("Not sent yet"), status=422)
    if "preview" in request.POST:
        return _looked_at(request, form, _("Not sent yet"), _("Have a look, change what you like, and send it."))
    if not _is_confirmed(request, form, origin):
        return _looked_at(
            request, form, _("One more step"), _("Is this what you want to send? Then send it from here.")
        )
    return _sent(request, form)


@for_one_reader
def mine(request: HttpRequest, signed: str) -> HttpResponse:
    """What becomes of a comment, for its writer, who may change or withdraw it for a while."""
    comment = Comment.objects.select_related("post__live").filter(pk=links.comment_id_in(signed)).first()
    if comment is None:
        raise Http404
    now = timezone.now()
    if not links.still_leads_somewhere(comment, now):
        return render(request, "comments/ended.html", {"meta": Meta(""), "post": comment.post}, status=410)
    if request.method == "POST":
        return _done_by_writer(request, comment)
    wanted = request.GET.get("do") if comment.is_changeable(now) else None
    form = ChangeForm(initial={"text": comment.text}) if wanted == "change" else None
    return _page_of_writer(request, comment, form=form, withdrawing=wanted == "withdraw")


# A comment is sent


def _sent(request: HttpRequest, form: CommentForm) -> HttpResponse:
    try:
        comment = receiving.receive(form.arrival(request))
    except (receiving.Missing, receiving.Closed, receiving.Banned) as refusal:
        return _refused_for_good(request, refusal, form.post)
    except limits.TooFast as refusal:
        time = spelt(refusal.again_at, "clock")
        said = _("You have just sent something. Your words are below: send them again after %(time)s.") % {"time": time}
        response = _page(request, form, _("Not sent yet"), said, status=429)
        wait = (refusal.again_at - timezone.now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, int(wait) + 1))
        return response
    except posting.Gone:
        form = _of_its_own(request, form)
        said = _("The comment that you answer is not there any more. You can send yours as one of its own.")
        return _page(request, form, _("Not sent yet"), said, status=409)
    except receiving.Unacceptable as refusal:
        return _page(request, form, _("Not sent yet"), str(refusal), status=422)
    response = HttpResponseRedirect(links.mine(comment.pk))
    response.status_code = 303
    return response


def _refused_for_good(request: HttpRequest, refusal: Exception, post=None, *, post_id: int = 0) -> HttpResponse:
    """Sending it again would not help: the words are there to be copied."""
    status, heading, message = 403, _("Comments are closed"), _("No more comments are taken here.")
    if isinstance(refusal, receiving.Missing):
        was_public = Post.objects.filter(pk=post_id or post.pk, published_on__isnull=False).exists()
        status, heading = 410 if was_public else 404, _("This piece is not there any more")
        message, post = _("Nobody can comment on it."), None
    elif isinstance(refusal, receiving.Banned):
        heading, ban = _("You cannot comment for a while"), refusal.ban
        message = _("Until %(time)s. The reason: %(reason)s") % {
            "time": spelt(ban.until, "moment"),
            "reason": ban.reason,
        }
    context = {"meta": Meta(""), "post": post, "heading": heading, "message": message}
    context["text"] = request.POST.get("text", "")
    return render(request, "comments/add.html", context, status=status)


def _looked_at(request: HttpRequest, form: CommentForm, heading: str, message: str) -> HttpResponse:
    """The comment as it will look, and the form to send it from this page, which is made for one reader."""
    try:
        draft = receiving.draft_of(form.arrival(request))
    except receiving.Missing as refusal:
        return _refused_for_good(request, refusal, form.post)
    form.expected = judging.judge(draft).state
    return _page(request, form, heading, message, shown=draft, confirmed=_CONFIRMED.sign(_words_of(form)))


def _page(request: HttpRequest, form: CommentForm, heading: str, message: str = "", *, status: int = 200, **context):
    context |= {"post": form.post, "form": form, "heading": heading, "message": message}
    context |= {"meta": Meta(""), "with_token": has_session(request)}
    return render(request, "comments/add.html", context, status=status)


def _is_confirmed(request: HttpRequest, form: CommentForm, origin: Verdict) -> bool:
    """Is it sent from a page of ours? Where a session could be borrowed, only the token of its page says so."""
    if has_session(request):
        return has_token(request)
    if origin is Verdict.OURS:
        return True
    try:
        return _CONFIRMED.unsign(request.POST.get("confirmed", ""), max_age=CONFIRMED_FOR) == _words_of(form)
    except BadSignature:
        return False


def _words_of(form: CommentForm) -> str:
    sent = [str(form.cleaned_data[name]) for name in ("name", "email", "text", "reply")]
    return salted_hmac("comments.words", "\0".join([str(form.post.pk), *sent]), algorithm="sha256").hexdigest()


def _answered(request: HttpRequest, post: Post) -> Comment | None:
    """The comment that is answered, if readers see it."""
    written = request.POST.get("reply", "")
    if not (written.isascii() and written.isdecimal() and len(written) <= 18):
        return None
    return Comment.objects.under(post).visible().filter(pk=int(written)).first()


def _signed_in(request: HttpRequest):
    return request.user if has_session(request) and request.user.is_authenticated else None


def _with_quotation(request: HttpRequest, form: CommentForm) -> CommentForm:
    """The same form, unbound, so that nothing is missed in it yet, with the answered words before one's own."""
    sent = {name: request.POST.get(name, "") for name in form.fields}
    sent["text"] = f"{form.quotation}{sent['text']}"
    return CommentForm(post=form.post, answers=form.answers, user=form.user, initial=sent)


def _of_its_own(request: HttpRequest, form: CommentForm) -> CommentForm:
    sent = request.POST.copy()
    sent["reply"] = ""
    return CommentForm(sent, post=form.post, user=form.user)


# Its writer comes back


def _done_by_writer(request: HttpRequest, comment: Comment) -> HttpResponse:
    text, wanted = request.POST.get("text", ""), request.POST.get("act")
    form = ChangeForm(request.POST) if wanted == "change" else None
    if verdict(request) is Verdict.FOREIGN:
        return _page_of_writer(request, comment, form=form, refused=_from_elsewhere(), status=403)
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
    response = HttpResponseRedirect(links.mine(comment.pk))
    response.status_code = 303
    return response


def _page_of_writer(request: HttpRequest, comment: Comment, *, status: int = 200, **context) -> HttpResponse:
    heading, message, following = _standing(comment)
    context |= {
        "meta": Meta(""),
        "comment": comment,
        "post": comment.post,
        "heading": heading,
        "message": message,
        "next": following,
        "address": links.mine(comment.pk),
        "changeable": comment.is_changeable(timezone.now()),
        "with_token": has_session(request),
        "sent_to": reverse("comments:add", args=[comment.post_id]),
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


# When it cannot even be read, or kept


def _too_much(request: HttpRequest) -> HttpResponse | None:
    """Said by the length alone. A form of unknown length is none that a browser sends."""
    if request.method != "POST":
        return None
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return errors.bare("400.html", 411, reason=_("Nothing says how long this is."))
    if int(length) > LARGEST:
        return errors.bare("413.html", 413)
    try:
        request.POST  # noqa: B018 (read here, so that what is broken is not taken for something else)
    except UnreadablePostError:
        return errors.bare("400.html", 400, reason=_("The connection ended before the whole form was there."))
    return None


def _not_sent_yet(request: HttpRequest) -> HttpResponse:
    """The database is away or takes nothing: the words, on a page that needs none of it, to be sent again."""
    kept = ("name", "email", "reply", "stamp", "website", "act")
    context = {
        "action": request.path,
        "text": request.POST.get("text", ""),
        "others": [(name, request.POST[name]) for name in kept if request.POST.get(name)],
    }
    response = errors.bare("comments/away.html", 503, **context)
    response.headers["Retry-After"] = str(errors.RETRY_AFTER)
    return response


def _or_missing(post: Post | None) -> Post:
    if post is None:
        raise Http404
    return post


def _from_elsewhere() -> str:
    return _("It came from another site. If these are your words, send them from here.")
