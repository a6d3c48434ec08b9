"""The database itself refuses to change or delete a revision or an event, whoever asks."""

from django.db import migrations

TABLES = ["blog_revision", "blog_event"]

POSTGRESQL = """
CREATE FUNCTION blog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION blog_refuse_change();
CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION blog_refuse_change();
"""
    for table in TABLES
)
POSTGRESQL_BACK = (
    "".join(
        f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_not_emptied ON {table};" for table in TABLES
    )
    + "DROP FUNCTION blog_refuse_change();"
)

# INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger: the third trigger refuses it.
SQLITE = [
    statement
    for table in TABLES
    for statement in (
        f"""CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: rows are never changed or deleted'); END""",
        f"""CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: rows are never changed or deleted'); END""",
        f"""CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
              OR EXISTS (SELECT 1 FROM {table} WHERE post_id = NEW.post_id AND number = NEW.number)
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: rows are never changed or deleted'); END""",
    )
]
SQLITE_BACK = [
    f"DROP TRIGGER IF EXISTS {table}_{what}" for table in TABLES for what in ("not_changed", "not_deleted", "not_replaced")
]


def lock(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def unlock(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


def _run(schema_editor, postgresql: str, sqlite: list[str]) -> None:
    for statement in [postgresql] if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [migrations.RunPython(lock, unlock)]
