"""New comments, and their places in the tree. Nothing else writes positions.

Nested sets with gaps: a first comment has a tree of its own, numbered by its own key, and the interval from 1 to TOP.
An answer takes a slice off the free end of its parent's interval, so nothing else is renumbered, and the only lock is
the parent's row. Where a parent's end is used up, the smallest roomy part of the tree around it gets fresh gaps
(`respace`). What was measured, and why not the ordinary way: docs/decisions.md.
"""

import logging
import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

from blog.models import Tally

from .models import Comment

logger = logging.getLogger(__name__)

TOP = 2**62  # the last number of a tree
ROOMY = 2**16  # free numbers for each comment that make a part of a tree worth renumbering
MAX_LEVEL = 20  # answers further down stand beside the one they answer
MOST_ATTEMPTS = 4  # at finding room, and at a transaction that the database undid

Result = TypeVar("Result")


class Gone(Exception):
    """The comment that was to be answered is not there for readers, or stands under another post."""


class NoRoom(Exception):
    """The interval of this comment is used up; `respace` makes room."""

    def __init__(self, parent_id: int):
        super().__init__(parent_id)
        self.parent_id = parent_id


def add(comment: Comment, *, answers: int | None = None) -> Comment:
    """Store a new comment (all but its place filled in) as an answer to the comment with that key, or by itself.

    Gives the comment with its key and place. Raises Gone.
    """
    return in_transaction(lambda: insert(comment, answers=answers))


def in_transaction(act: Callable[[], Result]) -> Result:
    """Run an act that may `insert`, in one transaction; again where room had to be made or the database undid it.

    The act is run from its beginning each time, so nothing that it does may reach outside the database.
    """
    for attempt in range(MOST_ATTEMPTS):
        try:
            with transaction.atomic():
                return act()
        except NoRoom as full:
            if attempt + 1 == MOST_ATTEMPTS:
                raise
            respace(full.parent_id)
        except OperationalError as error:
            if attempt + 1 == MOST_ATTEMPTS or not _may_go_well_again(error):
                raise
            time.sleep(random.uniform(0.01, 0.1) * (attempt + 1))
        except IntegrityError as error:
            if attempt + 1 == MOST_ATTEMPTS or "one_comment_a_place" not in str(error):
                raise
            logger.exception("Two comments got one place: somebody wrote without the lock")
    raise AssertionError("every way out of the loop is above")


def insert(comment: Comment, *, answers: int | None = None) -> Comment:
    """As `add`, as part of a transaction that is going on. Raises Gone, or NoRoom for `in_transaction` to handle."""
    with connection.cursor() as cursor:
        if answers is None:
            _begin_a_tree(cursor, comment)
        else:
            _stand_below(cursor, comment, answers)
    if comment.is_visible():
        Tally.objects.count(comment.post_id, visible=1, shown=1)
    return comment


