"""`manage.py restore FILE`: a back-up into an empty database; `--check`: is it any good?"""

import sys
from pathlib import Path

from blog.archiving import storing
from blog.management.whole_site import WholeSiteCommand


class Command(WholeSiteCommand):
    help = (
        "Brings what `backup` wrote into an empty database of the same version (`migrate` has been run, nothing has "
        "been written yet), SQLite or PostgreSQL. All of it comes in, or nothing does; stopped or killed, it can be "
        "started again. Exits with 1 when rows do not agree with each other (they are named, and kept), with 2 when "
        "the file is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file, **options):
        with self.progress(None) as told:
            stored = storing.restore(Path(file), told)
        self.say(stored.rows, stored.media)
        for lie in stored.lies:
            self.stderr.write(lie)
        if stored.lies:
            sys.exit(1)
        self.stdout.write("All agree.")
