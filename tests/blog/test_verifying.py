"""Whatever is changed behind the site's back is named."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from blog import belonging, updates, workflow
from blog.models import Event, Post, Revision, Update
from blog.verifying import verify
from tests import factories
from tests.flushing import refusals_set_aside

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    """A piece that was published, changed and published again, and one that was moved and withdrawn."""
    author = factories.make_author()
    post = factories.make_live_post(
        "Council closes the bridge",
        tags=("Bridge", "Transport"),
        section="Transport",
        byline=({"name": author.name, "slug": author.slug},),
    )
    factories.published(factories.write(post, body="<p>The bridge is open.</p>", kind="update"))
    gone = belonging.move(factories.make_live_post("Ferry fares"), "fares", by=factories.make_publisher())
    workflow.withdraw(gone, by=factories.make_publisher(), public_note="Wrong figures.")
    factories.make_live_page()
    factories.in_stage("changes", "Harbour board")
    return factories.fresh(post)


def behind_its_back(sql, *values):
    with refusals_set_aside(connection) as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


def test_an_untouched_archive_agrees(archive, capsys):
    assert list(verify()) == []
    call_command("verify")
    assert capsys.readouterr().out == "All agree: 4 posts, 5 revisions, 21 events, 0 comments.\n"


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("body", "<p>The bridge is shut.</p>", "content_hash"),
        ("headline", "Council closes the bridges", "content_hash"),
        ("by_name", "Mallory", "chain_hash"),
        ("note", "a note", "chain_hash"),
        ("kind", "typo", "chain_hash"),
        ("created_at", "2024-01-01 00:00:00+00:00", "chain_hash"),
        ("excerpt", "Nothing of the kind", "excerpt"),
        ("words", 12345, "excerpt or number of words"),
        ("number", 77, "a revision is missing"),
        ("chain_hash", "0" * 64, "chain_hash"),
    ],
)
def test_a_flipped_byte_of_a_revision_is_named(archive, column, value, says):
    first = archive.revisions.get(number=1)
    behind_its_back(f"UPDATE blog_revision SET {column} = %s WHERE id = %s", value, first.pk)
    named = next(verify())
    assert (named.table, named.pk if column != "number" else first.pk) == ("blog_revision", first.pk)
    assert says in named.what


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("by_name", "Mallory"),
        ("verb", "spike"),
        ("note", "a note"),
        ("public_note", "for readers"),
        ("at", "2024-01-01 00:00:00+00:00"),
        ("public", True),
        ("details", '{"slug": "other"}'),
        ("kind", "typo"),
        ("stage_before", "approved"),
    ],
)
def test_a_flipped_byte_of_an_event_is_named(archive, column, value):
    first = archive.events.get(number=1)
    behind_its_back(f"UPDATE blog_event SET {column} = %s WHERE id = %s", value, first.pk)
    named = next(verify())
    assert (named.table, named.pk) == ("blog_event", first.pk)


def test_a_row_taken_out_is_missed(archive):
    behind_its_back("DELETE FROM blog_event WHERE post_id = %s AND number = 3", archive.pk)
    assert "an event is missing" in next(verify()).what


def test_the_last_event_taken_out_is_missed(archive):
    behind_its_back("DELETE FROM blog_event WHERE post_id = %s AND number = %s", archive.pk, archive.sequence)
    assert any("sequence" in lie.what for lie in verify())


@pytest.fixture
def story():
    """A running story with an update that was corrected, one that was withdrawn, and one nobody has seen."""
    post, paula = factories.make_rolling_post(), factories.make_publisher()
    corrected = factories.make_live_update(post, "Crack found")
    corrected = factories.rewrite_update(corrected, headline="Crack found in bearing four")
    factories.publish_update(corrected, kind="correction", public_note="It is bearing four.", at=factories.NOON)
    updates.pin(corrected, by=paula, at=factories.NOON)
    gone = factories.make_live_update(post, "One lane opens")
    workflow.withdraw(gone, by=paula, public_note="It does not.", at=factories.NOON)
    factories.make_update(post, "Proposed")
    updates.promise(factories.fresh(post), factories.NOON + timedelta(hours=1), by=paula, at=factories.NOON)
    return factories.fresh(post)


def test_an_untouched_story_agrees(story):
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("coverage", "ended"),
        ("coverage_began_at", None),
        ("next_update_at", None),
        ("promise", "soon"),
        ("summary_at", factories.NOON),
        ("update_count", 7),
        ("notices", []),
        ("discussion", "closed"),
        ("public_sequence", 1),
        ("text_sequence", 1),
    ],
)
def test_a_column_of_a_running_story_that_lies_is_named(story, column, value):
    Post.objects.filter(pk=story.pk).update(**{column: value})
    assert [(lie.table, lie.pk, column in lie.what) for lie in verify()] == [("blog_post", story.pk, True)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", 77),
        ("stage", "draft"),
        ("happened_at", factories.NOON + timedelta(hours=1)),
        ("published_at", factories.NOON + timedelta(hours=1)),
        ("updated_at", None),
        ("pinned", False),
        ("key", True),
        ("public_sequence", 1),
    ],
)
def test_a_column_of_an_update_that_lies_is_named(story, column, value):
    update = story.updates.live().get()
    Update.objects.filter(pk=update.pk).update(**{column: value})
    assert ("blog_update", update.pk, True) in [(lie.table, lie.pk, column in lie.what) for lie in verify()]


@pytest.mark.parametrize("pointer", ["head", "live"])
def test_a_pointer_of_an_update_to_another_wording_is_named(story, pointer):
    update = story.updates.live().get()
    Update.objects.filter(pk=update.pk).update(**{pointer: update.revisions.order_by("number").first()})
    assert ("blog_update", update.pk, True) in [(lie.table, lie.pk, f"{pointer}_id" in lie.what) for lie in verify()]


def test_a_withdrawal_that_was_none_is_named(story):
    update = story.updates.get(withdrawal__isnull=False)
    Update.objects.filter(pk=update.pk).update(withdrawal=story.events.get(number=1))
    assert [(lie.pk, "withdrawal_id" in lie.what) for lie in verify()] == [(update.pk, True)]


def test_an_update_that_no_event_knows_is_named(story):
    stray = Update.objects.create(post=story, number=99, happened_at=factories.NOON)
    assert [(lie.table, lie.pk, lie.what) for lie in verify()] == [
        ("blog_update", stray.pk, f"has no revision or no event (post {story.pk}, number 99)")
    ]


@pytest.mark.parametrize(("table", "rows"), [("blog_revision", "revisions"), ("blog_event", "events")])
def test_a_row_that_is_put_into_another_piece_is_named(story, table, rows):
    update = story.updates.live().get()
    row = getattr(update, rows).order_by("number").last()
    behind_its_back(f"UPDATE {table} SET update_id = NULL WHERE id = %s", row.pk)
    assert (table, row.pk) in [(lie.table, lie.pk) for lie in verify()]


def test_words_of_updates_are_searched_and_missed(story):
    story.search_entry.body = "the bridge is closed until friday"
    story.search_entry.save()
    assert [lie.what for lie in verify()] == ["is searched by other words than those that readers see"]


def test_rows_that_no_post_leads_to_are_named(archive):
    with transaction.atomic():
        for table in ("blog_searchentry", "blog_taggedpost", "blog_post_authors"):
            with connection.cursor() as cursor:
                column = "content_object_id" if table == "blog_taggedpost" else "post_id"
                cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [archive.pk])
        behind_its_back("DELETE FROM blog_post WHERE id = %s", archive.pk)
        named = list(verify())
        transaction.set_rollback(True)  # before the keys are checked
    lost = [*archive.revisions.order_by("pk"), *archive.events.order_by("pk")]
    assert [(lie.table, lie.pk) for lie in named] == [(row._meta.db_table, row.pk) for row in lost]
    assert all("belongs to no post" in lie.what for lie in named)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stage", "draft"),
        ("version", 99),
        ("sequence", 1),
        ("slug", "elsewhere"),
        ("published_at", "2020-01-01 00:00:00+00:00"),
        ("published_on", "2020-01-01"),
        ("updated_at", None),
    ],
)
def test_a_pointer_that_lies_is_named(archive, column, value):
    Post.objects.filter(pk=archive.pk).update(**{column: value})
    assert [(lie.table, lie.pk, column in lie.what) for lie in verify()] == [("blog_post", archive.pk, True)]


@pytest.mark.parametrize("pointer", ["head", "live"])
def test_a_pointer_to_another_wording_is_named(archive, pointer):
    Post.objects.filter(pk=archive.pk).update(**{pointer: archive.revisions.get(number=1)})
    assert any(lie.table == "blog_post" and f"{pointer}_id" in lie.what for lie in verify())


def test_indexes_that_lie_are_named(archive):
    archive.tagged.first().delete()
    assert "tags" in next(verify()).what
    archive.search_entry.headline = "something else"
    archive.search_entry.save()
    assert "searched by other words" in list(verify())[-1].what


def test_the_command_names_the_first_row_that_lies_and_exits_with_1(archive, capsys):
    first = archive.revisions.get(number=1)
    behind_its_back("UPDATE blog_revision SET body = %s WHERE id = %s", "<p>Lies.</p>", first.pk)
    with pytest.raises(SystemExit) as stop:
        call_command("verify", "--json")
    out, err = capsys.readouterr()
    assert stop.value.code == 1
    assert err.startswith(f"blog_revision {first.pk}: the words are not those that were saved")
    assert json.loads(out)["lies"][0] == {
        "table": "blog_revision",
        "pk": first.pk,
        "what": f"the words are not those that were saved (content_hash) (post {archive.pk}, number 1)",
    }


def test_looking_changes_nothing(archive):
    before = (list(Post.objects.values()), list(Revision.objects.values()), list(Event.objects.values()))
    list(verify())
    assert (list(Post.objects.values()), list(Revision.objects.values()), list(Event.objects.values())) == before
