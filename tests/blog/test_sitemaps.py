"""Sitemaps: every live address is in exactly one part, and nothing else is."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from blog import workflow
from tests.factories import (
    NOON,
    make_author,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    make_story,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


def tree(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def addresses(client, path):
    prefix = "https://record.example"
    found = [element.text for element in tree(client, path).iter(f"{MAPS}loc")]
    assert all(address.startswith(prefix) for address in found)
    return [address.removeprefix(prefix) for address in found]


def test_the_index_names_a_part_for_each_month(client):
    make_live_post()
    make_live_post("Old", at=NOON - timedelta(days=40))
    assert addresses(client, "/sitemap.xml") == ["/sitemap/site.xml", "/sitemap/2025-09.xml", "/sitemap/2025-07.xml"]


def test_every_live_address_is_in_one_part(client):
    make_author()
    byline = ({"name": "Carla Reyes", "slug": "carla-reyes"},)
    sources = ({"outlet": "Élan", "title": "A"}, {"outlet": "ÉLAN", "title": "B"}, {"outlet": "", "title": "C"})
    live = make_live_post(tags=("Harbour",), byline=byline, story=make_story(), sources=sources)
    page = make_live_page("About us", slug="about")
    make_post("Draft", tags=("Secret",))
    gone = make_live_post("Wrong", tags=("Gone",), sources=({"outlet": "Gone"},), story=make_story("Other", "other"))
    workflow.withdraw(gone, by=make_publisher(), public_note="It was wrong.")
    found = [address for part in addresses(client, "/sitemap.xml") for address in addresses(client, part)]
    assert sorted(found) == sorted(
        [
            "/",
            "/archive/",
            "/authors/carla-reyes/",
            "/sources/%C3%A9lan/",
            "/stories/kestrel-bridge/",
            "/tags/harbour/",
            live.get_absolute_url(),
            page.get_absolute_url(),
        ]
    )


def test_a_part_says_when_readers_were_last_told_something(client):
    make_live_post()
    [changed] = [element.text for element in tree(client, "/sitemap/2025-09.xml").iter(f"{MAPS}lastmod")]
    assert changed == "2025-09-05T12:00:00+00:00"


def test_an_update_is_something_that_readers_are_told_and_a_typo_is_not(client, time_machine):
    time_machine.move_to(NOON + timedelta(hours=4))
    post = make_rolling_post()
    update = make_live_update(post, at=NOON + timedelta(hours=1))
    published(write(post, body="<p>Other.</p>", kind="typo"), kind="typo", at=NOON + timedelta(hours=2))
    publish_update(rewrite_update(update, body="<p>Other.</p>", kind="typo"), kind="typo", at=NOON + timedelta(hours=2))
    assert changed(client) == ["2025-09-05T13:00:00+00:00"]
    update = rewrite_update(update, body="<p>Right.</p>", kind="correction")
    publish_update(update, kind="correction", public_note="It was wrong.", at=NOON + timedelta(hours=3))
    assert changed(client) == ["2025-09-05T15:00:00+00:00"]
    assert changed(client, "/sitemap-news.xml") == ["2025-09-05T15:00:00+00:00"]


def changed(client, path="/sitemap/2025-09.xml"):
    return [element.text for element in tree(client, path).iter(f"{MAPS}lastmod")]


@pytest.mark.parametrize("path", ["/sitemap/2025-08.xml", "/sitemap/2025-13.xml", "/sitemap/0000-00.xml"])
def test_a_month_without_posts_has_no_part(client, path):
    make_live_post()
    assert client.get(path).status_code == 404


def test_news_are_of_the_last_two_days(client, time_machine):
    time_machine.move_to(NOON + timedelta(hours=3))
    make_live_post("Fresh")
    make_live_post("Yesterday’s", at=NOON - timedelta(days=1))
    make_live_post("Old", at=NOON - timedelta(days=4))
    root = tree(client, "/sitemap-news.xml")
    assert [element.text for element in root.iter(f"{NEWS}title")] == ["Fresh", "Yesterday’s"]
    assert {element.text for element in root.iter(f"{NEWS}name")} == {"The Port Ansel Record"}
    assert {element.text for element in root.iter(f"{NEWS}language")} == {"en"}
    time_machine.move_to(NOON + timedelta(days=10))
    assert addresses(client, "/sitemap-news.xml") == []
