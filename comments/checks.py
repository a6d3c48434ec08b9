"""What the tree relies on and a database can be set up without. Asked whenever the site starts."""

import sqlite3
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

OLDEST_SQLITE = (3, 35, 0)  # UPDATE … FROM, and INSERT … RETURNING


@register(Tags.compatibility)
def places_can_be_handed_out(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Locks on rows need READ COMMITTED on PostgreSQL; on SQLite who writes must have the file from the beginning."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return _of_sqlite(database)
    if database.get("OPTIONS", {}).get("isolation_level") not in {None, 2}:  # psycopg's READ_COMMITTED
        return [Error("The discussion needs the isolation level READ COMMITTED.", id="comments.E003")]
    return []


def _of_sqlite(database: dict[str, Any]) -> list[Error]:
    found = []
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        found.append(
            Error(f"The discussion needs SQLite {needed}; here is {sqlite3.sqlite_version}.", id="comments.E001")
        )
    if database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE":
        found.append(
            Error(
                "The discussion needs immediate transactions on SQLite: two who write at once would get one place.",
                hint='OPTIONS = {"transaction_mode": "IMMEDIATE"}',
                id="comments.E002",
            )
        )
    if database.get("ATOMIC_REQUESTS"):
        found.append(
            Error(
                "With ATOMIC_REQUESTS, whoever reads a page locks SQLite's file for all who write.", id="comments.E004"
            )
        )
    return found
