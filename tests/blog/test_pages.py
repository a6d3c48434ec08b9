"""Conditional answers: what is kept, for how long it is good, and that it is the same for everybody."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import override_settings

from blog import pages, workflow
from tests.factories import (
    NOON,
    make_live_page,
    make_live_post,
    make_post,
    make_publisher,
    make_story,
    published,
    write,
)

pytestmark = pytest.mark.django_db
KEPT = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests of pages"},
}


@pytest.fixture
def keeping():
    """Pages are kept, as in production."""
    with override_settings(CACHES=KEPT):
        caches["pages"].clear()
        yield
        caches["pages"].clear()


def etag(client, path):
    return client.get(path).headers["ETag"]


@pytest.mark.parametrize("path", ["/", "/2025/09/05/", "/tags/", "/search/?q=bridge", "/feed.atom", "/feed.json"])
def test_whoever_has_the_page_gets_304_for_one_query(client, path, django_assert_num_queries):
    make_live_post()
    seen = etag(client, path)
    with django_assert_num_queries(1):
        answer = client.get(path, headers={"if-none-match": seen})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["ETag"] == seen
    assert answer.headers["Cache-Control"] == pages.FOR_EVERYBODY


def test_a_post_answers_304_for_one_query(client, django_assert_num_queries):
    path = make_live_post(story=make_story()).get_absolute_url()
    seen = etag(client, path)
    with django_assert_num_queries(1):
        assert client.get(path, headers={"if-none-match": f"W/{seen}"}).status_code == 304


def test_a_kept_page_is_sent_again_for_one_query(client, keeping, django_assert_num_queries):
    path = make_live_post().get_absolute_url()
    first = client.get(path)
    with django_assert_num_queries(1):
        again = client.get(path)
    assert again.content == first.content
    assert {**again.headers} == {**first.headers}


def test_a_change_that_readers_see_makes_a_new_page(client, keeping):
    post = make_live_post()
    path = post.get_absolute_url()
    seen, seen_home = etag(client, path), etag(client, "/")
    published(write(post, headline="Council opens the bridge", kind="update"))
    assert "Council opens the bridge" in client.get(path, headers={"if-none-match": seen}).text
    assert "Council opens the bridge" in client.get("/", headers={"if-none-match": seen_home}).text


def test_a_draft_makes_no_new_page(client):
    post = make_live_post()
    path = post.get_absolute_url()
    seen, seen_home = etag(client, path), etag(client, "/")
    write(post, headline="Council may open the bridge")
    make_post("Something else")
    assert etag(client, path) == seen
    assert etag(client, "/") == seen_home


def test_another_post_of_the_story_makes_a_new_page_and_one_of_another_story_does_not(client):
    story = make_story()
    path = make_live_post(story=story).get_absolute_url()
    seen = etag(client, path)
    make_live_post("Elsewhere")
    assert etag(client, path) == seen
    make_live_post("Ferry runs all night", story=story)
    assert etag(client, path) != seen


def test_a_new_page_in_the_footer_makes_every_page_a_new_one(client):
    path = make_live_post().get_absolute_url()
    seen = etag(client, path)
    make_live_page("How we work", slug="how-we-work")
    assert etag(client, path) != seen
    assert "How we work" in client.get(path).text


def test_a_list_is_new_on_a_new_day(client, time_machine):
    time_machine.move_to(NOON)
    make_live_post(at=NOON)
    seen, page = etag(client, "/"), client.get("/").text
    time_machine.move_to(NOON + timedelta(days=1))
    assert etag(client, "/") != seen
    assert "Yesterday" not in page


def test_another_program_or_setting_makes_new_pages(client, monkeypatch):
    make_live_post()
    seen = etag(client, "/")
    with override_settings(SITE_NAME="The Halvik Courier"):
        assert etag(client, "/") != seen
    monkeypatch.setattr(pages, "fingerprint", lambda: "another program")
    assert etag(client, "/") != seen


def test_parameters_that_mean_nothing_make_no_further_copies(client, keeping):
    make_live_post()
    seen = etag(client, "/")
    assert etag(client, "/?utm_source=letter&fbclid=1") == seen
    assert len(caches["pages"]._cache) == 1
    assert client.get("/?utm_source=letter").content == client.get("/").content


def test_pages_with_a_query_are_not_kept(client, keeping):
    make_live_post()
    client.get("/search/?q=bridge")
    client.get("/search/?q=council")
    assert len(caches["pages"]._cache) == 0


def test_what_is_not_there_is_not_kept(client, keeping):
    make_live_post()
    for path in ("/tags/nothing/", "/2025/02/30/", "/2025/09/05/nothing/", "/nothing/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
    assert len(caches["pages"]._cache) == 0


def test_staff_get_the_same_bytes_as_everybody_and_no_page_reads_the_session(client):
    post = make_live_post()
    client.force_login(make_publisher())
    for path in ("/", post.get_absolute_url(), "/search/?q=bridge", "/tags/"):
        mine = client.get(path)
        client.cookies, cookies = type(client.cookies)(), client.cookies
        theirs = client.get(path)
        client.cookies = cookies
        assert mine.content == theirs.content
        assert "Vary" not in mine.headers
        assert not mine.cookies
        assert mine.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=30"


@pytest.mark.parametrize("path", ["/", "/search/", "/feed.atom", "/sitemap.xml", "/robots.txt", "/healthz", "/2026/"])
def test_only_reading_is_allowed(client, path):
    assert client.post(path).status_code == 405
    assert client.delete(path).status_code == 405
    assert client.head(path).status_code == 200
    assert client.head(path).content == b""


def test_head_has_the_headers_of_get(client):
    path = make_live_post().get_absolute_url()
    assert client.head(path).headers["ETag"] == client.get(path).headers["ETag"]


def test_a_withdrawn_post_leaves_no_kept_page(client, keeping):
    post = make_live_post()
    path = post.get_absolute_url()
    seen = etag(client, path)
    workflow.withdraw(post, by=make_publisher(), public_note="The figures were wrong.")
    assert client.get(path, headers={"if-none-match": seen}).status_code == 410
    assert "Council closes" not in client.get("/").text


@pytest.mark.parametrize("condition", [{"if-none-match": "*"}, {"if-match": '"other"'}])
@pytest.mark.parametrize("path", ["/tags/none/", "/authors/none/", "/stories/none/", "/2025/02/30/"])
def test_conditions_do_not_make_a_page_where_there_is_none(client, path, condition):
    make_live_post()
    assert client.get(path, headers=condition).status_code == 404


def test_conditions_on_a_page_that_is_there(client):
    make_live_post()
    seen = etag(client, "/")
    assert client.get("/", headers={"if-none-match": "*"}).status_code == 304
    assert client.get("/", headers={"if-none-match": f'"a", W/{seen}'}).status_code == 304
    assert client.get("/", headers={"if-none-match": '"a", not a tag'}).status_code == 200
    assert client.get("/", headers={"if-match": '"other"', "if-none-match": seen}).status_code == 412
    assert client.get("/", headers={"if-match": seen}).status_code == 200
