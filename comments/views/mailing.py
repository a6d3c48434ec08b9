"""What the links in mails lead to. The address alone says who comes: nobody signs in to end a mail."""

from django.http import Http404, HttpRequest, HttpResponse


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404


def end(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404
