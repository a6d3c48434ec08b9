"""The queue at the desk with a million comments behind it: made by the database itself, true to form."""

import os
from collections.abc import Callable
from functools import partial

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import urls
from comments.admin import tabs

FEW = 1_000
TIMES_BARE = 60  # 100 ms or less where the bare view takes a millisecond and a half
QUEUE = "/admin/comments/comment/"


def measure(interleaved: Callable, promise: Callable) -> None:
    """Every list of the queue: as a multiple of a bare view in the same rounds, and of itself with few comments."""
    many = int(os.environ.get("BENCH_COMMENTS", "1000000"))
    client = Client(headers={"host": "record.example"})
    client.force_login(get_user_model().objects.create_superuser("bench-moderator"))
    urls.BYTES["queue"] = b"queue"
    acts = [partial(client.get, "/bare/queue"), *(partial(client.get, f"{QUEUE}?q={key}") for key in tabs.TABS)]

    print(f"\n# {FEW:,} comments")
    fill(1, FEW)
    few, queries = interleaved(*acts), _queries(client)
    print(f"\n# the same with {many:,} comments")
    fill(FEW + 1, many)
    bare, *times = interleaved(*acts)
    for key, before, after, asked in zip(tabs.TABS, few[1:], times, queries, strict=True):
        print(f"  queue, {key}: {after * 1000:.0f} ms, the bare view {bare * 1000:.1f} ms")
        promise(f"queue, {key}: time, as a multiple of a bare view", after / bare, most=TIMES_BARE)
        promise(f"queue, {key}: time, as a multiple of that with {FEW:,}", after / bare / (before / few[0]), most=2)
        promise(f"queue, {key}: queries more than with {FEW:,}", _queries_of(client, key) - asked, most=0)


def fill(first: int, last: int) -> None:
    """Every second one answers the one before it; one in 25 waits, one in 10 is spam of one writer."""
    with connection.cursor() as cursor:
        cursor.execute(_COMMENTS, {"first": first, "last": last})
        cursor.execute(_REPORTS, {"first": first, "last": last})
        cursor.execute(_ACTS, {"first": first, "last": last})
        cursor.execute("ANALYZE")


def _queries(client: Client) -> list[int]:
    return [_queries_of(client, key) for key in tabs.TABS]


def _queries_of(client: Client, key: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"{QUEUE}?q={key}")
    assert answer.content.count(b"<article") == tabs.SIZE, (key, answer.status_code)
    return len(captured)


# Keys begin where no other measure has any.
_COMMENTS = """
    INSERT INTO comments_comment (id, post_id, parent_id, tree_id, lft, rght, level, conversation_at, name, email,
        badge, text, html, state, placed, reason, created_at, shown_at, decided_at, writer, address, facts, reports,
        source, source_id)
    SELECT 1000000000 + n, posts.id, CASE WHEN n %% 2 = 1 THEN 1000000000 + n - 1 END, 1000000000 + n - n %% 2,
        CASE WHEN n %% 2 = 1 THEN 2 ELSE 1 END, CASE WHEN n %% 2 = 1 THEN 3 ELSE 4611686018427387904 END, n %% 2,
        written, 'Reader ' || n %% 5000, '', '', said, '<p>' || said || '</p>', state,
        state = 'visible', CASE WHEN state = 'removed' THEN 'person' ELSE '' END, written,
        CASE WHEN state = 'visible' THEN written END,
        CASE WHEN state IN ('removed', 'held') OR n %% 50 = 3 THEN written + interval '1 hour' END,
        md5(writer::text) || md5(writer::text), md5((n %% 9000)::text) || md5((n %% 9000)::text),
        '[["links", 1, ["a.example"]]]', CASE WHEN state = 'visible' AND n %% 20 = 3 THEN 2 ELSE 0 END, '', ''
    FROM (
        SELECT n, timestamptz '2026-01-01' + n * interval '1 second' AS written,
            repeat('What the council said of the bridge was something else, see https://a.example/' || n || ' ', 5)
                AS said,
            CASE WHEN n %% 25 = 1 THEN 'waiting' WHEN n %% 25 = 2 THEN 'held' WHEN n %% 10 = 4 THEN 'spam'
                 WHEN n %% 25 = 7 THEN 'removed' ELSE 'visible' END AS state,
            CASE WHEN n %% 10 = 4 OR n %% 250 = 1 THEN 0 ELSE n %% 50000 + 1 END AS writer
        FROM generate_series(%(first)s::bigint - 1, %(last)s::bigint - 1) AS numbers(n)
    ) AS rows
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number, COUNT(*) OVER () AS many FROM blog_post
          WHERE live_id IS NOT NULL LIMIT 200) AS posts ON posts.number = 1 + rows.n / 2 %% LEAST(200, posts.many)
    ORDER BY n
"""
_REPORTS = """
    INSERT INTO comments_report (comment_id, reason, words, at, address)
    SELECT id, 'person', 'Names people without proof.', created_at + interval '1 hour', md5(id::text || which)
    FROM comments_comment, (VALUES ('a'), ('b')) AS readers(which)
    WHERE reports > 0 AND id BETWEEN 1000000000 + %(first)s - 1 AND 1000000000 + %(last)s - 1
"""
_ACTS = """
    INSERT INTO comments_moderationact (comment_id, verb, by_name, at, reason, note, state_before, state_after,
        reason_before)
    SELECT id, CASE state WHEN 'held' THEN 'hold' WHEN 'removed' THEN 'remove' ELSE 'approve' END, 'Emil', decided_at,
        reason, '', 'waiting', state, ''
    FROM comments_comment
    WHERE decided_at IS NOT NULL AND id BETWEEN 1000000000 + %(first)s - 1 AND 1000000000 + %(last)s - 1
"""
