"""The desk's calendar as a page: a month as a table, and its days as a list for a narrow screen."""

import re
from datetime import date, timedelta

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import agenda, calendars, local_times
from . import board

IN_A_CELL = 6  # entries of a day in the table; the rest is on the day's own page
_MONTH = re.compile(r"(\d{4})-(\d\d)\Z", re.ASCII)


@require_safe
def show(request):
    """A month, or a single day of it where the address names one."""
    if not request.user.has_perm("blog.view_post"):
        raise PermissionDenied
    if "day" in request.GET:
        return _one_day(request, _read_day(request.GET["day"]))
    first = _read_month(request.GET["month"]) if "month" in request.GET else timezone.localdate().replace(day=1)
    month = calendars.month_of(first.year, first.month, {})
    days = agenda.between(request.user, first, _beside(first, 1) - timedelta(days=1))
    context = {
        "title": _("Calendar"),
        "month": month,
        "weeks": [
            [day and (day, days.get(day.date, [])[:IN_A_CELL], len(days.get(day.date, []))) for day in week]
            for week in month.weeks
        ],
        "earlier": _beside(first, -1),
        "later": _beside(first, 1),
    }
    return _answer(request, days, context)


def _one_day(request, day):
    context = {"title": _("Calendar"), "day": day, "earlier": day - timedelta(days=1), "later": day + timedelta(days=1)}
    return _answer(request, agenda.between(request.user, day, day), context)


def _answer(request, days, context):
    zone = timezone.get_current_timezone()
    context["is_full"] = sum(map(len, days.values())) >= agenda.MOST
    for entry in (entry for entries in days.values() for entry in entries):
        entry.address = board.address_of(entry.piece)
        local = entry.at.astimezone(zone)
        # Where the clocks show the same time twice, a time by itself says too little.
        twice = len(local_times.instants(local.replace(tzinfo=None, fold=0), zone)) > 1
        entry.zone = local.tzname() if twice else ""
    context |= {"listed": sorted(days.items()), "today": timezone.localdate(), "is_calendar": True}
    return board.answer(request, "admin/board/calendar.html", context)


def _read_month(text):
    """The first day of a month that an address names. Raises BadRequest for one that there is not."""
    match = _MONTH.match(text)
    if not match or not (1900 <= int(match[1]) <= 2999 and 1 <= int(match[2]) <= 12):
        raise BadRequest("no such month")
    return date(int(match[1]), int(match[2]), 1)


def _read_day(text):
    first = _read_month(text[:7])
    try:
        return date.fromisoformat(f"{first:%Y-%m}{text[7:]}")
    except ValueError:
        raise BadRequest("no such day") from None


def _beside(first, step):
    """The first day of the month after, or before."""
    months = first.year * 12 + first.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)


admin.site.add_page("board/calendar/", show, "board_calendar")
