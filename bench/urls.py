"""The site's own addresses, and a bare view to measure them against."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

BYTES: dict[str, bytes] = {}  # what the bare view sends, by name


def bare(request: HttpRequest, name: str) -> HttpResponse:
    """The least that a page with a database behind it can do: one row by its key, and bytes that are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM blog_post WHERE id = 1")
        cursor.fetchone()
    return HttpResponse(BYTES[name])


urlpatterns = [path("bare/<str:name>", bare), path("", include("config.urls"))]
