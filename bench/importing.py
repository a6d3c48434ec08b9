"""How fast real archives come in, on SQLite: `make bench` runs this after the rest.

The largest exports among the tests' data, each into a database of its own that the process has warmed up with another
one: pieces a second, by the clock. Exits with 1 when the slowest is slower than promised.
"""

import io
import os
import sys
import tempfile
import time
from pathlib import Path

EXPORTS = Path(__file__).resolve().parent.parent / "tests" / "data" / "exports"
WARM_UP = ("import_blogger", "blogger-atom/natefinch__blogimport__story-blogger-backup.xml")
FILES = [
    ("import_blogger", "blogger-atom/jeffhandley__jeffhandley.github.io__blogspot.xml"),
    ("import_wordpress", "wxr/chrisjrob__chrisjrob.github.io__wordpress.xml"),
    ("import_wordpress", "wxr/WordPress__theme-test-data__themeunittestdata.wordpress.xml"),
]
PROMISED = 200  # pieces a second
ROUNDS = 3

place = tempfile.TemporaryDirectory()
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
os.environ["DATABASE_URL"] = f"sqlite:///{place.name}/bench.sqlite3"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from blog.models import Post  # noqa: E402


def main() -> None:
    print("# imports, on SQLite")
    rates = {file: max(rate(command, file) for _ in range(ROUNDS)) for command, file in FILES}
    for file, measured in rates.items():
        print(f"{'  ' if measured >= PROMISED else '✗ '}{Path(file).name[:60]:62} {measured:6.0f} pieces a second")
    if min(rates.values()) < PROMISED:
        sys.exit(f"Not kept: at least {PROMISED} pieces a second")


def rate(command: str, file: str) -> float:
    connection.close()
    for rest in Path(place.name).glob("bench.sqlite3*"):
        rest.unlink()
    call_command("migrate", verbosity=0)
    call_command(WARM_UP[0], str(EXPORTS / WARM_UP[1]), stdout=io.StringIO())
    before = Post.objects.count()
    begun = time.perf_counter()
    call_command(command, str(EXPORTS / file), stdout=io.StringIO())
    return (Post.objects.count() - before) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
