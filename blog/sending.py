"""Sends what waits in `Outgoing`, row by row: as mail, or as a call to an address.

Whoever sends holds a lease on one row. The row is marked when it is away: who is killed in between sends it a second
time, with the same Message-ID or key, so nothing is lost and a receiver can tell. What goes wrong with one row is
written into it and holds up no other; nor does a pile of one kind, or somebody who takes long to answer: a cache hears
first, the others take turns. `outbox` says when this is run, and knows the kinds.
"""

import hashlib
import logging
import re
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.encoding import punycode

from . import visiting
from .models import Outgoing

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than a mail takes: EMAIL_TIMEOUT is half a minute for each step
# Before the second attempt, the third, and so on: two days in all, as mail servers themselves do
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440)]
MOST_ATTEMPTS = len(PAUSES) + 1
MOST_SECONDS = 120  # for the calls of one row, well below LEASE; the rest of them is made in its next turn
LEFT_ALONE = 60  # seconds, for who did not take what was said
TURN = 1  # seconds of mails, between two looks whether somebody else waits
KEPT = timedelta(days=30)  # how long a row is there after it has been sent, or given up

State = Outgoing.State
FIRST = "purge"  # readers are shown something that is no longer so
NOT_BY_MAIL = (FIRST, "websub", "webhook")  # kinds that are calls to an address
_ADDRESS = re.compile(r"[^\s<>'\"(){},:;]+@[^\s<>'\"(){},:;]+")


@dataclass(frozen=True)
class Call:
    """Something to be said to an address. `is_ours`: the operator named it in the settings, and it may stand inside."""

    url: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    is_ours: bool = False
    is_fine: Callable[[int], bool] = lambda code: 200 <= code < 300


class Unwell(Exception):
    """The other side answers that it did not take what was said."""


class Unfinished(Exception):
    """There are more calls than there is time for. `made` is how many have been made, of all that there are."""

    def __init__(self, made: int, of: int):
        self.made = made
        super().__init__(f"It takes long: {made} of {of} calls are made")


Compose = Callable[[Outgoing], EmailMessage | Sequence[Call] | None]


@dataclass
class Sent:
    """What became of the rows that were due. `away` says why the mail server could not be reached."""

    rows: Counter[State] = field(default_factory=Counter)  # those that wait have been put off
    away: str = ""

    def is_well(self) -> bool:
        return not (self.rows[State.WAITING] or self.rows[State.FAILED] or self.away)


def send_due(kinds: Mapping[str, Compose], *, stopped: Callable[[], bool] = lambda: False) -> Sent:
    """Send all that is due and of one of these kinds, until nothing is or `stopped()` says so.

    `kinds` says for each kind what puts a row into words: it gives a mail to one recipient, calls to make, or None
    where nothing has to be said any longer. It may be called again for the same row. While the mail server cannot be
    reached, no row is taken that is a mail, and no attempt counted: those of `NOT_BY_MAIL` are sent all the same. So it
    is with a receiver that did not take a call: for a minute, no other row of his is taken.
    """
    run = _Run(kinds, stopped)
    try:
        run.take_turns()
    finally:
        _hang_up(run.connection)
    return run.result


def try_again(rows: QuerySet[Outgoing] | None = None) -> int:
    """What has failed (of these rows) waits again, as if for the first time. Gives how many there were."""
    failed = Outgoing.objects.failed()
    if rows is not None:
        failed = failed.filter(pk__in=rows.values("pk"))
    return failed.update(state=State.WAITING, attempts=0, due_at=Now(), leased_until=None)


def forget_done(now: datetime) -> int:
    """Rows of which nothing more is to be expected go after a while. Gives how many."""
    return Outgoing.objects.exclude(state=State.WAITING).filter(created_at__lt=now - KEPT).delete()[0]


