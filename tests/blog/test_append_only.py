"""What was written and done is never changed: neither by Django nor by whoever has the database's password."""

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.db.models import F, ProtectedError
from django.utils import timezone

from blog.models import Event, Post, Revision
from tests import factories
from tests.factories import everything

pytestmark = pytest.mark.django_db

POSTGRESQL = connection.vendor == "postgresql"
# What SQL could do to a row; {columns} are those of the first row, {values} too
EVERYWHERE = [
    "UPDATE {table} SET note = 'x'",
    "UPDATE {table} SET note = note",
    "UPDATE {table} SET number = 9 WHERE id = {id}",
    "UPDATE {table} SET id = id + 1000",
    "UPDATE {table} SET by_id = NULL",
    "UPDATE {table} SET chain_hash = '' WHERE id IN (SELECT max(id) FROM {table})",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE id = {id}",
    "INSERT INTO {table} SELECT * FROM {table} WHERE id = {id} ON CONFLICT (id) DO UPDATE SET note = 'x'",
    "INSERT INTO {table} ({others}) SELECT {others} FROM {table} WHERE id = {id} "
    "ON CONFLICT (post_id, number) DO UPDATE SET note = 'x'",
    "INSERT INTO {table} ({others}) SELECT {others} FROM {table} WHERE id = {id}",
]
ONLY_POSTGRESQL = [
    "TRUNCATE {table} CASCADE",
    "TRUNCATE blog_post, blog_revision, blog_event CASCADE",
    "WITH gone AS (DELETE FROM {table} RETURNING id) SELECT count(*) FROM gone",
    "MERGE INTO {table} USING (SELECT 1) one ON id = {id} WHEN MATCHED THEN UPDATE SET note = 'x'",
]
ONLY_SQLITE = [
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = {id}",
    "REPLACE INTO {table} ({others}) SELECT {others} FROM {table} WHERE id = {id}",
    "UPDATE OR REPLACE {table} SET number = 1",
    "UPDATE OR IGNORE {table} SET note = 'x'",
]


@pytest.fixture
def post():
    post = factories.make_live_post()
    return factories.write(post, headline="Second")


@pytest.mark.parametrize("model", [Revision, Event])
@pytest.mark.parametrize("sql", [*EVERYWHERE, *(ONLY_POSTGRESQL if POSTGRESQL else ONLY_SQLITE)])
def test_the_database_refuses(post, model, sql):
    table = model._meta.db_table
    others = ", ".join(
        connection.ops.quote_name(field.column) for field in model._meta.concrete_fields if not field.primary_key
    )
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table=table, id=model.objects.first().pk, others=others))
    assert everything() == before


@pytest.mark.parametrize("model", [Revision, Event])
def test_rows_can_be_added_by_sql_and_then_stay(post, model):
    """So that a dump can be read back."""
    others = ", ".join(
        connection.ops.quote_name(field.column)
        for field in model._meta.concrete_fields
        if field.column not in {"id", "number"}
    )
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (number, {others}) SELECT 99, {others} FROM {table} WHERE number = 1")
        assert cursor.rowcount == 1


def acts(model):
    def own(row, act):
        return lambda: act(row())

    rows = model.objects
    first = rows.order_by("pk").first
    return {
        "update": lambda: rows.update(note="x"),
        "filtered update": lambda: rows.filter(number=1).update(note="x"),
        "update by expression": lambda: rows.update(number=F("number") + 1),
        "bulk_update": lambda: rows.bulk_update(list(rows.all()), ["note"]),
        "delete": lambda: rows.all().delete(),
        "filtered delete": lambda: rows.filter(number=1).delete(),
        "save": own(first, lambda row: row.save()),
        "save a column": own(first, lambda row: row.save(update_fields=["note"])),
        "save over": own(first, lambda row: row.save(force_update=True)),
        "delete one": own(first, lambda row: row.delete()),
        "save a copy of it": own(first, lambda row: model(**row.__dict__ | {"_state": None}).save()),
        "update_or_create": lambda: rows.update_or_create(number=1, post=first().post, defaults={"note": "x"}),
        "bulk_create over": lambda: rows.bulk_create(
            [first()], update_conflicts=True, update_fields=["note"], unique_fields=["id"]
        ),
        "raw delete": lambda: rows.all()._raw_delete("default"),
        "delete the piece": lambda: Post.objects.all().delete(),
        "delete one piece": lambda: Post.objects.first().delete(),
        "by the piece's own rows": lambda: getattr(first().post, f"{model._meta.model_name}s").all().delete(),
    }


@pytest.mark.parametrize("model", [Revision, Event])
@pytest.mark.parametrize("act", acts(Revision))
def test_django_refuses(post, model, act):
    before = everything()
    with pytest.raises((TypeError, DatabaseError, ProtectedError)), transaction.atomic():
        acts(model)[act]()
    assert everything() == before


@pytest.mark.parametrize("model", [Revision, Event])
@pytest.mark.parametrize("act", ["update", "bulk_update", "delete", "save", "delete one", "update by expression"])
def test_django_refuses_before_it_asks_the_database(post, model, act, django_assert_max_num_queries):
    with django_assert_max_num_queries(1), pytest.raises(TypeError, match="never"):  # the one that reads the row
        acts(model)[act]()


def test_who_wrote_may_go_and_what_was_written_stays():
    greta = factories.make_user("greta", "Contributor", first_name="Greta")
    factories.published(factories.make_post(by=greta))
    before = {model: sorted(model.objects.values_list("pk", "by_name", "chain_hash")) for model in (Revision, Event)}
    greta.delete()
    assert not get_user_model().objects.filter(username="greta").exists()
    for model, rows in before.items():
        assert sorted(model.objects.values_list("pk", "by_name", "chain_hash")) == rows
        assert model.objects.filter(by_name="Greta").exists()


def test_a_new_row_is_saved_once():
    post = factories.make_post()
    row = Event(post=post, number=2, at=timezone.now(), verb="x", stage_after="draft", by_name="", chain_hash="x")
    row.save()
    row.note = "y"
    with pytest.raises(TypeError):
        row.save()
