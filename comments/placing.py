"""Who has a place in the thread that readers see; and how kept pages learn that it is another one now.

Visible comments have a place. So has what is left of one that readers knew (removed, withdrawn or held: they are told
so, without its words), and whatever stands above a comment with a place: answers never hang in the air. Whoever
changes comments that are there does it in three steps, in one transaction: `hold` them, change and write their own
columns, `settle` what comes of it, last.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from blog.models import Tally

from .models import Comment

AT_ONCE = 2_000  # keys in one statement: no database minds so many
LEAVES_A_TRACE = frozenset({Comment.State.REMOVED, Comment.State.WITHDRAWN, Comment.State.HELD})


@dataclass(frozen=True)
class Held:
    """Comments that are going to change, and all that stand above them, locked: by key, those above first."""

    comments: dict[int, Comment]
    before: dict[int, "Look"]

    def __getitem__(self, key: int) -> Comment:
        return self.comments[key]


class Look(NamedTuple):
    """What a thread shows of a comment, as far as moderators and writers can change it."""

    placed: bool
    state: str
    reason: str
    shown_at: datetime | None

    @classmethod
    def of(cls, comment: Comment) -> "Look":
        return cls(comment.placed, comment.state, comment.reason, comment.shown_at)

    def for_readers(self) -> tuple[str, str] | None:
        return (self.state, self.reason) if self.placed else None


def hold(keys: Iterable[int]) -> Held:
    """Lock these comments and all that stand above them until the transaction ends; a key that is none is left out.

    Those above come first, and one conversation after the other, so that nobody waits for somebody who is waiting.
    """
    comments = {}
    for part in in_parts(_paths(list(keys))):
        rows = Comment.objects.filter(pk__in=part).order_by("tree_id", "lft")
        comments |= {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    return Held(comments, {key: Look.of(comment) for key, comment in comments.items()})


def settle(held: Held, *, reworded: Iterable[int] = ()) -> None:
    """Give places and take them, as the comments held are now, and count what readers see. Last in a transaction.

    Who makes a comment visible writes its `placed` and `shown_at` with its state; all else about places is done here.
    `reworded` are posts under which words changed that readers see.
    """
    _place(held)
    changes: dict[int, tuple[int, int]] = dict.fromkeys(reworded, (0, 0))
    for key, comment in held.comments.items():
        before, now = held.before[key], Look.of(comment)
        if before.for_readers() == now.for_readers():
            continue
        visible, shown = changes.get(comment.post_id, (0, 0))
        visible += comment.is_visible() - (before.state == Comment.State.VISIBLE)
        shown += now.shown_at is not None and before.shown_at is None
        changes[comment.post_id] = visible, shown
    if changes:
        Tally.objects.count_many(changes)


def stands_by_itself(comment: Comment) -> bool:
    """Has it a place whether or not anything with a place stands below it?"""
    known = comment.state in LEAVES_A_TRACE and comment.shown_at is not None
    return comment.is_visible() or known


def in_parts(keys: list[int]) -> Iterator[list[int]]:
    """Many keys, in their order, as many at once as a statement takes."""
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _paths(keys: list[int]) -> list[int]:
    """These keys and those of all above, in the order of locks: it never changes, nor who stands above whom."""
    if not keys:
        return []
    value: Any = keys if connection.vendor == "postgresql" else json.dumps(keys)
    with connection.cursor() as cursor:
        cursor.execute(_PATHS % _AMONG[connection.vendor], [value])
        return [key for (key,) in cursor.fetchall()]


def _place(held: Held) -> None:
    """Say for every comment held whether it has a place, from the deepest upwards; write where that is news."""
    comments = held.comments
    upheld = _upheld_from_elsewhere(comments)
    for comment in sorted(comments.values(), key=lambda one: -one.level):
        comment.placed = stands_by_itself(comment) or comment.pk in upheld
        if comment.placed and comment.parent_id:
            upheld.add(comment.parent_id)
    news = defaultdict(list)
    for key, comment in comments.items():
        # What is visible now was written with its place.
        if comment.placed != held.before[key].placed and not comment.is_visible():
            news[comment.placed].append(key)
    for placed, keys in news.items():
        for part in in_parts(keys):
            Comment.objects.filter(pk__in=part).update(placed=placed)


def _upheld_from_elsewhere(comments: dict[int, Comment]) -> set[int]:
    """Those that have an answer with a place among comments that are not held."""
    upheld: set[int] = set()
    unsure = [key for key, comment in comments.items() if not stands_by_itself(comment)]
    for part in in_parts(unsure):
        answers = Comment.objects.filter(parent__in=part, placed=True).order_by()
        upheld |= {parent for key, parent in answers.values_list("pk", "parent_id") if key not in comments}
    return upheld


_AMONG = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}
_PATHS = """
    WITH RECURSIVE path AS (
        SELECT id, parent_id, tree_id, lft FROM comments_comment WHERE id %s
        UNION
        SELECT above.id, above.parent_id, above.tree_id, above.lft
        FROM comments_comment above JOIN path ON path.parent_id = above.id
    )
    SELECT id FROM path ORDER BY tree_id, lft
"""
