"""What is said after a button was pressed, and where it leads.

Without script a decision leads back to where it was taken. With script the same forms are sent by `queue.js`, which
asks for JSON.
"""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import paging

from ..models import Comment, ModerationAct
from . import tabs

LAST = "last_decision"  # of this moderator, in the session


def last_decision(request):
    """What this moderator did last and may take back: the sentence, and the field that undo wants."""
    last = request.session.get(LAST) or {}
    if "batch" in last:
        return {"said": said_of_many(last["verb"], last["done"]), "field": "batch", "value": last["batch"]}
    act = ModerationAct.objects.select_related("comment").filter(pk=last.get("act")).first()
    return act and {"said": said(act), "field": "act", "value": act.pk, "look": address(act.comment)}


def said(act):
    """A decision as a sentence."""
    words = {
        "approve": _("Approved the comment by %(name)s."),
        "hold": _("Held the comment by %(name)s for a colleague."),
        "remove": _("Removed the comment by %(name)s: %(reason)s."),
        "bin": _("Put the comment by %(name)s to spam."),
        "settle": _("Left the comment by %(name)s as it is."),
    }[act.verb]
    return words % {"name": isolated(act.comment.name), "reason": act.get_reason_display()}


def said_of_many(verb, count):
    words = {
        "approve": ngettext("Approved one comment.", "Approved %(count)s comments.", count),
        "hold": ngettext("Held one comment.", "Held %(count)s comments.", count),
        "remove": ngettext("Removed one comment.", "Removed %(count)s comments.", count),
        "bin": ngettext("Put one comment to spam.", "Put %(count)s comments to spam.", count),
        "settle": ngettext("Left one comment as it is.", "Left %(count)s comments as they are.", count),
    }[verb]
    return words % {"count": tabs.number(count)}


def isolated(name):
    """A name in a sentence, whichever way it is written."""
    return f"\u2068{name or _('(no name)')}\u2069"


def refused(request, comment, words):
    if wants_json(request):
        return JsonResponse({"said": words, "done": False, "look": address(comment) if comment else ""}, status=409)
    messages.warning(request, words)
    return back(request, comment, here=True)


def as_json(request, words, **more):
    return JsonResponse({"said": words, "done": True, "counts": tabs.recounted(request), **more})


def wants_json(request):
    return request.headers.get("Accept") == "application/json"


def check_place(request):
    """Is the place named to which it goes back? Asked before anything is done. Raises BadRequest."""
    tabs.wanted(request.POST.get("q"))
    if request.POST.get("after"):
        paging.read(request.POST["after"])
    if request.POST.get("next"):
        as_key(request.POST["next"])


def back(request, comment, *, here=False):
    """To where the button stood: the page of the comment, or the same place in the queue, at the next comment."""
    if request.POST.get("to") == "comment" and comment:
        return HttpResponseRedirect(address(comment))
    tab, after, following = tabs.wanted(request.POST.get("q")), request.POST.get("after"), request.POST.get("next")
    query = urlencode({"q": tab.key} | ({"after": after} if after else {}))
    at = comment.pk if here and comment else following
    return HttpResponseRedirect(reverse("admin:comments_comment_changelist") + f"?{query}" + (f"#q{at}" if at else ""))


def address(comment: Comment) -> str:
    return reverse("admin:comments_comment_change", args=[comment.pk])


def as_key(text):
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadRequest("not the number of a row")
    return int(text)


def as_uuid(text):
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("not the number of a batch") from None
