"""The one exception to "never changed": words go wherever they stand, and nothing else does, and all can see it."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blog import pictures, removal, revisions, workflow
from blog.models import Draft, Event, Post, Revision, Schedule, SearchEntry, Suggestion
from blog.refusals import NotAllowed, WrongState
from blog.rendering import Unacceptable
from blog.verifying import verify
from tests import factories
from tests.blog.test_pictures import made
from tests.factories import everything, fresh, make_admin, make_live_post, make_publisher, person

pytestmark = pytest.mark.django_db
CANARY = "Norbert stole the ferry"


@pytest.fixture
def post():
    """A live post whose second version, once public, holds what has to go; the third is live."""
    post = make_live_post("Ferry fares")
    bad = {"body": f"<p>{CANARY}, we hear.</p>", "tags": ("Norbert",), "standfirst": CANARY}
    post = factories.published(factories.write(post, **bad), kind="update")
    note = f"We said that {CANARY}."
    return factories.published(
        factories.write(post, body="<p>Nobody stole it.</p>", tags=(), standfirst=""),
        kind="correction",
        public_note=note,
    )


def bad(post):
    return post.revisions.get(number=2)


def go(piece, *chosen, by=None, **words):
    words = {"reason": "Court of Ansel, 12 O 31/26", "public_reason": "A court forbade it."} | words
    return removal.remove(piece, chosen, by=by or make_admin(), **words)


def everywhere():
    """All tables as text, but for the acts that say why."""
    return str({label: rows for label, rows in everything().items() if label != "blog.Event"})


def test_the_words_go_and_number_writer_time_and_hashes_stay(post):
    before = Revision.objects.filter(post=post, number=2).values().get()
    go(post, bad(post))
    after = Revision.objects.filter(post=post, number=2).values().get()
    gone = {name for name in before if before[name] != after[name]}
    assert gone == {"standfirst", "body", "tags", "headline", "excerpt", "words"}
    assert CANARY not in everywhere().replace(f"We said that {CANARY}.", "")
    assert bad(fresh(post)).is_blank()
    event = Event.objects.get(verb="remove")
    assert (event.revision, event.note, event.public_note, event.public, event.by_name) == (
        bad(post),
        "Court of Ansel, 12 O 31/26",
        "A court forbade it.",
        True,
        "Ada",
    )
    assert fresh(post).live.number == 3
    assert list(verify()) == []


def test_the_sentence_of_a_correction_goes_with_it(post, client):
    told = Event.objects.get(kind="correction")
    assert CANARY in client.get(post.get_absolute_url()).content.decode()
    go(post, bad(post), sentences=[told])
    assert CANARY not in str(everything())
    assert fresh(post).notices == []
    for page in (
        post.get_absolute_url(),
        "/corrections/",
        "/corrections/feed.atom",
        post.get_history_url(),
        "/feed.atom",
    ):
        assert CANARY not in client.get(page).content.decode(), page
    assert list(verify()) == []


def test_what_readers_see_is_withdrawn_with_the_reason(client):
    post = make_live_post("Ferry fares", body=f"<p>{CANARY}.</p>")
    assert SearchEntry.objects.filter(post=post).exists()
    go(post, post.live)
    post = fresh(post)
    assert (post.live, post.stage) == (None, Post.Stage.WITHDRAWN)
    assert not SearchEntry.objects.filter(post=post).exists()
    answer = client.get(post.get_absolute_url())
    assert answer.status_code == 410
    assert "A court forbade it." in answer.content.decode()
    assert CANARY not in str(everything())
    assert list(verify()) == []


def test_an_update_leaves_a_stub(client):
    post = factories.make_rolling_post()
    update = factories.make_live_update(post, body=f"<p>{CANARY}.</p>")
    go(update, update.live)
    page = client.get(post.get_absolute_url()).content.decode()
    assert "A court forbade it." in page and CANARY not in page
    assert CANARY not in str(everything())
    assert list(verify()) == []


def test_the_history_says_so_and_compares_nothing_with_it(post, client):
    go(post, bad(post), sentences=[Event.objects.get(kind="correction")])
    page = client.get(post.get_history_url()).content.decode()
    assert "Words removed for legal reasons" in page and "A court forbade it." in page
    for query in ("?b=2", "?a=2&b=3", "?a=1&b=2&full=1", "?a=1&b=3"):
        page = client.get(post.get_history_url() + query).content.decode()
        assert CANARY not in page
    page = client.get(f"{post.get_history_url()}?a=2&b=3").content.decode()
    assert "cannot be compared" in page
    assert "Nobody stole it" not in page.split('id="v"')[0].split('id="d"')[1]  # as if all of it were new


def test_the_page_at_that_moment_is_gone_for_legal_reasons(post, client):
    at = bad(post).created_at
    event = Event.objects.get(revision=bad(post), verb="publish")
    address = f"{post.get_absolute_url()}?at={event.at:%Y-%m-%dT%H:%M:%S.%f}Z"
    before = client.get(address)
    assert before.status_code == 200 and CANARY in before.content.decode(), at
    go(post, bad(post), sentences=[Event.objects.get(kind="correction")])
    after = client.get(address)
    assert after.status_code == 451
    page = after.content.decode()
    assert "A court forbade it." in page and CANARY not in page


def test_an_update_at_a_moment_is_blank_and_says_why(client):
    post = factories.make_rolling_post()
    update = factories.make_live_update(post, body=f"<p>{CANARY}.</p>")
    bad = update.live
    update = factories.publish_update(factories.rewrite_update(update, body="<p>Nothing of that.</p>"))
    event = Event.objects.get(revision=bad, verb="publish")
    go(update, bad)
    page = client.get(f"{post.get_absolute_url()}?at={event.at:%Y-%m-%dT%H:%M:%S.%f}Z")
    assert page.status_code == 200
    assert "removed for legal reasons" in page.content.decode() and CANARY not in page.content.decode()


def test_copies_go_too():
    post = make_live_post("Ferry fares")
    draft = factories.write(post, body=f"<p>{CANARY}.</p>")
    carla = person("carla")
    Draft.objects.create(
        user=carla, place="x", post=draft, based_on=draft.head, fields={"body": [CANARY]}, saved_at=timezone.now()
    )
    suggestion = factories.make_suggestion(draft)
    Suggestion.objects.filter(pk=suggestion.pk).update(revision=draft.head, exact=CANARY, replacement=CANARY)
    go(draft, draft.head)
    assert CANARY not in str(everything())
    assert Suggestion.objects.get().state == "declined"
    assert Draft.objects.count() == 0
    assert not Event.objects.get(verb="remove").public  # readers never saw it
    assert fresh(post).is_live()


def test_what_was_approved_is_a_draft_again_and_what_was_planned_is_taken_back():
    post = factories.make_post("Ferry fares")
    workflow.submit(post, by=person("carla"))
    post = workflow.approve(fresh(post), fresh(post).head, by=person("edith"))
    Schedule.objects.create(
        post=post,
        verb="publish",
        revision=post.head,
        due_at="2099-01-01T00:00:00Z",
        made_at=timezone.now(),
        by=make_publisher(),
        by_name="Paula",
    )
    go(post, post.head)
    post = fresh(post)
    assert (post.stage, Schedule.objects.get().state) == ("draft", "cancelled")
    with pytest.raises(WrongState):
        workflow.publish(post, post.head, by=make_publisher())
    assert list(verify()) == []


def test_it_is_not_brought_back(post):
    go(post, bad(post))
    with pytest.raises(Unacceptable):
        revisions.restore(fresh(post), bad(post), by=make_admin())


def test_refusals_leave_nothing_behind(post):
    other = make_live_post("Other")
    told = Event.objects.filter(post=other, verb="publish").get()
    tries = [
        (NotAllowed, lambda: go(post, bad(post), by=make_publisher())),
        (WrongState, lambda: go(post, bad(post), reason=" ")),
        (WrongState, lambda: go(post, bad(post), public_reason="")),
        (WrongState, lambda: go(post)),
        (WrongState, lambda: go(post, bad(post), other.live)),
        (WrongState, lambda: go(post, bad(post), sentences=[told])),
        (Unacceptable, lambda: go(post, bad(post), reason="a\0b")),
    ]
    before = everything()
    for error, act in tries:
        with pytest.raises(error):
            act()
    assert everything() == before
    go(post, bad(post))
    with pytest.raises(WrongState, match="already"):
        go(fresh(post), bad(post))


def test_versions_are_found_by_their_words(post):
    assert [one.number for one in removal.holding(post, "norbert STOLE  the ferry")] == [2]
    assert [one.number for one in removal.holding(post, "ferry fares")] == [1, 2, 3]
    assert removal.holding(post, "") == removal.holding(post, "Nowhere") == []


# What the database lets through


def tried(statement, *values):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.rowcount
    except DatabaseError as error:
        assert "append-only" in str(error)
        return "refused"


BLANK = (
    "UPDATE blog_revision SET headline='', standfirst='', body='', summary='', section='', excerpt='', note='', "
    "tags='[]', byline='[]', sources='[]', image='{}', words=0"
)


def test_words_go_with_their_event_alone_and_all_of_them_or_none(post):
    two, three = bad(post).pk, post.live.pk
    assert tried(f"{BLANK} WHERE id=%s", two) == "refused"
    go(post, bad(post))
    before = everything()
    for column in ("headline", "body", "note", "content_hash", "chain_hash", "by_name", "kind"):
        assert tried(f"UPDATE blog_revision SET {column}='x' WHERE id=%s", two) == "refused", column
    assert tried("UPDATE blog_revision SET number=9 WHERE id=%s", two) == "refused"
    assert tried(f"{BLANK}, number=9 WHERE id=%s", two) == "refused"
    assert tried("UPDATE blog_revision SET happened_at='2020-01-01' WHERE id=%s", two) == "refused"
    assert tried("DELETE FROM blog_revision WHERE id=%s", two) == "refused"
    assert tried(f"{BLANK} WHERE id=%s", three) == "refused"
    assert tried("UPDATE blog_revision SET body='' WHERE id=%s", three) == "refused"
    assert everything() == before


def test_notes_of_events_go_when_they_are_named_alone(post):
    told, removed = Event.objects.get(kind="correction"), "UPDATE blog_event SET note='', public_note='' WHERE id=%s"
    assert tried(removed, told.pk) == "refused"
    go(post, bad(post))
    assert tried(removed, told.pk) == "refused"
    assert tried(removed, Event.objects.get(verb="remove").pk) == "refused"
    post = fresh(post)
    first = post.revisions.get(number=1)
    go(post, first, sentences=[told])
    assert Event.objects.get(pk=told.pk).public_note == ""
    assert tried("UPDATE blog_event SET public_note='x' WHERE id=%s", told.pk) == "refused"
    assert tried("UPDATE blog_event SET note='', public_note='', verb='x' WHERE id=%s", told.pk) == "refused"
    assert tried("DELETE FROM blog_event WHERE id=%s", told.pk) == "refused"
    other = Event.objects.filter(post=post, verb="publish").first()
    assert tried(removed, other.pk) == "refused"


def test_verify_names_what_was_to_be_removed_and_is_still_there(post):
    go(post, bad(post))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE blog_revision DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER blog_revision_not_changed")
        cursor.execute("UPDATE blog_revision SET body='<p>Back</p>' WHERE id=%s", [bad(post).pk])
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE blog_revision ENABLE TRIGGER USER")
    assert "was to be removed" in str(next(verify()))


def test_verify_shows_what_was_removed(post):
    go(post, bad(post))
    said = StringIO()
    call_command("verify", stdout=said)
    assert said.getvalue().splitlines()[1].startswith(f"Removed for legal reasons: post {post.pk}, version 2, 20")
    said = StringIO()
    call_command("verify", "--json", stdout=said)
    assert json.loads(said.getvalue())["removed"] == [{"post": post.pk, "version": 2}]


def test_what_was_taken_down_does_not_come_back_by_a_plan():
    post = make_live_post("Ferry fares", body=f"<p>{CANARY}.</p>")
    newer = factories.write(post, body="<p>Norbert took the ferry.</p>")
    Schedule.objects.create(
        post=post,
        verb="publish",
        revision=newer.head,
        over=post.live,
        due_at="2099-01-01T00:00:00Z",
        made_at=timezone.now(),
        by=make_publisher(),
        by_name="Paula",
    )
    go(post, post.live)
    assert Schedule.objects.get().state == "cancelled"


def test_the_note_of_a_version_goes_from_the_record_as_well():
    post = make_live_post("Ferry fares")
    draft = factories.write(post, body=f"<p>{CANARY}.</p>", note=f"As suggested: {CANARY}")
    go(draft, draft.head)
    assert CANARY not in str(everything())
    assert list(verify()) == []


def test_unsaved_words_of_another_piece_stay():
    post = factories.make_rolling_post()
    revision = factories.published(factories.write(fresh(post), body=f"<p>{CANARY}.</p>"), kind="update").live
    kept = {"user": person("carla"), "post": post, "fields": {"body": ["x"]}, "saved_at": timezone.now()}
    Draft.objects.create(place=f"new-update-{post.pk}", form="a", **kept)
    Draft.objects.create(place=f"post-{post.pk}", form="b", **kept)
    go(post, revision)
    assert list(Draft.objects.values_list("form", flat=True)) == ["a"]


def test_the_library_no_longer_says_that_its_picture_is_used():
    picture = pictures.store(made(), alt="A ferry")
    post = make_live_post("Ferry fares", image=pictures.as_image(picture))
    go(post, post.live)
    assert list(verify()) == []
