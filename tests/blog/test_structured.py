"""What a page says of itself to machines."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blog import coverage, updates, workflow
from blog.coverage import Wish
from blog.models import Author
from blog.structured import Meta, absolute, of_author, of_list, of_post, spelt
from tests.factories import (
    NOON,
    fresh,
    make_author,
    make_contributor,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


def test_addresses_have_the_sites_own_name():
    assert absolute("/2025/09/05/x/") == "https://record.example/2025/09/05/x/"
    assert absolute("https://elsewhere.example/x") == "https://elsewhere.example/x"
    assert (Meta("T", path="/x/").canonical, Meta("T").canonical) == ("https://record.example/x/", "")


def test_a_post_is_a_news_article():
    author = make_author(name="Carla Reyes", slug="carla-reyes")
    byline = ({"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "A Guest", "slug": ""})
    source = {"outlet": "Clarion", "title": "Bridge shut", "url": "https://clarion.example/1", "at": ""}
    image = {"src": "/media/p.jpg", "alt": "The bridge", "width": 1, "height": 1, "credit": ""}
    post = make_live_post(
        standfirst="It is shut.", tags=("Bridge",), section="Council", byline=byline, sources=(source,), image=image
    )
    data = of_post(post, [author])
    assert data["@type"] == "NewsArticle"
    assert data["url"] == data["mainEntityOfPage"] == f"https://record.example{post.get_absolute_url()}"
    assert data["author"] == [
        {"@type": "Person", "name": "Carla Reyes", "url": "https://record.example/authors/carla-reyes/"},
        {"@type": "Person", "name": "A Guest"},
    ]
    assert (data["description"], data["articleSection"]) == ("It is shut.", "Council")
    assert (data["keywords"], data["image"]) == (["Bridge", "Council"], ["https://record.example/media/p.jpg"])
    assert data["citation"][0] == {
        "@type": "CreativeWork",
        "name": "Bridge shut",
        "url": "https://clarion.example/1",
        "publisher": {"@type": "Organization", "name": "Clarion"},
    }


def test_it_was_modified_when_readers_got_something_new():
    post = make_live_post()
    assert (
        of_post(post, [])["dateModified"] == of_post(post, [])["datePublished"] == timezone.localtime(NOON).isoformat()
    )
    post = published(write(post, headline="Council shuts the bridge", kind="typo"), at=NOON + timedelta(hours=1))
    assert of_post(post, [])["dateModified"] == timezone.localtime(NOON).isoformat()
    later = NOON + timedelta(hours=2)
    post = published(write(post, headline="Bridge open again", kind="update"), at=later)
    assert of_post(post, [])["dateModified"] == timezone.localtime(later).isoformat()


def test_a_page_is_no_news_and_nobody_signs_it():
    data = of_post(make_live_page(), [])
    assert (data["@type"], data["author"]["@type"]) == ("WebPage", "NewsMediaOrganization")
    assert not {"wordCount", "keywords", "citation"} & data.keys()


def test_lists_and_authors():
    posts = [make_live_post(slug="one"), make_live_post(slug="two")]
    listed = of_list("Bridge", "/tags/bridge/", posts)["mainEntity"]["itemListElement"]
    assert [(item["position"], item["url"].rpartition("/2025/09/05/")[2]) for item in listed] == [
        (1, "one/"),
        (2, "two/"),
    ]
    assert "description" not in of_author(Author(name="A", slug="a"))["mainEntity"]
    assert of_author(Author(name="A", slug="a", biography="B."))["mainEntity"]["description"] == "B."


def test_a_running_story_is_a_live_blog_with_the_updates_on_the_page():
    author = make_author()
    byline = ({"name": "Carla Reyes", "slug": "carla-reyes"},)
    post = make_rolling_post(byline=byline)
    later = NOON + timedelta(hours=1)
    one = make_live_update(post, "Crack found", body="<p>In <b>bearing</b> 4.</p>", at=NOON, byline=byline)
    two = make_live_update(post, "", body="<p>It is shut.</p>", at=later)
    gone = make_live_update(post, "Wrong", at=later)
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    publish_update(rewrite_update(one, body="<p>In bearing 5.</p>", kind="update"), kind="update", at=later)
    updates.pin(fresh(one), by=make_publisher())
    post = fresh(post)
    data = of_post(post, [author], covered=coverage.now(post, Wish()))
    assert data["@type"] == ["NewsArticle", "LiveBlogPosting"]
    assert data["coverageStartTime"] == "2025-09-05T12:00:00+00:00"
    assert "coverageEndTime" not in data
    url = f"https://record.example{post.get_absolute_url()}"
    first, second = data["liveBlogUpdate"]  # the pinned one stands above; of the withdrawn one there is nothing
    assert first == {
        "@type": "BlogPosting",
        "headline": "Crack found",
        "url": f"{url}?u={one.number}#u{one.number}",
        "datePublished": "2025-09-05T12:00:00+00:00",
        "dateModified": "2025-09-05T13:00:00+00:00",
        "articleBody": "In bearing 5.",
        "author": [
            {"@type": "Person", "name": "Carla Reyes", "url": "https://record.example/authors/carla-reyes/"},
        ],
    }
    assert (second["headline"], second["articleBody"]) == ("It is shut.", "It is shut.")
    assert second["url"] == f"{url}?u={two.number}#u{two.number}"
    assert (second["datePublished"], second["author"]["@type"]) == (
        "2025-09-05T13:00:00+00:00",
        "NewsMediaOrganization",
    )


def test_only_coverage_that_ended_has_an_end():
    paula, post = make_publisher(), make_rolling_post()
    moments = [NOON + timedelta(hours=hour) for hour in range(3)]
    post = updates.end(post, by=paula, at=moments[1])
    data = of_post(post, [], covered=coverage.now(post, Wish()))
    assert (data["coverageStartTime"], data["coverageEndTime"]) == (spelt(moments[0]), spelt(moments[1]))
    assert data["liveBlogUpdate"] == []
    post = updates.roll(post, by=paula, at=moments[2])
    data = of_post(post, [], covered=coverage.now(post, Wish()))
    assert data["coverageStartTime"] == spelt(moments[0])
    assert "coverageEndTime" not in data


def test_coverage_begins_when_readers_see_it_at_the_earliest():
    post = updates.roll(make_post(at=NOON), by=make_contributor(), at=NOON)
    post = published(post, at=NOON + timedelta(hours=2))
    data = of_post(post, [], covered=coverage.now(post, Wish()))
    assert data["coverageStartTime"] == data["datePublished"] == spelt(NOON + timedelta(hours=2))


def test_a_post_that_never_ran_is_no_live_blog():
    post = make_live_post()
    data = of_post(post, [], covered=coverage.now(post, Wish()))
    assert data["@type"] == "NewsArticle"
    assert not {"coverageStartTime", "coverageEndTime", "liveBlogUpdate", "correction"} & data.keys()
