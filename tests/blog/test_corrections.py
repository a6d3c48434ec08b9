"""One record of a correction, and all the places that tell of it."""

import json
import re
from datetime import timedelta

import feedparser
import pytest

from blog import corrections, workflow
from tests.factories import (
    NOON,
    fresh,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db
NOTE = "The bridge opened in 1976 & not in 1974, as we said."
HOUR = timedelta(hours=1)
LIST, FEED = "/corrections/", "/corrections/feed.atom"


def corrected(post, *, note=NOTE, at=NOON + HOUR, **parts):
    """The post with other words, which readers are told of."""
    post = write(post, kind="correction", **parts or {"body": "<p>It opened in 1976.</p>"})
    return published(post, kind="correction", public_note=note, at=at)


def corrected_update(update, *, note=NOTE, at=NOON + HOUR, **parts):
    update = rewrite_update(update, kind="correction", **parts or {"body": "<p>It opened in 1976.</p>"})
    return publish_update(update, kind="correction", public_note=note, at=at)


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def structured(client, post):
    [data] = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', text(client, post.get_absolute_url()), re.DOTALL
    )
    return json.loads(data)


def entries(client, path):
    feed = feedparser.parse(client.get(path).content, sanitize_html=False)
    assert not feed.bozo
    return feed.entries


def places(client, post):
    """Every public place where a correction of the post could be told, with how often the words stand there."""
    page = post.get_absolute_url()
    paths = [page, LIST, FEED, "/feed.atom", "/feed.json", f"{page}updates.atom"]
    escaped = NOTE.replace("&", "&amp;")
    found = {}
    for path in paths:
        answer = client.get(path)
        content = answer.content.decode().replace("&amp;amp;", "&amp;").replace("\\u0026", "&amp;")
        times = content.count(escaped) + content.count(NOTE)
        found[path.removeprefix(page) or "page"] = times if answer.status_code == 200 else answer.status_code
    return found


def test_one_correction_of_a_text_is_told_everywhere(client):
    post = corrected(make_rolling_post(at=NOON))
    # On the page beside the words, at the foot, and in the structured data.
    assert places(client, post) == {"page": 3, LIST: 1, FEED: 1, "/feed.atom": 1, "/feed.json": 1, "updates.atom": 0}
    assert structured(client, post)["correction"] == [
        {"@type": "CorrectionComment", "text": NOTE, "datePublished": "2025-09-05T13:00:00+00:00"}
    ]
    [entry] = entries(client, "/feed.atom")
    assert entry.updated == "2025-09-05T13:00:00+00:00"
    told = f"<p><strong>Corrected 5 September 2025, 13:00:</strong> {NOTE.replace('&', '&amp;')}</p>\n"
    assert entry.content[0].value.startswith(told)
    [item] = json.loads(client.get("/feed.json").content)["items"]
    assert item["content_html"].startswith(told)
    assert item["date_modified"] == structured(client, post)["dateModified"] == "2025-09-05T13:00:00+00:00"
    [listed] = entries(client, FEED)
    assert listed.link == f"https://record.example{post.get_absolute_url()}#corr-{post.sequence}"
    assert listed.updated == "2025-09-05T13:00:00+00:00"
    assert listed.content[0].value == told.strip()
    page = text(client, post.get_absolute_url())
    difference = post.get_difference_url(1, 2).replace("&", "&amp;")
    assert f'id="corr-{post.sequence}"' in page
    assert page.count(f'href="{difference}"') == 2
    assert f'href="{difference}"' in text(client, LIST)


def test_one_correction_of_an_update_is_told_everywhere(client):
    post = make_rolling_post(at=NOON)
    update = corrected_update(make_live_update(post, at=NOON + HOUR / 2))
    post = fresh(post)
    assert places(client, post) == {"page": 3, LIST: 1, FEED: 1, "/feed.atom": 1, "/feed.json": 1, "updates.atom": 1}
    [listed] = entries(client, FEED)
    assert listed.link == f"https://record.example{post.get_absolute_url()}?u={update.number}#corr-{post.sequence}"
    [entry] = entries(client, f"{post.get_absolute_url()}updates.atom")
    assert entry.updated == "2025-09-05T13:00:00+00:00"
    assert entry.content[0].value.startswith("<p><strong>Corrected 5 September 2025, 13:00:</strong> ")
    assert "In the update of" in text(client, LIST)
    assert f'href="?u={update.number}#u{update.number}">In the update of <time' in text(client, post.get_absolute_url())


