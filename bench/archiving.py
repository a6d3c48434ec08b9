"""How fast a whole site goes into a file and comes back, on SQLite and PostgreSQL: part of `make bench`.

A thousand stories with sixty thousand comments; each command in a process of its own, its start included. Rows a
second by the clock, and the most memory that it had. Exits with 1 when one is slower, or takes more, than promised.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

PROMISED, MOST_MEMORY = 3_000, 300  # rows a second; MB
STORIES, COMMENTS = 1_000, 60_000


def main() -> None:
    print("# the whole site in a file, and back")
    postgres = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as folder:
        here = f"sqlite:///{folder}/bench.sqlite3"
        run(here, "migrate", "-v0")
        run(here, "shell", "-v0", "-c", "from bench import archiving; archiving.fill()")
        kept = [measure(here, command, f"{folder}/{command}.zip") for command in ("backup", "export_archive")]
        for command, file in (("restore", "backup"), ("import_archive", "export_archive")):
            places = [f"sqlite:///{folder}/{command}.sqlite3"]
            if postgres.startswith("postgres"):
                places.append(postgres.replace("/writethru?", f"/{command}?"))
                subprocess.run(["psql", "-q", "-c", f"CREATE DATABASE {command}"], check=True)
            for place in places:
                run(place, "migrate", "-v0")
                kept.append(measure(place, command, f"{folder}/{file}.zip"))
    if not all(kept):
        sys.exit(f"Not kept: at least {PROMISED} rows a second in at most {MOST_MEMORY} MB")


def run(database: str, *words: str) -> tuple[str, float, float]:
    """A command: what it said, how many seconds it took, and the most megabytes it had."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings", "DATABASE_URL": database}
    environment["MEDIA_ROOT"] = tempfile.gettempdir() + "/none"
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *words], env=environment, stdout=subprocess.PIPE, text=True
    )
    said = process.stdout.read()
    _pid, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{words[0]} ended with {status}")
    return said, time.perf_counter() - begun, used.ru_maxrss / 1024


def measure(database: str, command: str, file: str) -> bool:
    said, seconds, memory = run(database, command, file)
    rate = int(said.split()[0]) / seconds
    kept = rate >= PROMISED and memory <= MOST_MEMORY
    where = database.partition(":")[0]
    print(f"{'  ' if kept else '✗ '}{command:16}{where:12}{rate:8.0f} rows a second{memory:6.0f} MB")
    return kept


def fill() -> None:
    from blog import adopting
    from blog.adopting import Arrival
    from blog.models import Post
    from blog.revisions import Content
    from comments import importing
    from comments.importing import Record
    from tests.factories import person

    at, words = datetime(2025, 1, 1, tzinfo=UTC), "<p>" + "The council knew about the bearing in March. " * 40 + "</p>"
    by = person("ada")
    for start in range(0, STORIES, 100):
        arrivals = [
            Arrival(
                content=Content(f"Story {n} of the bridge", body=words, tags=("Bridge", f"Tag {n % 50}")),
                published_at=at + timedelta(hours=n),
                source="bench",
                source_id=str(n),
                slug=f"story-{n}",
            )
            for n in range(start, start + 100)
        ]
        adopting.adopt_many(arrivals, by=by)
    posts = dict(Post.objects.values_list("source_id", "pk"))
    comments = (
        Record(
            source_id=str(n),
            post=str(n % STORIES),
            written_at=at + timedelta(seconds=n),
            name=f"Reader {n % 500}",
            email=f"reader{n % 500}@example.org",
            html="<p>Somebody should ask why the ferry was sold in April, and to whom.</p>",
            answers=str(n - STORIES) if n >= STORIES and n % 3 else "",
        )
        for n in range(COMMENTS)
    )
    importing.bring_in(comments, source="bench", post_of=posts.get)


if __name__ == "__main__":
    main()
