"""Mail to moderators about what waits for them, as often as each of them wants it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db.models import Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from blog import outbox
from blog.models import Outgoing

from . import letters
from .models import Comment, Digest

Often = Digest.Often
EARLIEST = 7  # o'clock where the site is: who wants one mail a day has it for breakfast, not at midnight


@dataclass(frozen=True)
class Waiting:
    """What moderators have to look at."""

    new: int
    held: int
    reported: int
    oldest: datetime | None  # of the new ones
    since: int  # new ones that came after the mail before

    def __bool__(self) -> bool:
        return bool(self.new or self.held or self.reported)


def moderators() -> QuerySet:
    """Who may decide on comments, and can be reached."""
    return get_user_model().objects.with_perm("comments.moderate_comment").exclude(email="")


def often(user: Any) -> str:
    """How often this person wants to be told; once a day, where nothing was said."""
    chosen = Digest.objects.filter(user=user).values_list("often", flat=True).first()
    return chosen or Often.DAILY


def choose(user: Any, how_often: str) -> None:
    Digest.objects.update_or_create(user=user, defaults={"often": how_often})


def write(at: datetime) -> int:
    """A mail for each moderator whose hour or day it is, if something waits. Whoever has one is not written to twice.

    Gives how many want one now.
    """
    if not waiting(None):
        return 0
    chosen = {digest.user_id: digest for digest in Digest.objects.all()}
    rows = []
    for user in moderators():
        digest = chosen.get(user.pk, Digest(user=user))
        key = _key(digest, timezone.localtime(at))
        if key:
            since = digest.sent_at.isoformat() if digest.sent_at else None
            rows.append(Outgoing(kind="digest", key=key, payload={"user": user.pk, "since": since}, due_at=at))
    outbox.write(rows)
    return len(rows)


def waiting(since: datetime | None) -> Waiting:
    new = Comment.objects.waiting()
    return Waiting(
        new=new.count(),
        held=Comment.objects.held().count(),
        reported=Comment.objects.reported().count(),
        oldest=new.aggregate(oldest=Min("created_at"))["oldest"],
        since=new.filter(created_at__gt=since).count() if since else 0,
    )


def digest(row: Outgoing) -> EmailMessage | None:
    """Says what waits now. Nothing, where all was done meanwhile or the person wants no mail any longer."""
    user = moderators().filter(pk=row.payload["user"]).first()
    since = row.payload["since"]
    found = waiting(datetime.fromisoformat(since) if since else None)
    if user is None or not found or often(user) == Often.NEVER:
        return None
    Digest.objects.update_or_create(user=user, defaults={"sent_at": timezone.now()})
    many = found.new + found.held + found.reported
    subject = ngettext(
        "%(many)d comment waits for a moderator at %(site)s", "%(many)d comments wait for a moderator at %(site)s", many
    )
    context = {
        "waiting": found,
        "often": Often(often(user)).label,
        "queue": settings.SITE_URL + reverse("admin:comments_comment_changelist"),
        "choice": settings.SITE_URL + reverse("admin:comments_digest_changelist"),
    }
    subject %= {"many": many, "site": settings.SITE_NAME}
    return letters.plain_letter(user.email, subject, "comments/mail/digest.txt", context)


KINDS = {"digest": digest}


def _key(digest: Digest, here: datetime) -> str:
    """Names the mail of this hour or this day; "" where it is not yet time for one, or never is."""
    if digest.often == Often.HOURLY:
        return f"digest-{digest.user_id}-{here:%Y-%m-%dT%H%z}"
    if digest.often == Often.DAILY and here.hour >= EARLIEST:
        return f"digest-{digest.user_id}-{here:%Y-%m-%d}"
    return ""
