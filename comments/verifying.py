"""Does all that is kept of the discussion agree? Places in threads (`mending`), states, wordings and HTML.

A comment has no hash: that its words are those that were typed cannot be proved. What can be is that nothing stands in
them that the cleaner would not let through, that its state is the one its last act left it in, that acts follow on each
other, and that of what was erased nothing is left. Questions about several rows are asked of the database, each in one
statement, which sees one moment.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

from django.db import connection

from . import mending
from .markup import clean, clean_html
from .mending import Fault
from .models import Comment, Wording

ROWS = 2_000  # comments that are read at a time
QUIET = "''"  # what a question says of a row that is as it should be


def verify(told: Callable[[int], object] = lambda comments: None) -> Iterator[Fault]:
    """Every disagreement, as it is found. Reads only; `told` hears how many more comments have been read."""
    yield from mending.find()
    for question in (_ACTS, _LAST_ACT, _WORDINGS, _ERASED):
        yield from _asked(question)
    yield from _not_clean(told)


def _asked(question: str) -> Iterator[Fault]:
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(f"SELECT post_id, comment_id, what FROM ({question}) found WHERE what <> {QUIET}")
        for row in cursor:
            yield Fault(*row)


def _not_clean(told: Callable[[int], object]) -> Iterator[Fault]:
    """What readers are sent is what the cleaner lets through: of comments, and of how they read before."""
    read = 0
    rows = Comment.objects.order_by().values_list("post_id", "pk", "html")
    for post_id, pk, html in rows.iterator(chunk_size=ROWS):
        if not _is_clean(html):
            yield Fault(post_id, pk, "its HTML holds what the cleaner does not let through")
        read += 1
        if read == ROWS:
            told(read)
            read = 0
    told(read)
    before = Wording.objects.order_by().values_list("comment__post_id", "comment_id", "html")
    for post_id, pk, html in before.iterator(chunk_size=ROWS):
        if not _is_clean(html):
            yield Fault(post_id, pk, "an earlier wording holds HTML that the cleaner does not let through")


def _is_clean(html: str) -> bool:
    """Most comments were typed here; those that came as HTML may have a few elements more."""
    return clean(html) == html or clean_html(html) == html


_ACTS = """
    SELECT c.post_id, a.comment_id, CASE WHEN a.state_before <> LAG(a.state_after)
            OVER (PARTITION BY a.comment_id ORDER BY a.id)
        THEN 'an act begins at another state than the act before it ended with' ELSE '' END AS what
    FROM comments_moderationact a JOIN comments_comment c ON c.id = a.comment_id
"""
_LAST_ACT = """
    SELECT c.post_id, c.id AS comment_id,
        'is ' || c.state || ', but the last act on it says ' || a.state_after AS what
    FROM comments_moderationact a JOIN comments_comment c ON c.id = a.comment_id
    WHERE c.state <> a.state_after
      AND NOT EXISTS (SELECT 1 FROM comments_moderationact b WHERE b.comment_id = a.comment_id AND b.id > a.id)
"""
# An edit keeps how the comment read before, and until when. An archive may have left that out.
_WORDINGS = """
    SELECT c.post_id, c.id AS comment_id, 'was changed at another time than its wordings say' AS what
    FROM comments_comment c
    JOIN (SELECT comment_id, MAX(until) AS latest FROM comments_wording GROUP BY comment_id) w ON w.comment_id = c.id
    WHERE c.edited_at IS NULL OR c.edited_at <> w.latest
"""
_ERASED = """
    SELECT post_id, id AS comment_id, 'was erased for the writer, and something of it is still there' AS what
    FROM comments_comment c
    WHERE reason = 'erased' AND (name <> '' OR email <> '' OR text <> '' OR html <> '' OR writer <> '' OR address <> ''
        OR EXISTS (SELECT 1 FROM comments_wording w WHERE w.comment_id = c.id))
"""