def message_id(key: str) -> str:
    """The same for the same key, whoever sends; it says nothing of what the key is made of."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{punycode(host)}>"


Target = tuple[str, int | None]  # a kind of calls, and which webhook


class _Run:
    """Sends what is due, with one connection to the mail server, and remembers who is to be left alone until when."""

    def __init__(self, kinds: Mapping[str, Compose], stopped: Callable[[], bool]):
        self.kinds, self.stopped = kinds, stopped
        self.connection, self.result = get_connection(), Sent()
        self._left_alone: dict[Target, float] = {}

    def take_turns(self) -> None:
        """Until nobody has anything to do: before each turn, all that comes first."""
        mails = set(self.kinds) - set(NOT_BY_MAIL)
        calls = [kind for kind in NOT_BY_MAIL if kind in self.kinds]
        turns = [*(partial(self._one, {kind}) for kind in calls if kind != FIRST), partial(self._mails, mails)]
        idle = 0
        for turn in cycle(turns):
            while FIRST in calls and self._one({FIRST}):
                pass
            idle = 0 if turn() else idle + 1
            if idle == len(turns):
                return

    def _one(self, kinds: Collection[str]) -> bool:
        """Send the next row of these kinds; False where there is none, or no time."""
        if self.stopped():
            return False
        now = time.monotonic()
        row = _take(kinds, [target for target, until in self._left_alone.items() if until > now])
        if row is None:
            return False
        self.result.rows[self._send(row)] += 1
        return True

    def _mails(self, kinds: Collection[str]) -> bool:
        """Send mails for a short while; False where there are none, or nobody takes them."""
        until, some = time.monotonic() + TURN, False
        while (not some or time.monotonic() < until) and self._reach(kinds) and self._one(kinds):
            some = True
        return some

    def _reach(self, kinds: Collection[str]) -> bool:
        """Is there a mail, and a server that takes it? One that was away is not asked again in this run."""
        if self.result.away or self.stopped() or not Outgoing.objects.due().filter(kind__in=kinds).exists():
            return False
        try:
            self.connection.open()
        except (OSError, smtplib.SMTPException) as error:
            self.result.away = _in_words(error)
        return not self.result.away

    def _send(self, row: Outgoing) -> State:
        """Gives what the row is now."""
        if row.attempts > MOST_ATTEMPTS:
            return _give_up(row, "Whoever sent it was stopped each time.")
        try:
            said = self.kinds[row.kind](row)
            if said is None:
                return _mark(row, State.DROPPED)
            if isinstance(said, EmailMessage):
                [_one] = said.recipients()
                said.extra_headers |= {"Message-ID": message_id(row.key), "Auto-Submitted": "auto-generated"}
                self.connection.send_messages([said])
            else:
                self._call(row, said)
        except Unfinished as rest:
            return _go_on_later(row, rest)
        except Exception as error:
            logger.warning("Outgoing %s: %s", row.key, _in_words(error))
            _hang_up(self.connection)
            return _put_off(row, error)
        return _mark(row, State.SENT, sent_at=Now(), last_error="")

    def _call(self, row: Outgoing, calls: Sequence[Call]) -> None:
        try:
            _call(calls, row.key, row.payload.get("made", 0))
        except visiting.Refused:  # it is that address, and no time was lost
            raise
        except Exception:
            self._left_alone[_target_of(row)] = time.monotonic() + LEFT_ALONE
            raise


def _take(kinds: Collection[str], but: Collection[Target] = ()) -> Outgoing | None:
    """The next row that nobody else holds, leased to whoever asks; none for those who are to be left alone."""
    with transaction.atomic():
        due = Outgoing.objects.due().filter(kind__in=kinds)
        for kind, hook in but:
            due = due.exclude(kind=kind) if hook is None else due.exclude(kind=kind, payload__hook=hook)
        row = due.select_for_update(skip_locked=True).first()
        if row is not None:
            # Counted now: a row that kills its sender is given up like any other.
            row.attempts += 1
            Outgoing.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, leased_until=Now() + LEASE)
        return row


def _target_of(row: Outgoing) -> Target:
    return row.kind, row.payload.get("hook")


def _call(calls: Sequence[Call], key: str, made: int) -> None:
    """Make them in order, from that number on. What was heard before one failed is said again, under the same key."""
    until = time.monotonic() + MOST_SECONDS
    for number, call in enumerate(calls[made:], made):
        if number > made and time.monotonic() > until:
            raise Unfinished(number, len(calls))
        headers = {"User-Agent": f"Writethru (+{settings.SITE_URL})", "Writethru-Key": key} | call.headers
        code = visiting.call(call.url, method=call.method, body=call.body, headers=headers, is_ours=call.is_ours)
        if not call.is_fine(code):
            raise Unwell(f"{call.method} {call.url} was answered with {code}")


def _go_on_later(row: Outgoing, rest: Unfinished) -> State:
    """That was no failure. If the calls are others by then, whoever changed that has left a row for his."""
    logger.warning("Outgoing %s: %s", row.key, rest)
    columns = {"attempts": row.attempts - 1, "due_at": Now(), "payload": row.payload | {"made": rest.made}}
    return _mark(row, State.WAITING, last_error=_in_words(rest), **columns)


def _put_off(row: Outgoing, error: Exception) -> State:
    if row.attempts >= MOST_ATTEMPTS or _is_final(error):
        return _give_up(row, _in_words(error))
    return _mark(row, State.WAITING, due_at=Now() + PAUSES[row.attempts - 1], last_error=_in_words(error))


def _give_up(row: Outgoing, why: str) -> State:
    logger.error("Outgoing %s is given up: %s", row.key, why)
    return _mark(row, State.FAILED, last_error=why)


def _mark(row: Outgoing, state: State, **columns: Any) -> State:
    """Only while the lease is ours: whoever took the row after it ran out says what became of it."""
    held = Outgoing.objects.waiting().filter(pk=row.pk, attempts=row.attempts)
    held.update(state=state, leased_until=None, **columns)
    return state


def _is_final(error: Exception) -> bool:
    """There is no such mailbox, or an address that we never call; and not that somebody is busy."""
    if isinstance(error, visiting.Refused):
        return True
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _said in error.recipients.values()
    )


def _hang_up(connection: BaseEmailBackend) -> None:
    """After an error nobody knows what the other side still expects."""
    try:
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        logger.info("The mail server was away before we hung up: %s", _in_words(error))


def _in_words(error: Exception) -> str:
    """What went wrong, on one line, without the address of anybody."""
    return _ADDRESS.sub("(address)", " ".join(f"{type(error).__name__}: {error}".replace("\0", "").split()))[:500]
