"""Rights of people: what is kept about somebody can be had, and can be erased; addresses go by themselves.

Nobody proves who he is when he comments. So a person is whoever gave an e-mail address, whoever has an account, or
whoever has the `writer` key of a comment; on whose behalf to act, a moderator decides. What a person wrote is blanked;
its place in the thread stays, because answers of others stand below it.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from blog.models import Allowance, Outgoing, Suggestion, name_of
from blog.models.suggestions import SuggestionQuerySet
from blog.rendering import plain

from . import mail, markup, placing, posting
from .models import Ban, Comment, CommentQuerySet, ModerationAct, Reason, Report, Subscription, Wording
from .names import skeleton
from .writers import writer_key

LEFT_OUT = "[…]"  # for words and names that stood there
BY_COMMAND = "manage.py"  # who did it, where no account did
AT_ONCE = 1_000  # rows that a purge changes in one transaction


@dataclass(frozen=True)
class Person:
    """Somebody who wrote. Made by `by_email`, `by_account` or `by_comment`."""

    wrote: Q
    email: str = ""
    user: AbstractBaseUser | None = None

    def comments(self) -> CommentQuerySet:
        return Comment.objects.filter(self.wrote)


@dataclass(frozen=True)
class Erased:
    """How much was blanked; on trial, how much would be."""

    comments: int
    visible: int  # of these: what readers saw until now
    posts: int
    wordings: int  # as these comments read before they were changed
    quotations: int  # comments of others that quoted them
    reports: int  # by the person, and on these comments
    suggestions: int  # of what should read otherwise in a piece
    subscriptions: int
    bans: int

    def anything(self) -> bool:
        return any(asdict(self).values())


@dataclass
class Purged:
    """How many rows lost what told of a person; on trial, how many would."""

    comments: int = 0
    reports: int = 0
    suggestions: int = 0
    subscriptions: int = 0
    allowances: int = 0
    bans: int = 0
    mails: int = 0


def by_email(email: str) -> Person:
    """Whoever gave this address; with it, what the same writer wrote longer ago than addresses are kept."""
    email = mail.same_mailbox(email)
    gave = Q(email__iexact=email)
    writers = Comment.objects.filter(gave).exclude(writer="").values_list("writer", flat=True).distinct()
    return Person(gave | Q(writer__in=list(writers)) if email else Q(pk__in=[]), email=email)


def by_account(user: AbstractBaseUser) -> Person:
    return Person(Q(user=user) | Q(writer=writer_key(user=user)), email=mail.same_mailbox(user.email), user=user)


def by_comment(comment: Comment) -> Person:
    """Whoever wrote this comment; where nothing is known of who that was, the writer of this one alone."""
    return Person(Q(writer=comment.writer) if comment.writer else Q(pk=comment.pk))


# What is erased


def erase(
    person: Person, *, by: AbstractBaseUser | None = None, at: datetime | None = None, trial: bool = False
) -> Erased:
    """Blank all that is kept about a person, in one transaction, and leave the threads whole.

    The comments become “erased for the writer”, each with an act in the record. Their words go from earlier wordings,
    reports, and quotations in comments of others as well. A ban on an account or an address runs on; one on a name that
    nobody else bears ends. The account itself stays, as do notes of colleagues in the record: they can never change.
    On `trial` all of this is done and taken back.
    """
    at = at or timezone.now()
    return posting.in_transaction(lambda: _erase(person, by, at, trial=trial))


def _erase(person: Person, by: AbstractBaseUser | None, at: datetime, *, trial: bool) -> Erased:
    own = set(person.comments().values_list("pk", flat=True))
    said = _said_in(own)
    quote = _quoting(own, said)
    held = placing.hold(own | quote)
    comments = [comment for key, comment in held.comments.items() if key in own]
    seen = sum(comment.is_visible() for comment in comments)
    batch = _record(comments, by, at)
    of_these = Q(comment__acts__batch=batch)
    wordings, _all = Wording.objects.filter(of_these).delete()
    quoting = _leave_out([held[key] for key in quote], said)
    reports = _blank_reports(of_these, {comment.address for comment in comments}, at)
    known_as = {comment.name for comment in comments}
    addresses = {mail.same_mailbox(comment.email) for comment in comments}
    suggested = _suggested(person, comments).forget(at)
    _blank(comments, batch, at)
    subscriptions = _forget(addresses, person.email)
    bans = _end_bans_on(known_as, by, at)
    placing.settle(held, reworded={comment.post_id for comment in quoting if comment.placed})
    if trial:
        transaction.set_rollback(True)
    posts = len({comment.post_id for comment in comments})
    return Erased(len(comments), seen, posts, wordings, len(quoting), reports, suggested, subscriptions, bans)


def _record(comments: list[Comment], by: AbstractBaseUser | None, at: datetime) -> uuid.UUID:
    """An act for each; by its batch all statements that follow know which comments are meant."""
    batch = uuid.uuid4()
    acts = (
        ModerationAct(
            comment=comment,
            verb=ModerationAct.Verb.ERASE,
            by=by,
            by_name=name_of(by) if by else BY_COMMAND,
            at=at,
            reason=Reason.ERASED,
            state_before=comment.state,
            state_after=Comment.State.WITHDRAWN,
            reason_before=comment.reason,
            decided_before=comment.decided_at,
            batch=batch,
        )
        for comment in comments
    )
    ModerationAct.objects.bulk_create(acts, batch_size=placing.AT_ONCE)
    return batch


def _blank(comments: list[Comment], batch: uuid.UUID, at: datetime) -> None:
    """Nothing but the place of a comment stays, and where it came from: an import knows that it had it."""
    state = {"state": Comment.State.WITHDRAWN, "reason": Reason.ERASED, "decided_at": at, "reports": 0}
    nothing = dict.fromkeys(["name", "email", "text", "html", "badge", "writer", "address"], "")
    of_these = Comment.objects.filter(acts__batch=batch)
    of_these.update(**state, **nothing, user=None, edited_at=None, facts=[], form_key=None)
    of_these.filter(placed=False).update(shown_at=None)  # spam that readers knew leaves no trace now either
    _blank_log(Comment, [comment.pk for comment in comments])
    for comment in comments:
        comment.state, comment.reason = state["state"], state["reason"]
        comment.shown_at = comment.shown_at if comment.placed else None


def _blank_reports(of_these: Q, addresses: set[str], at: datetime) -> int:
    """What was said of these comments is looked at by that; what their writer said of others stays as a sign only."""
    about = Report.objects.filter(of_these)
    by_them = Report.objects.filter(address__in=addresses - {""})
    count = about.count() + by_them.exclude(pk__in=about.values("pk")).count()
    about.filter(settled_at=None).update(settled_at=at)
    about.update(words="")
    by_them.update(words="", address="")
    return count


def _suggested(person: Person, comments: list[Comment]) -> SuggestionQuerySet:
    """What the person said should read otherwise, as far as it can be known: by form, and in comments."""
    said = Suggestion.objects.made_by(
        emails={person.email, *(comment.email for comment in comments)},
        addresses={comment.address for comment in comments},
        names={comment.name for comment in comments},
    )
    in_comments = person.comments().filter(suggestion__isnull=False).order_by().values("suggestion")
    return said | Suggestion.objects.filter(pk__in=in_comments)


def _forget(addresses: set[str], asked: str) -> int:
    """No mail to these, nor to the address that was asked for, except where others gave the same one."""
    count = 0
    for email in sorted((addresses | {asked}) - {""}):
        if email == asked or not Comment.objects.filter(email__iexact=email).exists():
            count += Subscription.objects.filter(email=email).count()
            mail.forget(email)
    return count


def _end_bans_on(names: set[str], by: AbstractBaseUser | None, at: datetime) -> int:
    """A ban on a name tells the name; where nobody else bears it, there is nobody left to ban by it."""
    borne = Comment.objects.filter(name__in=names).values_list("name", flat=True)
    gone = {skeleton(name) for name in names} - {skeleton(name) for name in borne.distinct()} - {""}
    bans = Ban.objects.filter(kind=Ban.Kind.NAME, value__in=gone)
    keys = list(bans.values_list("pk", flat=True))
    bans.filter(lifted_at=None).update(lifted_at=at, lifted_by_name=name_of(by) if by else BY_COMMAND)
    _blank_log(Ban, keys)
    return bans.update(value="", label=LEFT_OUT, reason="")


def _blank_log(model: type[Model], keys: list[int]) -> None:
    """Django's log of the desk calls things by the names that they had."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    for part in placing.in_parts([str(key) for key in keys]):
        entries.filter(object_id__in=part).update(object_repr="", change_message="")


