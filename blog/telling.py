"""What people of the house are told by mail: one mail a thing and person, unless they do not want that kind.

`tell` is called in the transaction of the act; the words are made when the mail is due, from a template of the kind's
name. Who may not read the piece any more, whose account is closed, or who has muted the kind by then, gets nothing.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from . import outbox, writers
from .models import Muted, Outgoing, Post, Update
from .rendering import excerpt

LONGEST_SUBJECT = 150
# Each kind of mail: its subject, and what the page on which it can be switched off calls it
SUBJECTS = {
    "review_asked": (lazy("Please review: %(headline)s"), lazy("Somebody asks me to review a piece")),
    "review_approved": (lazy("Approved: %(headline)s"), lazy("A piece of mine is approved")),
    "review_changes": (lazy("Changes asked for: %(headline)s"), lazy("Changes are asked for in a piece of mine")),
    "review_stands": (
        lazy("Nobody can approve: %(headline)s"),
        lazy("Nobody is left who could approve a piece of mine"),
    ),
    "passage_note": (lazy("A note on %(headline)s"), lazy("Somebody leaves a note on a piece of mine")),
    "glass_broken": (lazy("Published without approval: %(headline)s"), lazy("Something is published unapproved")),
    "plan_done": (lazy("Done as planned: %(headline)s"), lazy("What I planned has been done")),
    "plan_idle": (lazy("Nothing was left to do: %(headline)s"), lazy("What I planned turns out to be needless")),
    "plan_failed": (lazy("Did not happen: %(headline)s"), lazy("What was planned has failed or was missed")),
}


def tell(
    kind: str, people: Iterable[AbstractBaseUser], piece: Post | Update, thing: str, words: dict[str, Any] | None = None
) -> None:
    """Write down that these people are to be told. `thing` names what it is about: of one thing, each is told once.

    `words` are for the template and have to be JSON. Who muted the kind, and who has no address, is left out.
    """
    muted = set(Muted.objects.filter(kind=kind).values_list("user", flat=True))
    rows = {}
    for user in people:
        if user.is_active and user.email and user.pk not in muted:
            key = f"{kind}:{thing}:{user.pk}"
            payload = {"user": user.pk, "post": piece.post.pk, "words": words or {}}
            if isinstance(piece, Update):
                payload["update"] = piece.pk
            rows[key] = Outgoing(kind=kind, key=key, payload=payload)
    outbox.write(rows.values())


def who_publish() -> Iterable[AbstractBaseUser]:
    """Everybody with an open account who may publish: who is told of what went wrong."""
    users = get_user_model().objects.filter(is_active=True, is_staff=True)
    may = Q(groups__permissions__codename="publish_post") | Q(user_permissions__codename="publish_post")
    return users.filter(may | Q(is_superuser=True)).distinct().order_by("pk")


def compose(row: Outgoing) -> EmailMessage | None:
    """The mail of a row; None where there is nothing to say to this person any longer."""
    user = get_user_model().objects.filter(pk=row.payload["user"], is_active=True).exclude(email="").first()
    post = Post.objects.select_related("head", "live").filter(pk=row.payload["post"]).first()
    update = Update.objects.select_related("head", "live", "post").filter(pk=row.payload.get("update")).first()
    if user is None or post is None or Muted.objects.filter(user=user, kind=row.kind).exists():
        return None
    piece = update or post
    if not writers.may_read_drafts(user, piece):
        return None
    headline = excerpt(str(piece).replace("<", "‹"), LONGEST_SUBJECT)
    address = reverse("admin:blog_post_change", args=[post.pk])
    if update:
        address = reverse("admin:blog_post_update", args=[post.pk, update.number])
    context = row.payload["words"] | {
        "headline": headline,
        "person": user.get_short_name() or user.get_username(),
        "address": f"{settings.SITE_URL}{address}",
        "settings_address": f"{settings.SITE_URL}{reverse('admin:mail_settings')}",
        "site": settings.SITE_NAME,
        "piece": piece,
    }
    subject = str(SUBJECTS[row.kind][0]) % {"headline": headline}
    body = render_to_string(f"blog/mail/{row.kind}.txt", context)
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])


KINDS = dict.fromkeys(SUBJECTS, compose)


def labels() -> list[tuple[str, str]]:
    """Each kind with what the page on which it can be switched off calls it."""
    return [(kind, str(label)) for kind, (_subject, label) in SUBJECTS.items()]
