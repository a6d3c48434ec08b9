"""What is promised about reading a discussion: a page costs the same however long the thread, and little.

    make bench                            runs this after the rest, with a database of its own

Threads are put in by the database itself; times are medians of rounds taken in turns, in process. Exits with 1 when a
promise is not kept.
"""

import sys
import timeit
from functools import partial

from bench.__main__ import ROUNDS, broken, client, count_queries, draw, interleaved, promise

# isort: split
from django.core.management import call_command
from django.db import connection
from django.template import Context
from django.template.loader import get_template

from bench import filling
from blog.models import Edition, Post, Tally
from comments import threads
from comments.models import Comment
from comments.posting import TOP
from comments.templatetags.discussion import Places

SHORT, LONG, DEEP = 200, 10_000, 20_000
WORDS = "<p>The council knew about the bearing in March; somebody should ask why the ferry was sold in April.</p>"


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("These are promises about PostgreSQL: scripts/with-postgres .venv/bin/python -m bench.discussion")
    call_command("migrate", verbosity=0)
    filling.sample()
    Edition.objects.update(discussion_days=None)  # the pieces are of another year, and are still discussed
    none, fifty, short, long, one, deep = Post.objects.live().stories().newest_first()[:6]
    fill(fifty, 50, conversations=15)
    fill(short, SHORT, conversations=SHORT // 5)
    fill(long, LONG, conversations=LONG // 5)
    fill(one, LONG, conversations=1)
    fill(deep, DEEP, conversations=1, chain=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print("# reading a discussion")
    weighs(fifty)
    queries(none, fifty, short, long, one, deep)
    grows(short, long, one, deep)
    drawing(long)
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))
    print("\nAll kept.")


def fill(post: Post, many: int, *, conversations: int, chain: bool = False) -> None:
    """A thread as `posting` might have made it: first comments, and below each its share of answers, or a chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM comments_comment")
        (base,) = cursor.fetchone()
        cursor.execute(
            _FILL,
            {
                "post": post.pk,
                "revision": post.live_id,
                "base": base,
                "many": many,
                "each": -(-many // conversations),
                "top": TOP,
                "chain": chain,
                "words": WORDS,
            },
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence('comments_comment', 'id'), %s)", [base + many])
    Tally.objects.count(post.pk, visible=many, shown=many)


def weighs(post: Post) -> None:
    size = len(client.get(post.get_absolute_url()).content)
    promise("a post with 50 comments: kB of HTML", size / 1000, most=45)


def queries(none: Post, *posts: Post) -> None:
    without = count_queries(none.get_absolute_url())
    promise("a post without comments: queries afresh", without, most=6)
    for post in posts:
        many = Comment.objects.under(post).count()
        drawn = count_queries(post.get_absolute_url())
        promise(f"{many:,} comments: queries afresh", drawn, most=6)
        start = middle(post)
        if start:
            for order in ("", "comments=newest&"):
                further = count_queries(f"{post.get_absolute_url()}?{order}from={threads.spell(start)}")
                promise(f"{many:,} comments, a page in the middle: queries more", further - drawn, most=2)
        seen = client.get(post.get_absolute_url())["ETag"]
        again = count_queries(post.get_absolute_url(), keep=True, headers={"if-none-match": seen})
        promise(f"{many:,} comments: queries for a 304", again, most=1)


def middle(post: Post):
    """Where a page in the middle of a thread begins; None where there is but one."""
    spots = Comment.objects.under(post).placed().oldest_first().values_list(*threads.Spot._fields)
    half = spots.count() // 2
    return threads.Spot(*spots[half]) if half >= threads.SIZE else None


def grows(short: Post, *longer: Post) -> None:
    """Every page of a long thread, in either order, as a multiple of the first one of a short thread."""
    pages = {"first": "?", "newest first": "?comments=newest"}
    for post in longer:
        name = f"{Comment.objects.under(post).count():,} comments in {Comment.objects.under(post).roots().count():,}"
        place = threads.spell(middle(post))
        others = {"in the middle": f"?from={place}", "in the middle, newest": f"?comments=newest&from={place}"}
        addresses = [post.get_absolute_url() + query for query in (pages | others).values()]
        known, *times = interleaved(*(partial(draw, one) for one in [f"{short.get_absolute_url()}?", *addresses]))
        for page, taken in zip(pages | others, times, strict=True):
            most = 1.3 if page in pages else 1.7  # the way there and back is looked up as well
            promise(f"{name}, {page}: time, as a multiple of {SHORT}", taken / known, most=most)


def drawing(post: Post) -> None:
    """A hundred comments, from rows to markup: the fastest of many rounds, because it is told in milliseconds."""
    page, template = threads.page_of(post), get_template("comments/_thread.html").template

    def drawn():
        return template.render(Context({"places": Places(page, post, is_open=True).all()}))

    promise("drawing 100 comments: milliseconds", min(timeit.repeat(drawn, number=1, repeat=ROUNDS)) * 1000, most=15)


_FILL = """
    INSERT INTO comments_comment (id, post_id, parent_id, tree_id, lft, rght, level, conversation_at, created_at,
        shown_at, name, email, badge, text, html, state, placed, reason, revision_id, writer, address, facts, reports,
        source, source_id)
    SELECT %(base)s + n + 1, %(post)s,
           CASE WHEN at = 0 THEN NULL WHEN %(chain)s THEN %(base)s + n ELSE root END, root,
           CASE WHEN at = 0 THEN 1 ELSE 1 + at * step END,
           CASE WHEN at = 0 THEN %(top)s WHEN %(chain)s THEN %(top)s - at ELSE 1 + at * step + step / 2 END,
           CASE WHEN %(chain)s THEN at ELSE LEAST(at, 1) END, began, began, began, 'Reader ' || n %% 97, '', '',
           '', %(words)s, 'visible', TRUE, '', %(revision)s, '', '', '[]', 0, '', ''
    FROM (
        SELECT n, n %% %(each)s AS at, %(base)s + n - n %% %(each)s + 1 AS root, %(top)s / (%(each)s + 2) AS step,
               now() - interval '30 days' + (n / %(each)s) * interval '1 minute' AS began
        FROM generate_series(0, %(many)s - 1) AS n
    ) numbered
"""


if __name__ == "__main__":
    main()
