"""`manage.py check_links`: do the addresses that sources name still answer?"""

import json
import signal
import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from blog import links
from blog.models import CheckedLink

STOPPED = 128 + signal.SIGINT
State = CheckedLink.State


class Command(BaseCommand):
    help = (
        "Visits each address that a source of something public names, those not visited for longest first, and keeps "
        "what came of it. At most one request a second to each host. Can be stopped and started again. Exits with 1 "
        "when something is gone that was not gone before, with 130 when it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=float,
            default=1,
            metavar="DAYS",
            help="only those not visited for so many days (default 1, so that a new start goes on where one stopped)",
        )
        parser.add_argument("--limit", type=int, metavar="NUMBER", help="at most so many")
        parser.add_argument("--json", dest="as_json", action="store_true", help="print the result as JSON")

    def handle(self, *, older_than: float, limit: int | None, as_json: bool, **options: Any) -> None:
        if not 0 <= older_than <= 36_500 or (limit is not None and limit < 0):
            raise CommandError("A number of days or addresses cannot be less than nothing, or more than a century.")
        urls = links.due(older_than=timedelta(days=older_than), limit=limit)
        checked, stopped = links.Checked(), False
        visits = links.check(urls, checked)
        try:
            for _link in tqdm(visits, total=len(urls), unit=" links", disable=not sys.stderr.isatty()):
                pass
        except KeyboardInterrupt:
            stopped = True
        finally:
            visits.close()
        self._tell(checked, len(urls), stopped, as_json)
        if stopped:
            sys.exit(STOPPED)
        if checked.newly_gone:
            sys.exit(1)

    def _tell(self, checked: links.Checked, due: int, stopped: bool, as_json: bool) -> None:
        counts = {state.value: checked.states[state] for state in State}
        gone, back = ([_facts(link) for link in found] for found in (checked.newly_gone, checked.back))
        if as_json:
            said = {"due": due, "stopped": stopped, **counts, "newly_gone": gone, "there_again": back}
            self.stdout.write(json.dumps(said, indent=1, ensure_ascii=False))
            return
        visited = sum(counts.values())
        self.stdout.write(f"Visited {visited} of {due} addresses{': stopped' if stopped else ''}.")
        self.stdout.write(
            "Answer {fine}, gone {gone}, no clear answer {unsure}, not visited {refused}.".format(**counts)
        )
        for word, found in (("Gone", gone), ("There again", back)):
            for link in found:
                why = f" ({link['code'] or link['note']})" if link["code"] or link["note"] else ""
                self.stdout.write(f"{word}: {link['url']}{why}")


def _facts(link: CheckedLink) -> dict[str, Any]:
    return {"url": link.url, "state": link.state, "code": link.code, "note": link.note}
