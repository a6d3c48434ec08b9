"""The site's own addresses, and a bare view to measure them against."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from blog.models import Edition

BYTES: dict[str, bytes] = {}  # what the bare view sends, by name


def bare(request: HttpRequest, name: str) -> HttpResponse:
    """The least that a page with a database behind it can do: one row by its key, and bytes that are there."""
    Edition.objects.values_list("number", flat=True).get(pk=1)
    return HttpResponse(BYTES[name])


urlpatterns = [path("bare/<str:name>", bare), path("", include("config.urls"))]
