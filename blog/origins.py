"""Which posted forms are of our own pages. Pages that everybody gets the same carry no token (threats.md, T-30)."""

from enum import Enum
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware


class Verdict(Enum):
    """What the browser's own headers say of a posted form."""

    OURS = "it comes from a page of ours"
    UNKNOWN = "nothing says where from: ask on a page that is made for this reader alone"
    FOREIGN = "it comes from somebody else's page"


def verdict(request: HttpRequest) -> Verdict:
    """Where a posted form comes from. A page cannot change what these headers say of it."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site not in {None, "same-origin"} or origin not in {None, "null", *own_origins(request)}:
        return Verdict.FOREIGN
    if site == "same-origin":
        return Verdict.UNKNOWN if origin == "null" else Verdict.OURS
    if origin is not None:
        return Verdict.FOREIGN if origin == "null" else Verdict.OURS
    referer = request.headers.get("Referer")
    return Verdict.UNKNOWN if referer is None or _origin_of(referer) in own_origins(request) else Verdict.FOREIGN


def own_origins(request: HttpRequest) -> set[str]:
    """What browsers call the site: by its address in the settings, and as this reader reached it."""
    return {_origin_of(settings.SITE_URL), f"{request.scheme}://{request.get_host()}".lower()}


def has_session(request: HttpRequest) -> bool:
    """Does this browser bring a session along? Then a form is only taken with Django's token."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def has_token(request: HttpRequest) -> bool:
    """Does Django's own check let this form pass?"""
    if "csrfmiddlewaretoken" not in request.POST and "X-CSRFToken" not in request.headers:
        return False  # nothing to be written to the log: pages for everybody have none
    return CsrfViewMiddleware(_checked).process_view(request, _checked, (), {}) is None


def _checked(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return ""
