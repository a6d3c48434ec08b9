"""The numbered feed of a post: what an open page is told, the same for all, and never what readers may not see."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from blog import belonging, updates, workflow
from blog.views import changes
from tests.factories import (
    NOON,
    fresh,
    make_author,
    make_comment,
    make_live_page,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_story,
    make_update,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    return make_rolling_post()


def ask(client, post, after=None, **headers):
    after = fresh(post).public_sequence if after is None else after
    return client.get(f"{post.get_absolute_url()}changes/?after={after}", headers=headers)


def told(answer):
    return [(event["what"], event["piece"]) for event in answer.json()["events"]]


def test_nothing_has_happened(client, post):
    answer = ask(client, post)
    number = fresh(post).public_sequence
    assert answer.status_code == 200
    assert {**answer.json(), "parts": sorted(answer.json()["parts"])} == {
        "number": number,
        "coverage": "rolling",
        "ended": False,
        "events": [],
        "pieces": {},
        "parts": ["promise"],
    }


def test_everything_that_can_happen_is_told_in_order(client, post):
    number, paula = fresh(post).public_sequence, make_publisher()
    one, two = make_live_update(post, "One"), make_live_update(post, "Two")
    publish_update(rewrite_update(one, headline="Uno"), kind="typo")
    publish_update(rewrite_update(one, headline="Eins"), kind="correction", public_note="It is one.")
    updates.pin(one, by=paula)
    updates.mark_key(one, by=paula)
    updates.unpin(one, by=paula)
    workflow.withdraw(two, by=paula, public_note="It was not two.")
    published(write(fresh(post), body="<p>Other words.</p>"), kind="update")
    updates.promise(fresh(post), timezone.now() + timedelta(hours=1), by=paula)
    belonging.move(fresh(post), "moved", by=paula)
    post = fresh(post)
    answer = ask(client, post, number)
    first, second = one.anchor, two.anchor
    assert told(answer) == [
        ("added", first),
        ("added", second),
        ("changed", first),
        ("corrected", first),
        ("pinned", first),
        ("key", first),
        ("unpinned", first),
        ("withdrawn", second),
        ("changed", "text"),
        ("promise", "text"),
        ("moved", "text"),
    ]
    data = answer.json()
    assert data["number"] == post.public_sequence
    assert {name: (one["pinned"], one["key"]) for name, one in data["pieces"].items()} == {
        first: (False, True),
        second: (False, False),
    }
    assert "Eins" in data["pieces"][first]["html"]
    assert "It is one." in data["pieces"][first]["html"]
    assert "It was not two." in data["pieces"][second]["html"]
    assert sorted(data["parts"]) == sorted([*changes.PARTS, *changes.OF_A_RUNNING_STORY, *changes.OWN_TEXT])
    assert "Other words." in data["parts"]["text"]
    assert "reload" not in data


@pytest.mark.parametrize("verb", ["roll", "end", "assign"])
def test_what_turns_the_page_round_asks_for_the_page_itself(client, post, verb):
    paula = make_publisher()
    if verb == "roll":
        updates.end(post, by=paula)
    number = fresh(post).public_sequence
    if verb == "assign":
        belonging.assign(fresh(post), make_story(), by=paula)
    else:
        getattr(updates, verb)(fresh(post), by=paula)
    data = ask(client, post, number).json()
    assert data["reload"] is True
    assert data["ended"] is (verb == "end")
    assert data["number"] == number + 1


def test_each_piece_is_as_the_page_shows_it(client, post):
    number = fresh(post).public_sequence
    sources = ({"outlet": "Harbour", "title": "Notice 31", "url": "https://harbour.example/31"},)
    update = make_live_update(post, "", body="<p>See <a href='#s1'>1</a>.</p>", sources=sources)
    publish_update(rewrite_update(update, body="<p>Look.</p>"), kind="clarification", public_note="Said clearer.")
    gone = make_live_update(post, "Gone")
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    page = client.get(post.get_absolute_url()).text
    data = ask(client, post, number).json()
    for part in [*data["pieces"].values()]:
        assert part["html"] in page
    for html in data["parts"].values():
        assert html in page
    assert f'id="t-{update.anchor}-s1"' in page
    assert "Said clearer." in page
    assert "Gone" not in page


def test_bylines_lead_to_their_pages_and_the_text_brings_its_tags(client):
    make_author("Carla Reyes", "carla-reyes")
    post = make_live_post("News", byline=({"name": "Carla Reyes", "slug": "carla-reyes"},), tags=("Harbour",))
    number = fresh(post).public_sequence
    published(write(post, headline="Newer", tags=("Harbour", "Ferries")), kind="update")
    parts = ask(client, post, number).json()["parts"]
    page = client.get(post.get_absolute_url()).text
    assert '<a href="/authors/carla-reyes/" rel="author">' in parts["top"]
    assert "Ferries" in parts["tags"]
    assert all(html in page for html in parts.values())


def test_a_typo_is_put_in_place_and_not_spoken_of(client, post):
    update = make_live_update(post, "Oen")
    number = fresh(post).public_sequence
    publish_update(rewrite_update(update, headline="One"), kind="typo")
    data = ask(client, post, number).json()
    assert [event["words"] for event in data["events"]] == [""]
    assert "One" in data["pieces"][update.anchor]["html"]


def test_words_that_were_withdrawn_are_told_nowhere(client, post):
    number = fresh(post).public_sequence
    update = make_live_update(post, "Secretword", body="<p>Secretword body.</p>")
    publish_update(rewrite_update(update, headline="Secretword two"), kind="correction", public_note="Secretword, too.")
    updates.mark_key(update, by=make_publisher())
    workflow.withdraw(update, by=make_publisher(), public_note="It was wrong.")
    answer = ask(client, post, number)
    assert "Secretword" not in answer.text
    assert "It was wrong." in answer.text


def test_drafts_are_told_nowhere(client, post):
    update = make_live_update(post, "One")
    number = fresh(post).public_sequence
    make_update(post, "Unseen")
    rewrite_update(update, headline="Unseen, too")
    write(post, body="<p>Unseen text</p>")
    assert ask(client, post, number).json()["events"] == []
    updates.pin(update, by=make_publisher())
    answer = ask(client, post, number)
    assert told(answer) == [("pinned", update.anchor)]
    assert "Unseen" not in answer.text


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "१", "1 ", "9999999999", "more"])
def test_what_is_no_number_of_an_event_is_refused(client, post, after):
    after = fresh(post).public_sequence + 1 if after == "more" else after
    answer = client.get(f"{post.get_absolute_url()}changes/", {"after": after})
    assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    assert "no-store" in answer.headers["Cache-Control"]


def test_who_is_far_behind_is_sent_to_the_page(client, post, monkeypatch):
    monkeypatch.setattr(changes, "MOST", 2)
    number = fresh(post).public_sequence
    make_live_update(post, "One")
    make_live_update(post, "Two")
    assert "reload" not in ask(client, post, number).json()
    make_live_update(post, "Three")
    data = ask(client, post, number).json()
    assert (data["reload"], data["number"], data["events"], data["pieces"]) == (True, number, [], {})


def test_a_withdrawn_post_says_why(client, post):
    make_live_update(post, "Secretword")
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="All of it was wrong.")
    answer = ask(client, post, 0)
    assert answer.status_code == 410
    assert answer.json()["reason"] == "All of it was wrong."
    assert answer.json()["html"] in client.get(post.get_absolute_url()).text
    assert "Secretword" not in answer.text


def test_pages_of_the_site_have_one_too_and_nothing_else_does(client):
    page = make_live_page("About us", slug="about")
    assert ask(client, page).status_code == 200
    assert client.get("/nothing/changes/?after=0").status_code == 404
    assert client.get("/2025/02/31/x/changes/?after=0").status_code == 404
    assert client.post(f"{page.get_absolute_url()}changes/?after=0").status_code == 405


def test_one_question_for_who_knows_it_and_two_for_the_first(client, post, settings, django_assert_num_queries):
    settings.CACHES = settings.CACHES | {"pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["pages"].clear()
    number = fresh(post).public_sequence
    for name in range(5):
        make_live_update(post, f"Update {name}", sources=({"outlet": "Harbour"},))
    published(write(post, headline="Newer", tags=("Harbour",)), kind="correction", public_note="Old.")
    with django_assert_num_queries(2):
        first = ask(client, post, number)
    with django_assert_num_queries(1):
        again = ask(client, post, number)
    with django_assert_num_queries(1):
        same = ask(client, post, number, if_none_match=first.headers["ETag"])
    newest = fresh(post).public_sequence
    with django_assert_num_queries(2):
        ask(client, post, newest)
    assert (first.status_code, again.status_code, same.status_code) == (200, 200, 304)
    assert first.content == again.content


def test_everybody_gets_the_same_and_may_keep_it(client, admin_client, post):
    make_live_update(post, "One")
    one, other = ask(client, post, 1), ask(admin_client, post, 1)
    assert one.content == other.content
    assert one.headers["Cache-Control"].startswith("public, max-age=5")
    assert "Cookie" not in one.headers.get("Vary", "")
    assert not other.cookies


def test_a_promise_that_is_not_kept_makes_another_answer(client, post, time_machine):
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    updates.promise(fresh(post), NOON + timedelta(hours=2), by=make_publisher(), at=NOON + timedelta(hours=1))
    number = fresh(post).public_sequence
    before = ask(client, post, number)
    assert "Next update at" in before.json()["parts"]["promise"]
    time_machine.move_to(NOON + timedelta(hours=2), tick=False)
    after = ask(client, post, number, if_none_match=before.headers["ETag"])
    assert after.status_code == 200
    assert "No update since" in after.json()["parts"]["promise"]
    assert ask(client, post, number, if_none_match=after.headers["ETag"]).status_code == 304


def test_what_others_say_below_it_changes_no_answer_where_nothing_happened(client, post):
    before = ask(client, post)
    make_comment(post)
    assert ask(client, post, if_none_match=before.headers["ETag"]).status_code == 304


def test_an_open_page_finds_the_feed_after_the_post_was_given_another_slug(client, post):
    old, number = post.get_absolute_url(), fresh(post).public_sequence
    belonging.move(fresh(post), "other", by=make_publisher())
    new = fresh(post).get_absolute_url()
    for rest in (f"changes/?after={number}", "history/", "correct/?words=x", "updates.atom"):
        assert client.get(old + rest).headers.get("Location") == new + rest, rest
    assert client.get(f"{old}else/").status_code == 404
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="Wrong.")
    gone = client.get(f"{old}changes/?after={number}")
    assert (gone.status_code, gone.json()["reason"]) == (410, "Wrong.")
    assert client.get(f"{old}history/").status_code == 410
