"""`manage.py backup FILE`: everything there is, in one file."""

import sys
from pathlib import Path

from blog.archiving import contents, writing
from blog.management.whole_site import WholeSiteCommand


class Command(WholeSiteCommand):
    help = (
        "Writes all tables and all media into one ZIP with sums, as they are at one moment; the site may run "
        "meanwhile. Accounts and secrets are in it: keep it where nobody else reads it, and SECRET_KEY somewhere else. "
        "`restore` brings it back, on SQLite or PostgreSQL. Exits with 1 when a picture's file is missing, with 2 when "
        "it is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="is made; none of that name may be there")

    def handle(self, *, file, **options):
        with self.progress(lambda: writing.how_many(contents.of_backup())) as told:
            written = writing.backup(Path(file), told)
        self.say(written.rows, written.media)
        for name in written.missing:
            self.stderr.write(f"The file of a picture is missing: {name}")
        if written.missing:
            sys.exit(1)
