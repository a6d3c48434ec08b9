"""`manage.py export_wordpress FILE.xml`: the site as WordPress would export it."""

import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from blog.exporting import wordpress
from blog.exporting.wordpress import Wanted, Written
from comments import exporting
from comments.models import HouseRules

REFUSED = 2
BY_NAME = {
    "drafts": "pieces that are not public: drafts, what waits for review, what was withdrawn or spiked",
    "hidden-comments": "comments that readers do not see: waiting, held, removed, withdrawn, spam",
    "emails": "e-mail addresses of writers and of commenters",
}


class Command(BaseCommand):
    help = (
        "Writes the site into one file that WordPress and whatever reads its exports take (WXR 1.2): posts and pages "
        "with their updates in the text, authors, sections, tags, pictures, comments with their answers. What is "
        "public, and nothing else, unless you name it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xml", help="where to write it; an earlier one is replaced")
        meaning = "; ".join(f"{name}: {what}" for name, what in BY_NAME.items())
        parser.add_argument(
            "--with",
            action="append",
            choices=BY_NAME,
            default=[],
            dest="named",
            help=f"also what is private. {meaning}",
        )

    def handle(self, *, file: Path, named: list[str], **options) -> None:
        file = Path(file)
        self._check_place(file)
        wanted = _wanted(set(named))
        try:
            written = self._write(file, wanted, private=bool(named))
        except OSError as error:
            raise CommandError(f"{file}: it could not be written ({error.strerror}); nothing was.") from None
        self.stdout.write(_told(file, written))
        if "emails" in named:
            self.stderr.write("E-mail addresses are in it: keep it from everybody else.")

    def _check_place(self, file: Path) -> None:
        if not file.parent.is_dir():
            raise CommandError(f"{file.parent}: there is no such folder.", returncode=REFUSED)
        if not file.exists():
            return
        if not file.is_file():
            raise CommandError(f"{file}: it is no file.", returncode=REFUSED)
        with file.open("rb") as there:
            if there.read(5) not in (b"", b"<?xml"):
                raise CommandError(f"{file}: what is there is no XML file; it stays as it is.", returncode=REFUSED)

    def _write(self, file: Path, wanted: Wanted, *, private: bool) -> Written:
        """Beside it first: what has the name is whole, also when this is stopped."""
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
        beside = Path(name)
        try:
            with (
                os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out,
                tqdm(total=wordpress.count(wanted), unit=" pieces", disable=None, leave=False) as bar,
            ):
                written = wordpress.write(out, wanted, lambda pieces: bar.update(pieces))
                out.flush()
                os.fsync(out.fileno())
            if not private:
                beside.chmod(0o644)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        return written


def _wanted(named: set[str]) -> Wanted:
    rules = HouseRules.objects.get(pk=1)
    emails = "emails" in named
    return Wanted(
        drafts="drafts" in named,
        emails=emails,
        comments_of=lambda post: exporting.under(post, hidden="hidden-comments" in named, emails=emails),
        takes_comments=lambda post: rules.policy_under(post) != HouseRules.Policy.CLOSED,
    )


def _told(file: Path, written: Written) -> str:
    of_these = f", {written.not_public} of them not public" if written.not_public else ""
    return (
        f"{file}: {written.posts} posts and {written.pages} pages{of_these}, {written.comments} comments, "
        f"{written.authors} authors, {written.tags} tags, {written.pictures} pictures."
    )
