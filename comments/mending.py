"""Does every comment stand where its parents say? And putting right what does not.

The questions are asked of the database, each in one statement, which sees one moment: right while the site runs. That
every comment stands in its parent's tree and inside its parent's interval, behind the sibling before it, says at once
that no number is used twice, that nobody stands under itself, and that the order of the numbers is the order of a
conversation read from the top.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from blog.models import WHOLE_SITE, Post, Tally

from . import posting
from .numbering import numbered
from .placing import LEAVES_A_TRACE, in_parts


class Fault(NamedTuple):
    """One row that does not agree with the others."""

    post_id: int
    comment_id: int | None  # None where it is the post's tally
    what: str

    def __str__(self) -> str:
        where = f"comment {self.comment_id}" if self.comment_id else "tally"
        return f"post {self.post_id}, {where}: {self.what}"


def find(post_id: int | None = None, told: Callable[[str], None] = lambda what: None) -> Iterator[Fault]:
    """Every fault of one post's discussion, or of all, as it is found. Reads only; `told` hears what is looked at."""
    for about in _QUESTIONS:
        told(about)
        yield from _asked(about, post_id)


def mend(post_id: int | None = None, told: Callable[[str], None] = lambda what: None) -> int:
    """Put right what `find` finds, each tree by itself and under lock, while the site runs. Gives how much was mended.

    Parents are believed, and what follows from them is made again. Where they lead nowhere (round in a circle, or to a
    comment that is not there), a conversation begins.
    """
    mended = 0

    def again(what: str, act: Callable[[int], None], keys: Iterable[int]) -> None:
        nonlocal mended
        for key in sorted(keys):
            told(f"{what} {key}")
            posting.in_transaction(partial(act, key))
            mended += 1

    again("conversation", _mend_tree, _roots_above(_wrong(post_id)))
    again("comment", _begin_a_conversation_above, _wrong(post_id))  # those left led to no root when it began
    again("tally of post", _mend_tally, {fault.post_id for fault in _asked("tallies", post_id)})
    return mended


# Asking


def _asked(about: str, post_id: int | None) -> Iterator[Fault]:
    of_post = "" if post_id is None else f"AND post_id = {int(post_id)}"
    with closing(connection.chunked_cursor()) as cursor:  # however many there are, few are in memory
        cursor.execute(f"SELECT post_id, id, what FROM ({_QUESTIONS[about]}) found WHERE what <> '' {of_post}")
        for row in cursor:
            yield Fault(*row)


def _wrong(post_id: int | None) -> set[int]:
    return {fault.comment_id for about in _QUESTIONS if about != "tallies" for fault in _asked(about, post_id)}


def _roots_above(comment_ids: Iterable[int]) -> set[int]:
    """The first comments of conversations to which parents lead from these."""
    found = set()
    with connection.cursor() as cursor:
        for part in in_parts(sorted(comment_ids)):
            cursor.execute(_ABOVE, [json.dumps(part)])
            found |= {key for key, parent_id in cursor.fetchall() if parent_id is None}
    return found


# Mending


class _Row(NamedTuple):
    pk: int
    post_id: int
    parent_id: int | None
    reply_to_id: int | None
    stands_by_itself: bool


class _Place(NamedTuple):
    """Where a comment belongs."""

    parent_id: int | None
    reply_to_id: int | None
    level: int


def _mend_tree(root_id: int) -> None:
    """Number a conversation afresh from its parents, children in their order, and give places to whom they belong."""
    with connection.cursor() as cursor:
        rows = _held(cursor, root_id)
        places = _places(root_id, rows)
        children = defaultdict(list)
        for key in rows:
            children[places[key].parent_id].append(key)
        placed = _placed(rows, places)
        # Out of the way first: two rows must not have one place at any moment.
        cursor.executemany(_ASIDE, [(posting.TOP + 2 * key, posting.TOP + 2 * key + 1, key) for key in rows])
        fresh = [
            (rows[root_id].post_id, *places[key], root_id, left, right, key in placed, root_id, key)
            for key, left, right in numbered(root_id, children, posting.TOP)
        ]
        cursor.executemany(_TO_ITS_PLACE, fresh)
    Tally.objects.count_many({row.post_id: (0, 0) for row in rows.values()})  # pages that are kept are old


