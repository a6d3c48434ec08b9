"""`manage.py restore FILE`: a back-up into an empty database; `--check`: is it any good?"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from blog.archiving import contents, storing
from blog.management import proving
from blog.management.whole_site import WholeSiteCommand


class Command(WholeSiteCommand):
    help = (
        "Brings what `backup` wrote into an empty database of the same version (`migrate` has been run, nothing has "
        "been written yet), SQLite or PostgreSQL. All of it comes in, or nothing does; stopped or killed, it can be "
        "started again. Exits with 1 when rows do not agree with each other (they are named, and kept), with 2 when "
        "the file is refused. With --check nothing here is touched: it is brought back into a database in a temporary "
        "folder, and it is tried whether the site would run."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--check",
            action="store_true",
            help="bring it back elsewhere for a moment: counts, sums, chains, pictures, sign-in and search; needs room "
            "for a second copy (TMPDIR says where)",
        )
        parser.add_argument("--prove", action="store_true", help=argparse.SUPPRESS)  # in there

    def handle(self, *, file, check, prove, **options):
        if check:
            self._check(Path(file).absolute())
            return
        with self.progress(lambda: storing.how_many(Path(file), contents.BACKUP)) as told:
            stored = storing.restore(Path(file), told)
        self.say(stored.rows, stored.media)
        wrong = list(stored.lies)
        if not wrong:
            self.stdout.write("All agree: sums, counts, chains, pointers, indexes, places in threads.")
        if prove:
            wrong += proving.what_is_wrong(stored.rows, lambda line: self.stdout.write(line))
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            sys.exit(1)

    def _check(self, file):
        """In processes of their own, which know no other database and no other folder of media than the temporary."""
        with tempfile.TemporaryDirectory(prefix="writethru-check-") as folder:
            elsewhere = {
                "DATABASE_URL": f"sqlite:///{folder}/check.sqlite3",
                "MEDIA_ROOT": f"{folder}/media",
                "EMAIL_URL": "memorymail://",
                "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]),
            }
            for words in (["migrate", "-v0"], ["restore", "--prove", str(file)]):
                command = [sys.executable, "-m", "django", *words]
                done = subprocess.run(command, env=os.environ | elsewhere, capture_output=True, text=True)
                self.stdout.write(done.stdout.rstrip(), ending="\n" if done.stdout else "")
                if done.returncode:
                    said = done.stderr.strip() or f"`manage.py {words[0]}` ended with {done.returncode}"
                    raise CommandError(said.removeprefix("CommandError: "), returncode=done.returncode)
        self.stdout.write("This back-up can be restored.")
