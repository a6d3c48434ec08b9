"""What a page says of itself to machines."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blog.models import Author
from blog.structured import Meta, absolute, of_author, of_list, of_post
from tests.factories import NOON, make_author, make_live_page, make_live_post, published, write

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
