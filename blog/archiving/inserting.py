"""Writes many rows by hand: what a model does when it saves is for new words, and there are too many of them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.sites.models import Site
from django.db import connections, models, router

from . import values


def insert(columns: Sequence[models.Field], rows: Sequence[Sequence[Any]]) -> None:
    """Put rows into the table of these columns, as part of a transaction that is going on.

    Raises DatabaseError. Keys are asked for at the end of the transaction.
    """
    model = columns[0].model
    connection = connections[router.db_for_write(model)]
    # The site is the same for all rows of a table: no file has it
    same = {one.column: settings.SITE_ID for one in model._meta.concrete_fields if one.related_model is Site}
    names = ", ".join(map(connection.ops.quote_name, [*(one.column for one in columns), *same]))
    table = connection.ops.quote_name(model._meta.db_table)
    prepared = _prepared([_preparation(one, connection) for one in columns], rows, list(same.values()))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * (len(columns) + len(same)))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", prepared)


def _prepared(preparations: list[Callable | None], rows: Sequence[Sequence[Any]], more: list[Any]) -> list[list[Any]]:
    found = [[*row, *more] for row in rows]
    for place, prepare in enumerate(preparations):
        if prepare:
            for row in found:
                row[place] = prepare(row[place])
    return found


def _preparation(column: models.Field, connection: Any) -> Callable[[Any], Any] | None:
    """What the column does to a value that is of its kind already; nothing to numbers and texts."""
    target = values.target_of(column)
    plain = models.CharField | models.TextField | models.IntegerField | models.BooleanField | models.FileField
    if isinstance(target, plain) or (connection.vendor == "postgresql" and isinstance(target, models.DateTimeField)):
        return None
    return lambda value: None if value is None else target.get_db_prep_save(value, connection)
