"""`manage.py send_outgoing`: sends the mails that wait.

It stands here and not in blog, since it has to know who puts which kind into words, and blog knows no comments.
A service runs it with `--watch`; without, it is for a look, or for cron.
"""

import json
import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from blog import answering, sending, suggestions
from blog.models import Outgoing
from comments import digests, letters

KINDS = letters.KINDS | digests.KINDS | answering.KINDS
STOP = {signal.SIGTERM, signal.SIGINT}
LOOK_AGAIN = 5  # seconds
MOST_NAMED = 20
DAY = 24 * 60 * 60


class Command(BaseCommand):
    help = (
        "Sends what waits to be sent. Exits with 1 when something could not be sent: it is tried again after a while, "
        "for two days. What is sent twice has the same Message-ID."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until SIGTERM or Ctrl-C; finishes a mail first")
        parser.add_argument(
            "--json", dest="as_json", action="store_true", help="print the result as JSON; with --watch one line each"
        )
        parser.add_argument("--again", action="store_true", help="try what was given up once more")

    def handle(self, *, watch: bool, as_json: bool, again: bool, **options: Any) -> None:
        self.as_json = as_json
        if again:
            sending.try_again()
        if watch:
            self._watch()
            return
        sending.forget_done(timezone.now())
        result = sending.send_due(KINDS)
        suggestions.forget_answered()
        self._tell(result, standing())
        if not result.is_well():
            sys.exit(1)

    def _watch(self) -> None:
        # Blocked and asked for, not handled: no signal comes in the middle of a mail.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        cleared = -DAY
        while True:
            close_old_connections()
            try:
                if time.monotonic() - cleared > DAY:
                    sending.forget_done(timezone.now())
                    cleared = time.monotonic()
                self._one_round()
            except Error as error:
                self.stderr.write(f"The database cannot be asked: {str(error).strip()}")
            if signal.sigtimedwait(STOP, LOOK_AGAIN):
                return

    def _one_round(self) -> None:
        result = sending.send_due(KINDS, stopped=lambda: bool(signal.sigpending() & STOP))
        if result.rows:
            suggestions.forget_answered()
        if result.rows or result.away:
            self._tell(result, standing())

    def _tell(self, result: sending.Sent, left: dict[str, Any]) -> None:
        rows = result.rows
        counts = {
            "sent": rows[Outgoing.State.SENT],
            "dropped": rows[Outgoing.State.DROPPED],
            "put_off": rows[Outgoing.State.WAITING],
            "given_up": rows[Outgoing.State.FAILED],
        }
        if self.as_json:
            self.stdout.write(json.dumps(counts | {"away": result.away} | left))
            return
        self.stdout.write(
            "Sent {sent}, not needed any longer {dropped}, to be tried again {put_off}, given up {given_up}.".format(
                **counts
            )
        )
        if result.away:
            self.stderr.write(f"The mail server cannot be reached: {result.away}")
        self.stdout.write(f"Waiting: {left['waiting']}. Given up in the last weeks: {left['failed']}.")
        for row in left["failures"]:
            self.stderr.write(f"  {row['key']} ({row['attempts']} attempts): {row['last_error']}")


def standing() -> dict[str, Any]:
    """What waits, and what was given up and why."""
    failed = Outgoing.objects.failed().order_by("-pk")
    return {
        "waiting": Outgoing.objects.waiting().count(),
        "failed": failed.count(),
        "failures": list(failed.values("key", "kind", "attempts", "last_error")[:MOST_NAMED]),
    }
