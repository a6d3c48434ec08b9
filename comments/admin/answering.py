"""An answer of somebody of the house, written at the desk."""

from django.contrib import messages
from django.http import JsonResponse
from django.utils.translation import gettext as _

from blog import visitors
from blog.rendering import Unacceptable

from .. import limits, posting, receiving
from . import looking, responding


def answer(request, comment, context):
    """What somebody of the house writes under a comment, by the same door as readers. It approves nothing."""
    text = request.POST.get("answer", "")
    try:
        written = _written(request, comment, text)
    except _REFUSALS as refusal:
        words = _why_not(refusal)
        if responding.wants_json(request):
            return JsonResponse({"said": words, "done": False}, status=409)
        return looking.page(request, comment, context | {"refused": words, "answer": text}, status=400)
    words = _("Your answer is there.") if written.is_visible() else _("Your answer waits for a moderator.")
    if responding.wants_json(request):
        return responding.as_json(request, words, look=responding.address(written))
    messages.success(request, words)
    return responding.back(request, comment, here=True)


def thank(request, comment, text):
    """The same after a fix that the comment led to: whether it goes or not, the fix is made."""
    try:
        written = _written(request, comment, text)
    except _REFUSALS as refusal:
        messages.warning(request, _("Your answer was not sent: %(why)s") % {"why": _why_not(refusal)})
        return
    said = _("Your answer is there.") if written.is_visible() else _("Your answer waits for a moderator.")
    messages.success(request, said)


def _written(request, comment, text):
    return receiving.receive(
        receiving.Arrival(
            post_id=comment.post_id,
            text=text,
            answers_id=comment.pk,
            user=request.user,
            address=visitors.address_of(request),
            agent=request.headers.get("User-Agent", ""),
        )
    )


_REFUSALS = (
    receiving.Banned,
    receiving.Closed,
    receiving.Missing,
    posting.Gone,
    limits.TooFast,
    Unacceptable,
)


def _why_not(refusal):
    match refusal:
        case Unacceptable():
            return str(refusal)
        case posting.Gone():
            return _("Readers do not see this comment. Approve it, then answer.")
        case limits.TooFast():
            return _("Too many at a time from where you are. Your words are below; try again in a while.")
        case receiving.Banned():
            return _("A ban is in force for your account or for where you are.")
    return _("No more comments are taken under this piece.")
