"""One wording for somebody without an account, by a link that nobody can guess."""

import logging

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .. import pages, previewing
from ..models import PreviewLink
from ..structured import Meta
from ..visitors import address_of
from . import previews

logger = logging.getLogger(__name__)


@require_safe
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """The wording of an open link. One that has ended, was revoked, or never was: one answer, found in one way."""
    link = previewing.opened(secret)
    if link is None:
        response = pages.draw(request, "blog/shared_ended.html", Meta(""))
        response.status_code = 404
        return _for_who_has_it(response)
    piece = link.revision.update or link.post
    if link.revision.update:
        piece.post = link.post
    response = _for_who_has_it(previews.draw(request, "blog/shared.html", piece, link.revision, link=link))
    if request.method == "GET":  # HEAD is a program that looks whether there is something
        _note_visit(request, link)
    return response


def _for_who_has_it(response: HttpResponse) -> HttpResponse:
    """The address is the secret: no cache keeps it, no search finds it, and no link or picture says it to others."""
    response.headers["Cache-Control"] = pages.FOR_NOBODY_ELSE
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"  # the page has no form that is posted
    return response


def _note_visit(request: HttpRequest, link: PreviewLink) -> None:
    """A log, as any server keeps one: where the database takes nothing just now, the page is shown all the same."""
    try:
        with transaction.atomic():
            previewing.visited(link, address=address_of(request), agent=request.headers.get("User-Agent", ""))
    except DatabaseError as error:
        logger.warning("A visit by a preview link was not kept: %s", str(error).strip())
