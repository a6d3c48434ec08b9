"""What the import commands share: their arguments, the progress bars, the report, and how they end."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from blog.importing import account, reading, writing
from blog.importing.albums import Albums
from blog.importing.cleaning import Cleaner
from blog.importing.fetching import Fetcher
from blog.importing.refusals import Refused
from blog.importing.report import Report
from blog.workflow import WorkflowError

REFUSED = 2


class ImportCommand(BaseCommand):
    """A child says in `format` which module reads its files."""

    format = None

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an export; several are one archive")
        parser.add_argument("--dry-run", action="store_true", help="do all of it, report it, and take it back")
        parser.add_argument("--by", metavar="USERNAME", help="in whose name; without it, the system account “importer”")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report as JSON as well")

    def add_media(self, parser: CommandParser) -> None:
        """For those of which pieces come in."""
        parser.add_argument(
            "--media",
            action="store_true",
            help="keep the pictures of posts here: those in a Takeout's Albums, and the rest fetched from where they "
            "stand on the web, one a second and host. Works as well, with the same file, for what came in without",
        )

    def handle(
        self, *, files: list[Path], dry_run: bool, by: str | None, report: Path | None, media: bool = False, **options
    ) -> None:
        files = [Path(file) for file in files]
        told = Report([file.name for file in files], dry_run=dry_run, media=media)
        if report is not None:
            self._check_place(Path(report))
        try:
            self._bring_in(files, told, by)
        except (Refused, WorkflowError) as refusal:
            told.refused = str(refusal)
        except OperationalError as error:
            raise CommandError(
                f"The database could not be used ({error}). Whole pieces that came in stay; run it again to go on."
            ) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Whole pieces that came in stay; run it again to go on.") from None
        if report is not None:
            text = json.dumps(told.as_json(), indent=1, ensure_ascii=False)
            Path(report).write_text(text + "\n", encoding="utf-8")
        if told.refused:
            raise CommandError(told.as_text(), returncode=REFUSED)
        self.stdout.write(told.as_text())

    def _bring_in(self, files: list[Path], told: Report, by: str | None) -> None:
        account_of = partial(account.named, by) if by else account.importer
        if by:
            account.named(by)
        cleaner = Cleaner(timezone.get_default_timezone())
        with reading.opened(files) as documents:
            told.archive = self.format.read(documents, cleaner)
            told.repairs = [repair for document in documents for repair in document.repairs]
            self.write(told, account_of)

    def write(self, told: Report, account_of: Callable[[], AbstractBaseUser]) -> None:
        """What was read comes in; a child that brings in more than pieces does so after it."""
        fetcher = Fetcher(told, Albums(told.archive.documents), account_of) if told.media else None
        with tqdm(total=len(told.archive.pieces), unit=" pieces", disable=None, leave=False) as bar:
            writing.bring_in(
                told.archive,
                told,
                by=account_of,
                dry_run=told.dry_run,
                progress=lambda pieces: bar.update(pieces),
                fetcher=fetcher,
            )

    def _check_place(self, report: Path) -> None:
        """Before anything is read: a report that cannot be written is noticed too late otherwise."""
        try:
            report.touch()
        except OSError as error:
            raise CommandError(f"{report}: the report cannot be written there ({error.strerror})") from None
