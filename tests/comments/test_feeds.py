"""Feeds of comments: what readers see and nothing else, under names that stay."""

from datetime import timedelta

import feedparser
import pytest
from django.utils import timezone, translation

from blog import belonging, workflow
from blog.models import Tally
from comments.models import Comment
from tests.factories import fresh, make_comment, make_live_page, make_live_post, make_publisher, published, write

pytestmark = pytest.mark.django_db

ALL = "/comments/feed.atom"
STATES = ["waiting", "held", "removed", "withdrawn", "spam"]


@pytest.fixture
def post():
    return make_live_post("Bridge & “quay” <closed>", at=timezone.now())


def of(post):
    return f"{post.get_absolute_url()}comments.atom"


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.bozo_exception
    return found


def test_an_entry(client, post, settings):
    first = make_comment(post, name="Marit & <b>", html='<p>See <a href="/2025/">this</a>.</p>')
    make_comment(post, name="", answers=first, edited_at=timezone.now() + timedelta(minutes=1))
    feed = read(client, of(post))
    newest, oldest = feed.entries
    assert feed.feed.title == "Comments on “Bridge & “quay” <closed>”"
    assert oldest.title == "Marit & <b> on “Bridge & “quay” <closed>”"
    assert oldest.author == "Marit & <b>"
    assert oldest.link == settings.SITE_URL + first.get_absolute_url()
    assert oldest.content[0].value == f'<p>See <a href="{settings.SITE_URL}/2025/">this</a>.</p>'
    assert newest.author == "Anonymous"
    assert newest["thr_in-reply-to"]["ref"] == oldest.id
    assert oldest["thr_in-reply-to"]["ref"] == post.key.urn
    assert newest.updated > newest.published
    assert newest.id != oldest.id
    assert newest.id.startswith("urn:uuid:")


def test_an_entry_keeps_its_name_when_its_words_or_the_address_change(client, post):
    comment = make_comment(post)
    before = read(client, of(post)).entries[0].id
    Comment.objects.filter(pk=comment.pk).update(html="<p>Other words</p>", edited_at=timezone.now())
    Tally.objects.count(post.pk)
    belonging.move(fresh(post), "elsewhere", by=make_publisher())
    assert read(client, of(fresh(post))).entries[0].id == before
    assert read(client, ALL).entries[0].id == before


def test_the_newest_are_those_that_readers_saw_last(client, post):
    now = timezone.now()
    late = make_comment(post, "late", created_at=now - timedelta(hours=2), shown_at=now)
    make_comment(post, "early", created_at=now - timedelta(hours=1), shown_at=now - timedelta(hours=1))
    assert read(client, of(post)).entries[0].link.endswith(f"#c{late.pk}")


@pytest.mark.parametrize("state", STATES)
def test_only_what_readers_see(client, post, state):
    make_comment(post, "zqsecret", name="zqname", state=state)
    gone = make_comment(post, "zqsecret", name="zqname", email="zq@example.com")
    make_comment(post, "seen", answers=gone)
    assert "zqname" in client.get(ALL).text
    Comment.objects.filter(pk=gone.pk).update(state=state)
    Tally.objects.count(post.pk, visible=-1)
    for path in (ALL, of(post)):
        text = client.get(path).text
        assert "seen" in text
        assert "zq" not in text


def test_the_feed_of_all_has_those_of_every_live_post(client, post):
    other = make_live_post("Another", at=timezone.now())
    make_comment(post, "one")
    make_comment(other, "two")
    assert len(read(client, ALL).entries) == 2
    assert len(read(client, of(post)).entries) == 1
    workflow.withdraw(fresh(other), by=make_publisher(), public_note="Wrong.")
    assert len(read(client, ALL).entries) == 1
    assert client.get(of(other)).status_code == 404


def test_no_post_no_feed(client, post):
    for path in ("/2026/02/30/x/comments.atom", "/2026/02/20/x/comments.atom", f"{of(post)}x"):
        assert client.get(path).status_code == 404
    make_live_page(slug="about")
    assert client.get("/about/comments.atom").status_code == 404


def test_an_empty_feed_is_a_feed(client, post):
    assert read(client, of(post)).entries == []
    assert read(client, ALL).entries == []


def test_the_page_names_its_feed(client, post):
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Comments on “Bridge'
        in client.get(post.get_absolute_url()).text
    )
    assert f'href="{of(post)}"' in client.get(post.get_absolute_url()).text


@pytest.mark.parametrize("which", ["all", "post"])
def test_who_has_it_gets_304_for_one_query(client, post, which, django_assert_num_queries):
    path = ALL if which == "all" else of(post)
    make_comment(post)
    seen = client.get(path).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(path, headers={"if-none-match": seen}).status_code == 304
    make_comment(post)
    assert client.get(path, headers={"if-none-match": seen}).status_code == 200


def test_it_costs_the_same_with_more(client, post, django_assert_num_queries):
    for _ in range(3):
        make_comment(post)
        with django_assert_num_queries(2):
            client.get(ALL)
        with django_assert_num_queries(3):
            client.get(of(post))


def test_a_feed_has_the_newest_fifty(client, post):
    for number in range(53):
        make_comment(post, f"number {number}.")
    text = client.get(of(post)).text
    assert text.count("<entry>") == 50
    assert "number 52." in text
    assert "number 2." not in text


def test_times_are_those_of_the_site(client, post, settings):
    settings.TIME_ZONE = "Europe/Athens"
    make_comment(post, created_at=timezone.now().replace(month=1, hour=12))
    with timezone.override("Europe/Athens"), translation.override("en-gb"):
        assert "+02:00</published>" in client.get(of(post)).text


def test_a_new_headline_is_in_the_feed(client, post):
    make_comment(post)
    published(write(post, headline="Opened again", kind="update"))
    assert "Opened again" in client.get(of(fresh(post))).text
    assert "Opened again" in client.get(ALL).text
