"""How fast a blog with its discussion comes in: `make bench` runs this on both databases.

A thousand posts with sixty thousand threaded comments, as WordPress writes them; one in five has a link and some
markup. Each run in a process of its own: rows a second by the clock, and the most memory that it had. Exits with 1 when
it takes longer, or more, than promised.

    scripts/with-postgres .venv/bin/python -m bench.moving_in
    .venv/bin/python -m bench.moving_in sqlite [POSTS COMMENTS_OF_EACH]
"""

import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

POSTS, OF_EACH = 1_000, 60
PROMISED = 60  # seconds
MOST_MEMORY = 300  # megabytes
WORDS = (
    "the ferry was late again and nobody in the harbour said why it would be so for the third time this week".split()
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Harbour notes</title><link>https://notes.example</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://notes.example</wp:base_blog_url>
"""


def main() -> None:
    if len(sys.argv) == 1:
        databases = ["sqlite", "postgresql"] if "DATABASE_URL" in os.environ else ["sqlite"]
        failed = [one for one in databases if subprocess.run([sys.executable, "-m", "bench.moving_in", one]).returncode]
        sys.exit(f"Not kept on {', '.join(failed)}" if failed else 0)
    database, *sizes = sys.argv[1:]
    posts, of_each = map(int, sizes) if sizes else (POSTS, OF_EACH)
    with tempfile.TemporaryDirectory() as folder:
        if database == "sqlite":
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        export = Path(folder) / "export.xml"
        write(export, posts, of_each)
        measure(database, export, posts * (of_each + 1))


def measure(database: str, export: Path, rows: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    begun = time.perf_counter()
    call_command("import_wordpress", str(export), stdout=io.StringIO())
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = seconds < PROMISED and memory < MOST_MEMORY
    print(
        f"{'  ' if kept else '✗ '}{database}: {rows} rows of {export.stat().st_size >> 20} MB in {seconds:.0f} s, "
        f"{rows / seconds:.0f} a second, {memory:.0f} MB of memory"
    )
    if not kept:
        sys.exit(1)


def write(export: Path, posts: int, of_each: int) -> None:
    chance, number = random.Random(1), 0
    texts = [_text(chance, 40) + ("" if turn % 5 else " <b>See</b> https://a.example/?a=1&b=2") for turn in range(500)]
    with export.open("w", encoding="utf-8") as out:
        out.write(HEAD)
        for post in range(1, posts + 1):
            day = f"{2005 + post % 15}-{1 + post % 12:02}-{1 + post % 28:02}"
            out.write(
                f"<item><title>Ferry {post}</title><link>https://notes.example/{post}/</link>"
                f"<content:encoded>{_text(chance, 300)}</content:encoded><wp:post_id>{post}</wp:post_id>"
                f"<wp:post_date_gmt>{day} 08:00:00</wp:post_date_gmt><wp:post_name>ferry-{post}</wp:post_name>"
                "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>\n"
            )
            first = number + 1
            for place in range(of_each):
                number += 1
                answers = chance.randrange(max(first, number - 30), number) if place and chance.random() < 0.6 else 0
                time_of_day = f"{9 + place // 3600 % 14:02}:{place // 60 % 60:02}:{place % 60:02}"
                out.write(
                    f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
                    f"<wp:comment_author>Ann {number % 997}</wp:comment_author>"
                    f"<wp:comment_author_email>ann{number % 997}@mail.example</wp:comment_author_email>"
                    f"<wp:comment_author_IP>192.0.2.{number % 250}</wp:comment_author_IP>"
                    f"<wp:comment_date_gmt>{day} {time_of_day}</wp:comment_date_gmt>"
                    f"<wp:comment_content>{escape(chance.choice(texts))}</wp:comment_content>"
                    f"<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>{answers}</wp:comment_parent>"
                    "</wp:comment>\n"
                )
            out.write("</item>\n")
        out.write("</channel></rss>\n")


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))


if __name__ == "__main__":
    main()
