"""How fast `verify` proves that everything agrees, and in how much memory: `make bench` runs this on both databases.

    make bench BENCH_ROWS=1000000    of a million rows; else 150,000

The rows are such as people leave: to each post ten wordings of 600 words, eleven events, and sixty comments in one
conversation. A small database is looked at first; the larger one must not take more memory. Each look is a process of
its own. Exits with 1 when a promise is not kept.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace

place = tempfile.TemporaryDirectory()
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
os.environ.setdefault("DATABASE_URL", f"sqlite:///{place.name}/bench.sqlite3")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import filling  # noqa: E402
from blog import revisions  # noqa: E402
from blog.models import Event, Post, Revision  # noqa: E402
from blog.revisions import Content  # noqa: E402
from comments import posting  # noqa: E402
from comments.models import Comment  # noqa: E402

ROWS = int(os.environ.get("BENCH_ROWS", "150000"))
FEW = 15_000
WORDINGS, COMMENTS = 10, 60
OF_A_POST = 2 * WORDINGS + 1 + COMMENTS
AT_A_TIME = 100  # posts
PROMISED = 20_000  # rows a second
MORE_MEMORY = 1.15  # as a multiple of what a small database takes
WORDS = "The council knew about the bearing in March; somebody should ask why the ferry was sold in April. " * 3
_LOOK = """
import resource, sys, time
import django
django.setup()
from django.core.management import call_command
begun = time.perf_counter()
call_command("verify", stdout=sys.stderr)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    print(f"# verify, on {connection.vendor}")
    call_command("migrate", verbosity=0)
    fill(FEW)
    _few, _seconds, small = look()
    fill(ROWS)
    rows, seconds, large = look()
    kept = rows / seconds >= PROMISED, large / small <= MORE_MEMORY
    print(f"{'  ' if kept[0] else '✗ '}{rows:,} rows in {seconds:.1f} s: {rows / seconds:,.0f} a second")
    print(f"{'  ' if kept[1] else '✗ '}memory: {large:.0f} MB, {small:.0f} MB for {FEW:,} rows")
    if not all(kept):
        sys.exit(f"Not kept: at least {PROMISED:,} rows a second, in the memory of a small database")


def look() -> tuple[int, float, float]:
    """How many rows there are, and what it took to look at them: seconds, and megabytes at most."""
    rows = sum(model.objects.count() for model in (Revision, Event, Comment))
    connections.close_all()
    done = subprocess.run([sys.executable, "-c", _LOOK], stdout=subprocess.PIPE, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    return rows, seconds, memory


def fill(rows: int) -> None:
    """Add posts until there are so many rows."""
    by = filling.person()
    while (many := Post.objects.count()) < rows // OF_A_POST:
        more = min(AT_A_TIME, rows // OF_A_POST - many)
        posts = filling.adopt(range(many, many + more), by=by)
        with transaction.atomic():
            _write_on(posts, by)
            _discuss(posts)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _write_on(posts: list[Post], by) -> None:
    """More wordings behind the live one, as `revisions.write` would leave them."""
    done = []
    for number in range(1, WORDINGS):  # a wording is based on one that has its key
        for post in posts:
            content = replace(Content.of(post.live), body=f"{post.live.body}<p>Changed {number} times.</p>")
            post.head = revisions.build(post, post.head, content, by=by)
        Revision.objects.bulk_create(post.head for post in posts)
        done += [revisions.build_event(post, post.head, by=by) for post in posts]
    Event.objects.bulk_create(done)
    for post in posts:
        post.head_id = post.head.pk
    Post.objects.bulk_update(posts, ["head", "stage", "step", "sequence"])


def _discuss(posts: list[Post]) -> None:
    """Each has sixty comments: one conversation, in which each answers the one that stands half-way before it."""
    answers = [None, *((number - 1) // 2 for number in range(1, COMMENTS))]
    for post in posts:
        posting.insert_many([_comment(post) for _ in range(COMMENTS)], answers)


def _comment(post: Post) -> Comment:
    now = timezone.now()
    return Comment(
        post_id=post.pk,
        name="Marit Dahl",
        text=WORDS,
        html=f"<p>{WORDS.strip()}</p>",
        state="visible",
        placed=True,
        created_at=now,
        shown_at=now,
        writer="a" * 64,
        address="b" * 64,
    )


if __name__ == "__main__":
    main()
