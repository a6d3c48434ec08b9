"""A form of the desk that came too late, signed out or with an old token: never lost, shown to be sent once more.

There is nobody to keep its words for. So the page that answers holds all of them, in a form.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import csrf
from django.views.decorators.debug import sensitive_post_parameters

from ..origins import Verdict, verdict

LEFT_OUT = {"csrfmiddlewaretoken", "verb"}  # who sends it again saves; what else is to be done is decided then
NOT_SHOWN = ("kept-", "based_on", "-based_on", "-since", "_FORMS")


def is_of_the_desk(request: HttpRequest) -> bool:
    """Is it a form whose words are kept?"""
    return (
        request.method == "POST"
        and request.path.startswith("/admin/")
        and "kept-form" in request.POST
        and "kept-by" in request.POST
        and "X-CSRFToken" not in request.headers  # a script sends it, which keeps the words where they are
    )


def not_lost(request: HttpRequest) -> HttpResponse:
    """403: nothing was saved, and here is everything that was typed, to be sent again after signing in."""
    sent = [(name, text) for name in request.POST for text in request.POST.getlist(name) if name not in LEFT_OUT]
    shown = [(name.removeprefix("update-"), text) for name, text in sent if text.strip() and not _is_hidden(name)]
    context = {
        "fields": sent,
        "shown": shown,
        "has_file": any(request.FILES.values()),
        "is_signed_in": request.user.is_authenticated,
        "is_another": request.user.is_authenticated and request.POST["kept-by"] != str(request.user.pk),
    }
    response = render(request, "admin/not_lost.html", context, status=403)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@sensitive_post_parameters()
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Whoever signed in again in another window has an old token in this one."""
    if verdict(request) is Verdict.OURS and is_of_the_desk(request):
        return not_lost(request)
    return csrf.csrf_failure(request, reason=reason)


def _is_hidden(name: str) -> bool:
    return any(part in name for part in NOT_SHOWN)
