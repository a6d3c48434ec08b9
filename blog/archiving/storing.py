"""Brings a file into an empty site: all of it in one transaction, or nothing.

Rows keep their keys and go straight into their tables. That passes by the verbs, so all that a verb would have seen to
is looked at here: each value (`values`), each wording (`Table.objects`), and when all are there the whole of it, as
`manage.py verify` does. The database's own rules hold all the while: the triggers of the record refuse a second row of
a number, and its keys are asked for before the end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from blog.importing.refusals import Refused
from blog.models import Edition
from blog.rendering import Unacceptable

from . import contents, tables, values, writing
from .contents import ARCHIVE, BACKUP, Part
from .media import Stage
from .packed import Packed

_ODD = (AttributeError, LookupError, TypeError, ValueError)  # of what is JSON, and not the one that should be there
MOST_NAMED = 20  # of the rows that do not agree


@dataclass
class Stored:
    """What came out of a file. `lies`: rows of a back-up that do not agree with the others; they were kept all the
    same, for they are what there was."""

    rows: dict[str, int] = field(default_factory=dict)
    media: int = 0
    lies: list[str] = field(default_factory=list)


def import_archive(file: Path, told: Callable[[int], Any] = lambda rows: None, *, as_it_is: bool = False) -> Stored:
    """Bring in an archive. `told` hears how many more rows are in.

    `as_it_is` takes wordings that this version would clean otherwise: of an own archive, made by an older version.
    Raises Refused, and then nothing was written.
    """
    with _opened(file, ARCHIVE) as packed:
        asked = packed.manifest.get("with")
        if not isinstance(asked, list) or not set(map(str, asked)) <= tables.ASKED.keys():
            raise Refused(packed.name, "it does not say what is in it")
        parts = [part.lenient() if as_it_is else part for part in contents.of_archive(asked)]
        return _store(packed, parts, told, strict=True)


def restore(file: Path, told: Callable[[int], Any] = lambda rows: None) -> Stored:
    """Bring back a back-up. Raises Refused, and then nothing was written."""
    with _opened(file, BACKUP) as packed:
        theirs, ours = packed.manifest.get("migrations"), writing.migrations()
        if theirs != ours:
            raise Refused(packed.name, _other_version(theirs, ours))
        return _store(packed, contents.of_backup(), told, strict=False)


def how_many(file: Path, kind: str) -> int | None:
    """The rows that a file says it has; None where it cannot be read."""
    try:
        with _opened(file, kind) as packed:
            return sum(packed.tables().values())
    except Refused:
        return None


def _other_version(theirs: Any, ours: list[str]) -> str:
    if not isinstance(theirs, list):
        return "it does not say of which version it is"
    odd = sorted(set(map(str, theirs)) ^ set(ours))
    where = "here and not there" if odd and odd[0] in ours else "there and not here"
    return (
        f"it is of another version ({odd[0] if odd else 'migrations'} is {where}): restore it with the version that "
        "wrote it (`manage.py migrate` makes its tables), then bring that up to date"
    )


@contextmanager
def _opened(file: Path, kind: str) -> Iterator[Packed]:
    packed = Packed(file, kind)
    try:
        yield packed
    finally:
        packed.close()


def _store(packed: Packed, parts: list[Part], told: Callable[[int], Any], *, strict: bool) -> Stored:
    stored, stage = Stored(), Stage(strict)
    names = {part.name for part in parts}
    if packed.tables().keys() != names or {f"data/{name}.jsonl" for name in names} != _data(packed):
        raise Refused(packed.name, "it has not the tables that are known here")
    try:
        with transaction.atomic():
            _refuse_unless_empty(packed, parts)
            for part in parts:
                stored.rows[part.name] = _table(packed, part, told, strict=strict)
            _begin_numbers(parts)
            for name in packed.media:
                stage.add(packed.name, name, packed.chunks(f"media/{name}"))
            stored.media = len(packed.media)
            if strict:
                _finish(packed)
            connection.check_constraints()  # does every key lead to a row? Else it is asked at the very end
            stored.lies = list(islice(_lies(), MOST_NAMED))
            if strict and stored.lies:
                raise Refused(packed.name, f"its rows do not agree: {stored.lies[0]}")
            beyond_what_readers_have()
    except IntegrityError as error:
        stage.take_away()
        raise Refused(packed.name, f"the database refuses it: {_first_line(error)}") from None
    except DatabaseError as error:
        stage.take_away()
        raise Refused(packed.name, f"the database could not take it: {_first_line(error)}") from None
    except OSError as error:
        stage.take_away()
        raise Refused(packed.name, f"a picture could not be written ({error.strerror})") from None
    except BaseException:
        stage.take_away()
        raise
    return stored


def _finish(packed: Packed) -> None:
    for finish in tables.FINISHES:
        try:
            finish()
        except (*_ODD, Unacceptable) as error:
            raise Refused(packed.name, f"no indexes can be made of it ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _data(packed: Packed) -> set[str]:
    return {name for name in packed.members if name.startswith("data/")}


def _refuse_unless_empty(packed: Packed, parts: list[Part]) -> None:
    furniture = contents.furniture()
    for part in parts:
        if part.model not in furniture and part.all_rows().exists():
            raise Refused(
                packed.name, f"this site is not empty: there are {part.model._meta.verbose_name_plural} already"
            )


# Rows


def _table(packed: Packed, part: Part, told: Callable[[int], Any], *, strict: bool) -> int:
    """All rows of a table; gives how many."""
    values.forget_names()  # of rows that have just come in
    where, many, rows = f"{packed.name}/{part.member}", 0, []

    def put() -> None:
        nonlocal many
        part.store(rows)
        told(len(rows))
        many += len(rows)
        rows.clear()

    if part.model in contents.furniture() and not part.table.single:
        part.all_rows().delete()
    number = 0
    try:
        for line, row in packed.lines(part.member):
            number = line
            if strict:
                _make_groups(part, row)
            rows.append(part.read(row))
            if len(rows) == contents.AT_A_TIME:
                put()
        if rows:
            put()
    except values.Wrong as wrong:
        raise Refused(where, str(wrong), number) from None
    if many != packed.tables()[part.name]:
        raise Refused(packed.name, f"{part.name} has {many} rows, and it says {packed.tables()[part.name]}")
    return many


def _make_groups(part: Part, row: Any) -> None:
    """A group that a row names and that is not here is made, without any rights."""
    for column in part.at_groups:
        name = row.get(column.name) if isinstance(row, dict) else None
        if isinstance(name, str) and 0 < len(name) <= 150 and name not in values.names(Group).values():
            Group.objects.create(name=name)
            values.forget_names()
            part.forget_names()


def _begin_numbers(parts: list[Part]) -> None:
    """New rows come after those that have their numbers already."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [part.model for part in parts]):
            cursor.execute(statement)


def beyond_what_readers_have() -> None:
    """Let no copy that a reader or a cache has kept be taken for current.

    The site may have gone on after the file was written: how far, nobody knows. But it has not changed more often than
    once a second since 1970.
    """
    now = int(time.time())
    beyond = {name: Greatest(F(name) + 1, now) for name in ("number", "furniture")}
    Edition.objects.filter(pk=1).update(**beyond)


def _lies() -> Iterator[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # it knows nothing yet of tables that were empty a moment ago
    for check in tables.CHECKS:
        try:
            yield from map(str, check())
        except _ODD as error:
            yield f"it cannot be looked at whether they agree ({_first_line(error)})"
