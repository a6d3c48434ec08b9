"""Answers for one reader: kept nowhere, found by no search. What cannot be taken now is shown again, with its words."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ..pages import FOR_NOBODY_ELSE
from . import errors

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
BROKEN = (BadRequest, MultiPartParserError, UnreadablePostError)
LARGEST = 128 * 1024  # bytes; the longest comment in a script whose letters take twelve as a form sends them


def for_one_reader(away: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Nothing of the answer is kept anywhere, or found by searching. Too much is refused before it is read.

    `away` answers a form that the database cannot take now. Django's own check of forms is done by these views where
    there is a session (`origins`): others have no token.
    """

    def decorate(view: Callable) -> Callable:
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
                    response = away(request)
            response.headers["Cache-Control"] = FOR_NOBODY_ELSE
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return answering

    return decorate


def see_other(path: str) -> HttpResponse:
    """What was sent is done: look there. Loading that page again sends nothing again."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response


def not_before(again_at: datetime, response: HttpResponse) -> HttpResponse:
    """The same answer, with the time for programs after which it may be sent again."""
    seconds = (again_at - timezone.now()).total_seconds()
    response.headers["Retry-After"] = str(max(1, int(seconds) + 1))
    return response


def from_elsewhere() -> str:
    return _("It came from another site. If these are your words, send them from here.")


def _too_much(request: HttpRequest) -> HttpResponse | None:
    """Said by the length alone. A form of unknown length is none that a browser sends."""
    if request.method != "POST":
        return None
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return errors.bare("400.html", 411, reason=_("Nothing says how long this is."))
    if len(length) > 10 or int(length) > LARGEST:
        return errors.bare("413.html", 413)
    try:
        request.POST  # noqa: B018 (read here: what is broken is the sender's affair, and no error of ours)
    except TOO_MUCH:
        return errors.bare("413.html", 413)
    except BROKEN:
        return errors.bare("400.html", 400, reason=_("What was sent is not a whole form."))
    return None


def not_sent_yet(request: HttpRequest, template: str, others: Iterable[str]) -> HttpResponse:
    """The database is away or takes nothing: the words, on a page that needs none of it, to be sent again.

    `others` are the fields that go along with the text unseen.
    """
    context = {
        "action": request.path,
        "text": request.POST.get("text", ""),
        "others": [(name, request.POST[name]) for name in others if request.POST.get(name)],
    }
    response = errors.bare(template, 503, **context)
    response.headers["Retry-After"] = str(errors.RETRY_AFTER)
    return response
