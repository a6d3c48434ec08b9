"""The words of the mails, made when a row is due. Plain text; one recipient each."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.models import Outgoing, Post
from blog.rendering import excerpt

from . import mail
from .models import Comment, Subscription

MOST_LISTED = 20
WORDS_SHOWN = 400  # letters of a comment


def confirmation(row: Outgoing) -> EmailMessage | None:
    """Asks the owner of a mailbox about all that somebody wants sent there."""
    asked = Subscription.objects.filter(pk=row.payload["subscription"]).first()
    if asked is None:
        return None
    found = mail.to_confirm(asked.email, timezone.now()).filter(post__live__isnull=False)
    threads = list(found.select_related("post__live")[:MOST_LISTED])
    if not threads:
        return None
    listed = [{"headline": _headline(one.post), "confirm": _address("confirm", one.token)} for one in threads]
    subject = _("Is this your address? Mail about comments at %(site)s") % {"site": settings.SITE_NAME}
    context = {"threads": listed, "end": _address("end", threads[0].token), "days": mail.CONFIRM_WITHIN.days}
    return _letter(threads[0], subject, "comments/mail/confirmation.txt", context)


def answers(row: Outgoing) -> EmailMessage | None:
    """Lists what was answered since the mail before, as far as readers still see it."""
    subscription = mail.close(row)
    post = _live_post(subscription) if subscription is not None and subscription.is_confirmed() else None
    if post is None:
        return None
    found = Comment.objects.visible().filter(pk__in=row.payload["answers"], post=post).in_order_of_writing()
    told = [_told(comment, post) for comment in found]
    if not told:
        return None
    many = len(told) + row.payload["more"]
    subject = ngettext("%(name)s answered you: %(headline)s", "%(many)d answers to you: %(headline)s", many) % {
        "name": told[0]["name"],
        "many": many,
        "headline": _headline(post),
    }
    context = {
        "answers": told[:MOST_LISTED],
        "more": max(0, many - MOST_LISTED),
        "headline": _headline(post),
        "thread": f"{settings.SITE_URL}{post.get_absolute_url()}#comments",
        "end": _address("end", subscription.token),
    }
    return _letter(subscription, subject, "comments/mail/answers.txt", context)


def decision(row: Outgoing) -> EmailMessage | None:
    """Says that readers see a comment now, or that it was removed and why."""
    comment = Comment.objects.filter(pk=row.payload["comment"]).first()
    if comment is None or not mail.is_of_last_decision(row, comment):
        return None
    subscription = mail.confirmed_for(comment)
    post = _live_post(subscription) if subscription is not None else None
    if post is None:
        return None
    if comment.is_visible():
        subject = _("Your comment is in the discussion: %(headline)s")
    else:
        subject = _("Your comment was removed: %(headline)s")
    context = {
        "comment": _told(comment, post),
        "is_visible": comment.is_visible(),
        "reason": comment.get_reason_display() if comment.reason else "",
        "headline": _headline(post),
        "end": _address("end", subscription.token),
    }
    return _letter(subscription, subject % {"headline": _headline(post)}, "comments/mail/decision.txt", context)


KINDS = {"confirmation": confirmation, "answers": answers, "decision": decision}


def _letter(subscription: Subscription, subject: str, template: str, context: dict[str, Any]) -> EmailMessage:
    """A mail that its reader can end with one click, without a password and without opening it (RFC 8058)."""
    headers = {
        "List-Unsubscribe": f"<{_address('end', subscription.token)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return plain_letter(subscription.email, subject, template, context, headers=headers)


def plain_letter(
    email: str, subject: str, template: str, context: dict[str, Any], *, headers: dict[str, str] | None = None
) -> EmailMessage:
    """A mail of ours to one address. The subject is cleaned; a template has to clean what it shows on lines."""
    body = render_to_string(template, context | {"site": settings.SITE_NAME})
    return EmailMessage(mail.one_line(subject), body, settings.DEFAULT_FROM_EMAIL, [email], headers=headers)


def _live_post(subscription: Subscription) -> Post | None:
    return Post.objects.live().filter(pk=subscription.post_id).select_related("live").first()


def _told(comment: Comment, post: Post) -> dict[str, Any]:
    comment.post = post
    return {
        "name": mail.one_line(comment.name) or _("Somebody"),
        "at": comment.created_at,
        "words": mail.one_line(excerpt(comment.html, WORDS_SHOWN), WORDS_SHOWN + 2),
        "address": f"{settings.SITE_URL}{comment.get_absolute_url()}",
    }


def _headline(post: Post) -> str:
    return mail.one_line(post.live.headline)


def _address(view: str, token: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'comments:{view}', args=[token])}"
