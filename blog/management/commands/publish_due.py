"""`manage.py publish_due`: does what was planned for by now.

A service runs it with `--watch`; without, it is for a look, or for cron.
"""

import json
import logging
import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from blog import outbox, schedule, tonight
from blog.models import Schedule

STOP = {signal.SIGTERM, signal.SIGINT}
LOOK_AGAIN = 2  # seconds
SWEEP_AGAIN = 3600  # seconds
logger = logging.getLogger(__name__)
State = Schedule.State


class Command(BaseCommand):
    help = (
        "Publishes and withdraws what was planned for by now, one act after the other. Exits with 1 when one failed or "
        "was missed; that stands on the desk's page “Tonight” and is not tried again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until SIGTERM or Ctrl-C; finishes an act first")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do nothing: list what is due now and in the next hours, with what would become of it",
        )
        parser.add_argument(
            "--json", dest="as_json", action="store_true", help="print the result as JSON; with --watch one line each"
        )

    def handle(self, *, watch: bool, dry_run: bool, as_json: bool, **options: Any) -> None:
        self.as_json = as_json
        if dry_run:
            self._list()
        elif watch:
            self._watch()
        elif not self._once():
            sys.exit(1)

    def _once(self) -> bool:
        report = schedule.do_due()
        if report.held:
            close_old_connections()
            again = schedule.do_due(stopped=lambda: True, held=report.held)
            report.held = again.held
        _sweep()
        self._tell(report)
        return report.is_well()

    def _watch(self) -> None:
        # Blocked and asked for, not handled: no signal comes in the middle of an act.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        held: list[Schedule] = []
        swept_at = -float(SWEEP_AGAIN)
        while True:
            close_old_connections()
            report = schedule.do_due(stopped=lambda: bool(signal.sigpending() & STOP), held=held)
            held = report.held
            if report.rows or not report.is_well():
                self._tell(report)
            if time.monotonic() - swept_at >= SWEEP_AGAIN:
                swept_at = time.monotonic()
                _sweep()
            if signal.sigtimedwait(STOP, LOOK_AGAIN):
                return

    def _tell(self, report: schedule.Report) -> None:
        counts = {name: report.rows[state] for name, state in _COUNTED.items()} | {"put_off": report.put_off}
        if self.as_json:
            troubles = [_spelt(row) | {"state": row.state, "why": why} for row, why in report.troubles]
            self.stdout.write(json.dumps(counts | {"away": report.away, "troubles": troubles}))
            return
        self.stdout.write("Done {done}, failed {failed}, missed {missed}, put off {put_off}.".format(**counts))
        for row, why in report.troubles:
            self.stderr.write(f"  {row.get_state_display()}: {row.get_verb_display()} {row.piece}: {why}")
        if report.away:
            self.stderr.write(f"The database cannot be asked: {report.away}")

    def _list(self) -> None:
        coming = tonight.coming()
        if self.as_json:
            rows = [
                _spelt(one.row) | {"prospect": one.prospect.state, "why": one.prospect.words, "put_off": one.put_off}
                for one in coming
            ]
            self.stdout.write(json.dumps(rows))
            return
        for one in coming:
            due = timezone.localtime(one.row.due_at)
            said = f": {one.prospect.words}" if one.prospect.words else ""
            trouble = f" ({one.prospect.state})" if one.prospect.is_trouble else ""
            self.stdout.write(f"{due:%Y-%m-%d %H:%M %Z}  {one.row.get_verb_display()}  {one.headline}{trouble}{said}")
            if one.put_off:
                self.stdout.write(f"    put off until now, and tried again: {one.put_off}")
        if not coming:
            self.stdout.write("Nothing is planned for the next hours.")


_COUNTED = {"done": State.DONE, "failed": State.FAILED, "missed": State.MISSED}


def _sweep() -> None:
    """Here because this runs all day, also where nobody is sent anything. It holds up no plan."""
    try:
        outbox.sweep()
    except DatabaseError as error:
        logger.warning("Nothing was swept: %s", error)


def _spelt(row: Schedule) -> dict[str, Any]:
    update = row.update.number if row.update else None
    due = row.due_at.isoformat()
    return {"plan": row.pk, "verb": row.verb, "post": row.post_id, "update": update, "due": due, "by": row.by_name}
