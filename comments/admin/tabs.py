"""The lists that the queue is sorted into, and how much is in each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Min, Q
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blog import paging
from blog.models import Place

from ..models import Comment, CommentQuerySet, Report
from ..moderation import MODERATES

MOST = 1_000  # nobody needs to know how many more; counting them all would take time
SIZE = 25  # comments on a page


@dataclass(frozen=True)
class Tab:
    """One list: which comments, in which order, by which time."""

    key: str
    label: str | Promise
    rows: Callable[[CommentQuerySet], CommentQuerySet]
    empty: str | Promise
    by: str = "created_at"
    newest_first: bool = False
    waits: bool = False  # is it for a moderator to look at what is in here?

    def ordered(self) -> CommentQuerySet:
        sign = "-" if self.newest_first else ""
        return self.rows(Comment.objects.all()).order_by(f"{sign}{self.by}", f"{sign}pk")

    def part(self, after: str | None) -> tuple[CommentQuerySet, Callable[[Comment], str]]:
        """The list from behind a place on, and how the place of a comment is spelt. Raises BadRequest."""
        rows = self.ordered()
        if after is not None:
            rows = self._behind(rows, paging.read(after))
        return rows, lambda comment: paging.spell(Place(getattr(comment, self.by), comment.pk))

    def _behind(self, rows: CommentQuerySet, place: Place) -> CommentQuerySet:
        step = "lt" if self.newest_first else "gt"
        # Said in two steps, so that the index is entered at the place.
        there = rows.filter(**{f"{self.by}__{step}e": place.published_at})
        return there.filter(Q(**{f"{self.by}__{step}": place.published_at}) | Q(**{f"pk__{step}": place.pk}))

    @property
    def waits_since_written(self) -> bool:
        return self.waits and self.key != "reported"

    def longest_waiting(self) -> datetime | None:
        """Since when somebody waits for a moderator to read this list."""
        if self.key == "reported":
            return Report.objects.filter(settled_at=None).aggregate(first=Min("at"))["first"]
        return self.ordered().values_list("created_at", flat=True).first() if self.waits else None


TABS = {
    tab.key: tab
    for tab in (
        Tab("new", _("New"), CommentQuerySet.waiting, _("Nobody waits for you. New comments come here."), waits=True),
        Tab("reported", _("Reported"), CommentQuerySet.reported, _("No reader reports anything."), waits=True),
        Tab("held", _("Held"), CommentQuerySet.held, _("Nothing is put aside for a colleague."), waits=True),
        Tab("spam", _("Spam"), CommentQuerySet.spam, _("There is no spam."), newest_first=True),
        Tab(
            "decided",
            _("Decided"),
            CommentQuerySet.decided,
            _("Nothing has been decided yet."),
            by="decided_at",
            newest_first=True,
        ),
    )
}


def wanted(key: str | None) -> Tab:
    """The list of this key; the new ones where none is named. Raises BadRequest."""
    try:
        return TABS[key or "new"]
    except KeyError:
        raise BadRequest("no such list") from None


def counts(request) -> dict[str, int]:
    """How many comments are in each list, up to one more than MOST. One question to the database for each request."""
    if not hasattr(request, "counts_of_queue"):
        request.counts_of_queue = _counted()
    return request.counts_of_queue


def recounted(request) -> dict[str, str]:
    """The same, in words, after something was decided in this request."""
    request.counts_of_queue = _counted()
    return {key: in_words(count) for key, count in counts(request).items()} | {"all": to_moderate(request)}


def to_moderate(request) -> str:
    """How many comments wait for a moderator, for who is one; "" for everybody else."""
    if not request.user.has_perm(MODERATES):
        return ""
    found = counts(request)
    return in_words(sum(found[tab.key] for tab in TABS.values() if tab.waits))


def in_words(count: int) -> str:
    """7; or 1,000+ for all that is more."""
    return number(MOST) + "+" if count > MOST else number(count)


def number(count: int) -> str:
    return number_format(count, force_grouping=True)


def _counted() -> dict[str, int]:
    parts, values = [], []
    for tab in TABS.values():
        statement, given = tab.rows(Comment.objects.order_by()).values("pk")[: MOST + 1].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({statement}) AS found)")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(TABS, cursor.fetchone(), strict=True))
