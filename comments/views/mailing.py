"""What the links in mails lead to. The address alone says who comes: nobody signs in to end a mail.

Programs open links in mails before people do, so opening one changes nothing; a button does.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from blog.pages import FOR_NOBODY_ELSE
from blog.views.private import see_other

from .. import mail
from ..models import Subscription


def of_subscription(view: Callable) -> Callable:
    """The view gets the subscription that the token is of; what is unknown has a page that says so."""

    @csrf_exempt  # who has the token may; mail programs have no other, and no cookie
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answering(request: HttpRequest, token: str) -> HttpResponse:
        subscription = Subscription.objects.filter(token=token).select_related("post__live").first()
        response = view(request, subscription) if subscription else _page(request, "unknown", status=404)
        response.headers["Cache-Control"] = FOR_NOBODY_ELSE
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answering


@of_subscription
def confirm(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """Asks whether this mailbox wants mail, and takes the yes."""
    now = timezone.now()
    if request.method == "POST" and mail.confirm(subscription, now):
        return see_other(request.path)
    if subscription.ended_at:
        return _page(request, "ended", subscription, status=410)
    if mail.has_run_out(subscription, now):
        return _page(request, "run_out", subscription, status=410)
    return _page(request, "confirm", subscription)


@of_subscription
def end(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """Ends the mails about one thread. No redirect: mail programs that send the form do not follow one (RFC 8058)."""
    if request.method == "POST":
        mail.end(subscription, timezone.now())
        subscription.refresh_from_db(fields=["ended_at"])
    return _page(request, "ended" if subscription.ended_at else "end", subscription)


def _page(
    request: HttpRequest, name: str, subscription: Subscription | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"subscription": subscription}
    if subscription is not None:
        context |= {"mailbox": mail.masked(subscription.email), "post": subscription.post}
    return render(request, f"comments/mailing/{name}.html", context, status=status)
