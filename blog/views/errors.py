"""When there is no page to give. All but the 404 are made without asking the database: it may be what failed."""

import re
import sys
from urllib.parse import unquote

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ..context import furniture
from ..paging import Unreadable
from ..paths import day_of

DATABASE_AWAY = (OperationalError, InternalError, InterfaceError)
RETRY_AFTER = 30  # seconds

_DATED = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/", re.ASCII)
_PLAIN_WORD = re.compile(r"[^\W\d_]{3,30}")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Offers the words of the address for a search, and the day it names, if it names one."""
    dated = _DATED.match(request.path)
    is_secret = request.path.startswith(("/preview/", "/shared/"))
    words = "" if is_secret else " ".join(_PLAIN_WORD.findall(unquote(request.path))[:6])
    context = {"words": words, "day": day_of(*map(int, dated.groups())) if dated else None}
    return _unkept(render(request, "404.html", context, status=404))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return bare("413.html", 413)
    reason = str(exception) if isinstance(exception, Unreadable) else _("This address cannot be read.")
    return bare("400.html", 400, reason=reason)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return bare("403.html", 403)


def failed(request: HttpRequest) -> HttpResponse:
    """The last resort, called while the exception is being handled."""
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        return database_away()
    return bare("500.html", 500)


def database_away() -> HttpResponse:
    response = bare("503.html", 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def bare(template: str, status: int, **context) -> HttpResponse:
    """A page without furniture."""
    return _unkept(HttpResponse(render_to_string(template, {"site": furniture()} | context), status=status))


def _unkept(response: HttpResponse) -> HttpResponse:
    """What is not there now may be there in a moment."""
    response.headers["Cache-Control"] = "no-store"
    return response
