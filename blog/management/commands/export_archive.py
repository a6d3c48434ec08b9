"""`manage.py export_archive SITE.zip`: the site as JSON lines, with its media, to leave with."""

import sys
from pathlib import Path

from blog.archiving import contents, tables, writing
from blog.management.whole_site import WholeSiteCommand


class Command(WholeSiteCommand):
    help = (
        "Writes the site into one ZIP: every table as JSON lines with a JSON Schema, the pictures, and sums. Of what "
        "is private there is nothing in it unless you name it with --with. The site may run meanwhile. "
        "`import_archive` brings it into another one. Exits with 1 when a picture's file is missing, with 2 when it "
        "is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="SITE.zip", help="is made; none of that name may be there")
        asked = "; ".join(f"{name}: {what}" for name, what in tables.ASKED.items())
        parser.add_argument(
            "--with", dest="asked", action="append", default=[], choices=list(tables.ASKED), help=f"also … {asked}"
        )

    def handle(self, *, file, asked, **options):
        asked = sorted(set(asked))
        with self.progress(lambda: writing.how_many(contents.of_archive(asked))) as told:
            written = writing.archive(Path(file), asked, told)
        self.say(written.rows, written.media)
        left_out = ", ".join(f"{many} {name.replace('_', ' ')}" for name, many in written.left_out.items())
        if left_out:
            self.stdout.write(f"Left out because nobody asked for them: {left_out}.")
        without = [f"--with {name}: {what}" for name, what in tables.ASKED.items() if name not in asked]
        for line in without:
            self.stdout.write(f"Not in it: {line}.")
        for name in written.missing:
            self.stderr.write(f"The file of a picture is missing: {name}")
        if written.missing:
            sys.exit(1)
