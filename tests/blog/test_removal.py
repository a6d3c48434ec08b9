"""The one exception to "never changed": words go wherever they stand, and nothing else does, and all can see it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blog import passage_notes, pictures, previewing, removal, revisions, updates, workflow
from blog.models import Draft, Event, Outgoing, Post, Revision, Schedule, SearchEntry, Suggestion
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


def test_no_table_of_the_database_has_the_words():
    """SQLite's engine of search has tables of its own, in which words that were taken out of it go on standing."""
    post = make_live_post("Ferry fares", body="<p>Zqcanary stole it.</p>")
    old = post.live
    go(factories.published(factories.write(post, body="<p>Nobody stole it.</p>"), kind="update"), old)
    kept = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            kept[table] = str(cursor.fetchall()).lower()
    assert kept["blog_searchentry"] and [table for table, rows in kept.items() if "zqcanary" in rows] == []


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


def test_of_details_the_words_go_and_nothing_else():
    post = factories.make_rolling_post()
    updates.promise(post, timezone.now() + timedelta(hours=2), words=CANARY, by=make_publisher())
    told, other = Event.objects.get(verb="promise"), Event.objects.get(verb="roll")
    blank = "UPDATE blog_event SET note='', public_note='', details={} WHERE id=%s"
    without = removal._WITHOUT_WORDS[connection.vendor]
    assert tried(blank.format(without), told.pk) == "refused"
    go(post, sentences=[told])
    same = "details" if connection.vendor == "postgresql" else "json(details)"
    for details in ("'{}'", '\'{"at": "2020-01-01"}\'', '\'{"words": "Others"}\''):
        assert tried(blank.format(details), told.pk) == "refused", details
    assert tried(blank.format(without), other.pk) == "refused"
    assert tried(blank.format(same), told.pk) == 1  # nothing is changed by it
    assert list(verify()) == []


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


# Sentences


def drawn(client, post):
    """Pages that browsers and caches keep, with what they are kept by."""
    pages = [post.get_absolute_url(), post.get_history_url(), "/corrections/", "/corrections/feed.atom", "/feed.atom"]
    return {page: client.get(page) for page in pages}


def test_a_sentence_goes_alone_and_kept_pages_know_that_they_are_old(post, client):
    told, before = Event.objects.get(kind="correction"), drawn(client, post)
    assert CANARY in before["/corrections/"].text
    go(post, sentences=[told])
    for page, old in before.items():
        kept = {"HTTP_IF_NONE_MATCH": old["ETag"]} if old.has_header("ETag") else {}
        answer = client.get(page, **kept)
        assert answer.status_code == 200, page
        assert f"We said that {CANARY}" not in answer.text, page
    history = client.get(post.get_history_url()).text
    assert "Sentence removed for legal reasons: A court forbade it." in history
    event = Event.objects.get(verb="remove")
    assert (event.revision, event.public, event.details) == (None, True, {"sentences": [told.number]})
    assert bad(post).standfirst == CANARY  # the version is another matter
    assert fresh(post).live.number == 3
    assert list(verify()) == []
    said = StringIO()
    call_command("verify", stdout=said)
    assert f"post {post.pk}, sentences [{told.number}], 20" in said.getvalue()
    client.force_login(make_admin())
    assert "Removed what was said here, for legal reasons" in client.get(f"/admin/blog/post/{post.pk}/history/").text


def test_a_public_sentence_with_versions_that_nobody_saw_moves_what_is_kept(post, client):
    draft = factories.write(fresh(post), body="<p>Never public.</p>", note="Never public.")
    etag = client.get("/corrections/")["ETag"]
    go(draft, draft.head, sentences=[Event.objects.get(kind="correction")])
    answer = client.get("/corrections/", HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, CANARY in answer.text) == (200, False)
    assert list(Event.objects.filter(verb="remove").order_by("number").values_list("revision", "public")) == [
        (None, True),
        (draft.head.pk, False),
    ]
    assert list(verify()) == []


def test_what_details_say_in_words_goes_as_well(client):
    post = factories.make_rolling_post()
    at = timezone.now() + timedelta(hours=2)
    updates.promise(post, at, words=f"after {CANARY}", by=make_publisher())
    promised = Event.objects.get(verb="promise")
    made = previewing.share(fresh(post), fresh(post).head, by=make_publisher(), label=CANARY, days=3)
    assert made and CANARY in client.get(post.get_absolute_url()).text
    shared = Event.objects.get(verb="share")
    moment = f"{post.get_absolute_url()}?at={promised.at:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert CANARY in client.get(moment).text
    go(post, sentences=[promised, shared])
    assert CANARY not in str(everything())
    assert CANARY not in client.get(post.get_absolute_url()).text + client.get(moment).text
    assert fresh(post).next_update_at == at  # that somebody promised something stays
    assert list(verify()) == []
    client.force_login(make_admin())
    assert "nobody named" in client.get(f"/admin/blog/post/{post.pk}/history/").text


