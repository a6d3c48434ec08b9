"""`manage.py export_static DIR`: the public site as files."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from comments.management.static_site import folder as folders
from comments.management.static_site.copying import CannotBeMade, Copy, Progress, Told
from comments.management.static_site.files import Files

REFUSED = 2
SHOWN = 10  # names of each kind that are not as they should be


class Command(BaseCommand):
    help = (
        "Writes the public site into a folder: every page, its discussion and its history, feeds, pictures. Any web "
        "server can serve it, and a browser opens it from the disk. Nothing that is not public is in it. Run again, it "
        "replaces what has changed and removes what has gone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, metavar="DIR", help="a new or empty folder, or one that this command made"
        )

    def handle(self, *, folder: Path, **options) -> None:
        folder = Path(folder).absolute()
        folder = folder.resolve() if folder.exists() else folder
        told = Told()
        try:
            with _quiet(), folders.made(folder) as (files, raw):
                copy = Copy(raw, files, told)
                with _bar("asked") as progress:
                    copy.ask_for_all(progress)
                with _bar("written") as progress:
                    copy.write_all(progress)
        except folders.NotOurs as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        except CannotBeMade as trouble:
            raise CommandError(f"{trouble}; nothing was written.") from None
        except OSError as error:
            raise CommandError(f"{folder}: it could not be written ({error.strerror}); nothing has changed.") from None
        self.stdout.write(_summary(folder, files, told))
        if told.missing:
            raise CommandError("Not all that pages show is there: see above.")


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    with tqdm(total=0, unit=" pages", desc=what, disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


@contextmanager
def _quiet() -> Iterator[None]:
    """A link that leads nowhere is told at the end, not at every page."""
    logger = logging.getLogger("django.request")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _summary(folder: Path, files: Files, told: Told) -> str:
    lines = [
        f"{folder}: {len(files.written)} files, {files.same} of them as before.",
        f"Pages      {told.pages}",
        f"Feeds      {told.feeds_and_maps}, with maps of the site",
        f"Redirects  {told.redirects}",
    ]
    for words, found in (
        ("former addresses that no file can have (with a query, or one inside another)", told.unkept),
        ("addresses of this site that are linked and lead nowhere", told.dead),
        ("files that pages show and that are not there", told.missing),
    ):
        if found:
            names = ", ".join(found[:SHOWN]) + (" …" if len(found) > SHOWN else "")
            lines.append(f"{len(found)} {words}: {names}")
    return "\n".join(lines)