def respace(parent_id: int) -> None:
    """Make room below a comment: give the smallest roomy part of the tree around it fresh gaps.

    A transaction of its own, one for each tree at a time; whoever inserts meanwhile holds a row that this waits for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tree_id FROM comments_comment WHERE id = %s", [parent_id])
        (tree_id,) = cursor.fetchone()
        cursor.execute(f"SELECT id FROM comments_comment WHERE id = %s{_for_update()}", [tree_id])
        cursor.execute("SELECT lft, rght FROM comments_comment WHERE id = %s", [parent_id])
        left, right = cursor.fetchone()
        if _slice(left, right, _last_child(cursor, parent_id)):
            return  # somebody else was here
        top_left, top_right = _roomy_part(cursor, tree_id, left, right)
        _lock_part(cursor, tree_id, top_left, top_right)
        _renumber(cursor, tree_id, top_left, top_right)


# Places


def _begin_a_tree(cursor: Any, comment: Comment) -> None:
    comment.parent_id = comment.reply_to_id = None
    comment.lft, comment.rght, comment.level, comment.conversation_at = 1, TOP, 0, comment.created_at
    cursor.execute(_insertion(connection.vendor, root=True), _values(comment))
    _is_stored(comment, cursor)
    comment.tree_id = comment.pk


def _stand_below(cursor: Any, comment: Comment, answered_id: int) -> None:
    post_id, tree_id, left, right, level, state, conversation_at, above_id = _locked(cursor, answered_id)
    if post_id != comment.post_id or state != Comment.State.VISIBLE:
        raise Gone
    parent_id, comment.reply_to_id = answered_id, None
    if level >= MAX_LEVEL:
        parent_id, comment.reply_to_id = above_id, answered_id
        _post, tree_id, left, right, level, _state, conversation_at, _above = _locked(cursor, parent_id)
    # A statement of its own: what others inserted while this one waited for the lock has to be seen.
    found = _slice(left, right, _last_child(cursor, parent_id))
    if found is None:
        raise NoRoom(parent_id)
    comment.lft, comment.rght = found
    comment.parent_id, comment.tree_id, comment.level = parent_id, tree_id, level + 1
    comment.conversation_at = conversation_at
    cursor.execute(_insertion(connection.vendor, root=False), [*_values(comment), tree_id])
    _is_stored(comment, cursor)


def _locked(cursor: Any, comment_id: int) -> tuple:
    cursor.execute(_PARENT + _for_update(), [comment_id])
    row = cursor.fetchone()
    if row is None:
        raise Gone
    return (*row[:6], _moment(row[6]), row[7])


def _last_child(cursor: Any, parent_id: int) -> tuple[int, int] | None:
    cursor.execute("SELECT lft, rght FROM comments_comment WHERE parent_id = %s ORDER BY lft DESC LIMIT 1", [parent_id])
    return cursor.fetchone()


def _slice(left: int, right: int, last: tuple[int, int] | None) -> tuple[int, int] | None:
    """The interval of the next child in (left, right), behind the last one; None where there is no room.

    The first takes an eighth of what is free; each further one a smaller part, so that the end shrinks like the square
    root of their number. How many there were is not stored: the last one's width tells.
    """
    start = (last[1] if last else left) + 1
    free = right - start
    if free < 2:
        return None
    divisor = 8
    if last:
        width = last[1] - last[0] + 1
        divisor = (free + width) // width + 2
    return start, start + max(2, free // divisor) - 1


def _values(comment: Comment) -> list:
    """What the columns of `_COLUMNS` get."""
    return [field.get_db_prep_save(getattr(comment, field.attname), connection) for field in _COLUMNS]


@cache
def _insertion(vendor: str, *, root: bool) -> str:
    """The statement that stores a comment; a root's takes the next key, which is the number of its tree as well."""
    names = ", ".join(f'"{field.column}"' for field in _COLUMNS)
    places = ", ".join(["%s"] * len(_COLUMNS))
    if not root:
        return f"INSERT INTO comments_comment ({names}, tree_id) VALUES ({places}, %s) RETURNING id"
    return (
        f"INSERT INTO comments_comment ({names}, id, tree_id) "
        f"SELECT {places}, next.id, next.id FROM ({_NEXT_KEY[vendor]} AS id) AS next RETURNING id"
    )


def _is_stored(comment: Comment, cursor: Any) -> None:
    (comment.pk,) = cursor.fetchone()
    comment._state.adding, comment._state.db = False, connection.alias


# Room


def _roomy_part(cursor: Any, tree_id: int, left: int, right: int) -> tuple[int, int]:
    """The nearest comment above, or this one, with enough numbers for all that stands below it; else the root."""
    cursor.execute(
        "SELECT lft, rght FROM comments_comment WHERE tree_id = %s AND lft <= %s AND rght >= %s ORDER BY lft DESC",
        [tree_id, left, right],
    )
    above = cursor.fetchall()
    for top_left, top_right in above:
        cursor.execute(
            "SELECT COUNT(*) FROM comments_comment WHERE tree_id = %s AND lft > %s AND lft < %s",
            [tree_id, top_left, top_right],
        )
        (below,) = cursor.fetchone()
        if top_right - top_left >= ROOMY * 2 * (below + 1):
            break
    return top_left, top_right


