"""Blank what a person wrote."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from blog.management.housekeeping import HousekeepingCommand, refusal
from comments import people
from comments.management.whom import account, add_whom, whom


class Command(HousekeepingCommand):
    help = (
        "Blanks all comments of a person: names, words, addresses, earlier wordings, quotations in answers, and mail "
        "that was asked for. Threads keep their shape; in each place stands that it was erased for the writer. This "
        "cannot be taken back. Exits with 0 when it is done or nothing is kept, with 1 when the question was answered "
        "with no, with 2 when there is no such person to ask for."
    )
    when_stopped = "Nothing was erased."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_whom(parser)
        parser.add_argument("--by", metavar="USER", help="the account that does it, for the record")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be blanked")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed with --json, unless it is a dry run")

    def handle(self, *, as_json: bool, by: str | None, dry_run: bool, yes: bool, **options: Any) -> None:
        person, doer = whom(options), account(by) if by else None
        if as_json and not (yes or dry_run):
            raise refusal("With --json nobody is asked: add --yes, or --dry-run.")
        if dry_run or not yes:
            erased = people.erase(person, by=doer, trial=True)
            self._say(erased, as_json, "Would be blanked" if dry_run else "Will be blanked")
            if dry_run or not erased.anything():
                return
            self._ask()
        self._say(people.erase(person, by=doer), as_json, "Blanked")

    def _ask(self) -> None:
        try:
            answer = input("This cannot be taken back. Type “erase” to go on: ")
        except EOFError:
            answer = ""
        if answer.strip().casefold() != "erase":
            raise CommandError("Nothing was erased.")

    def _say(self, erased: people.Erased, as_json: bool, what: str) -> None:
        numbers = ", ".join(f"{count} {name}" for name, count in asdict(erased).items())
        line = f"{what}: {numbers}." if erased.anything() else "Nothing is kept about this person."
        self.report(asdict(erased), line, as_json=as_json)
