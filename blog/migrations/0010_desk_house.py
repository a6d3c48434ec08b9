"""Who may do what is new at the desk; and the one way in which the words of a wording may go.

A revision may be blanked (its words alone, and all of them) once an event "remove" names it; so may what an event says
(its notes, and the words in its details) that such an event of its post names. Nothing else changes, and nothing is
ever deleted.
"""

import importlib

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {
    "break_glass_post": ["Publisher"],
    "view_schedule": ["Contributor", "Editor", "Publisher"],
    "view_storytype": ["Contributor", "Editor", "Publisher"],
}


def grant(apps, schema_editor):
    config = apps.get_app_config("blog")
    config.models_module = True  # permissions are otherwise made only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="blog")
    for codename, names in GROUPS.items():
        for group in apps.get_model("auth", "Group").objects.filter(name__in=names):
            group.permissions.add(permissions.get(codename=codename))


record = importlib.import_module("blog.migrations.0002_append_only")

_TEXTS = "headline standfirst body summary section excerpt note".split()
_LISTS = "tags byline sources".split()
_KEPT = {
    "blog_revision": "id post_id update_id number by_id by_name chain_hash based_on_id created_at kind happened_at "
    "content_hash".split(),
    "blog_event": "id post_id update_id number by_id by_name chain_hash at verb revision_id stage_before stage_after "
    "kind public".split(),
}
_BLANK = {
    "blog_revision": [f"NEW.{name} = ''" for name in _TEXTS] + ["NEW.words = 0"],
    "blog_event": ["NEW.note = ''", "NEW.public_note = ''"],
}
_JSON = {name: "'[]'" for name in _LISTS} | {"image": "'{}'"}
# What the details of an event say in words
_WITHOUT_POSTGRESQL = "NEW.details = OLD.details - '{words,why,label}'::text[]"
_WITHOUT_SQLITE = "json(NEW.details) IS json_remove(OLD.details, '$.words', '$.why', '$.label')"
_REFUSED = "is append-only: rows are never changed or deleted"


def _may_go(table, same, blank_json, named):
    """The condition under which an update is the removal of words."""
    kept = [same.format(f"NEW.{name}", f"OLD.{name}") for name in _KEPT[table]]
    json = [blank_json.format(f"NEW.{name}", value) for name, value in _JSON.items()] if "rev" in table else []
    return " AND ".join([*kept, *_BLANK[table], *json, named])


_NAMED_POSTGRESQL = {
    "blog_revision": "EXISTS (SELECT 1 FROM blog_event e WHERE e.verb = 'remove' AND e.revision_id = OLD.id)",
    "blog_event": "EXISTS (SELECT 1 FROM blog_event e WHERE e.verb = 'remove' AND e.post_id = OLD.post_id "
    "AND e.details->'sentences' @> to_jsonb(OLD.number)) AND OLD.verb <> 'remove' AND " + _WITHOUT_POSTGRESQL,
}
_NAMED_SQLITE = {
    "blog_revision": _NAMED_POSTGRESQL["blog_revision"],
    "blog_event": "EXISTS (SELECT 1 FROM blog_event e, json_each(e.details, '$.sentences') s WHERE e.verb = 'remove' "
    "AND e.post_id = OLD.post_id AND s.value = OLD.number) AND OLD.verb <> 'remove' AND " + _WITHOUT_SQLITE,
}
POSTGRESQL = "".join(
    f"""
CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF {_may_go(table, "{} IS NOT DISTINCT FROM {}", "{} = {}::jsonb", _NAMED_POSTGRESQL[table])} THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% {_REFUSED}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change();
"""
    for table in record.TABLES
)
POSTGRESQL_BACK = "".join(
    f"""
DROP TRIGGER {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION blog_refuse_change();
DROP FUNCTION {table}_refuse_change();
"""
    for table in record.TABLES
)
SQLITE = [
    f"""CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table}
        WHEN NOT ({_may_go(table, "{} IS {}", "json({}) = {}", _NAMED_SQLITE[table])})
        BEGIN SELECT RAISE(ABORT, '{table} {_REFUSED}'); END"""
    for table in record.TABLES
]
SQLITE_BACK = [
    f"""CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} {_REFUSED}'); END"""
    for table in record.TABLES
]


def open_a_way(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def close_it(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


def _run(schema_editor, postgresql, sqlite):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(postgresql, params=None)
        return
    for table, statement in zip(record.TABLES, sqlite, strict=True):
        schema_editor.execute(f"DROP TRIGGER {table}_not_changed", params=None)
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("blog", "0009_desk")]
    operations = [
        migrations.RunPython(open_a_way, close_it),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
