"""New comments, and their places in the tree. Nothing else writes positions.

Nested sets with gaps: a first comment has a tree of its own, numbered by its own key, and the interval from 1 to TOP.
An answer takes a slice off the free end of its parent's interval, so nothing else is renumbered, and the only lock is
the parent's row. Where a parent's end is used up, the smallest roomy part of the tree around it gets fresh gaps
(`respace`). What was measured, and why not the ordinary way: docs/decisions.md.
"""

import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import IntegrityError, OperationalError, connection, models, transaction

from blog.archiving import inserting
from blog.models import Tally

from .models import Comment
from .numbering import free_slice, numbered

logger = logging.getLogger(__name__)

TOP = 2**62  # the last number of a tree
ROOMY = 2**16  # free numbers for each comment that make a part of a tree worth renumbering
MAX_LEVEL = 20  # answers further down stand beside the one they answer
PATIENCE = "2s"  # that a reader waits for a lock at a time, on PostgreSQL
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

    def adding() -> Comment:
        insert(comment, answers=answers)
        count(comment)
        return comment

    return in_transaction(adding)


def in_transaction(act: Callable[[], Result]) -> Result:
    """Run an act that may `insert`, in one transaction; again where room had to be made or the database undid it.

    The act is run from its beginning each time, so nothing that it does may reach outside the database.
    """
    full: NoRoom | None = None
    for attempts_left in reversed(range(MOST_ATTEMPTS)):
        try:
            if full:
                respace(full.parent_id)
            with transaction.atomic():
                return act()
        except NoRoom as error:
            full = error
            if not attempts_left:
                raise
        except OperationalError as error:
            if not attempts_left or not _may_go_well_again(error):
                raise
            time.sleep(random.uniform(0.01, 0.1) * (MOST_ATTEMPTS - attempts_left))
        except IntegrityError as error:
            if not attempts_left or not _is_one_place_twice(error):
                raise
            logger.exception("Two comments got one place: somebody wrote without the lock")
    raise AssertionError("every way out of the loop is above")


def insert(comment: Comment, *, answers: int | None = None) -> Comment:
    """As `add`, as part of a transaction that is going on, and that ends with `count`.

    Raises Gone, or NoRoom for `in_transaction` to handle.
    """
    return _insert(comment, answers, only_to_visible=True)


def count(comment: Comment) -> None:
    """A comment is new, and kept pages are old, if readers see it. Last in a transaction: see `Tally`."""
    if comment.is_visible():
        Tally.objects.count(comment.post_id, visible=1, shown=1)


def insert_of_record(comment: Comment, *, answers: int | None = None) -> Comment:
    """As `insert`, for what was said elsewhere: below comments that readers do not see as well."""
    _insert(comment, answers, only_to_visible=False)
    if comment.placed and answers is not None:
        above = Comment.objects.filter(tree_id=comment.tree_id, lft__lt=comment.lft, rght__gt=comment.rght)
        above.filter(placed=False).update(placed=True)
    count(comment)
    return comment


def insert_many(comments: Sequence[Comment], answers: Sequence[int | None]) -> None:
    """Store whole conversations, as part of a transaction that is going on.

    `answers` says for each comment at which place of `comments` the one stands that it answers; that place comes
    before its own. Answers to one comment stand in the order in which they are given.
    """
    trees, children = _grown(comments, answers)
    for root in trees:
        for comment, left, right in numbered(root, children, TOP):
            comment.lft, comment.rght = left, right
    for comment, answered in zip(reversed(comments), reversed(answers), strict=True):
        _be_shown(comment)
        if comment.placed and answered is not None:
            comments[answered].placed = True
    models.QuerySet(Comment).bulk_create(comments, batch_size=2_000)
    by_post = Counter(comment.post_id for comment in comments if comment.is_visible())
    for post_id in sorted(by_post):
        Tally.objects.count(post_id, visible=by_post[post_id], shown=by_post[post_id])


def put_back(columns: Sequence[models.Field], rows: Sequence[Sequence]) -> None:
    """Store comments with the places that they had, in an empty table, as part of a transaction that is going on.

    `mending.find` says whether those places are right; the tallies are not counted.
    """
    inserting.insert(columns, rows)


