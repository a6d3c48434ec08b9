"""Answers that are made once for all readers.

Everything that readers can see has a number that goes up when it changes: a post, a story, and the edition for what
is gathered from many. One query reads the number. It says whether the reader's copy is still good (304), or a page
kept here; only else is one drawn. So nothing kept can be old, and nothing has to be thrown away when somebody
publishes. A page drawn for one reader is sent to all: public views never look at the session.
"""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db.models import Value
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .models import Edition, Tally
from .structured import Meta

FOR_EVERYBODY = "public, max-age=0, s-maxage=1, stale-while-revalidate=30"
FOR_NOBODY_ELSE = "private, no-store"

SHOWN_SETTINGS = ("SITE_NAME", "SITE_TAGLINE", "SITE_URL", "LANGUAGE_CODE", "TIME_ZONE", "STATIC_URL", "MEDIA_URL")
SHOWN_FILES = frozenset(".css .html .js .mo .png .py .svg .woff2".split())


def of_edition(*parameters: str, counts_comments: bool = False) -> Callable:
    """For a view of what is gathered from many posts: drawn once for each edition and each day.

    Where it counts comments, also whenever readers see another one anywhere. Of the query only `parameters` count; all
    others are ignored, so they make no further copies anywhere.
    """
    editions = Edition.objects.values_list("number", Tally.objects.version_of_site() if counts_comments else Value(0))

    def decorate(view: Callable) -> Callable:
        @require_safe
        @wraps(view)
        def answering(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            version = (*editions.get(pk=1), timezone.localdate())
            return answer(request, version, lambda: view(request, *args, **kwargs), parameters)

        return answering

    return decorate


def answer(
    request: HttpRequest, version: tuple, draw: Callable[[], HttpResponse], parameters: tuple[str, ...] = ()
) -> HttpResponse:
    """304 if the reader has this version; else the page that is kept, or one drawn now."""
    query = [(name, request.GET[name]) for name in parameters if name in request.GET]
    etag = _etag(request.path, query, version)
    if _is_with_reader(request, etag):
        return _for_everybody(HttpResponseNotModified(), etag)
    # There is no end of queries: what they ask for is drawn each time.
    response = _for_everybody(draw() if query else _kept(etag, draw), etag)
    return get_conditional_response(request, etag=etag, response=response)


def _is_with_reader(request: HttpRequest, etag: str) -> bool:
    """Does the reader name this very version? Other conditions (`*`, If-Match) are for a page that is known to be."""
    named = parse_etags(request.headers.get("If-None-Match", ""))
    return "If-Match" not in request.headers and etag in {one.removeprefix("W/") for one in named}


def _kept(etag: str, draw: Callable[[], HttpResponse]) -> HttpResponse:
    kept = caches["pages"].get(etag)
    if kept is not None:
        content, content_type = kept
        return HttpResponse(content, content_type=content_type)
    response = draw()
    if response.status_code == 200:
        caches["pages"].set(etag, (response.content, response.headers["Content-Type"]))
    return response


def draw(request: HttpRequest, template: str, meta: Meta, **context) -> HttpResponse:
    """A page for readers, with what its head says."""
    return render(request, template, {"meta": meta} | context)


def _for_everybody(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = FOR_EVERYBODY
    return response


def _etag(path: str, query: list[tuple[str, str]], version: tuple) -> str:
    shown = [getattr(settings, name) for name in SHOWN_SETTINGS]
    whole = repr((fingerprint() if not settings.DEBUG else _made_of(), shown, get_language(), path, query, version))
    return f'"{hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()[:32]}"'


@cache
def fingerprint() -> str:
    """Says which program draws the pages: another one draws other pages of the same words."""
    return _made_of()


def _made_of() -> str:
    """SHA-256 of our own code, templates and static files, by their content: the same on every machine."""
    digest = hashlib.sha256()
    ours = [Path(app.path) for app in apps.get_app_configs() if settings.BASE_DIR in Path(app.path).parents]
    ours = [place for place in ours if ".venv" not in place.parts]
    for place in [*ours, *(settings.BASE_DIR / name for name in ("config", "static", "templates"))]:
        for file in sorted(place.rglob("*")):
            if file.suffix in SHOWN_FILES and file.is_file():
                digest.update(str(file.relative_to(settings.BASE_DIR)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
