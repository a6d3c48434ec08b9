"""What is the search engine's own: a column and an index of PostgreSQL, or a table of SQLite's FTS5."""

from django.db import migrations

POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TEXT SEARCH CONFIGURATION writethru (COPY = simple)",
    """ALTER TEXT SEARCH CONFIGURATION writethru
       ALTER MAPPING FOR hword, hword_part, word, asciihword, asciiword WITH unaccent, simple""",
    """ALTER TABLE blog_searchentry ADD COLUMN document tsvector GENERATED ALWAYS AS (
           setweight(to_tsvector('writethru', headline), 'A')
        || setweight(to_tsvector('writethru', standfirst), 'B')
        || setweight(to_tsvector('writethru', body), 'D')) STORED""",
    "CREATE INDEX blog_search_document ON blog_searchentry USING gin (document)",
    "CREATE INDEX blog_search_headline ON blog_searchentry USING gin (to_tsvector('writethru', headline))",
]
POSTGRESQL_BACK = [
    "DROP INDEX blog_search_headline",
    "DROP INDEX blog_search_document",
    "ALTER TABLE blog_searchentry DROP COLUMN document",
    "DROP TEXT SEARCH CONFIGURATION writethru",
]
COLUMNS = "headline, standfirst, body"
NEW = "new.post_id, new.headline, new.standfirst, new.body"
OLD = "'delete', old.post_id, old.headline, old.standfirst, old.body"
SQLITE = [
    f"""CREATE VIRTUAL TABLE blog_search USING fts5(
        {COLUMNS}, content='blog_searchentry', content_rowid='post_id', tokenize='unicode61 remove_diacritics 2',
        prefix='4 6')""",
    f"""CREATE TRIGGER blog_search_added AFTER INSERT ON blog_searchentry BEGIN
        INSERT INTO blog_search(rowid, {COLUMNS}) VALUES ({NEW}); END""",
    f"""CREATE TRIGGER blog_search_removed AFTER DELETE ON blog_searchentry BEGIN
        INSERT INTO blog_search(blog_search, rowid, {COLUMNS}) VALUES ({OLD}); END""",
    f"""CREATE TRIGGER blog_search_changed AFTER UPDATE ON blog_searchentry BEGIN
        INSERT INTO blog_search(blog_search, rowid, {COLUMNS}) VALUES ({OLD});
        INSERT INTO blog_search(rowid, {COLUMNS}) VALUES ({NEW}); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER blog_search_added",
    "DROP TRIGGER blog_search_removed",
    "DROP TRIGGER blog_search_changed",
    "DROP TABLE blog_search",
]


def make(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("blog", "0002_append_only")]
    operations = [migrations.RunPython(make, remove)]