def _lock_part(cursor: Any, tree_id: int, left: int, right: int) -> None:
    """Hold every row of a part of a tree. Once a look finds none that is new, nobody can be inserting there."""
    known = -1
    while True:
        cursor.execute(
            "SELECT id FROM comments_comment WHERE tree_id = %s AND lft >= %s AND lft < %s ORDER BY lft"
            + _for_update(),
            [tree_id, left, right],
        )
        found = len(cursor.fetchall())
        if found == known or not connection.features.has_select_for_update:
            return
        known = found


def _renumber(cursor: Any, tree_id: int, left: int, right: int) -> None:
    """Fresh gaps for all below the comment at (left, right), which itself stays where it is."""
    part = [tree_id, left, right]
    # Out of the way first, in the same order: two rows must not have one place at any moment.
    cursor.execute(
        "UPDATE comments_comment SET lft = lft + %s, rght = rght + %s WHERE tree_id = %s AND lft > %s AND lft < %s",
        [TOP, TOP, *part],
    )
    cursor.execute(_FRESH_GAPS, {"tree": tree_id, "left": left, "right": right, "top": TOP})


def _for_update() -> str:
    """Holds a row against others who insert below it, not against those who refer to it."""
    return " FOR NO KEY UPDATE" if connection.features.has_select_for_update else ""


def _moment(value: Any) -> Any:
    """A time as a raw statement gives it, as a model has it."""
    for convert in _converters(connection.vendor):
        value = convert(value, _CONVERSATION_AT, connection)
    return value


@cache
def _converters(vendor: str) -> list[Callable]:
    return connection.ops.get_db_converters(_CONVERSATION_AT)


def _may_go_well_again(error: OperationalError) -> bool:
    """Was it a deadlock, a conflict or a lock that took too long? Then the same again may go well."""
    return getattr(error.__cause__, "sqlstate", "") in {"40P01", "40001", "55P03"}


_COLUMNS = [field for field in Comment._meta.concrete_fields if field.name not in {"id", "tree_id"}]
_CONVERSATION_AT = Comment._meta.get_field("conversation_at").cached_col
_PARENT = (
    "SELECT post_id, tree_id, lft, rght, level, state, conversation_at, parent_id FROM comments_comment WHERE id = %s"
)
_NEXT_KEY = {
    "postgresql": "SELECT nextval(pg_get_serial_sequence('comments_comment', 'id'))",
    # In an immediate transaction nobody else can take the same.
    "sqlite": "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'comments_comment'), 0) + 1",
}
# Every edge in its order; before each right edge room in proportion to the number of children.
_FRESH_GAPS = """
    WITH part AS (
        SELECT id, parent_id, lft, rght FROM comments_comment WHERE tree_id = %(tree)s AND lft > %(top)s
    ), children AS (
        SELECT parent_id AS id, COUNT(*) AS many FROM part GROUP BY parent_id
    ), edges AS (
        SELECT id, lft AS edge, 0 AS weight, 1 AS is_left FROM part
        UNION ALL
        SELECT part.id, rght, 1 + COALESCE(many, 0), 0 FROM part LEFT JOIN children ON children.id = part.id
    ), numbers AS (
        SELECT (%(right)s - %(left)s - 1 - 2 * (SELECT COUNT(*) FROM part)) / CAST(
            1 + (SELECT SUM(weight) FROM edges)
            + (SELECT COUNT(*) FROM part WHERE parent_id NOT IN (SELECT id FROM part)) AS bigint
        ) AS unit
    ), placed AS (
        SELECT id, is_left, %(left)s + ROW_NUMBER() OVER (ORDER BY edge)
            + CAST(SUM(weight) OVER (ORDER BY edge) AS bigint) * unit AS fresh
        FROM edges, numbers
    )
    UPDATE comments_comment SET lft = opened.fresh, rght = closed.fresh
    FROM placed opened, placed closed
    WHERE opened.id = comments_comment.id AND opened.is_left = 1
      AND closed.id = comments_comment.id AND closed.is_left = 0
"""
