"""A form of the desk that came too late, signed out or with an old token: never lost, shown to be sent once more.

There is nobody to keep its words for. So the page that answers holds all of them, in a form.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import csrf
from django.views.decorators.debug import sensitive_post_parameters

from ..models.drafts import in_words, is_read
from ..origins import Verdict, verdict

LEFT_OUT = {"csrfmiddlewaretoken", "verb"}  # who sends it again saves; what else is to be done is decided then


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
    typed = [(name.removeprefix("update-"), text) for name, text in sent if text.strip()]
    context = {
        "fields": sent,
        "shown": [(in_words(name), text) for name, text in typed if is_read(name)],
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
