"""A reader writes: a comment is sent, looked at, or refused with its words kept."""

from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from blog.models import Post
from blog.origins import Verdict, has_session, has_token, verdict
from blog.structured import Meta
from blog.templatetags.writethru import spelt
from blog.views.private import from_elsewhere, not_before, see_other

from .. import judging, limits, posting, private_links, receiving
from ..forms import CommentForm
from ..models import Comment
from .private import for_one_reader

CONFIRMED_FOR = 60 * 60  # seconds in which the page that asks for it may be sent

_CONFIRMED = TimestampSigner(salt="comments.confirmed")


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
        return _page(request, form, _("Not sent"), from_elsewhere(), status=403)
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


def _sent(request: HttpRequest, form: CommentForm) -> HttpResponse:
    try:
        comment = receiving.receive(form.arrival(request))
    except (receiving.Missing, receiving.Closed, receiving.Banned) as refusal:
        return _refused_for_good(request, refusal, form.post)
    except limits.TooFast as refusal:
        time = spelt(refusal.again_at, "clock")
        said = _("You have just sent something. Your words are below: send them again after %(time)s.") % {"time": time}
        return not_before(refusal.again_at, _page(request, form, _("Not sent yet"), said, status=429))
    except posting.Gone:
        form = _of_its_own(request, form)
        said = _("The comment that you answer is not there any more. You can send yours as one of its own.")
        return _page(request, form, _("Not sent yet"), said, status=409)
    except receiving.Unacceptable as refusal:
        return _page(request, form, _("Not sent yet"), str(refusal), status=422)
    return see_other(private_links.mine(comment.pk))


def _refused_for_good(
    request: HttpRequest, refusal: Exception, post=None, *, post_id: int | None = None
) -> HttpResponse:
    """Sending it again would not help: the words are there to be copied."""
    status, heading, message = 403, _("Comments are closed"), _("No more comments are taken here.")
    if isinstance(refusal, receiving.Missing):
        missing = Post.objects.filter(pk=post.pk if post_id is None else post_id)
        was_public = missing.filter(published_on__isnull=False).exists()
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
    if not judging.is_open(draft.post, draft.at):
        return _refused_for_good(request, receiving.Closed(), form.post)
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


def _or_missing(post: Post | None) -> Post:
    if post is None:
        raise Http404
    return post
