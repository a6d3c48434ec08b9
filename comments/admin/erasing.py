"""From a comment to all that its writer wrote: what would be erased, and the button that does it."""

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import people
from . import reading, responding

ERASES = "comments.erase_comment"
SHOWN = 20  # of the comments that would be erased


def page(request, comment, context):
    """GET says what will happen; POST does it, if that is still what would happen."""
    if not request.user.has_perm(ERASES):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else request.GET
    persons = _persons(comment)
    way = sent.get("who", next(iter(persons)))
    if way not in persons:
        raise BadRequest("no such person")
    label, person = persons[way]
    trial = people.erase(person, by=request.user, trial=True)
    agreed = sent.get("comments") == str(trial.comments)
    if request.method == "POST" and agreed:
        return _erased(request, people.erase(person, by=request.user))
    rows = reading.for_reading(person.comments()).in_order_of_writing()
    context |= {
        "title": _("Erase what a person wrote"),
        "comment": comment,
        "ways": [(key, one) for key, (one, _person) in persons.items()],
        "way": way,
        "label": label,
        "trial": trial,
        "told": _in_words(trial),
        "first": rows[:SHOWN],
        "shown": SHOWN,
        "refused": request.method == "POST",
        "now": timezone.now(),
    }
    status = 409 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/comments/comment/erase.html", context, status=status)


def _persons(comment):
    """Who may be meant by this comment, each with words for it; the surest first."""
    persons = {}
    account = comment.user_id and get_user_model().objects.filter(pk=comment.user_id).first()
    if account:
        persons["account"] = _("The account %s") % account.get_username(), people.by_account(account)
    elif comment.writer:
        persons["writer"] = _("The same writer"), people.by_comment(comment)
    else:
        persons["writer"] = _("This comment alone"), people.by_comment(comment)
    if comment.email:
        persons["email"] = _("Everybody who gave %s") % comment.email, people.by_email(comment.email)
    return persons


def _in_words(trial):
    """What else goes, besides the comments."""
    words = {
        "wordings": lambda count: ngettext("%d earlier wording", "%d earlier wordings", count),
        "quotations": lambda count: ngettext(
            "quotations in %d comment of others", "quotations in %d comments of others", count
        ),
        "reports": lambda count: ngettext("the words of %d report", "the words of %d reports", count),
        "suggestions": lambda count: ngettext("%d suggested correction", "%d suggested corrections", count),
        "subscriptions": lambda count: ngettext("mail about %d thread", "mail about %d threads", count),
        "bans": lambda count: ngettext("%d ban on the name", "%d bans on the name", count),
    }
    counts = asdict(trial)
    return [word(counts[name]) % counts[name] for name, word in words.items() if counts[name]]


def _erased(request, erased):
    said = ngettext(
        "Erased one comment for its writer.", "Erased %(count)d comments for their writer.", erased.comments
    )
    messages.success(request, said % {"count": erased.comments})
    request.session.pop(responding.LAST, None)  # what was decided last may have been about one of these
    return HttpResponseRedirect(reverse("admin:comments_comment_changelist"))
