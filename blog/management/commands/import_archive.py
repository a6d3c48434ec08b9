"""`manage.py import_archive SITE.zip`: an archive of a site into an empty one."""

from pathlib import Path

from blog.archiving import contents, storing
from blog.management.whole_site import WholeSiteCommand


class Command(WholeSiteCommand):
    help = (
        "Brings what `export_archive` wrote into an empty site (`migrate` has been run, nothing has been written yet; "
        "accounts may be there unless the archive has some). Sums, values, clean HTML, chains and places in threads "
        "are looked at; all of it comes in, or nothing does. Stopped or killed, it can be started again. Exits with 2 "
        "when the archive is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="SITE.zip")
        parser.add_argument(
            "--as-it-is",
            action="store_true",
            help="take wordings that this version would clean otherwise: only of an archive that you wrote yourself",
        )

    def handle(self, *, file, as_it_is, **options):
        with self.progress(lambda: storing.how_many(Path(file), contents.ARCHIVE)) as told:
            stored = storing.import_archive(Path(file), told, as_it_is=as_it_is)
        self.say(stored.rows, stored.media)
        self.stdout.write("All agree.")
