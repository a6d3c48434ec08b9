"""The page at a moment: `?at=2026-09-05T14:05` on a post gives it as readers were served it then."""

import re
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import local_times, looking_back, pages, removal, renditions
from ..coverage import Wish
from ..models import Post, Revision
from ..standing import Standing
from ..structured import Meta

# What was served at a moment never changes. But the post may be withdrawn, and then its words go from here, too. So
# what a reader has fetched is good for an hour; a cache that serves everybody asks again as it does for the post
# itself, and is told "as before" (304), from one question, or that it is gone.
KEPT = "public, max-age=3600, s-maxage=1, stale-while-revalidate=30"
# An act is seen a little later than the time it bears. What is younger than this is not kept yet.
SETTLED = timedelta(minutes=1)

OF_THE_MOMENT = ("at", "u", "order", "updates")

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?)(?:(Z)|([-+ ])(\d\d):?(\d\d))?",
    re.ASCII | re.IGNORECASE,
)


class NoTime(ValueError):
    """Not a time of day on a day."""


def page(request: HttpRequest, standing: Standing, wish: Wish) -> HttpResponse:
    """A live post as it was at the moment that the query names."""
    now, text = timezone.now(), request.GET["at"].strip()
    try:
        moments = read(text, timezone.get_default_timezone())
    except NoTime:
        return _refuse(request, 400, _("This is not a time"), _("Write it as 2026-09-05T14:05."))
    if len(moments) > 1:
        return _ask(request, moments)
    [moment] = moments
    if moment > now:
        return _refuse(request, 404, _("That time is still to come"), _("Nobody knows what this page will say then."))
    if moment < standing.published_at:
        return _refuse_before(request, standing.published_at)
    response = pages.answer(
        request,
        ("at", standing.post_id, standing.version, standing.story_version, standing.furniture),
        lambda: _draw(request, standing, moment, wish),
        OF_THE_MOMENT,
    )
    if response.status_code in (200, 304) and now - moment > SETTLED:
        response.headers["Cache-Control"] = KEPT
    return response


def read(text: str, zone: tzinfo) -> list[datetime]:
    """The instants that a time may mean: one, or two to choose from where the clocks of the zone leave it open.

    It is a time of that zone, unless it says how far from UTC it is. Raises NoTime.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise NoTime(text)
    day, clock, utc, sign, hours, minutes = match.groups()
    offset = "+00:00" if utc else f"{sign.replace(' ', '+')}{hours}:{minutes}" if sign else ""
    try:
        moment = datetime.fromisoformat(f"{day}T{clock.replace(',', '.')}{offset}")
        if not 1 < moment.year < 9999:  # there are zones in which it is in no year
            raise NoTime(text)
        return [moment] if offset else local_times.meant(moment, zone)
    except (ValueError, OverflowError) as error:
        raise NoTime(text) from error


def spell(moment: datetime) -> str:
    """The query that gives the page at exactly this moment."""
    return urlencode({"at": timezone.localtime(moment).isoformat()})


def _draw(request: HttpRequest, standing: Standing, moment: datetime, wish: Wish) -> HttpResponse:
    post = Post.objects.live().select_related("story").get(pk=standing.post_id)
    try:
        then = looking_back.look(post, moment, wish)
    except looking_back.NotYet:
        return _refuse_before(request, standing.published_at)
    except looking_back.Withdrawn as withdrawn:
        return _refuse(request, 410, _("At that time this post was withdrawn"), withdrawn.act.public_note)
    if then.revision.is_blank():
        return _removed(request, then.revision)
    meta = Meta(
        title=then.revision.headline,
        description=then.revision.excerpt,
        path=post.get_absolute_url(),
        kind="article" if post.kind == Post.Kind.POST else "website",
        image=renditions.shared_address(then.revision.image),
        image_alt=then.revision.image.get("alt", ""),
    )
    response = pages.draw(
        request,
        "blog/moment.html",
        meta,
        post=then.post,
        revision=then.revision,
        coverage=then.covered,
        section=then.section,
        tags=then.tags if post.kind == Post.Kind.POST else [],
        authors=then.authors,
        gone_since=then.gone_since,
        archived=moment,
        at_query=f"{urlencode({'at': request.GET['at']})}&",
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _removed(request: HttpRequest, revision: Revision) -> HttpResponse:
    """What readers were served then is not shown to anybody any more."""
    told = removal.told_of([revision]).get(revision.pk)
    headline = _("The words of that time were removed for legal reasons")
    return _refuse(request, 451, headline, told.public_note if told else "")


def _ask(request: HttpRequest, moments: list[datetime]) -> HttpResponse:
    """The clocks were put back over this time, or forward: which is meant?"""
    if len({timezone.make_naive(moment, timezone.get_default_timezone()) for moment in moments}) == 1:
        sentence = _("On that day the clocks were put back, and it was this time twice.")
    else:
        sentence = _("On that day the clocks were put forward, and it was never this time.")
    choices = [(moment, spell(moment)) for moment in moments]
    return _refuse(request, 400, _("Which time do you mean?"), sentence, choices=choices)


def _refuse_before(request: HttpRequest, published_at: datetime) -> HttpResponse:
    first = (published_at, spell(published_at))
    sentence = _("This page was not published yet at that time.")
    return _refuse(request, 404, _("That was before the beginning"), sentence, choices=[first])


def _refuse(request: HttpRequest, status: int, headline: str, sentence: str, **context) -> HttpResponse:
    response = pages.draw(
        request, "blog/no_moment.html", Meta(headline), status=status, headline=headline, sentence=sentence, **context
    )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