@pytest.mark.parametrize("kind", ["typo", "update", "clarification"])
def test_what_is_no_correction_is_told_as_none(client, kind):
    post = make_rolling_post(at=NOON)
    update = make_live_update(post, at=NOON)
    published(write(fresh(post), body="<p>It opned.</p>", kind=kind), kind=kind, public_note=NOTE, at=NOON + HOUR)
    publish_update(
        rewrite_update(update, body="<p>It opned.</p>", kind=kind), kind=kind, public_note=NOTE, at=NOON + HOUR
    )
    assert set(places(client, fresh(post)).values()) <= ({0} if kind == "typo" else {0, 1})
    assert text(client, LIST).count("corr-") == 0
    assert entries(client, FEED) == []
    assert "correction" not in structured(client, fresh(post))


def test_a_typo_changes_nothing_of_the_feeds_but_the_words(client):
    post = make_rolling_post(body="<p>The bridge is clsoed.</p>", at=NOON)
    update = make_live_update(post, body="<p>A crack was fuond.</p>", at=NOON + HOUR)
    paths = ["/feed.atom", "/feed.json", f"{post.get_absolute_url()}updates.atom", FEED, LIST]
    before = [client.get(path).content for path in paths]
    post = published(
        write(fresh(post), body="<p>The bridge is closed.</p>", kind="typo"), kind="typo", at=NOON + 2 * HOUR
    )
    update = rewrite_update(update, body="<p>A crack was found.</p>", kind="typo")
    publish_update(update, kind="typo", at=NOON + 2 * HOUR)
    after = [client.get(path).content for path in paths]
    assert before != after
    assert [content.replace(b"clsoed", b"closed").replace(b"fuond", b"found") for content in before] == after
    assert structured(client, post)["dateModified"] == "2025-09-05T13:00:00+00:00"


def test_the_corrections_of_a_withdrawn_update_are_told_nowhere(client):
    post = make_rolling_post(at=NOON)
    update = corrected_update(make_live_update(post, at=NOON))
    assert 0 not in places(client, fresh(post)).values()
    workflow.withdraw(update, by=make_publisher(), public_note="It was another bridge.")
    assert set(places(client, fresh(post)).values()) == {0}
    assert "correction" not in structured(client, fresh(post))
    assert "It was another bridge." in text(client, post.get_absolute_url())
    assert entries(client, f"{post.get_absolute_url()}updates.atom") == []


def test_the_corrections_of_a_withdrawn_post_are_told_nowhere(client):
    post = corrected(make_rolling_post(at=NOON))
    corrected_update(make_live_update(post, at=NOON))
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="It was another bridge.")
    found = places(client, fresh(post))
    assert (found.pop("page"), found.pop("updates.atom")) == (410, 404)
    assert set(found.values()) == {0}
    assert "It was another bridge." in client.get(post.get_absolute_url()).content.decode()
    assert NOTE not in client.get(post.get_absolute_url()).content.decode()


def test_what_is_shown_again_is_told_again(client):
    post = make_rolling_post(at=NOON)
    update = corrected_update(make_live_update(post, at=NOON))
    update = workflow.withdraw(update, by=make_publisher(), public_note="It was another bridge.")
    publish_update(update, kind="update")
    assert text(client, LIST).count("corr-") == 1


def test_the_list_goes_on_from_a_place(client, django_assert_num_queries):
    post = make_live_post(at=NOON)
    for number in range(25):
        post = corrected(
            post, note=f"Note {number}.", body=f"<p>Words {number}.</p>", at=NOON + HOUR * (number + 24 * (number % 2))
        )
    notes = []
    path = LIST
    while path:
        page = text(client, path)
        notes += re.findall(r"<p dir=\"auto\">(Note \d+\.)</p>", page)
        match = re.search(r'<a href="(\?before=[^"]*)" rel="next">', page)
        path = match and LIST + match[1]
    said = [(event.at, event.public_note) for event in post.events.filter(kind="correction", verb="publish")]
    assert notes == [note for _at, note in sorted(said, reverse=True)]
    assert len(notes) == 25
    assert client.get(f"{LIST}?before=x").status_code == 400
    with django_assert_num_queries(3):  # the edition, the corrections, the pages in the footer
        client.get(LIST)


@pytest.mark.parametrize("path", [LIST, FEED])
def test_who_has_it_is_told_so_for_one_query(client, path, django_assert_num_queries):
    corrected(make_live_post(at=NOON))
    seen = client.get(path).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(path, headers={"if-none-match": seen}).status_code == 304


def test_an_empty_list_says_so(client):
    assert "Nothing has been corrected yet." in text(client, LIST)
    assert entries(client, FEED) == []


def test_months_are_those_of_the_site(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    post = corrected(make_live_post(at=NOON), at=NOON.replace(day=30))
    [event] = corrections.shown()
    assert corrections.Told.of(event).month().isoformat() == "2025-10-01"
    assert post.notices[0]["event"] == event.number
