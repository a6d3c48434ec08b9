"""Who has a piece open at the desk just now. Said to colleagues; it holds nobody up, and is kept for no longer.

A window says every few seconds that it is there. Whoever has a piece open in three windows is there once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, F, Q, When
from django.utils import timezone

from .models import Post, Presence, Update, name_of

HERE = timedelta(seconds=90)  # a hidden window speaks once a minute
WRITING = timedelta(seconds=60)  # since the last key
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Somebody:
    """One person at a piece, whose window spoke lately; `update` is that at which they are, None at the post itself."""

    name: str
    writing: bool
    since: datetime
    update: int | None


def say(piece: Post | Update, user: AbstractBaseUser, *, typed: bool = False, now: datetime | None = None) -> None:
    """Write down that this person has the piece open, and whether they `typed` since they said so last."""
    now = now or timezone.now()
    post, update = (piece.post_id, piece.pk) if isinstance(piece, Update) else (piece.pk, None)
    was_gone = When(seen_at__lt=now - HERE, then=now)
    seen = {"seen_at": now, "since": Case(was_gone, default=F("since"))} | ({"typed_at": now} if typed else {})
    if Presence.objects.filter(user=user, post=post, update=update).update(**seen):
        return
    row = Presence(user=user, post_id=post, update_id=update, since=now, seen_at=now, typed_at=now if typed else None)
    Presence.objects.bulk_create([row], ignore_conflicts=True)  # another window of theirs may be first


def others(piece: Post | Update, user: AbstractBaseUser, *, now: datetime | None = None) -> list[Somebody]:
    """Who else is at this piece, who came first first; at a post also those who are at one of its updates."""
    now = now or timezone.now()
    of_piece = Q(update=piece.pk) if isinstance(piece, Update) else Q(post=piece.pk)
    found: dict[int, Somebody] = {}
    for row in _here(now).filter(of_piece).exclude(user=user):
        if row.user_id not in found or row.update_id is None:
            found[row.user_id] = Somebody(name_of(row.user), _writes(row, now), row.since, row.update_id)
    return list(found.values())


def at(posts: Iterable[Post], *, now: datetime | None = None) -> dict[int, list[tuple[str, bool]]]:
    """{number of a post: [(name, does this person write?)]} for those of the posts that somebody has open.

    Who is at an update is at its post. Each person stands there once, who came first first. One query.
    """
    now = now or timezone.now()
    found: dict[int, dict[int, tuple[str, bool]]] = {}
    for row in _here(now).filter(post__in=[post.pk for post in posts]):
        people = found.setdefault(row.post_id, {})
        _name, wrote = people.get(row.user_id, ("", False))
        people[row.user_id] = name_of(row.user), wrote or _writes(row, now)
    return {post: list(people.values()) for post, people in found.items()}


def forget_old(now: datetime | None = None) -> int:
    """Delete the rows of those who left long ago; gives how many."""
    now = now or timezone.now()
    return Presence.objects.filter(seen_at__lt=now - KEPT).delete()[0]


def _here(now: datetime):
    lately = Presence.objects.filter(seen_at__gte=now - HERE, user__is_active=True)
    return lately.select_related("user").order_by("since", "pk")


def _writes(row: Presence, now: datetime) -> bool:
    return row.typed_at is not None and row.typed_at >= now - WRITING
