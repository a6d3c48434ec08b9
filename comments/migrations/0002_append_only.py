"""The database itself refuses to change or delete an act of moderation, whoever asks."""

from django.db import migrations

TABLE = "comments_moderationact"
SAYS = f"{TABLE} is append-only: rows are never changed or deleted"

# The function comes from blog's migration of the same name.
POSTGRESQL = [
    f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION blog_refuse_change()",
    f"CREATE TRIGGER {TABLE}_not_emptied BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION blog_refuse_change()",
]
POSTGRESQL_BACK = [f"DROP TRIGGER {TABLE}_{what} ON {TABLE}" for what in ("append_only", "not_emptied")]
# INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger: the third trigger refuses it.
SQLITE = [
    f"CREATE TRIGGER {TABLE}_not_changed BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
    f"CREATE TRIGGER {TABLE}_not_deleted BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
    f"CREATE TRIGGER {TABLE}_not_replaced BEFORE INSERT ON {TABLE} "
    f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
]
SQLITE_BACK = [f"DROP TRIGGER {TABLE}_{what}" for what in ("not_changed", "not_deleted", "not_replaced")]


def lock(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def unlock(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


def _run(schema_editor, postgresql: list[str], sqlite: list[str]) -> None:
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("comments", "0001_initial"), ("blog", "0002_append_only")]
    operations = [migrations.RunPython(lock, unlock)]
