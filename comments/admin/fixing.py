"""The suggestion that was made of a comment is applied or declined, and its writer thanked."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponseRedirect
from django.utils.translation import gettext as _

from blog import checks, suggestions, workflow
from blog.admin import steps
from blog.admin.suggestions import passed_over
from blog.models import Revision
from blog.rendering import Unacceptable

from ..models import Comment
from . import answering, fixes, looking, reading, responding


def decide(request, comment, context):
    """Apply or decline the suggestion that was made of a comment, and answer the comment with it if that is ticked."""
    if comment.suggestion is None:
        raise Http404
    act = {"apply": _apply, "decline": _decline}.get(request.POST.get("verb", ""))
    if act is None:
        raise BadRequest("no such verb")
    try:
        act(request, comment)
    except steps.Doubtful as doubtful:
        return _again(request, comment, context, asked=doubtful, told=checks.keys(doubtful.warned))
    except (workflow.WorkflowError, Unacceptable) as refusal:
        return _again(request, comment, context, refused=str(refusal))
    return HttpResponseRedirect(f"{responding.address(comment)}#suggestion")


def _apply(request, comment):
    suggestion, kind = comment.suggestion, request.POST.get("kind", "")
    if kind not in fixes.KINDS:
        raise BadRequest("no such kind of change")
    passed = passed_over(suggestion, kind, request)
    said = {
        "public_note": request.POST.get("public_note", "") if kind != Revision.Kind.TYPO else "",  # a typo is quiet
        "why": request.POST.get("publish-why", "") if passed else "",
    }
    suggestion = suggestions.apply(suggestion, by=request.user, kind=kind, warnings=passed, **said)
    if not suggestions.is_public(suggestion):
        said = _("Version %(number)d has it, and waits for who may publish. The comment says so once readers see it.")
        messages.success(request, said % {"number": suggestion.resolved.number})
        return
    messages.success(request, _("Fixed in version %(number)d.") % {"number": suggestion.resolved.number})
    if request.POST.get("thank"):
        answering.thank(request, comment, request.POST.get("answer", ""))


def _decline(request, comment):
    suggestions.decline(comment.suggestion, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("Declined. Readers see the reason below the comment."))


def _again(request, comment, context, **trouble):
    """The page of the comment with what speaks against it, and with what was typed."""
    comment = reading.for_reading(Comment.objects.filter(pk=comment.pk)).get()
    typed = {name: request.POST.get(name, "") for name in ("kind", "public_note", "answer", "thank", "reason")}
    typed["why"] = request.POST.get("publish-why", "")
    fix = fixes.shown(comment, request.user) | {"typed": typed} | trouble
    return looking.page(request, comment, context | {"fix": fix}, status=400)
