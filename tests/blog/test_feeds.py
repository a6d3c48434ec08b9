"""Feeds as a feed reader sees them."""

import json
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from blog import belonging, updates, workflow
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
    make_update,
    publish_update,
    published,
    rewrite_update,
    write,
)

ATOM = "{http://www.w3.org/2005/Atom}"
BYLINE = ({"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "Ines Okafor", "slug": ""})


def entries(client, path="/feed.atom"):
    return feedparser.parse(client.get(path).content, sanitize_html=False).entries


def items(client, path="/feed.json"):
    return json.loads(client.get(path).content)["items"]


@pytest.mark.django_db
def test_a_feed_holds_the_whole_text_under_a_lasting_id(client):
    post = make_live_post(
        "Closed & <shut>",
        body='<p>See <a href="/about/">us</a>, <a href="#note">below</a>.</p>'
        '<figure><img src="/media/a.png" alt="A map"></figure>',
        standfirst="Until Friday.",
        byline=BYLINE,
        tags=("Harbour",),
    )
    answer = client.get("/feed.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    feed = feedparser.parse(answer.content, sanitize_html=False)
    assert not feed.bozo
    assert feed.feed.title == "The Port Ansel Record"
    assert {link.rel: link.href for link in feed.feed.links} == {
        "self": "https://record.example/feed.atom",
        "alternate": "https://record.example/",
    }
    [entry] = feed.entries
    address = f"https://record.example{post.get_absolute_url()}"
    assert root.find(f"{ATOM}entry/{ATOM}title").text == "Closed & <shut>"
    assert entry.id == f"urn:uuid:{post.key}"
    assert entry.link == address
    assert [author.name for author in entry.authors] == ["Carla Reyes", "Ines Okafor"]
    assert [tag.term for tag in entry.tags] == ["Harbour"]
    content = root.find(f"{ATOM}entry/{ATOM}content").text
    assert "Until Friday." in content
    assert 'href="https://record.example/about/"' in content
    assert f'href="{address}#t-note"' in content
    assert 'src="https://record.example/media/a.png"' in content


@pytest.mark.django_db
def test_the_json_feed_says_the_same(client):
    image = {"src": "/media/bridge.png", "alt": "The bridge", "width": 8, "height": 4, "credit": "A. Nowak"}
    post = make_live_post(byline=BYLINE, tags=("Harbour",), image=image)
    answer = client.get("/feed.json")
    assert answer.headers["Content-Type"] == "application/feed+json"
    data = json.loads(answer.content)
    assert data["version"] == "https://jsonfeed.org/version/1.1"
    assert data["feed_url"] == "https://record.example/feed.json"
    [item] = data["items"]
    assert item["id"] == f"urn:uuid:{post.key}"
    assert item["url"] == f"https://record.example{post.get_absolute_url()}"
    assert item["date_published"] == item["date_modified"] == "2025-09-05T12:00:00+00:00"
    assert item["image"] == "https://record.example/media/bridge.png"
    assert "The bridge is closed until Friday." in item["content_html"]
    assert item["authors"] == [{"name": "Carla Reyes"}, {"name": "Ines Okafor"}]


@pytest.mark.django_db
def test_only_what_readers_are_told_of_moves_the_time(client):
    post = make_live_post()
    before = entries(client)[0].updated
    post = published(write(post, headline="Council closes bridge", kind="typo"))
    assert entries(client)[0].title == "Council closes bridge"
    assert entries(client)[0].updated == before
    published(write(post, headline="Council closes bridge until May", kind="update"))
    assert entries(client)[0].updated > before
    assert entries(client)[0].published == "2025-09-05T12:00:00+00:00"
    assert items(client)[0]["date_modified"] > items(client)[0]["date_published"]


@pytest.mark.django_db
def test_a_new_address_is_the_same_entry(client):
    post = make_live_post()
    before = entries(client)[0].id
    belonging.move(post, "bridge", by=make_publisher())
    assert entries(client)[0].id == before
    assert entries(client)[0].link.endswith("/bridge/")


@pytest.mark.django_db
def test_tags_and_authors_have_their_own(client):
    make_author()
    make_live_post("Hers", byline=BYLINE, tags=("Harbour",))
    make_live_post("Other")
    for kind in ("tags/harbour", "authors/carla-reyes"):
        assert [entry.title for entry in entries(client, f"/{kind}/feed.atom")] == ["Hers"]
        assert [item["title"] for item in items(client, f"/{kind}/feed.json")] == ["Hers"]
        assert client.get(f"/{kind}-too/feed.atom").status_code == 404
        assert client.get(f"/{kind}-too/feed.json").status_code == 404


@pytest.mark.django_db
def test_only_live_posts_newest_first_and_no_pages(client):
    make_live_post("Older", at=NOON - timedelta(hours=1))
    make_live_post("Newer")
    make_post("Draft")
    make_live_page("About us")
    withdrawn = make_live_post("Wrong")
    workflow.withdraw(withdrawn, by=make_publisher(), public_note="It was wrong.")
    assert [entry.title for entry in entries(client)] == ["Newer", "Older"]
    assert [item["title"] for item in items(client)] == ["Newer", "Older"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["atom", "json"])
def test_what_has_nothing_live_has_no_feed(client, kind):
    author = make_author()
    byline = ({"name": author.name, "slug": author.slug},)
    post = make_live_post(tags=("Bridge",), byline=byline)
    addresses = [f"/tags/bridge/feed.{kind}", f"/authors/{author.slug}/feed.{kind}"]
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    workflow.withdraw(post, by=make_publisher(), public_note="It was wrong.")
    assert [client.get(address).status_code for address in addresses] == [404, 404]


@pytest.mark.django_db
def test_an_empty_feed_is_a_feed(client):
    root = ElementTree.fromstring(client.get("/feed.atom").content)
    assert root.find(f"{ATOM}updated").text == "1970-01-01T00:00:00+00:00"
    assert items(client) == []


@pytest.mark.django_db
def test_a_feed_costs_the_same_for_three_and_for_twenty(client, django_assert_num_queries):
    by = make_contributor()
    for number in range(3):
        make_live_post(f"Report {number}", by=by, tags=("Harbour",), byline=BYLINE)
    for path in ("/feed.atom", "/feed.json"):
        with django_assert_num_queries(2):
            client.get(path)
    for number in range(3, 22):
        make_live_post(f"Report {number}", by=by, tags=("Harbour",), byline=BYLINE)
    for path, cost in (("/feed.atom", 2), ("/feed.json", 2), ("/tags/harbour/feed.atom", 3)):
        with django_assert_num_queries(cost):
            client.get(path)
    assert len(items(client)) == 20


@pytest.mark.django_db
def test_an_item_without_a_text_is_an_item_of_json_feed_all_the_same(client):
    make_live_post(body="")
    [item] = items(client)
    assert item["content_html"] == ""


# The feed of a running story


def updates_of(client, post):
    answer = client.get(f"{post.get_absolute_url()}updates.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content, sanitize_html=False)
    assert not feed.bozo
    return feed


@pytest.mark.django_db
def test_each_update_of_a_running_story_is_an_entry(client):
    post = make_rolling_post("Bridge closed", standfirst="Until Friday.")
    one = make_live_update(post, "Crack & <more>", body='<p><a href="/about/">We</a> saw it.</p>', byline=BYLINE)
    two = make_live_update(post, "", body="<p>It is in bearing four.</p>", at=NOON + timedelta(hours=1))
    make_update(post, "Only proposed")
    feed = updates_of(client, post)
    address = f"https://record.example{post.get_absolute_url()}"
    assert feed.feed.title == "Bridge closed – The Port Ansel Record"
    assert feed.feed.subtitle == "Until Friday."
    assert {link.rel: link.href for link in feed.feed.links} == {
        "self": f"{address}updates.atom",
        "alternate": address,
    }
    assert feed.feed.updated == feed.entries[0].updated == "2025-09-05T13:00:00+00:00"
    assert [entry.title for entry in feed.entries] == ["It is in bearing four.", "Crack & <more>"]
    assert [entry.link for entry in feed.entries] == [f"{address}?u={up.number}#u{up.number}" for up in (two, one)]
    assert [author.name for author in feed.entries[1].authors] == ["Carla Reyes", "Ines Okafor"]
    assert feed.entries[1].content[0].value == '<p><a href="https://record.example/about/">We</a> saw it.</p>'
    page = client.get(post.get_absolute_url()).content.decode()
    assert f'title="Updates of “Bridge closed”" href="{post.get_absolute_url()}updates.atom"' in page


@pytest.mark.django_db
def test_an_entry_stays_the_same_one_under_other_words_and_another_address(client):
    post = make_rolling_post()
    update = make_live_update(post, at=NOON)
    [before] = updates_of(client, post).entries
    publish_update(rewrite_update(update, headline="Cracks found", kind="update"), at=NOON + timedelta(hours=1))
    post = belonging.move(fresh(post), "bridge", by=make_publisher())
    [after] = updates_of(client, post).entries
    assert (after.id, after.published) == (before.id, before.published)
    assert (after.title, before.title) == ("Cracks found", "Crack found")
    assert (before.updated, after.updated) == ("2025-09-05T12:00:00+00:00", "2025-09-05T13:00:00+00:00")
    assert len({entry.id for entry in [after, *entries(client)]}) == 2


@pytest.mark.django_db
def test_it_lasts_while_the_story_is_public_and_no_plain_post_has_one(client):
    post, plain = make_rolling_post(), make_live_post("Plain", slug="plain")
    path = f"{post.get_absolute_url()}updates.atom"
    assert updates_of(client, post).entries == []
    assert client.get(f"{plain.get_absolute_url()}updates.atom").status_code == 404
    assert "updates.atom" not in client.get(plain.get_absolute_url()).content.decode()
    assert client.get("/2025/09/31/bridge/updates.atom").status_code == 404
    updates.end(post, by=make_publisher())
    assert client.get(path).status_code == 200
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="It was wrong.")
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_the_feed_of_a_story_costs_the_same_for_three_and_for_forty(client, django_assert_num_queries):
    post = make_rolling_post()
    path = f"{post.get_absolute_url()}updates.atom"
    for number in range(3):
        make_live_update(post, f"Update {number}", at=NOON + timedelta(minutes=number))
    with django_assert_num_queries(3):
        seen = client.get(path).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(path, headers={"if-none-match": seen}).status_code == 304
    for number in range(3, 40):
        make_live_update(post, f"Update {number}", at=NOON + timedelta(minutes=number))
    with django_assert_num_queries(3):
        answer = client.get(path, headers={"if-none-match": seen})
    titles = [entry.title for entry in feedparser.parse(answer.content).entries]
    assert titles == [f"Update {number}" for number in range(39, 9, -1)]


@pytest.mark.django_db
def test_where_things_stand_is_in_the_feeds_above_the_text(client):
    post = make_live_post(body="<p>The text.</p>", standfirst="In short.", summary="<p>It is shut.</p>")
    assert [item["content_html"] for item in items(client)] == [
        "<p><strong>In short.</strong></p>\n<p>It is shut.</p>\n<p>The text.</p>"
    ]
    assert entries(client)[0].content[0].value == items(client)[0]["content_html"]
    assert post.live.summary == "<p>It is shut.</p>"
