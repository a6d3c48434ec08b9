"""What machines ask for before anything else."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..structured import absolute


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Can pages be made here now? For a supervisor or a balancer; never cached."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM blog_edition")
            status = 200 if cursor.fetchone() else 503
    except DatabaseError:
        status = 503
    answer = HttpResponse("ok\n" if status == 200 else "no database\n", status=status, content_type="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "Disallow: /preview/",
        "Disallow: /*?*reply=",  # the same page with a form in another place, once for each comment
        f"Disallow: {reverse('blog:search')}",
        f"Sitemap: {absolute(reverse('blog:sitemap'))}",
        f"Sitemap: {absolute(reverse('blog:news_sitemap'))}",
    ]
    answer = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