# Quotations


def _said_in(own: set[int]) -> set[str]:
    """What readers could read of these, as typed and as shown, in a form in which it is found in quotations."""
    said = set()
    for part in placing.in_parts(sorted(own)):
        shown = Comment.objects.filter(pk__in=part, shown_at__isnull=False).exclude(text="").order_by()
        for text, html, source in shown.values_list("text", "html", "source"):
            words = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
            if words != text and not source:
                html = markup.render(words)  # what they quote are words of somebody else
            said |= {_bare(words), _bare(plain(html))}
    return said - {""}


def _quoting(own: set[int], said: set[str]) -> set[int]:
    """Comments of others, under the same posts, that quote what was said, or did before they were changed."""
    found, posts = set(), set()
    for part in placing.in_parts(sorted(own)):
        posts |= set(Comment.objects.filter(pk__in=part, shown_at__isnull=False).values_list("post_id", flat=True))
    # What was written elsewhere and brought in has no lines that begin with a sign.
    others = Comment.objects.filter(post__in=posts, source="").order_by()
    before = Wording.objects.filter(comment__in=others.values("pk")).order_by()
    for texts in (others.values_list("pk", "text"), before.values_list("comment_id", "text")):
        quoting = texts.filter(text__contains=">").iterator()
        found |= {key for key, text in quoting if key not in own and _without(text, said)}
    return found


