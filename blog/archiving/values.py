"""Values of columns as JSON has them, and back: the same text for the same value on every database."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.db import models

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_LARGEST = {"SmallIntegerField": 2**15 - 1, "IntegerField": 2**31 - 1, "BigIntegerField": 2**63 - 1}
_ALSO = {"AutoField": "IntegerField", "BigAutoField": "BigIntegerField", "SmallAutoField": "SmallIntegerField"}

# Rows that every site makes by itself, under keys of its own: named instead of numbered
NAMED: dict[type[models.Model], tuple[str, ...]] = {
    Group: ("name",),
    ContentType: ("app_label", "model"),
    Permission: ("content_type__app_label", "content_type__model", "codename"),
}


class Wrong(ValueError):
    """Why a value cannot be in a column, without its name."""


def line(value: Any) -> str:
    """A value in the one form that there is of it, without the end of the line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def columns(model: type[models.Model]) -> list[models.Field]:
    """The columns of a table, but for the site: there is one."""
    return [one for one in model._meta.concrete_fields if one.related_model is not Site]


def is_named(column: models.Field) -> bool:
    """Does it point at a row that is told by its name?"""
    return column.is_relation and column.related_model in NAMED


@cache
def target_of(column: models.Field) -> models.Field:
    """The column whose values it has: its own, or those of the key that it points at."""
    while column.is_relation:
        column = column.target_field
    return column


@cache
def names(model: type[models.Model]) -> dict[Any, str]:
    """The name of each row of a table that is told by names, by its key. Kept until `forget_names`."""
    rows = model._base_manager.order_by().values_list("pk", *NAMED[model])
    return {pk: "/".join(parts) for pk, *parts in rows}


def forget_names() -> None:
    """Ask anew: another database, or new rows."""
    names.cache_clear()


def to_json(column: models.Field) -> Callable[[Any], Any] | None:
    """What makes of a value of this column what stands in a line; None: nothing has to be done."""
    if is_named(column):
        known = names(column.related_model)
        return lambda value: None if value is None else known.get(value)
    target = target_of(column)
    if isinstance(target, models.DateTimeField):
        return lambda value: value and _spelt(value)
    if isinstance(target, models.DateField | models.UUIDField):
        return lambda value: None if value is None else str(value)
    return None


def _spelt(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def schema(column: models.Field) -> dict[str, Any]:
    """What JSON Schema says of a column."""
    target = target_of(column)
    if is_named(column):
        found: dict[str, Any] = {"type": "string"}
    elif isinstance(target, models.JSONField):
        found = {"type": "array" if target.default is list else "object"}
    elif isinstance(target, models.BooleanField):
        found = {"type": "boolean"}
    elif isinstance(target, models.IntegerField):
        found = {"type": "integer", "minimum": _least(target), "maximum": _most(target)}
    elif isinstance(target, models.DateTimeField):
        found = {"type": "string", "pattern": f"^{_MOMENT.pattern[:-2]}$"}
    elif isinstance(target, models.DateField):
        found = {"type": "string", "pattern": f"^{_DAY.pattern[:-2]}$"}
    elif isinstance(target, models.UUIDField):
        found = {"type": "string", "format": "uuid"}
    elif isinstance(target, models.CharField | models.TextField | models.FileField):
        found = {"type": "string"} | ({"maxLength": target.max_length} if target.max_length else {})
        if choices := _choices(column):
            found["enum"] = [*choices, None] if column.null else choices
    else:
        raise TypeError(f"{column}: nobody has said how a {type(column).__name__} is written")
    if column.null:
        found["type"] = [found["type"], "null"]
    if column.is_relation:
        found["description"] = f"{column.related_model._meta.verbose_name}"
    return found


def _choices(column: models.Field) -> list[str]:
    choices = [str(value) for value, _label in column.flatchoices]
    return sorted({*choices, *([""] if column.blank else [])}) if choices else []


def _most(target: models.Field) -> int:
    kind = target.get_internal_type().removeprefix("Positive")
    return _LARGEST[_ALSO.get(kind, kind)]


def _least(target: models.Field) -> int:
    return 0 if "Positive" in target.get_internal_type() or target.primary_key else -_most(target) - 1


def from_json(column: models.Field, *, strict: bool) -> Callable[[Any], Any]:
    """What makes a value for the database of what stands in a line. It raises Wrong.

    `strict` asks for what the application would have asked for (lengths, choices), not only for the kind of value.
    """
    read = _reader(column, strict)

    def value_of(value: Any) -> Any:
        if value is None:
            if not column.null:
                raise Wrong("it is missing")
            return None
        return read(value)

    return value_of


def _reader(column: models.Field, strict: bool) -> Callable[[Any], Any]:
    target = target_of(column)
    if is_named(column):
        known = {name: pk for pk, name in names(column.related_model).items()}
        return lambda value: _known(known, value)
    if isinstance(target, models.JSONField):
        kind = list if target.default is list else dict
        return (lambda value: _of_kind(kind, value)) if strict else lambda value: value
    if isinstance(target, models.BooleanField):
        return lambda value: _of_kind(bool, value)
    if isinstance(target, models.IntegerField):
        least, most = _least(target), _most(target)
        return lambda value: _number(value, least, most)
    if isinstance(target, models.DateTimeField):
        return moment
    if isinstance(target, models.DateField):
        return _day
    if isinstance(target, models.UUIDField):
        return _uuid
    longest = target.max_length if strict else None
    choices = _choices(column) if strict else []
    return lambda value: _text(value, longest, choices)


def _known(known: dict[str, Any], value: Any) -> Any:
    if _of_kind(str, value) not in known:
        raise Wrong(f"there is no “{value[:80]}” here")
    return known[value]


def _of_kind(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise Wrong("it is of another kind")
    return value


def _number(value: Any, least: int, most: int) -> int:
    if not least <= _of_kind(int, value) <= most:
        raise Wrong("the number is too large or too small")
    return value


def moment(value: Any) -> datetime:
    """The time that a text says. Raises Wrong."""
    if not _MOMENT.match(_of_kind(str, value)):
        raise Wrong("it is no time")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Wrong("it is no time") from None


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value if _DAY.match(_of_kind(str, value)) else "")
    except ValueError:
        raise Wrong("it is no day") from None


def _uuid(value: Any) -> uuid.UUID:
    try:
        found = uuid.UUID(_of_kind(str, value))
    except ValueError:
        found = None
    if str(found) != value:
        raise Wrong("it is no UUID")
    return found


def _text(value: Any, longest: int | None, choices: list[str]) -> str:
    if "\0" in _of_kind(str, value):
        raise Wrong("it has a sign in it that no text has")
    if longest is not None and len(value) > longest:
        raise Wrong(f"it is longer than {longest} letters")
    if choices and value not in choices:
        raise Wrong(f"“{value[:40]}” is not one of {', '.join(choices)}")
    return value
