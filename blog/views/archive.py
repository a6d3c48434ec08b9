"""What was published when: years, months, days."""

from calendar import monthrange
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from .. import calendars, pages, paging
from ..models import Post
from ..paths import day_of
from ..structured import Meta, of_list
from ..templatetags.writethru import spelt

DAY_SIZE = 50  # posts on one page of a day


@pages.of_edition()
def archive(request: HttpRequest) -> HttpResponse:
    """All years with their months."""
    years: dict[int, list[tuple[date, int]]] = {}
    for month, count in reversed(Post.objects.live().stories().by_month().items()):
        years.setdefault(month.year, []).append((month, count))
    rows = [(year, months[::-1], sum(count for _month, count in months)) for year, months in years.items()]
    meta = Meta(_("Archive"), _("Everything we have published, by year and month."), reverse("blog:archive"))
    return pages.draw(
        request, "blog/archive.html", meta, here="archive", years=rows, total=sum(count for *_rest, count in rows)
    )


@pages.of_edition()
def year(request: HttpRequest, year: int) -> HttpResponse:
    """Twelve calendars, with every day on which something was published."""
    first = _known(year, 1, 1)
    counts = Post.objects.live().stories().in_year(year).by_day()
    months = [calendars.month_of(year, month, counts) for month in MONTHS]
    return pages.draw(
        request,
        "blog/year.html",
        Meta(str(year), _("Everything published in %(year)s.") % {"year": year}, request.path),
        here="archive",
        first=first,
        months=[month for month in months if month.count],
        count=sum(counts.values()),
        **_neighbours(first, date(year, 12, 31)),
    )


@pages.of_edition("before", counts_comments=True)
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    first = _known(year, month, 1)
    posts = Post.objects.live().stories().in_month(year, month)
    counts = posts.by_day()
    before = request.GET.get("before")
    part = paging.older(posts.for_lists(), before)
    path = paging.address(request.path, "before", before)
    title = spelt(first, "month")
    return pages.draw(
        request,
        "blog/month.html",
        Meta(title, _("Everything published in %(month)s.") % {"month": title}, path),
        here="archive",
        first=first,
        part=part,
        calendar=calendars.month_of(year, month, counts),
        **_neighbours(first, first.replace(day=monthrange(year, month)[1])),
    )


@pages.of_edition("after", counts_comments=True)
def day(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    """A day in the order in which things appeared. A day without any is a day all the same."""
    date = _known(year, month, day)
    posts = Post.objects.live().stories()
    after = request.GET.get("after")
    part = paging.newer(posts.on_day(date).for_lists(), after, DAY_SIZE)
    title = spelt(date, "full")
    counts = posts.in_month(year, month).by_day()
    return pages.draw(
        request,
        "blog/day.html",
        Meta(
            title,
            _("Everything published on %(day)s.") % {"day": title},
            paging.address(request.path, "after", after) if part.rows else "",
            data=of_list(title, request.path, part.rows) if part.rows else None,
        ),
        here="archive",
        day=date,
        part=part,
        count=counts.get(date, 0),
        is_future=date > timezone.localdate(),
        calendar=calendars.month_of(year, month, counts),
        **_neighbours(date, date),
    )


def _known(year: int, month: int, day: int) -> date:
    found = day_of(year, month, day)
    if found is None:
        raise Http404
    return found


def _neighbours(first: date, last: date) -> dict[str, date | None]:
    """The nearest days with posts on both sides of a span."""
    posts = Post.objects.live().stories()
    return {"earlier": posts.latest_day(before=first), "later": posts.earliest_day(after=last)}
