"""What is promised about running stories: a thousand updates open like fifty, and the numbered feed is cheap.

    make bench                            runs this after the rest, with a database of its own

Updates and events are put in by the database itself; times are medians of rounds taken in turns, in process. Exits
with 1 when a promise is not kept.
"""

import sys
from functools import partial

from bench.__main__ import broken, client, count_queries, draw, interleaved, promise

# isort: split
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from bench import filling, urls
from blog.models import Post, Update

FEW, MANY = 50, 1_000
EACH = 5  # events an update
BEHIND = 3  # updates that an open page has not got


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("These are promises about PostgreSQL: scripts/with-postgres .venv/bin/python -m bench.changes")
    call_command("migrate", verbosity=0)
    filling.sample()
    short, long = Post.objects.live().stories().newest_first()[:2]
    fill(short, FEW)
    fill(long, MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print("# running stories")
    opens(short, long)
    feed(long)
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))
    print("\nAll kept.")


def fill(post: Post, many: int) -> None:
    """A running story with so many updates, each published and changed four times; none pinned."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"post": post.pk, "many": many, "each": EACH, "first": post.sequence})


def opens(short: Post, long: Post) -> None:
    """Every page of a long story, as a multiple of the first of a short one."""
    middle = Update.objects.filter(post=long).order_by("happened_at")[MANY // 2].number
    addresses = {"first": "", "oldest first": "?order=oldest", "at an update in the middle": f"?u={middle}"}
    promise(f"{FEW} updates: queries afresh", count_queries(short.get_absolute_url()), most=6)
    promise(f"{MANY:,} updates: queries afresh", count_queries(long.get_absolute_url()), most=6)
    known, *times = interleaved(
        partial(draw, short.get_absolute_url()),
        *(partial(draw, long.get_absolute_url() + query) for query in addresses.values()),
    )
    for name, taken in zip(addresses, times, strict=True):
        most = 1.5 if name != "at an update in the middle" else 1.8  # the way there is looked up as well
        promise(f"{MANY:,} updates, {name}: time, as a multiple of {FEW}", taken / known, most=most)


def feed(post: Post) -> None:
    """The numbered feed, as a part of the rate of a bare view that sends the same bytes."""
    newest = Post.objects.get(pk=post.pk).public_sequence
    for name, after in (("nothing new", newest), (f"{BEHIND} updates behind", newest - BEHIND * EACH)):
        address = f"{post.get_absolute_url()}changes/?after={after}"
        caches["pages"].clear()
        answer = client.get(address)
        urls.BYTES["changes"] = answer.content
        same = {"if-none-match": answer["ETag"]}
        promise(f"changes, {name}: queries afresh", count_queries(address), most=2)
        promise(f"changes, {name}: queries kept", count_queries(address, keep=True), most=1)
        promise(f"changes, {name}: queries for a 304", count_queries(address, keep=True, headers=same), most=1)
        bare, kept, unchanged = interleaved(
            partial(client.get, "/bare/changes"),
            partial(client.get, address),
            partial(client.get, address, headers=same),
        )
        promise(f"changes, {name}: part of the bare view's rate", bare / kept, least=0.4)
        promise(f"changes, {name}: 304, part of the bare view's rate", bare / unchanged, least=0.4)


_FILL = """
    WITH numbered AS (
        SELECT n, %(first)s + 1 + n * %(each)s AS number, now() - (%(many)s - n) * interval '1 minute' AS at
        FROM generate_series(0, %(many)s - 1) AS n
    ), made AS (
        INSERT INTO blog_update (post_id, number, happened_at, published_at, stage, pinned, key, public_sequence)
        SELECT %(post)s, number, at, at, 'published', FALSE, n %% 100 = 0, number + %(each)s - 1 FROM numbered
        RETURNING id, number, happened_at
    ), worded AS (
        INSERT INTO blog_revision (post_id, update_id, number, by_name, chain_hash, created_at, note, kind, headline,
            standfirst, body, summary, happened_at, tags, section, byline, sources, image, excerpt, words, content_hash)
        SELECT %(post)s, id, 1000 + number, 'Paula', '', happened_at, '', 'draft', 'Update ' || number, '',
            '<p>' || repeat('The council said that the bridge stays shut. ', 12) || '</p>', '', happened_at, '[]', '',
            '[]', '[]', '{}', 'The council said.', 96, '' FROM made
        RETURNING id, update_id
    ), done AS (
        INSERT INTO blog_event (post_id, update_id, number, by_name, chain_hash, at, verb, revision_id, stage_before,
            stage_after, kind, note, public_note, public, details)
        SELECT %(post)s, made.id, made.number + step, 'Paula', '', happened_at, 'publish', worded.id, '', 'published',
            CASE WHEN step = 0 THEN '' ELSE 'typo' END, '', '', TRUE, '{}'
        FROM made JOIN worded ON worded.update_id = made.id, generate_series(0, %(each)s - 1) AS step
    )
    UPDATE blog_post SET coverage = 'rolling', update_count = %(many)s, sequence = %(first)s + %(many)s * %(each)s,
        public_sequence = %(first)s + %(many)s * %(each)s, version = version + 1
    WHERE id = %(post)s;
    UPDATE blog_update SET head_id = worded.id, live_id = worded.id
    FROM blog_revision worded WHERE worded.update_id = blog_update.id AND blog_update.post_id = %(post)s
"""


if __name__ == "__main__":
    main()
