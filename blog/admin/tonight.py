"""What happens in the next hours, what did not happen, and what has been done: one page of the desk."""

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import schedule, tonight, workflow
from ..models import Schedule


def show(request):
    """The page. A form on it takes a plan back, or says that a failure has been seen."""
    if not request.user.has_perm("blog.view_schedule"):
        raise PermissionDenied
    if request.method == "POST":
        return _act(request)
    return _page(request)


def _act(request, status=409):
    row = _row(request)
    try:
        if "seen" in request.POST:
            schedule.see(row, by=request.user)
            messages.success(request, _("Seen: “%(piece)s”.") % {"piece": row.piece})
        else:
            schedule.take_back(row, by=request.user)
            messages.success(request, _("What was planned for “%(piece)s” is taken back.") % {"piece": row.piece})
    except workflow.WorkflowError as refusal:
        return _page(request, refused=str(refusal), status=status)
    return HttpResponseRedirect(reverse("admin:tonight"))


def _row(request) -> Schedule:
    number = request.POST.get("seen") or request.POST.get("take_back") or ""
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise BadRequest("no such plan")
    row = tonight.with_pieces(Schedule.objects.readable_by(request.user)).filter(pk=int(number)).first()
    if row is None:
        raise Http404
    return row


def _page(request, *, refused="", status=200):
    user = request.user
    part = tonight.part(user, request.GET.get("after"))
    context = admin.site.each_context(request) | {
        "title": _("Tonight"),
        "coming": [(one, schedule.may_take_back(user, one.row)) for one in part.rows],
        "part": part,
        "troubles": [(row, schedule.may_take_back(user, row)) for row in tonight.troubles(user)],
        "done": tonight.done(user),
        "refused": refused,
    }
    return TemplateResponse(request, "admin/tonight.html", context, status=status)


admin.site.add_page("tonight/", show, "tonight", gettext_lazy("Tonight"), "blog.view_schedule")
