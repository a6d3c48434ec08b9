"""The desk's calendar: what is planned, due and promised in a span of days, as far as one person may know of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from .models import Post, ReviewRequest, Revision, Schedule, Update
from .models.posts import sees_all

MOST = 400  # entries; a month with more says so
_LONG = ("body", "sources", "image", "summary", "tags")
_WORDINGS = [f"{of}__{part}" for of in ("post__head", "post__live", "update__head") for part in _LONG]


@dataclass
class Entry:
    """One thing that happens at a time: what (publish, withdraw, deadline, review, promise), and to which piece."""

    at: datetime
    what: str
    piece: Post | Update
    headline: str
    state: str = ""  # of a plan: due, running, failed, missed

    @property
    def has_failed(self) -> bool:
        return self.state in (Schedule.State.FAILED, Schedule.State.MISSED)


def between(user: AbstractBaseUser, first: date, last: date, zone: tzinfo | None = None) -> dict[date, list[Entry]]:
    """What this person may know of the days from `first` up to and with `last`: each day's entries, in their order.

    No more than `MOST`, the first ones.

    A day begins and ends as the clocks of the zone say, also where it has 23 hours or 25.
    """
    zone = zone or timezone.get_current_timezone()
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    span = (begin, end)
    entries = [*_plans(user, span), *_reviews(user, span), *_deadlines(user, span), *_promises(user, span)]
    days: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.what, entry.headline))[:MOST]:
        days.setdefault(entry.at.astimezone(zone).date(), []).append(entry)
    return days


def _plans(user: AbstractBaseUser, span: tuple[datetime, datetime]) -> list[Entry]:
    plans = Schedule.objects.planned() | Schedule.objects.in_trouble().order_by()
    found = _of_readable(plans, user).filter(due_at__gte=span[0], due_at__lt=span[1])
    return [Entry(plan.due_at, plan.verb, plan.piece, _planned(plan), plan.state) for plan in _few(found, "revision")]


def _reviews(user: AbstractBaseUser, span: tuple[datetime, datetime]) -> list[Entry]:
    found = _of_readable(ReviewRequest.objects.open(), user).filter(due_at__gte=span[0], due_at__lt=span[1])
    pieces = [(request.due_at, request.update or request.post) for request in _few(found)]
    return [Entry(at, "review", piece, _newest(piece)) for at, piece in pieces]


def _deadlines(user: AbstractBaseUser, span: tuple[datetime, datetime]) -> list[Entry]:
    """Of what is not public yet, or being changed: what is done has no deadline any more."""
    posts = Post.objects.readable_by(user).filter(deadline__gte=span[0], deadline__lt=span[1])
    posts = posts.exclude(stage__in=[Post.Stage.PUBLISHED, Post.Stage.WITHDRAWN, Post.Stage.SPIKED])
    posts = posts.order_by("deadline", "pk").select_related("head")
    posts = posts.defer(*(f"head__{part}" for part in _LONG))[:MOST]
    return [Entry(post.deadline, "deadline", post, _newest(post)) for post in posts]


def _promises(user: AbstractBaseUser, span: tuple[datetime, datetime]) -> list[Entry]:
    """What readers are told, too."""
    posts = Post.objects.rolling().visible_to(user).filter(next_update_at__gte=span[0], next_update_at__lt=span[1])
    posts = posts.order_by("next_update_at", "pk").select_related("live")
    posts = posts.defer(*(f"live__{part}" for part in _LONG))[:MOST]
    return [Entry(post.next_update_at, "promise", post, post.live.headline) for post in posts]


def _of_readable(rows: QuerySet, user: AbstractBaseUser) -> QuerySet:
    """Plans or requests of pieces whose newest wording this person may read."""
    if sees_all(user):
        return rows
    posts, updates = Post.objects.readable_by(user), Update.objects.readable_by(user)
    of_post = Q(update=None, post__in=posts.order_by().values("pk"))
    return rows.filter(of_post | Q(update__in=updates.order_by().values("pk")))


def _few(rows: QuerySet, *more: str) -> QuerySet:
    rows = rows.order_by("due_at", "pk").select_related("post__head", "post__live", "update__head", *more)
    return rows.defer(*_WORDINGS, *(f"{wording}__{part}" for wording in more for part in _LONG))[:MOST]


def _planned(plan: Schedule) -> str:
    """The headline of the wording that goes out; of what is taken off, the newest."""
    wording = plan.revision
    return (wording.headline or wording.excerpt) if wording else _newest(plan.piece)


def _newest(piece: Post | Update) -> str:
    wording: Revision | None = piece.head
    return (wording.headline or wording.excerpt) if wording else ""
