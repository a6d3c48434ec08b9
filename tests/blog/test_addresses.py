"""Slugs and addresses: chosen once, in any script, never the site's own, forwarded when they change."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.redirects.models import Redirect
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern
from hypothesis import given
from hypothesis import strategies as st

from blog import addresses, belonging, revisions
from blog.addresses import check, first_free, forward, forward_many, slug_for, spelt
from blog.models import SLUG
from blog.rendering import Unacceptable
from tests import factories
from tests.factories import (
    NOON,
    everything,
    make_content,
    make_live_page,
    make_live_post,
    make_page,
    make_post,
    make_publisher,
    person,
)


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Council closes the bridge!", "council-closes-the-bridge"),
        ("  Élan – vital, “quoted” ", "élan-vital-quoted"),
        ("Die Straße ist zu", "die-straße-ist-zu"),
        ("حادث في المدينة", "حادث-في-المدينة"),
        ("東京の橋", "東京の橋"),
        ("🔥 ?!", "untitled"),
        ("", "untitled"),
        ("--a__b--", "a__b"),
        ("word " * 40, "word-" * 15 + "word"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_slug_says_what_the_headline_says(headline, slug):
    assert slug_for(headline) == slug
    check(slug_for(headline))


@given(st.text(max_size=600))
def test_any_headline_has_a_slug(headline):
    slug = slug_for(headline)
    assert SLUG.regex.match(slug)
    assert 0 < len(slug) <= addresses.LONGEST_MADE


@pytest.mark.parametrize("slug", ["", "a b", "a/b", "..", "a?b", "<b>", "a\n", "a\0", "x" * 201, "a.b", "%20"])
def test_what_cannot_be_a_slug(slug):
    with pytest.raises(Unacceptable):
        check(slug)


def test_the_first_slug_that_is_free():
    longest = "x" * addresses.LONGEST_SLUG
    taken = {"a", "a-2", longest, longest[:-2] + "-2"}.__contains__
    assert first_free("post", "b", taken) == "b"
    assert first_free("post", "a", taken) == "a-3"
    assert first_free("post", longest, taken) == longest[:-2] + "-3"
    assert first_free("page", "admin", taken) == "admin-2"
    assert first_free("page", "2012", taken) == "2012-2"
    assert first_free("post", "admin", taken) == "admin"


def test_no_page_can_have_an_address_of_the_sites_own():
    firsts = set()
    for one in get_resolver().url_patterns:
        if isinstance(one.pattern, RoutePattern):
            inner = [one] if not hasattr(one, "url_patterns") or str(one.pattern) else one.url_patterns
            firsts |= {str(pattern.pattern).split("/")[0] for pattern in inner}
    own = {first for first in firsts if first.isidentifier()}
    assert {"admin", "search", "tags", "archive"} <= own <= addresses.RESERVED


@pytest.mark.django_db
class TestForwarding:
    def test_no_chain_and_no_circle(self):
        assert forward("/a/", "/b/") and forward("/b/", "/c/")
        assert dict(Redirect.objects.values_list("old_path", "new_path")) == {"/a/": "/c/", "/b/": "/c/"}
        assert forward("/c/", "/a/")
        assert dict(Redirect.objects.values_list("old_path", "new_path")) == {"/b/": "/a/", "/c/": "/a/"}

    def test_nothing_leads_to_itself(self):
        assert not forward("/a/", "/a/")
        assert not forward("/%C3%A9/", "/é/")
        assert not Redirect.objects.exists()

    def test_paths_too_long_to_keep_are_told(self):
        assert not forward("/" + "x" * 200, "/a/")
        assert not forward("/a/", "/" + "x" * 200)
        assert not Redirect.objects.exists()

    def test_a_long_path_in_another_script_is_kept_decoded(self):
        path = "/2025/09/05/" + "حادث-" * 20
        assert forward(quote(path), "/a/")
        assert Redirect.objects.get().old_path == path

    def test_many_at_once_leave_alone_what_is_there(self):
        forward("/known/", "/here/")
        new, unkept = forward_many(
            [("/known/", "/x/"), ("/a/", "/b/"), ("/a/", "/c/"), ("/same/", "/same/"), ("/" + "x" * 200, "/y/")]
        )
        assert (new, unkept) == (1, ["/" + "x" * 200])
        assert dict(Redirect.objects.values_list("old_path", "new_path")) == {"/known/": "/here/", "/a/": "/b/"}


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/a/b/", "/a/b/"),
        ("/%C3%A9/", "/é/"),
        ("/é/", "/é/"),
        ("/a%20b/", "/a%20b/"),
        ("/a b/", "/a%20b/"),
        ("/%FF/", "/%FF/"),
        ("/?p=12", "/?p=12"),
    ],
)
def test_one_spelling_of_a_path(path, kept):
    assert spelt(path) == kept
    assert spelt(kept) == kept


@pytest.mark.django_db
def test_addresses_of_pieces():
    draft = make_post()
    assert draft.get_absolute_url().endswith("/1/")
    assert str(draft.key) in draft.get_absolute_url()
    assert make_live_post("Ünïcode", slug="ünï").get_absolute_url() == "/2025/09/05/" + quote("ünï") + "/"
    assert make_live_page(slug="about").get_absolute_url() == "/about/"
    assert "/about" not in make_page(slug="other").get_absolute_url()


@pytest.mark.django_db
def test_two_pages_cannot_have_one_slug():
    make_page(slug="about")
    before = everything()
    with pytest.raises(Unacceptable, match="about"):
        revisions.start(make_content(), by=person("carla"), kind="page", slug="about")
    assert everything() == before


@pytest.mark.django_db
def test_a_reserved_slug_of_a_page_gets_a_number():
    assert make_live_page(slug="admin").slug == "admin-2"
    assert make_live_page(slug="2012").slug == "2012-2"


@pytest.mark.django_db
def test_two_drafts_may_want_one_slug_and_the_second_gets_a_number():
    one, two = make_post(slug="bridge"), make_post(slug="bridge")
    assert [factories.published(post, at=NOON).slug for post in (one, two)] == ["bridge", "bridge-2"]
    assert factories.published(make_post(slug="bridge"), at=NOON + timedelta(days=1)).slug == "bridge"


@pytest.mark.django_db
def test_the_longest_address_can_be_moved(client):
    post = make_live_post(slug="a" * addresses.LONGEST_SLUG)
    before = post.get_absolute_url()
    moved = belonging.move(post, "é" * addresses.LONGEST_SLUG, by=make_publisher())
    assert client.get(before).headers["Location"] == moved.get_absolute_url()


def test_a_slug_is_in_the_form_in_which_addresses_are_read():
    with pytest.raises(Unacceptable):
        addresses.check("2\u2126")  # the ohm sign, which every system turns into an omega
    addresses.check("2\u03a9")