def _leave_out(others: list[Comment], said: set[str]) -> list[Comment]:
    """Take quotations of what was said out of comments and what they were before. Gives the comments changed."""
    changed = {}
    for comment in others:
        for wording in (comment, *comment.wordings.all()):
            text = _without(wording.text, said)
            if text:
                wording.text, wording.html = text, markup.render(text)
                wording.save(update_fields=["text", "html"])
                changed[comment.pk] = comment
    return list(changed.values())


def _without(text: str, said: set[str]) -> str:
    """The text without what it quotes of what was said; nothing where it quotes none of it."""
    lines: list[str] = []
    for line in text.split("\n"):
        quoted = line.lstrip(" >")
        marks = line[: len(line) - len(quoted)].rstrip()
        bare = _bare(quoted).strip("…“”\"' ")
        if ">" not in marks or not bare or not any(bare in one for one in said):
            lines.append(line)
        elif not lines or lines[-1] != f"{marks} {LEFT_OUT}":
            lines.append(f"{marks} {LEFT_OUT}")
    left = "\n".join(lines)
    return left if left != text else ""


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()


# What can be had


def export(person: Person) -> dict[str, Any]:
    """All that is kept about a person, as plain JSON; docs/running.md says what each part is.

    Of moderators it has what they did and when, not who they are or what they noted for each other.
    """
    comments = list(person.comments().select_related("post__live", "post__head").in_order_of_writing())
    keys = [comment.pk for comment in comments]
    emails = {mail.same_mailbox(comment.email) for comment in comments} | {person.email}
    addresses = {comment.address for comment in comments} - {""}
    return {
        "made_at": timezone.now().isoformat(),
        "email": person.email,
        "account": person.user.get_username() if person.user else "",
        "comments": [_comment(comment) for comment in comments],
        "earlier_wordings": _rows(Wording.objects.filter(comment__in=keys), "comment_id", "text", "until"),
        "acts": _rows(
            ModerationAct.objects.filter(comment__in=keys).order_by("pk"),
            *("comment_id", "verb", "at", "reason", "state_before", "state_after"),
        ),
        "subscriptions": _rows(
            Subscription.objects.filter(email__in=emails - {""}),
            *("post_id", "email", "asked_at", "confirmed_at", "ended_at", "mailed_at"),
        ),
        "reports": _rows(
            Report.objects.filter(address__in=addresses), "comment_id", "reason", "words", "at", "settled_at"
        ),
        "suggestions": _rows(
            _suggested(person, comments),
            *("post_id", "exact", "replacement", "remark", "credit", "email", "made_at", "state", "reason"),
        ),
        "bans": _rows(_bans(person, comments), "kind", "label", "reason", "at", "until", "lifted_at"),
    }


def _comment(comment: Comment) -> dict[str, Any]:
    row = {name: getattr(comment, name) for name in _TOLD_OF_A_COMMENT}
    return {
        "id": comment.pk,
        "address": f"{settings.SITE_URL}{comment.get_absolute_url()}",
        "under": str(comment.post),
        "answers": comment.answered_id(),
        "internet_address_key": comment.address,
        **{name: _plain_value(value) for name, value in row.items()},
    }


