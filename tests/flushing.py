"""How the database is emptied after a test that really commits (browser tests, tests of locks).

Django flushes every table then. Two things of this site stand against that, and both are right to: triggers refuse
to empty `blog_revision` and `blog_event`, and some rows come from migrations (groups, the site, the edition) and
have to be there for the next test.
"""

from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from tests.turns import turn

django_flush = BaseDatabaseOperations.execute_sql_flush


@contextmanager
def emptied_as_migrated(blocker):
    """While this lasts, a flush gets past the triggers and puts back what the migrations had made."""
    with blocker.unblock():
        made_by_migrations = read_rows()

    def flush(operations, statements):
        alias = operations.connection.alias
        with turn, transaction.atomic(using=alias), refusals_set_aside(operations.connection) as cursor:
            django_flush(operations, statements)
            write_rows(cursor, made_by_migrations)

    BaseDatabaseOperations.execute_sql_flush = flush
    try:
        yield
    finally:
        BaseDatabaseOperations.execute_sql_flush = django_flush


def read_rows():
    """Everything that stands in the tables of models, as {table: (columns, rows)}."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if rows := cursor.fetchall():
                found[table] = ([column[0] for column in cursor.description], rows)
    return found


def write_rows(cursor, tables):
    quote = connection.ops.quote_name
    for table, (columns, rows) in tables.items():
        names = ", ".join(quote(column) for column in columns)
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)


@contextmanager
def refusals_set_aside(connection):
    """No trigger refuses in here. PostgreSQL has a role for it; SQLite's are dropped and made again.

    Those of SQLite that keep the search engine's table in step stay, so that it is emptied, too.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND instr(sql, 'RAISE(')")
        refusals = cursor.fetchall()
        for name, _ in refusals:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        yield cursor
        for _, sql in refusals:
            cursor.execute(sql)