def _held(cursor: Any, root_id: int) -> dict[int, _Row]:
    """All comments that parents put below a root, locked, in their order.

    Once a look finds none that is new, nobody can be inserting there: who does holds the parent's row.
    """
    known, rows = None, {}
    while known is None or len(rows) != len(known):
        known = rows
        cursor.execute(_TREE + (" FOR NO KEY UPDATE" if connection.features.has_select_for_update else ""), [root_id])
        rows = {row[0]: _Row(*row) for row in cursor.fetchall()}
    return rows


def _places(root_id: int, rows: dict[int, _Row]) -> dict[int, _Place]:
    """Who stands below the deepest level moves up to it and says whom it answers; else an answer has no other name."""
    children = defaultdict(list)
    for row in rows.values():
        children[row.parent_id].append(row)
    places = {root_id: _Place(None, None, 0)}
    for key in (found := [root_id]):  # grows while it is read
        for row in children[key]:
            found.append(row.pk)
            if places[key].level < posting.MAX_LEVEL:
                places[row.pk] = _Place(key, row.reply_to_id, places[key].level + 1)
            else:
                places[row.pk] = _Place(places[key].parent_id, key, posting.MAX_LEVEL)
    return {
        key: place if _is_beside(place, places) else place._replace(reply_to_id=None) for key, place in places.items()
    }


def _is_beside(place: _Place, places: dict[int, _Place]) -> bool:
    answered = places.get(place.reply_to_id)
    return answered is not None and (answered.parent_id, answered.level) == (place.parent_id, posting.MAX_LEVEL)


def _placed(rows: dict[int, _Row], places: dict[int, _Place]) -> set[int]:
    found = set()
    for row in rows.values():
        key = row.pk if row.stands_by_itself else None
        while key is not None and key not in found:
            found.add(key)
            key = places[key].parent_id
    return found


def _begin_a_conversation_above(comment_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [json.dumps([comment_id])])
        above = dict(cursor.fetchall())
        if None in above.values():
            [root_id] = [key for key, parent_id in above.items() if parent_id is None]
        else:
            root_id = _where_it_ends(comment_id, above)
            cursor.execute(_MAKE_ROOT, [posting.TOP, root_id])
    _mend_tree(root_id)


def _where_it_ends(key: int, above: dict[int, int]) -> int:
    """The comment whose parent is not there, or the oldest of the circle that parents lead into."""
    walk: list[int] = []
    while key not in walk and above[key] in above:
        walk.append(key)
        key = above[key]
    return min(walk[walk.index(key) :]) if key in walk else key


def _mend_tally(post_id: int) -> None:
    """Count what is missing. One mender a post at a time; those who post meanwhile are not in the way."""
    Post.objects.select_for_update(no_key=True).filter(pk=post_id).first()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT visible, shown FROM ({_MISCOUNTED}) miscounted WHERE post_id = %s", [post_id])
        for visible, shown in cursor.fetchall():
            Tally.objects.count(post_id, visible=int(visible), shown=int(shown))


