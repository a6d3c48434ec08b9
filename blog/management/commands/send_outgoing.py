"""`manage.py send_outgoing`: sends what waits, once: for a look, or from cron where no worker runs."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from blog import outbox, sending
from blog.models import Outgoing

MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Sends what waits to be sent. Exits with 1 when something could not be sent: it is tried again after a while, "
        "for two days. What is sent twice has the same Message-ID or key. A service runs `db_worker` instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", dest="as_json", action="store_true", help="print the result as JSON")
        parser.add_argument("--again", action="store_true", help="try what was given up once more")

    def handle(self, *, as_json: bool, again: bool, **options: Any) -> None:
        if again:
            outbox.try_again()
        sending.forget_done(timezone.now())
        result, left = outbox.send_due(), standing()
        if as_json:
            self.stdout.write(json.dumps(_counts(result) | {"away": result.away} | left))
        else:
            self._tell(result, left)
        if not result.is_well():
            sys.exit(1)

    def _tell(self, result: sending.Sent, left: dict[str, Any]) -> None:
        self.stdout.write(
            "Sent {sent}, not needed any longer {dropped}, to be tried again {put_off}, given up {given_up}.".format(
                **_counts(result)
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


def _counts(result: sending.Sent) -> dict[str, int]:
    rows, State = result.rows, Outgoing.State
    return {
        "sent": rows[State.SENT],
        "dropped": rows[State.DROPPED],
        "put_off": rows[State.WAITING],
        "given_up": rows[State.FAILED],
    }
