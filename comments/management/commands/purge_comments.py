"""Addresses of people go after a while."""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from comments import people
from comments.models import HouseRules


class Command(BaseCommand):
    help = (
        "Blanks e-mail and internet addresses that are older than the house rules say, and what was kept for their "
        "sake only. To be run every day. It works in small steps: it can be stopped, and the next run goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, help="in place of the number in the house rules")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--json", action="store_true", help="print the numbers as JSON")

    def handle(self, *, days, dry_run, **options):
        if days is None:
            days = HouseRules.objects.get(pk=1).keep_days
        if not 0 <= days <= 36_500:
            raise CommandError("--days is a number of days from 0 to 36500.")
        with tqdm(unit=" rows", disable=not sys.stderr.isatty()) as bar:
            purged = asdict(people.purge(days, trial=dry_run, progress=bar.update))
        if options["json"]:
            self.stdout.write(json.dumps(purged, indent=1))
        else:
            numbers = ", ".join(f"{count} {what}" for what, count in purged.items())
            self.stdout.write(f"{'Would be purged' if dry_run else 'Purged'}: {numbers}.")
