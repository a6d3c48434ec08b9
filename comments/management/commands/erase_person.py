"""Blank what a person wrote."""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from comments import people
from comments.management.whom import account, add_whom, whom


class Command(BaseCommand):
    help = (
        "Blanks all comments of a person: names, words, addresses, earlier wordings, quotations in answers, and mail "
        "that was asked for. Threads keep their shape; in each place stands that it was erased for the writer. This "
        "cannot be taken back. Exits with 0 when it is done or nothing is kept, with 1 when it was not done."
    )

    def add_arguments(self, parser):
        add_whom(parser)
        parser.add_argument("--by", metavar="USER", help="the account that does it, for the record")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be blanked")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="print the numbers as JSON; needs --yes or --dry-run")

    def handle(self, *, by, dry_run, yes, **options):
        as_json = options["json"]
        person, doer = whom(options), account(by) if by else None
        if as_json and not (yes or dry_run):
            raise CommandError("With --json nobody is asked: add --yes, or --dry-run.")
        if not yes:
            erased = people.erase(person, by=doer, trial=True)
            self._say(erased, as_json, "Would be blanked" if dry_run else "Will be blanked")
            if dry_run or not erased.anything():
                return
            if input("This cannot be taken back. Type “erase” to go on: ").strip().casefold() != "erase":
                raise CommandError("Nothing was erased.")
        self._say(people.erase(person, by=doer), as_json, "Blanked")

    def _say(self, erased, as_json, what):
        if as_json:
            self.stdout.write(json.dumps(asdict(erased), indent=1))
        elif not erased.anything():
            self.stdout.write("Nothing is kept about this person.")
        else:
            numbers = ", ".join(f"{count} {name}" for name, count in asdict(erased).items())
            self.stdout.write(f"{what}: {numbers}.")
