"""What is done for every request, before and after the views."""

import codecs
import logging
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes, urlencode

from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from . import embeds
from .addresses import is_path_of_ours, spelt
from .models import Post
from .paths import day_of
from .views import errors
from .views.changes import gone
from .views.posts import withdrawn

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

# Powerful features of browsers that no page of ours uses; a player that a reader asked for may begin by itself
NOT_USED = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer camera display-capture encrypted-media geolocation gyroscope magnetometer "
        "microphone midi payment publickey-credentials-get screen-wake-lock usb xr-spatial-tracking"
    ).split()
)
PLAYS_BY_ITSELF = " ".join(f'"{origin}"' for origin in embeds.origins(settings.EMBED_HOSTS))
PERMISSIONS = f"{NOT_USED}, autoplay=({PLAYS_BY_ITSELF})"
LONGEST_CHAIN = 5  # redirects behind one another before we call it a circle

# Django leaves bytes that are not UTF-8 in a path as they came, with a percent sign.
_NOT_IN_PATH = re.compile("[\x00-\x1f\x7f-\x9f]|%[89A-F][0-9A-F]")
_NOT_IN_QUERY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # who pastes may paste a tab
# What else a post has an address for; people have it open, or follow it, under the name that the post had then.
_BELOW_A_POST = re.compile(r"(/.+/)((?:(?:changes|history|correct)/|updates\.atom)(?:\?.*)?)")
_OLD_NUMBERS = ("p", "page_id")  # WordPress without pretty addresses: /?p=123


def headers_for_all(get_response: Answer) -> Answer:
    """The headers that nothing else sets, on every answer, errors included."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", get_language())
        if response.headers.get("Cache-Control", "").startswith("public"):
            _set_no_cookie(response)
        return response

    return answer


def _set_no_cookie(response: HttpResponse) -> None:
    """Django answers a broken cookie with a new one. In what a cache keeps, all readers would be given it."""
    response.cookies.clear()
    if response.headers.get("Vary") == "Cookie":
        del response.headers["Vary"]


def plain_addresses(get_response: Answer) -> Answer:
    """Refuse addresses that are not text: broken UTF-8, lone surrogates, NUL and other control characters.

    The two databases treat them differently, and no honest link holds any.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if _NOT_IN_PATH.search(request.path_info) or not _is_text(request.META.get("QUERY_STRING", "")):
            return errors.bare("400.html", 400, reason=_("This address holds characters that are not text."))
        return get_response(request)

    return answer


def in_utf_8(get_response: Answer) -> Answer:
    """Refuse what says that it is spelt otherwise than our pages, which browsers send as they got it: in UTF-8.

    Django would read forms and addresses with any codec that Python has: "hex" fails, and "unicode_escape" makes lone
    surrogates, which no database and no page takes.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        spelling = request.encoding  # None where nothing is said, or nothing that Python knows
        if spelling and codecs.lookup(spelling).name != "utf-8":
            return errors.bare("400.html", 400, reason=_("What was sent is not in UTF-8."))
        return get_response(request)

    return answer


class DatabaseAway:
    """The database cannot be asked (restarting, full, read-only): say so, and when to come back."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, errors.DATABASE_AWAY):
            return None
        logger.error("The database cannot be asked: %s", str(exception).strip())
        return errors.database_away()


def old_addresses(get_response: Answer) -> Answer:
    """Where there is no page, look whether there was one: send readers on, or say that it is gone for good.

    Redirects lead to addresses of this site alone, and never in a circle.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        missing = response.status_code == 404 or (request.path == "/" and any(map(request.GET.get, _OLD_NUMBERS)))
        if not missing or request.method not in ("GET", "HEAD"):
            return response
        return _sent_on(request) or response

    return answer


def piece_at(path: str) -> Post | None:
    """The post or page that a path leads to, one of ours or an old one that is forwarded; whoever may see it."""
    kept = _kept_for(_spellings(path))
    return _post_at(kept.new_path if kept else f"{path.partition('?')[0].rstrip('/')}/")


def _sent_on(request: HttpRequest) -> HttpResponse | None:
    address, rest = request.get_full_path(), ""
    kept = _kept_for(_spellings(address))
    below = None if kept else _BELOW_A_POST.fullmatch(address)
    if below:
        address, rest = below.groups()
        kept = _kept_for(_spellings(address))
    if kept is None:
        return None
    if not kept.new_path:
        return render(request, "410.html", status=410)
    if not is_path_of_ours(kept.new_path) or _goes_round(kept):
        return None
    post = _post_at(kept.new_path)
    if post is not None and not post.is_live():
        # its newer address is nobody's business
        return gone(post.pk) if rest.startswith("changes/") else withdrawn(request, post.pk)
    if rest and post is None:
        return None
    response = HttpResponsePermanentRedirect(kept.new_path + (rest or (_moment_of(request) if post else "")))
    response.headers["Cache-Control"] = "public, max-age=0"  # an editor may move it back
    return response


def _moment_of(request: HttpRequest) -> str:
    """Whoever asks for the page at a moment by an address of then is sent on to that moment."""
    return f"?{urlencode({'at': request.GET['at']})}" if "at" in request.GET else ""


def _spellings(full_path: str) -> list[str]:
    """How an address may stand in the table, the closest first: with or without its query, its last slash."""
    path, _mark, query = full_path.partition("?")
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    found = [f"{path}?{query}", f"{other}?{query}"] if query else []
    found += [path, other] if path != "/" else []
    spellings = dict.fromkeys(one for each in found for one in (spelt(each), each, unquote(each)) if one)
    return [one for one in spellings if "\0" not in one]


def _kept_for(spellings: list[str]) -> Redirect | None:
    rows = Redirect.objects.filter(site_id=settings.SITE_ID, old_path__in=spellings)
    return min(rows, key=lambda row: spellings.index(row.old_path), default=None)


def _goes_round(kept: Redirect) -> bool:
    """Does a chain of redirects come back to where it was? `addresses.forward` makes none; people may."""
    seen = set(_spellings(kept.old_path))
    for _step in range(LONGEST_CHAIN):
        spellings = _spellings(kept.new_path)
        if seen.intersection(spellings):
            return True
        seen.update(spellings)
        kept = _kept_for(spellings)
        if kept is None:
            return False
    return True


def _post_at(path: str) -> Post | None:
    """The post or page that is to be found at a path of ours."""
    try:
        match = resolve(unquote(path.partition("?")[0].partition("#")[0]))
    except Resolver404:
        return None
    if match.view_name == "blog:page":
        return Post.objects.at_address(match.kwargs["slug"]).first()
    if match.view_name != "blog:post":
        return None
    day = day_of(*(match.kwargs[part] for part in ("year", "month", "day")))
    return Post.objects.at_address(match.kwargs["slug"], day).first() if day else None


def _is_text(query: str) -> bool:
    try:
        return not _NOT_IN_QUERY.search(unquote_to_bytes(query.encode("latin-1")).decode())
    except UnicodeError:
        return False
