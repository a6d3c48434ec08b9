"""Which rows and columns go into a file: those of an archive, by what was asked for, or all of a back-up."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models

from . import inserting, tables, values
from .tables import Row, Table

ARCHIVE, BACKUP = "writethru-archive", "writethru-backup"
VERSION = 1
AT_A_TIME = 500  # rows that are asked for, and written, at a time

# In no back-up: what every database makes by itself, and what is over with the process or the day
LEFT_OUT = {
    "contenttypes.ContentType": "made by migrations; rows that point at one name it",
    "auth.Permission": "made by migrations; rows that point at one name it",
    "sites.Site": "one row, made from SITE_URL and SITE_NAME",
    "sessions.Session": "everybody signs in once more",
    "blog.Presence": "who has a piece open just now",
    "blog.Allowance": "what internet addresses did within the last minutes",
    "django_tasks_database.DBTaskResult": "wakes workers; what is to be sent is in blog_outgoing",
}


@dataclass(frozen=True)
class Part:
    """One table as it is in a file."""

    name: str
    table: Table
    columns: tuple[models.Field, ...]
    missing: tuple[models.Field, ...]  # columns of the table that the file has not
    without: frozenset[str]  # what was not asked for
    strict: bool  # somebody else may have written it

    @property
    def model(self) -> type[models.Model]:
        return self.table.model

    @property
    def member(self) -> str:
        return f"data/{self.name}.jsonl"

    def lenient(self) -> "Part":
        """The same, of somebody who is believed."""
        return replace(self, table=replace(self.table, objects=lambda row: ""))

    def all_rows(self) -> models.QuerySet:
        # Not the manager that hides or refuses something
        return models.QuerySet(self.model).order_by("pk")

    def queryset(self) -> models.QuerySet:
        """The rows that the file holds."""
        rows = self.all_rows()
        for scope, only in self.table.only.items():
            if scope in self.without:
                rows = rows.filter(only)
        return rows

    def rows(self) -> Iterator[Row]:
        """Each as it stands in a line, in the order of their keys; few are in memory."""
        wanted = {column.name: column.attname for column in self.columns}
        for name, (scope, instead) in self.table.instead.items():
            if scope in self.without:
                wanted[name] = instead
        changes = [change for scope, change in self.table.conceals.items() if scope in self.without]
        spelt = [(column.name, values.to_json(column)) for column in self.columns]
        spelt = [(name, spell) for name, spell in spelt if spell]
        names = list(wanted)
        asked = [models.F(value) if isinstance(value, str) else value for value in wanted.values()]
        for found in self.queryset().values_list(*asked).iterator(chunk_size=2_000):
            row = dict(zip(names, found, strict=True))
            for name, spell in spelt:
                row[name] = spell(row[name])
            for change in changes:
                change(row)
            yield row

    def store(self, rows: list[Row]) -> None:
        """Put rows into the table as they are; of a single one, change the row that is there."""
        if self.table.single:
            for row in rows:
                if models.QuerySet(self.model).filter(pk=row["id"]).update(**row) != 1:
                    raise values.Wrong("there is no such row")
            return
        fresh = {one.name: self.table.fill.get(one.name, one.get_default) for one in self.missing}
        columns = [*self.columns, *self.missing]
        write = tables.WRITERS.get(self.model, inserting.insert)
        write(columns, [[*row.values(), *(value() for value in fresh.values())] for row in rows])

    @cached_property
    def _readers(self) -> dict[str, Any]:
        return {column.name: values.from_json(column, strict=self.strict) for column in self.columns}

    @cached_property
    def at_groups(self) -> list[models.Field]:
        """Its columns that lead to groups."""
        return [one for one in self.columns if one.related_model is Group]

    def forget_names(self) -> None:
        """Rows that are told by their names have been added."""
        self.__dict__.pop("_readers", None)

    def read(self, row: Any) -> Row:
        """A line's row as the database takes it. Raises Wrong."""
        if not isinstance(row, dict) or row.keys() != self._readers.keys():
            raise values.Wrong(f"a row of {self.name} has the columns {', '.join(sorted(self._readers))}")
        found = {}
        for name, read in self._readers.items():
            try:
                found[name] = read(row[name])
            except values.Wrong as wrong:
                raise values.Wrong(f"{name}: {wrong}") from None
        if self.strict and (why := self.table.objects(row)):
            raise values.Wrong(why)
        return found

    def schema(self) -> dict[str, Any]:
        return {
            "description": self.table.says,
            "type": "object",
            "properties": {column.name: values.schema(column) for column in self.columns},
            "required": sorted(column.name for column in self.columns),
            "additionalProperties": False,
        }


def furniture() -> set[type[models.Model]]:
    """Tables in which migrations put rows: they are empty nowhere, and a back-up brings its own."""
    return {Group, Group.permissions.through, *(table.model for table in tables.TABLES if table.single)}


def of_archive(asked: Collection[str] = ()) -> list[Part]:
    """The tables of an archive for which this was asked."""
    without = frozenset(tables.ASKED) - frozenset(asked)
    parts = []
    for table in tables.TABLES:
        if not without.intersection(table.scopes):
            hidden = without | {tables.BACKUP}
            all_of_it = values.columns(table.model)
            kept = tuple(one for one in all_of_it if table.private.get(one.name) not in hidden)
            missing = tuple(one for one in all_of_it if one not in kept)
            parts.append(Part(table.name, table, kept, missing, without, strict=True))
    return parts


def of_backup() -> list[Part]:
    """All tables, as they are."""
    parts = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label not in LEFT_OUT and model._meta.managed and not model._meta.proxy:
            name = model._meta.db_table
            table = Table(name, model, str(model._meta.verbose_name))
            parts.append(Part(name, table, tuple(values.columns(model)), (), frozenset(), strict=False))
    return sorted(parts, key=lambda part: (part.model not in furniture(), part.name))


def counts_left_out(parts: Iterable[Part]) -> dict[str, int]:
    """How many rows of these tables the file does not hold."""
    found = {part.name: part.all_rows().count() - part.queryset().count() for part in parts if part.table.only}
    return {name: many for name, many in found.items() if many}


def schema(parts: Iterable[Part]) -> dict[str, Any]:
    """A JSON Schema: in $defs one for the lines of each table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lines of data/NAME.jsonl: see $defs/NAME",
        "$defs": {part.name: part.schema() for part in parts},
    }
