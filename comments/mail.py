"""What people are told by mail: written as `Outgoing` rows in the transaction of the act, put into words when due.

A row holds numbers and no address: what is erased is erased, and what has lost its point when the time comes is not
sent. An address gets one mail that asks it, and nothing else before its owner has confirmed.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from blog import outbox
from blog.models import Allowance, Outgoing, Post
from blog.rendering import CONTROLS, INVISIBLE, TOWER

from .models import Comment, Subscription

CONFIRM_WITHIN = timedelta(days=7)
REFUSED_FOR = timedelta(days=30)  # an owner who said "I did not ask" is left in peace
DAY = timedelta(days=1)  # between two mails that ask the same address
MOST_ASKED = 5  # mails that ask, a day, for all that comes from one internet address
PAUSE = timedelta(hours=1)  # between two mails about one thread
SECOND_THOUGHTS = timedelta(minutes=5)  # in which a moderator may undo, and nobody is told
MOST_GATHERED = 100
LONGEST_SUBJECT = 150

_UNSEEN = re.compile("[\u00ad\u061c\u180e]")
_TOLD = frozenset({Comment.State.VISIBLE, Comment.State.REMOVED})


def ask_to_confirm(post: Post, email: str, at: datetime, *, address: str = "") -> None:
    """Somebody wants mail about own comments under this post. The owner of the mailbox is asked, once a day at most.

    `address` is the key of the internet address that this comes from: from one, only a few mailboxes a day are asked.
    Says nothing of what came of it: else strangers could find out who gets mail.
    """
    email = same_mailbox(email)
    if not _is_one_address(email) or _was_refused(email, at):
        return
    subscription, _is_new = Subscription.objects.get_or_create(post=post, email=email, defaults={"asked_at": at})
    if subscription.is_confirmed():
        return
    Subscription.objects.filter(pk=subscription.pk).update(asked_at=at, confirmed_at=None, ended_at=None)
    _ask(subscription, at, address)


def tell_of_answer(comment: Comment) -> None:
    """Readers see this comment now: tell who wrote the one that it answers, if that was asked for."""
    answered = Comment.objects.filter(pk=comment.answered_id()).first() if comment.answered_id() else None
    if answered is None or not answered.email or not comment.is_visible() or _are_of_one(answered, comment):
        return
    with transaction.atomic():
        # Locked: whoever puts the gathered answers into words waits for this one, or has closed the row before.
        found = _confirmed().filter(post_id=comment.post_id, email=same_mailbox(answered.email))
        subscription = found.select_for_update().first()
        if subscription is not None:
            _gather(subscription, comment)


def tell_of_decision(comment: Comment) -> None:
    """A moderator has decided on this comment: tell its writer, if that was asked for."""
    tell_of_decisions([comment])


def tell_of_decisions(comments: Iterable[Comment]) -> None:
    """As `tell_of_decision`, for many that were decided at once."""
    decided = [one for one in comments if one.email and one.decided_at and one.state in _TOLD]
    outbox.write(
        Outgoing(
            kind="decision",
            key=_decision_key(comment),
            payload={"comment": comment.pk},
            due_at=comment.decided_at + SECOND_THOUGHTS,
        )
        for comment in _asked_for(decided)
    )


def forget(email: str) -> None:
    """Nothing that was asked for from this address stands any longer, and no row of it is kept."""
    Subscription.objects.filter(email=same_mailbox(email)).delete()


def to_confirm(email: str, at: datetime) -> models.QuerySet[Subscription]:
    """What the owner of this mailbox has not said yes or no to, the oldest first."""
    return Subscription.objects.filter(
        email=email, confirmed_at=None, ended_at=None, asked_at__gt=at - CONFIRM_WITHIN
    ).order_by("asked_at", "pk")


def confirm(subscription: Subscription, at: datetime) -> bool:
    """The owner of the mailbox wants it. Gives False where it is too late, or over."""
    if subscription.is_confirmed():
        return True
    waiting = Subscription.objects.filter(pk=subscription.pk, ended_at=None, asked_at__gt=at - CONFIRM_WITHIN)
    return bool(waiting.update(confirmed_at=at))


def end(subscription: Subscription, at: datetime) -> None:
    """No further mail. The second time changes nothing."""
    Subscription.objects.filter(pk=subscription.pk, ended_at=None).update(ended_at=at)


def has_run_out(subscription: Subscription, at: datetime) -> bool:
    """Is it too late to confirm?"""
    return subscription.confirmed_at is None and subscription.asked_at <= at - CONFIRM_WITHIN


def close(row: Outgoing) -> Subscription | None:
    """No further answers are gathered in this row: the next ones are for the next mail. None without a subscription.

    What the row holds is settled by that, so a mail that is sent a second time is about the same answers.
    """
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update().filter(pk=row.payload["subscription"]).first()
        row.refresh_from_db(fields=["payload"])
        if subscription is not None and row.key == _answers_key(subscription):
            subscription.mailed_at = timezone.now()
            subscription.save(update_fields=["mailed_at"])
    return subscription


def is_of_last_decision(row: Outgoing, comment: Comment) -> bool:
    """Has nobody decided otherwise since this row was written?"""
    return row.key == _decision_key(comment) and comment.state in _TOLD


def confirmed_for(comment: Comment) -> Subscription | None:
    """What the writer of this comment asked for and confirmed."""
    return _confirmed().filter(email=same_mailbox(comment.email), post_id=comment.post_id).first()


def same_mailbox(email: str) -> str:
    """One spelling for all of an address. (That capitals in its first part might matter is theory.)"""
    return email.strip().casefold()


def masked(email: str) -> str:
    """Enough of an address for its owner."""
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """For a header, or a line of a mail: no line ends of any kind, nothing that is not seen or turns letters round."""
    text = TOWER.sub(r"\1", _UNSEEN.sub("", INVISIBLE.sub("", CONTROLS.sub(" ", text))))
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


# Asking


def _is_one_address(email: str) -> bool:
    """Exactly one, and nothing with it. (The form has said so already to who typed it.)"""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return email.isprintable() and not re.search(r"[\s,;<>\"()]", email)


def _was_refused(email: str, at: datetime) -> bool:
    """Did the owner of this mailbox say lately that somebody else had typed it?"""
    return Subscription.objects.filter(email=email, confirmed_at=None, ended_at__gt=at - REFUSED_FOR).exists()


def _ask(subscription: Subscription, at: datetime, address: str) -> None:
    """One mail is on its way, in which this thread will be named: the one that waits, or the next that may be sent."""
    for _attempt in range(2):
        last = _last_that_asked(subscription.email, at)
        if last is not None and last.state == Outgoing.State.WAITING and last.leased_until is None:
            return
        if not _may_ask(address, at):
            return
        due_at = at if last is None else max(at, last.due_at + DAY)
        key = _asking_keys(subscription.email, due_at)[1]
        outbox.write([Outgoing(kind="confirmation", key=key, payload={"subscription": subscription.pk}, due_at=due_at)])
        # Once more: if somebody else wrote it at the same moment, it may be on its way by now.


def _last_that_asked(email: str, at: datetime) -> Outgoing | None:
    """Locked, so that nobody begins to put it into words before this transaction is seen."""
    rows = Outgoing.objects.filter(key__in=_asking_keys(email, at))
    return rows.order_by("-due_at").select_for_update().first()


def _asking_keys(email: str, at: datetime) -> list[str]:
    """Of the mails that ask this address, the day before, this day, and the day after."""
    mailbox = salted_hmac("comments.mail", email, algorithm="sha256").hexdigest()[:40]
    return [f"confirmation-{mailbox}-{(at + DAY * days).date()}" for days in (-1, 0, 1)]


def _may_ask(address: str, at: datetime) -> bool:
    """Count one more mailbox that is asked because of this internet address, if that is within bounds."""
    if not address:
        return True
    key = salted_hmac("comments.mail", address, algorithm="sha256").hexdigest()
    Allowance.objects.bulk_create([Allowance(address=key, began_at=at)], ignore_conflicts=True)
    allowance = Allowance.objects.select_for_update().get(address=key)
    if allowance.began_at <= at - DAY:
        allowance.began_at, allowance.used = at, 0
    if allowance.used >= MOST_ASKED:
        return False
    allowance.used += 1
    allowance.save(update_fields=["began_at", "used"])
    return True


# Telling


def _confirmed() -> models.QuerySet[Subscription]:
    return Subscription.objects.filter(confirmed_at__isnull=False, ended_at=None)


def _are_of_one(one: Comment, other: Comment) -> bool:
    return (
        same_mailbox(one.email) == same_mailbox(other.email)
        or (one.user_id is not None and one.user_id == other.user_id)
        or (one.writer != "" and one.writer == other.writer)
    )


def _gather(subscription: Subscription, answer: Comment) -> None:
    """Into the next mail to this subscriber: at once, or an hour after the one before."""
    now = timezone.now()
    key = _answers_key(subscription)
    empty = {"subscription": subscription.pk, "answers": [], "more": 0}
    due_at = max(now, subscription.mailed_at + PAUSE) if subscription.mailed_at else now
    outbox.write([Outgoing(kind="answers", key=key, payload=empty, due_at=due_at)])
    row = Outgoing.objects.get(key=key)
    if answer.pk in row.payload["answers"]:
        return
    if len(row.payload["answers"]) < MOST_GATHERED:
        row.payload["answers"].append(answer.pk)
    else:
        row.payload["more"] += 1
    row.save(update_fields=["payload"])


def _answers_key(subscription: Subscription) -> str:
    """The same until a mail is put into words; then that of the next one."""
    since = round(subscription.mailed_at.timestamp() * 1_000_000) if subscription.mailed_at else 0
    return f"answers-{subscription.pk}-{since}"


def _decision_key(comment: Comment) -> str:
    return f"decision-{comment.pk}-{round(comment.decided_at.timestamp() * 1_000_000) if comment.decided_at else 0}"


def _asked_for(comments: list[Comment]) -> list[Comment]:
    """Those whose writers want to be told."""
    mailboxes = sorted({same_mailbox(comment.email) for comment in comments})
    wanted = set()
    for start in range(0, len(mailboxes), 500):
        rows = _confirmed().filter(email__in=mailboxes[start : start + 500])
        wanted.update(rows.values_list("email", "post_id"))
    return [comment for comment in comments if (same_mailbox(comment.email), comment.post_id) in wanted]
