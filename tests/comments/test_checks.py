"""A site whose database could hand out one place twice does not start."""

import sqlite3

import pytest
from django.test import override_settings

from comments import checks

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": {}}}


def asked(database):
    with override_settings(DATABASES={"default": database}):
        return [error.id for error in checks.places_can_be_handed_out(None)]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("database", "found"),
    [
        (SQLITE, []),
        (SQLITE | {"OPTIONS": {}}, ["comments.E002"]),
        (SQLITE | {"ATOMIC_REQUESTS": True}, ["comments.E004"]),
        (POSTGRESQL, []),
        (POSTGRESQL | {"OPTIONS": {"isolation_level": 2}}, []),
        (POSTGRESQL | {"OPTIONS": {"isolation_level": 4}}, ["comments.E003"]),
    ],
)
def test_what_the_tree_relies_on(database, found):
    assert asked(database) == found


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_an_old_sqlite(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    assert asked(SQLITE) == ["comments.E001"]
    assert asked(POSTGRESQL) == []
