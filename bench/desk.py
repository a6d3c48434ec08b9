"""The desk with a large archive behind it: the board with 500 open pieces, the lists of the admin, a save."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import filling, urls
from blog import belonging, presence, revisions, workflow
from blog.models import Post
from blog.revisions import Content

OPEN = 500
QUERIES = 12
# As multiples of the bare view, which takes about a millisecond and a half
BOARD, LIST = 130, 100  # 200 ms, 150 ms
SAVE = 0.1  # seconds
PAGES = {
    "posts": "/admin/blog/post/",
    "posts in review": "/admin/blog/post/?stage__exact=review",
    "posts by words of the headline": "/admin/blog/post/?q=harbour",
    "own posts": "/admin/blog/post/?author=me",
    "tags": "/admin/blog/tag/",
    "authors": "/admin/blog/author/",
    "suggestions": "/admin/blog/suggestion/",
}


def measure(interleaved: Callable, promise: Callable) -> None:
    """Each page of the desk as a multiple of a bare view in the same rounds, and how much it asks."""
    wordings = int(os.environ.get("BENCH_REVISIONS", "1000000"))
    editor = get_user_model().objects.create_superuser("bench-editor")
    client = Client(headers={"host": "record.example"})
    client.force_login(editor)
    fill(wordings)
    open_pieces(editor)
    print(f"\n# the desk: {OPEN} open pieces, {wordings:,} wordings")
    urls.BYTES["desk"] = b"desk"
    pages = {"board": "/admin/board/", "calendar": "/admin/board/calendar/"} | PAGES
    bare, *times = interleaved(
        partial(client.get, "/bare/desk"), *(partial(client.get, address) for address in pages.values())
    )
    for (name, address), taken in zip(pages.items(), times, strict=True):
        print(f"  {name}: {taken * 1000:.0f} ms, the bare view {bare * 1000:.1f} ms")
        most = BOARD if name in ("board", "calendar") else LIST
        promise(f"{name}: time, as a multiple of a bare view", taken / bare, most=most)
        promise(f"{name}: queries", _queries(client, address), most=QUERIES)
    promise("a save of 600 words: seconds", _save(editor), most=SAVE)


def fill(wordings: int) -> None:
    """Older wordings of every piece, until there are so many: short ones, for no list reads them."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDINGS, {"most": wordings})
        cursor.execute("ANALYZE")


def open_pieces(by) -> None:
    """Pieces in every stage, by the verbs; some are due, and somebody is at some of them."""
    writer = get_user_model().objects.create_superuser("bench-writer")
    body = "".join(f"<p>{' '.join(filling.WORDS)}.</p>" for _paragraph in range(10))
    now = timezone.now()
    for number in range(OPEN):
        content = Content(f"Open piece {number}", body=body, section=f"topic {number % 40}")
        post = revisions.start(content, by=writer)
        if number % 3 == 0:
            belonging.set_deadline(post, now + timedelta(hours=number - 100), by=writer)
        if number % 5 > 2:
            post = workflow.submit(post, by=writer)
        if number % 5 == 4:
            workflow.approve(post, post.head, by=by)
        if number % 10 == 0:
            presence.say(post, writer)


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


def _save(by) -> float:
    """The quickest of ten saves, each with another word."""
    post, taken = Post.objects.select_related("head").filter(stage="draft").latest("pk"), []
    for number in range(10):
        content = Content(**Content.of(post.head).__dict__ | {"headline": f"Saved {number}"})
        begun = time.perf_counter()
        revisions.write(post, content, by=by)
        taken.append(time.perf_counter() - begun)
        post = Post.objects.select_related("head").get(pk=post.pk)
    return min(taken)


_WORDINGS = """
    INSERT INTO blog_revision (post_id, number, by_id, by_name, chain_hash, created_at, note, kind, headline,
        standfirst, body, summary, tags, section, byline, sources, image, excerpt, words, content_hash)
    SELECT post_id, 1 + copy.n, by_id, by_name, chain_hash, created_at, note, kind, headline, standfirst,
        left(body, 200), summary, tags, section, byline, sources, image, excerpt, words, content_hash
    FROM blog_revision AS sole CROSS JOIN generate_series(1, 200) AS copy(n)
    WHERE number = 1 AND NOT EXISTS (SELECT 1 FROM blog_revision WHERE post_id = sole.post_id AND number > 1)
        AND copy.n < (SELECT %(most)s / GREATEST(COUNT(*), 1) FROM blog_post)
"""
