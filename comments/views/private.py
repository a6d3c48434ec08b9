"""Answers for one reader of the discussion; see `blog.views.private`."""

from django.http import HttpRequest, HttpResponse

from blog.views import private

_SENT_AGAIN = ("name", "email", "reply", "stamp", "website", "act", "reason", "proof")  # with the words


def not_sent_yet(request: HttpRequest, template: str) -> HttpResponse:
    """The database is away or takes nothing: the words, on a page that needs none of it, to be sent again."""
    return private.not_sent_yet(request, template, _SENT_AGAIN)


def _comment_is_not_sent(request: HttpRequest) -> HttpResponse:
    return not_sent_yet(request, "comments/away.html")


for_one_reader = private.for_one_reader(_comment_is_not_sent)
