"""How times, names and addresses are shown."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from blog import embeds, renditions, structured
from blog.models import Author

register = template.Library()

# Formats as in https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date
FORMATS = {
    "clock": pgettext_lazy("format of a time", "H:i"),
    "short": pgettext_lazy("format of a day in a list", "j M"),
    "short with year": pgettext_lazy("format of a day in a list, of another year", "j M Y"),
    "weekday": pgettext_lazy("format of a day above a headline", "D j M"),
    "weekday with year": pgettext_lazy("format of a day above a headline, of another year", "D j M Y"),
    "day": pgettext_lazy("format of a day", "j F Y"),
    "day of week": pgettext_lazy("format of a day's name", "l"),
    "day and month": pgettext_lazy("format of a day of this year", "j F"),
    "full": pgettext_lazy("format of a day in a heading", "l j F Y"),
    "full without year": pgettext_lazy("format of a day in a heading, of this year", "l j F"),
    "moment": pgettext_lazy("format of a day and time", "j F Y, H:i"),
    "moment of the year": pgettext_lazy("format of a day and time of a known year", "j M, H:i"),
    "month": pgettext_lazy("format of a month", "F Y"),
    "month alone": pgettext_lazy("format of a month of a known year", "F"),
}

_UNSAFE_IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@register.simple_tag
def moment(value: datetime | date | str | None, style: str = "moment") -> SafeString | str:
    """A time as readers of the site read it, in a <time> that machines read too; nothing for no time."""
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return _moment(value, style, get_language(), timezone.get_current_timezone())


@lru_cache(maxsize=8192)
def _moment(value: datetime | date, style: str, language: str, zone: tzinfo) -> SafeString:
    """The same times stand on many pages, in a few styles."""
    if isinstance(value, datetime):
        value = timezone.localtime(value, zone)
        machine = value.isoformat(timespec="minutes")
    else:
        machine = value.isoformat()
    return format_html('<time datetime="{}">{}</time>', machine, date_format(value, str(FORMATS[style])))


@register.simple_tag
def moment_beside(value: datetime | str | None, other: datetime | None) -> SafeString | str:
    """A time beside another one: the clock alone when both are on the same day."""
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value)
    same = bool(value and other) and timezone.localdate(value) == timezone.localdate(other)
    return moment(value, "clock" if same else "moment")


def moments_beside(other: datetime) -> Callable[[datetime], SafeString]:
    """As `moment_beside`, for many times: the zone and the language are looked up once, and the year is said once."""
    language, zone = get_language(), timezone.get_current_timezone()
    other = other.astimezone(zone)

    def beside(value: datetime) -> SafeString:
        value = value.astimezone(zone)
        if value.year != other.year:
            return _moment(value, "moment", language, zone)
        return _moment(value, "clock" if value.date() == other.date() else "moment of the year", language, zone)

    return beside


@register.simple_tag
def day_in_list(day: date) -> SafeString:
    """The day in a list's margin; with the year when it is not this one."""
    return moment(day, "short" if day.year == timezone.localdate().year else "short with year")


@register.filter
def spelt(value: datetime | date, style: str) -> str:
    """A time in words where no <time> can stand: a title, a label."""
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, str(FORMATS[style]))


@register.filter
def is_lately(day: date) -> bool:
    """Is it a day that people call by a name: today, yesterday, or of the last week?"""
    return timedelta(0) <= timezone.localdate() - day < timedelta(days=7)


@register.filter
def day_name(day: date) -> str:
    """What people call a day: Today, Yesterday, Wednesday; further back its date."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if is_lately(day):
        return spelt(day, "day of week")
    return spelt(day, "full without year" if day.year == today.year else "full")


@register.filter
def and_earlier(day: date) -> str:
    """Where a list goes on: "Tuesday 10 March and earlier"."""
    this_year = day.year == timezone.localdate().year
    return _("%(day)s and earlier") % {"day": spelt(day, "full without year" if this_year else "full")}


@register.simple_tag
def names(people: Sequence[dict[str, str]], authors: Sequence[Author] = ()) -> SafeString:
    """A byline, "A, B and C"; those of `authors` lead to their pages."""
    pages = {author.slug: author.get_absolute_url() for author in authors}
    shown = [_name(person, pages.get(person["slug"])) for person in people]
    if len(shown) < 2:
        return shown[0] if shown else mark_safe("")
    first = format_html_join(", ", "{}", ((name,) for name in shown[:-1]))
    return format_html(_("{} and {}"), first, shown[-1])


def _name(person: dict[str, str], page: str | None) -> SafeString:
    if page:
        return format_html('<a href="{}" rel="author"><bdi>{}</bdi></a>', page, person["name"])
    return format_html("<bdi>{}</bdi>", person["name"])


@register.filter
def under(found: dict, key):
    """What was found for one of many; None for nothing."""
    return found.get(key)


@register.filter
def absolute(address: str) -> str:
    return structured.absolute(address)


@register.filter
def day_url(day: date) -> str:
    return reverse("blog:day", args=[day.year, day.month, day.day])


@register.filter
def month_url(day: date) -> str:
    return reverse("blog:month", args=[day.year, day.month])


@register.simple_tag
def json_ld(data: dict | None) -> SafeString | str:
    """Structured data as a block that a browser reads past; nothing in it can end the block."""
    if not data:
        return ""
    text = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(f'<script type="application/ld+json">{text.translate(_UNSAFE_IN_SCRIPT)}</script>')


@register.filter
def srcset(address: str) -> str:
    """What a browser may choose from for a picture of ours; empty for any other."""
    kept = renditions.Kept.at(address)
    return kept.srcset if kept else ""


@register.filter
def may_hold_film(html: str) -> bool:
    """Does a text perhaps hold a film, so that its page needs the script for it?"""
    return embeds.may_hold_film(html, settings.EMBED_HOSTS)


@register.simple_tag
def film_hosts() -> str:
    """The hosts whose films become cards, set apart by spaces."""
    return " ".join(settings.EMBED_HOSTS)