def _rows(rows: QuerySet, *columns: str) -> list[dict[str, Any]]:
    return [{name: _plain_value(value) for name, value in row.items()} for row in rows.values(*columns)]


def _plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _bans(person: Person, comments: list[Comment]) -> QuerySet:
    names = {skeleton(comment.name) for comment in comments} - {""}
    addresses = {comment.address for comment in comments} - {""}
    bans = Q(kind=Ban.Kind.NAME, value__in=names) | Q(kind=Ban.Kind.ADDRESS, value__in=addresses)
    if person.user:
        bans |= Q(kind=Ban.Kind.ACCOUNT, value=str(person.user.pk))
    return Ban.objects.filter(bans).order_by("pk")


_TOLD_OF_A_COMMENT = [
    *("name", "email", "badge", "text", "html", "state", "reason", "created_at", "edited_at", "shown_at"),
    *("decided_at", "writer", "facts", "reports", "source", "source_id"),
]


# What goes by itself


def purge(
    days: int,
    *,
    now: datetime | None = None,
    trial: bool = False,
    progress: Callable[[int], object] = lambda rows: None,
) -> Purged:
    """Blank e-mail and internet addresses that are older than `days`, and whatever else was kept for their sake only.

    In many short transactions: it can be stopped at any time, and the next run goes on. `progress` is told how many
    more rows are done. On `trial` nothing is changed.
    """
    before = (now or timezone.now()) - timedelta(days=days)
    purged = Purged()
    for name, rows, change in _old(before):
        for keys in _batches(rows):
            if not trial:
                posting.in_transaction(partial(_change, rows.model, keys, change))
            setattr(purged, name, getattr(purged, name) + len(keys))
            progress(len(keys))
    return purged


def _old(before: datetime) -> Iterator[tuple[str, QuerySet, Callable[[QuerySet], object]]]:
    """What is due: the name of its count, the rows, and what becomes of them."""
    known = ~Q(email="") | ~Q(address="")
    yield "comments", Comment.objects.filter(known, created_at__lt=before), _blanking(email="", address="")
    yield "reports", Report.objects.filter(at__lt=before).exclude(address=""), _blanking(address="")
    yield "suggestions", Suggestion.objects.filter(known, made_at__lt=before), _blanking(email="", address="")
    yield "subscriptions", _subscriptions_without_point(before), QuerySet.delete
    quiet = Allowance.objects.annotate(at=Coalesce("last_at", "began_at")).filter(at__lt=before)
    yield "allowances", quiet, QuerySet.delete
    over = Q(until__lt=before) | Q(lifted_at__lt=before)
    yield "bans", Ban.objects.filter(over).exclude(value="", label=LEFT_OUT), _blanking(value="", label=LEFT_OUT)
    done = Outgoing.objects.exclude(state=Outgoing.State.WAITING).filter(created_at__lt=before)
    yield "mails", done.exclude(payload={}, last_error=""), _blanking(payload={}, last_error="")


def _subscriptions_without_point(before: datetime) -> QuerySet:
    """Ended, never confirmed, or without any comment left under the post of which the address is kept."""
    wrote = Comment.objects.filter(post=OuterRef("post"), email__iexact=OuterRef("email"), created_at__gte=before)
    old = Subscription.objects.annotate(at=Coalesce("ended_at", "confirmed_at", "asked_at")).filter(at__lt=before)
    return old.filter(Q(ended_at__isnull=False) | Q(confirmed_at=None) | ~Exists(wrote))


def _blanking(**values: Any) -> Callable[[QuerySet], int]:
    return lambda rows: rows.update(**values)


def _batches(rows: QuerySet) -> Iterator[list]:
    """Their keys, some at a time, in order: found by key, so that a batch costs what it holds."""
    last = None
    while True:
        beyond = rows if last is None else rows.filter(pk__gt=last)
        keys = list(beyond.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not keys:
            return
        yield keys
        last = keys[-1]


def _change(model: type[Model], keys: list, change: Callable[[QuerySet], object]) -> None:
    """Comments are locked in the order in which everybody locks them, so that nobody waits for somebody who waits."""
    rows = model._default_manager.filter(pk__in=keys)
    if model is Comment:
        list(rows.order_by("tree_id", "lft").select_for_update(no_key=True).values_list("pk"))
    change(rows)
