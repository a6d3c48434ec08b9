"""What an archive holds: which tables and columns, and by what name what is private in them has to be asked for.

Nothing goes out that is not named here: `tests/blog/test_archiving.py` asks for a decision on every table and column.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Expression, F, Field, Model, Q

PEOPLE, DRAFTS, MODERATION = "people", "drafts", "moderation"
ASKED = {  # what has to be asked for by name
    PEOPLE: "accounts (without passwords and rights), who did what, and e-mail addresses",
    DRAFTS: "pieces that were never public, all pictures; with people, unsaved words",
    MODERATION: "comments that readers do not see, earlier wordings of comments, reports, remarks of moderators",
}
BACKUP = "backup"  # of a column that is in no archive, whatever is asked for

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """One file of an archive.

    `private` says of a column, and `scopes` of the whole table, what has to be asked for. `only` says which rows there
    are without that; `instead` what stands in a column then, and `conceals` changes a row. `fill` gives columns that
    no archive holds a value. Of a `single` table there is one row, made by a migration: it is changed, not added.
    `objects` says why a row of somebody else's archive cannot be taken, or gives "".
    """

    name: str
    model: type[Model]
    says: str
    private: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    only: Mapping[str, Q] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, Expression | F]] = field(default_factory=dict)
    conceals: Mapping[str, Callable[[Row], None]] = field(default_factory=dict)
    fill: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    single: bool = False
    objects: Callable[[Row], str] = lambda row: ""


TABLES: list[Table] = []  # in the order in which they are written: `register`
WRITERS: dict[
    type[Model], Callable[[list[Field], list[list[Any]]], None]
] = {}  # of tables that one module writes alone
CHECKS: list[Callable[[], Any]] = []  # what gives the rows that do not agree with the others
FINISHES: list[Callable[[], None]] = []  # what makes indexes of the rows that have come in


def register(
    tables: list[Table],
    *,
    check: Callable[[], Any] | None = None,
    finish: Callable[[], None] | None = None,
    writers: Mapping[type[Model], Callable] | None = None,
) -> None:
    """Say which tables of an app an archive holds, what proves that they agree, and what is made again from them.

    `writers` are for tables that one module alone writes. For apps, when they begin.
    """
    known = {table.name for table in TABLES}
    WRITERS.update(writers or {})
    TABLES.extend(table for table in tables if table.name not in known)
    if check is not None and check not in CHECKS:
        CHECKS.append(check)
    if finish is not None and finish not in FINISHES:
        FINISHES.append(finish)