def test_why_a_warning_was_passed_over_goes(post):
    draft = factories.approved(factories.write(fresh(post), body="<p>A draft.</p>"))
    details = {"kind": "typo", "warnings": ["headings"], "why": f"{CANARY} is a name."}
    workflow.publish(draft, draft.head, by=make_publisher(), **details)
    event = Event.objects.get(verb="publish", revision=draft.head)
    go(post, sentences=[event])
    kept = Event.objects.get(pk=event.pk)
    assert kept.details["warnings"] == ["headings"] and "why" not in kept.details
    assert list(verify()) == []


def test_nothing_is_removed_twice_and_nothing_at_all_is_refused(post):
    told = Event.objects.get(kind="correction")
    go(post, sentences=[told])
    before = everything()
    for sentences in ([], [told], [Event.objects.filter(post=post).first()]):
        with pytest.raises(WrongState):
            go(post, sentences=sentences)
    assert everything() == before


def test_no_more_versions_go_at_once_than_the_page_can_show(post, monkeypatch):
    monkeypatch.setattr(removal, "MOST", 1)
    before = everything()
    with pytest.raises(WrongState, match="Choose 1 versions at most"):
        go(post, bad(post), post.revisions.get(number=1))
    assert everything() == before


# Copies of what goes


def with_mail(name):
    user = person(name)
    user.email = f"{name}@desk.example"
    user.save()
    return user


def plan_of(post, revision, **parts):
    parts = {"verb": "publish", "by_name": "Paula", "by": make_publisher(), "made_at": timezone.now()} | parts
    return Schedule.objects.create(post=post, revision=revision, due_at=timezone.now() + timedelta(days=1), **parts)


def test_a_sentence_goes_from_plans_requests_and_links(post):
    told = Event.objects.get(kind="correction")
    words = {"kind": "correction", "note": "", "public_note": told.public_note}
    done = plan_of(post, post.live, state="done", event=told, words=words)
    other = plan_of(post, post.live, state="done", words=words | {"public_note": "Something else."})
    failed = plan_of(post, post.live, state="failed", words=words, last_error=f"“{told.public_note}” is no sentence")
    again = plan_of(post, factories.write(fresh(post), body="<p>x</p>").head, words=words)
    go(post, sentences=[told])
    for row in (done, other, failed, again):
        row.refresh_from_db()
    assert (done.words, failed.last_error, other.words["public_note"]) == ({}, "", "Something else.")
    assert (again.state, again.words) == ("due", words | {"public_note": ""})
    assert f"We said that {CANARY}" not in str(everything())


def test_what_was_said_when_it_was_sent_to_review_goes_from_the_request():
    post = factories.make_post("Ferry fares")
    workflow.submit(post, by=person("carla"), note=f"Look whether {CANARY}.")
    go(post, sentences=[Event.objects.get(verb="submit")])
    assert CANARY not in str(everything())
    assert fresh(post).stage == "review"
    assert list(verify()) == []


def test_a_plan_that_rests_on_what_goes_keeps_no_words():
    post = make_live_post("Ferry fares", body=f"<p>{CANARY}.</p>")
    newer = factories.write(post, body="<p>Nobody did.</p>")
    words = {"kind": "correction", "note": CANARY, "public_note": f"We said that {CANARY}."}
    plan_of(post, newer.head, over=post.live, words=words)
    go(post, post.live)
    row = Schedule.objects.get()
    assert (row.state, row.words) == ("cancelled", {})
    assert CANARY not in str(everything())


def test_a_plan_made_over_words_that_go_is_taken_back_although_others_are_live_now(post):
    newer = factories.write(fresh(post), body="<p>Nobody did.</p>")
    plan_of(post, newer.head, over=bad(post))
    go(post, bad(post))
    assert Schedule.objects.get().state == "cancelled"
    assert fresh(post).live.number == 3


@pytest.mark.parametrize("state", ["waiting", "failed", "sent"])
def test_what_is_mailed_about_it_goes_and_is_not_sent(state):
    with_mail("carla")
    draft = factories.write(make_live_post("Ferry fares"), body=f"<p>{CANARY}.</p>")
    passage_notes.add(
        draft, draft.head, by=person("edith"), part="body", exact=CANARY, text=f"Is it true that {CANARY}?"
    )
    other = factories.write(make_live_post("Other"), body="<p>The weather.</p>")
    passage_notes.add(other, other.head, by=person("edith"), part="body", exact="weather", text="Fine?")
    Outgoing.objects.update(state=state)
    kept = Outgoing.objects.get(kind="passage_note", payload__post=other.pk)
    kept_as_it_was = Outgoing.objects.filter(pk=kept.pk).values().get()
    go(draft, draft.head)
    assert CANARY not in str(everything())
    row = Outgoing.objects.get(kind="passage_note", payload__post=draft.pk)
    assert row.state == ("sent" if state == "sent" else "dropped")
    assert Outgoing.objects.filter(pk=kept.pk).values().get() == kept_as_it_was


def test_a_mail_that_repeats_a_sentence_goes_with_it():
    post = factories.make_post("Ferry fares")
    workflow.submit(post, by=person("carla"), note=f"Look whether {CANARY}.", to=with_mail("edith"))
    assert Outgoing.objects.filter(kind="review_asked").exists()
    go(post, sentences=[Event.objects.get(verb="submit")])
    assert CANARY not in str(everything())
    assert list(Outgoing.objects.values_list("state", flat=True).distinct()) == ["dropped"]
