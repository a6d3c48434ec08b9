"""What was wrong on this site and is right now, newest first: each from the event that published the correction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .coverage import Correction
from .models import Event, Post


@dataclass(frozen=True)
class Told:
    """A correction with the piece that it is of."""

    event: Event
    correction: Correction

    @classmethod
    def of(cls, event: Event) -> Self:
        """From an event in hand, with its post and its update."""
        notice = next(one for one in event.post.notices if one["event"] == event.number)
        return cls(event, Correction.of(notice))

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def note(self) -> str:
        return self.correction.note

    @property
    def post(self) -> Post:
        return self.event.post

    def month(self) -> date:
        """The first day of the month it was made in."""
        return timezone.localdate(self.event.at).replace(day=1)

    def get_absolute_url(self) -> str:
        """Where it stands beside the words."""
        page = self.post.get_absolute_url()
        number = self.correction.update
        return f"{page}{f'?u={number}' if number else ''}#corr-{self.event.number}"


def in_html(correction: Correction) -> str:
    """A correction as a paragraph of its own, for feeds."""
    at = date_format(timezone.localtime(correction.at), str(pgettext("format of a day and time", "j F Y, H:i")))
    return format_html(_("<p><strong>Corrected {}:</strong> {}</p>"), at, correction.note)


def shown() -> QuerySet[Event]:
    """The corrections of what readers see, with what a list says of each."""
    columns = "at number post__key post__kind post__slug post__published_on post__published_at post__notices".split()
    columns.append("post__live__headline")
    return Event.objects.corrections().select_related("post__live").only(*columns)
