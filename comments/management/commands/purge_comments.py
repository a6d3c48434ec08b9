"""Addresses of people go after a while."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from blog.management.housekeeping import HousekeepingCommand, refusal
from comments import people
from comments.models import HouseRules

LONGEST = 36_500  # days


class Command(HousekeepingCommand):
    help = (
        "Blanks e-mail and internet addresses that are older than the house rules say, and what was kept for their "
        "sake only. To be run every day. It works in small steps: it can be stopped, and the next run goes on."
    )
    when_stopped = "What was blanked stays so; the next run goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--days", type=int, metavar="NUMBER", help="in place of the number in the house rules")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *, as_json: bool, days: int | None, dry_run: bool, **options: Any) -> None:
        if days is None:
            days = HouseRules.objects.get(pk=1).keep_days
        if not 0 <= days <= LONGEST:
            raise refusal(f"--days is a number of days from 0 to {LONGEST}.")
        with self.progress(None, "rows") as told:
            purged = asdict(people.purge(days, trial=dry_run, progress=told))
        numbers = ", ".join(f"{count} {what}" for what, count in purged.items())
        self.report(purged, f"{'Would be purged' if dry_run else 'Purged'}: {numbers}.", as_json=as_json)