def respace(parent_id: int) -> None:
    """Make room below a comment: give the smallest roomy part of the tree around it fresh gaps.

    A transaction of its own, one for each tree at a time; whoever inserts meanwhile holds a row that this waits for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tree_id FROM comments_comment WHERE id = %s", [parent_id])
        (tree_id,) = cursor.fetchone()
        _hold(cursor, "id = %s", tree_id)
        cursor.execute("SELECT lft, rght FROM comments_comment WHERE id = %s", [parent_id])
        left, right = cursor.fetchone()
        if free_slice(left, right, _last_child(cursor, parent_id)):
            return  # somebody else was here
        top_left, top_right = _roomy_part(cursor, tree_id, left, right)
        _lock_part(cursor, tree_id, top_left, top_right)
        _renumber(cursor, tree_id, top_left, top_right)


# Places


class _Held(NamedTuple):
    """What is known of a comment whose row is locked."""

    pk: int
    post_id: int
    parent_id: int | None
    tree_id: int
    lft: int
    rght: int
    level: int
    state: str
    conversation_at: datetime


def _insert(comment: Comment, answers: int | None, *, only_to_visible: bool) -> Comment:
    _be_shown(comment)
    with connection.cursor() as cursor:
        if answers is None:
            _begin_a_tree(cursor, comment)
        else:
            _stand_below(cursor, comment, answers, only_to_visible=only_to_visible)
    return comment


def _be_shown(comment: Comment) -> None:
    if comment.is_visible():
        comment.placed, comment.shown_at = True, comment.shown_at or comment.created_at


def _begin_a_tree(cursor: Any, comment: Comment) -> None:
    comment.parent_id = comment.reply_to_id = None
    comment.lft, comment.rght, comment.level, comment.conversation_at = 1, TOP, 0, comment.created_at
    cursor.execute(_insertion(connection.vendor, root=True), _values(comment))
    _is_stored(comment, cursor)
    comment.tree_id = comment.pk


def _stand_below(cursor: Any, comment: Comment, answered_id: int, *, only_to_visible: bool) -> None:
    parent, answered = _parent_and_answered(cursor, answered_id)
    if answered.post_id != comment.post_id or (only_to_visible and answered.state != Comment.State.VISIBLE):
        raise Gone
    # A statement of its own: what others inserted while this one waited for the lock has to be seen.
    found = free_slice(parent.lft, parent.rght, _last_child(cursor, parent.pk))
    if found is None:
        raise NoRoom(parent.pk)
    comment.lft, comment.rght = found
    comment.parent_id, comment.tree_id, comment.level = parent.pk, parent.tree_id, parent.level + 1
    comment.reply_to_id = answered.pk if answered is not parent else None
    comment.conversation_at = parent.conversation_at
    cursor.execute(_insertion(connection.vendor, root=False), [*_values(comment), comment.tree_id])
    _is_stored(comment, cursor)


def _parent_and_answered(cursor: Any, answered_id: int) -> tuple[_Held, _Held]:
    """Both locked: one and the same, but for an answer to the deepest ones, which stands beside the one it answers."""
    held = _hold(cursor, "id = %s AND level < %s", answered_id, MAX_LEVEL)
    if held:
        return held[0], held[0]
    cursor.execute("SELECT parent_id FROM comments_comment WHERE id = %s", [answered_id])
    (parent_id,) = cursor.fetchone() or (None,)
    held = _hold(cursor, "id IN (%s, %s) ORDER BY lft", parent_id, answered_id)  # from above, as all do
    if len(held) != 2:
        raise Gone
    return held[0], held[1]


def _hold(cursor: Any, which: str, *values: int | None) -> list[_Held]:
    """Lock comments against others who insert below them, not against those who refer to them."""
    cursor.execute(_HOLD[connection.vendor].format(which=which), values)
    return [_Held(*row[:-1], _moment(row[-1])) for row in cursor.fetchall()]


def _last_child(cursor: Any, parent_id: int) -> tuple[int, int] | None:
    cursor.execute("SELECT lft, rght FROM comments_comment WHERE parent_id = %s ORDER BY lft DESC LIMIT 1", [parent_id])
    return cursor.fetchone()


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


# Whole conversations


def _grown(comments: Sequence[Comment], answers: Sequence[int | None]) -> tuple[list[Comment], dict[Comment, list]]:
    """Keys, parents and levels for all; gives the roots, and the children of each comment in their order."""
    roots, children = [], defaultdict(list)
    parents: list[int | None] = []  # the place of each one's parent: the answered one's, but for the deepest
    for comment, pk, answered in zip(comments, _next_keys(len(comments)), answers, strict=True):
        comment.pk, comment.reply_to_id, parent = pk, None, answered
        if answered is None:
            roots.append(comment)
            comment.parent_id, comment.tree_id, comment.level = None, pk, 0
            comment.conversation_at = comment.created_at
        else:
            if comments[answered].level >= MAX_LEVEL:
                parent, comment.reply_to_id = parents[answered], comments[answered].pk
            above = comments[parent]
            comment.parent_id, comment.tree_id, comment.level = above.pk, above.tree_id, above.level + 1
            comment.conversation_at = above.conversation_at
            children[above].append(comment)
        parents.append(parent)
    return roots, children


def _next_keys(many: int) -> list[int]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_NEXT_KEY["sqlite"])
            (first,) = cursor.fetchone()
            return list(range(first, first + many))
        cursor.execute(f"{_NEXT_KEY['postgresql']} FROM generate_series(1, %s)", [many])
        return sorted(key for (key,) in cursor.fetchall())


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


def _is_one_place_twice(error: IntegrityError) -> bool:
    """Did two get one place below one comment? SQLite names the columns, PostgreSQL the constraint."""
    return "one_comment_a_place" in str(error) or "comments_comment.parent_id, comments_comment.lft" in str(error)


_COLUMNS = [field for field in Comment._meta.concrete_fields if field.name not in {"id", "tree_id"}]
_CONVERSATION_AT = Comment._meta.get_field("conversation_at").cached_col
_HELD = "id, post_id, parent_id, tree_id, lft, rght, level, state, conversation_at"
_HOLD = {
    # How long to wait for a lock is said by the statement that may have to: said before, it would cost a statement.
    "postgresql": f"SELECT {_HELD} FROM comments_comment, (SELECT set_config('lock_timeout', '{PATIENCE}', true)) "
    "AS patience WHERE {which} FOR NO KEY UPDATE OF comments_comment",
    "sqlite": f"SELECT {_HELD} FROM comments_comment WHERE {{which}}",
}
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