def _any_of(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_STANDS_BY_ITSELF = (
    f"({{0}}.state = 'visible' OR ({{0}}.state IN ({_any_of(LEAVES_A_TRACE)}) AND {{0}}.shown_at IS NOT NULL))".format
)
# What is missing in the tallies of posts
_MISCOUNTED = f"""
    SELECT post_id, SUM(visible) AS visible, SUM(shown) AS shown FROM (
        SELECT post_id, -visible AS visible, -shown AS shown FROM blog_tally WHERE post_id <> {WHOLE_SITE}
        UNION ALL
        SELECT post_id, COUNT(CASE WHEN state = 'visible' THEN 1 END), COUNT(shown_at)
        FROM comments_comment GROUP BY post_id
    ) counted GROUP BY post_id HAVING SUM(visible) <> 0 OR SUM(shown) <> 0
"""
# Each gives post, comment and what is wrong with it, or '' where nothing is
_QUESTIONS = {
    "parents": f"""
        SELECT c.post_id, c.id, CASE
            WHEN c.parent_id IS NULL THEN CASE
                WHEN c.level <> 0 OR c.lft <> 1 OR c.tree_id <> c.id THEN 'a first comment that begins no tree'
                WHEN c.conversation_at <> c.created_at THEN 'a conversation of another time'
                ELSE '' END
            WHEN p.id IS NULL THEN 'its parent is not there'
            WHEN c.post_id <> p.post_id THEN 'under another post than its parent'
            WHEN c.tree_id <> p.tree_id THEN 'in another tree than its parent'
            WHEN c.lft <= p.lft OR c.rght >= p.rght OR c.lft >= c.rght THEN 'not inside its parent'
            WHEN c.level <> p.level + 1 OR c.level > {posting.MAX_LEVEL} THEN 'on a wrong level'
            WHEN c.conversation_at <> p.conversation_at THEN 'another time of the conversation than its parent'
            ELSE '' END AS what
        FROM comments_comment c LEFT JOIN comments_comment p ON p.id = c.parent_id
    """,
    "siblings": """
        SELECT post_id, id, CASE WHEN lft <= LAG(rght) OVER (PARTITION BY parent_id ORDER BY lft)
            THEN 'overlaps the answer before it' ELSE '' END AS what
        FROM comments_comment WHERE parent_id IS NOT NULL
    """,
    "answers": f"""
        SELECT c.post_id, c.id, 'answers a comment that does not stand beside it' AS what
        FROM comments_comment c LEFT JOIN comments_comment a
          ON a.id = c.reply_to_id AND a.parent_id = c.parent_id AND a.level = {posting.MAX_LEVEL}
        WHERE c.reply_to_id IS NOT NULL AND a.id IS NULL
    """,
    "places": f"""
        SELECT c.post_id, c.id, CASE WHEN c.placed THEN 'has a place and should not' ELSE 'has no place' END AS what
        FROM comments_comment c
        WHERE c.placed <> (
            {_STANDS_BY_ITSELF("c")} OR EXISTS (SELECT 1 FROM comments_comment b WHERE b.parent_id = c.id AND b.placed)
        )
    """,
    "tallies": f"""
        SELECT post_id, NULL AS id,
            'miscounted: ' || visible || ' visible and ' || shown || ' shown are missing' AS what
        FROM ({_MISCOUNTED}) miscounted
    """,
}
_KEYS = {
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s)",
    "sqlite": "SELECT value FROM json_each(%s)",
}[connection.vendor]
_ABOVE = f"""
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM comments_comment WHERE id IN ({_KEYS})
        UNION
        SELECT c.id, c.parent_id FROM comments_comment c JOIN above ON c.id = above.parent_id
    )
    SELECT id, parent_id FROM above
"""
_TREE = f"""
    SELECT id, post_id, parent_id, reply_to_id, {_STANDS_BY_ITSELF("comments_comment")}
    FROM comments_comment WHERE id IN (
        WITH RECURSIVE tree AS (
            SELECT id FROM comments_comment WHERE id = %s
            UNION ALL
            SELECT c.id FROM comments_comment c JOIN tree ON c.parent_id = tree.id
        )
        SELECT id FROM tree
    ) ORDER BY lft, id
"""
_ASIDE = "UPDATE comments_comment SET lft = %s, rght = %s WHERE id = %s AND parent_id IS NOT NULL"
_TO_ITS_PLACE = """
    UPDATE comments_comment SET post_id = %s, parent_id = %s, reply_to_id = %s, level = %s, tree_id = %s,
        lft = %s, rght = %s, placed = %s,
        conversation_at = (SELECT created_at FROM comments_comment root WHERE root.id = %s)
    WHERE id = %s
"""
_MAKE_ROOT = """
    UPDATE comments_comment SET parent_id = NULL, reply_to_id = NULL, level = 0, lft = 1, rght = %s, tree_id = id,
        conversation_at = created_at
    WHERE id = %s
"""
