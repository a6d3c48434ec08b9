"""The page at a moment is what readers were served then, to the byte, and says that it is not today's."""

import hashlib
import random
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import override_settings
from django.utils import timezone
from lxml.html import document_fromstring, tostring

from blog import belonging, coverage, labelling, structured, updates, workflow
from blog.models import Tag
from blog.views.moments import NoTime, read
from tests.blog.chance import Desk
from tests.factories import (
    NOON,
    everything,
    four_eyes,
    fresh,
    make_author,
    make_editor,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
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
MINUTE = timedelta(minutes=1)


def at(moment):
    return {"at": moment.isoformat()}


def content(response):
    """The parts of a page that are the post itself; not where it is (it moves), nor the moment in its links."""
    whole = document_fromstring(response.content.decode())
    parts = whole.xpath("//main//*[(@data-part and @data-part != 'suggest') or @data-updates]")
    assert {part.get("data-part") for part in parts} >= {"top", "text", "corrections"}
    html = "".join(tostring(part, encoding="unicode", with_tail=False) for part in parts)
    return re.sub(r"\bat=[^&\"]*&amp;|(?<=/2025/09/05/)[^/]+", "", html)


def digest(response):
    if response.status_code == 410:  # the address says why, now and then
        return 410, re.search(r'<p class="dek" dir="auto">(.*?)</p>', response.content.decode(), re.DOTALL)[1]
    assert response.status_code == 200
    return 200, hashlib.sha256(content(response).encode()).hexdigest()


@four_eyes(False)
def test_five_hundred_edits_are_given_back(client, monkeypatch, time_machine):
    """All verbs, random times, several pages of updates in either order, and a promise that time runs out for."""
    monkeypatch.setattr(coverage, "PAGE", 5)
    monkeypatch.setattr(coverage, "LEAD", 2)
    make_story()
    make_story("Ferries", "ferries")
    make_author()
    post = make_post(at=NOON, byline=({"name": "Carla Reyes", "slug": "carla-reyes"},))
    desk, chance = Desk(post, seed=7), random.Random(7)
    now = NOON
    time_machine.move_to(now, tick=False)
    published(post, at=now)
    served = []
    for _edit in range(500):
        now += timedelta(seconds=chance.randint(1, 1500), microseconds=chance.randint(0, 999_999))
        time_machine.move_to(now, tick=False)
        while desk.act(now) is None:
            pass
        now += timedelta(seconds=chance.choice([0, 0, 1, 600, 5400]))
        time_machine.move_to(now, tick=False)
        post = fresh(post)
        query = page_of_updates(client, post, chance)
        served.append((now, query, digest(client.get(post.get_absolute_url(), query))))
    if not fresh(post).is_live():
        post = fresh(post)
        workflow.publish(post, post.head, by=desk.by, at=now)
    time_machine.move_to(now + timedelta(days=9), tick=False)
    address = fresh(post).get_absolute_url()
    assert {status for _now, _query, (status, _sum) in served} == {200, 410}
    assert sum("updates" in query for _now, query, _digest in served) > 20
    before = everything()
    for moment, query, seen in served:
        assert digest(client.get(address, at(moment) | query)) == seen, (moment, query)
    assert everything() == before


def page_of_updates(client, post, chance):
    """A query that a reader may have, for any page of updates."""
    numbers = list(post.updates.values_list("number", flat=True)) or [1]
    query = chance.choice([{}, {}, {"u": chance.choice(numbers)}, {"order": "oldest"}, {"order": "newest"}])
    if chance.random() < 0.7:
        return query
    shown = client.get(post.get_absolute_url(), query).content.decode()
    pager = re.search(r'href="\?([^"#]*)#updates" rel="next"', shown)
    return dict(part.split("=") for part in unescape(pager[1]).split("&")) if pager else query


def words_of(response):
    """What readers read, and where the tags lead."""
    whole = document_fromstring(response.content.decode())
    labels = {link.text_content(): link.get("href") for link in whole.xpath("//main//a[starts-with(@href, '/tags/')]")}
    assert "Transport" in labels or "Traffic" in labels
    return re.sub(r"/tags/[^/]+/", "/tags/", content(response)), labels


def test_tags_that_were_renamed_and_merged_since_are_called_as_they_were_and_lead_where_they_are(client, time_machine):
    names = ("Climat", "Bridge", "Bridges", "Harbour", "Port", "Transport")
    make_live_post("Other", tags=("Bridges", "Harbour", "Water"))
    post = make_live_post(tags=names[:2] + names[3:], section="Transport")
    labelling.add_synonym(Tag.objects.get(name="Harbour"), "Haven", by=make_editor())
    acts = [
        ("rename", "Climat", "Climate"),
        ("merge", "Bridge", "Bridges"),
        ("rename", "Transport", "Traffic"),
        ("merge", "Port", "Harbour"),
        ("rename", "Harbour", "Harbours"),
        ("merge", "Harbours", "Water"),
        ("merge", "Traffic", "Bridges"),
        ("rename", "Climate", "Climat"),
    ]
    now, served = NOON + MINUTE, []
    time_machine.move_to(now, tick=False)
    served.append((now, words_of(client.get(post.get_absolute_url()))))
    for verb, one, other in acts[:-2]:
        now += MINUTE
        time_machine.move_to(now, tick=False)
        tag = Tag.objects.get(name=one)
        if verb == "merge":
            labelling.merge(tag, Tag.objects.get(name=other), by=make_editor())
        else:
            labelling.rename(tag, other, by=make_editor())
        served.append((now, words_of(client.get(post.get_absolute_url()))))
    assert list(served[0][1][1]) == ["Transport", "Bridge", "Climat", "Harbour", "Port"]
    last = served[-1][1][1]
    assert list(last) == ["Traffic", "Bridges", "Climate", "Water"]
    for moment, (words, labels) in served:
        seen, leads = words_of(client.get(post.get_absolute_url(), at(moment)))
        assert seen == words, moment
        assert list(leads) == list(labels) and set(leads.values()) == set(last.values())


def test_links_to_other_updates_stay_at_the_moment(client):
    post, paula = make_rolling_post(), make_publisher()
    update = make_live_update(post)
    updates.mark_key(update, by=paula, at=NOON)
    changed = rewrite_update(update, headline="Crack found in bearing four")
    publish_update(changed, at=NOON, kind="correction", public_note="It is four.")
    page = client.get(post.get_absolute_url(), at(NOON + MINUTE)).content.decode()
    relative = re.findall(r'href="(\?[^"]*)"', page)
    assert len(relative) == 4  # the update's own, its key moment, the list of corrections, the other order
    assert all(link.startswith(f"?{urlencode(at(NOON + MINUTE))}&amp;") for link in relative)


def test_it_says_what_it_is(client, django_assert_max_num_queries):
    post = make_live_post(section="Transport", tags=("Bridge",), story=make_story())
    belonging.assign(post, None, by=make_publisher(), at=NOON + 9 * MINUTE)
    with django_assert_max_num_queries(6):
        response = client.get(post.get_absolute_url(), at(NOON + MINUTE))
    page = response.content.decode()
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert f'<link rel="canonical" href="{structured.absolute(post.get_absolute_url())}">' in page
    assert "This is the page as it was on" in page
    assert f'<a href="{post.get_absolute_url()}">The page now</a>' in page
    assert "Kestrel bridge</bdi></a>" in page  # the story it belonged to
    main = page[page.index("<main") : page.index("</main>")]
    for of_today in ("<form", "<button", "<script", 'id="comments"', "data-changes"):
        assert of_today not in main


def test_what_was_withdrawn_since_is_shown_and_named(client):
    post = make_rolling_post()
    update = make_live_update(post, "Crack found")
    workflow.withdraw(update, by=make_publisher(), public_note="It was <paint>.", at=NOON + 5 * MINUTE)
    page = client.get(post.get_absolute_url(), at(NOON + MINUTE)).content.decode()
    assert "Engineers found a crack." in page
    assert "Withdrawn since:" in page
    assert "It was &lt;paint&gt;." in page
    later = client.get(post.get_absolute_url(), at(NOON + 6 * MINUTE)).content.decode()
    assert "Engineers found a crack." not in later
    assert "Withdrawn since:" not in later


def test_nothing_shows_what_readers_had_not_seen(client):
    post = make_rolling_post()
    write(post, headline="A secret plan")
    make_update(post, "A secret proposal")
    hidden = make_live_update(post, "Later news", at=NOON + 9 * MINUTE)
    write(post, body="<p>A secret end.</p>")
    page = client.get(post.get_absolute_url(), at(NOON + 5 * MINUTE)).content.decode()
    assert "secret" not in page
    assert hidden.live.headline not in page


def test_a_post_that_is_not_live_is_gone_at_every_moment(client):
    post = make_live_post("The mayor resigns")
    address = post.get_absolute_url()
    workflow.withdraw(post, by=make_publisher(), public_note="He did not.")
    for query in (at(NOON + MINUTE), {"at": "nonsense"}):
        response = client.get(address, query)
        assert response.status_code == 410
        assert "The mayor resigns" not in response.content.decode()
    assert client.get("/2025/09/05/never/", at(NOON)).status_code == 404


def test_a_moment_at_which_it_was_withdrawn_says_why(client):
    post = make_live_post()
    post = workflow.withdraw(post, by=make_publisher(), public_note="Being checked.", at=NOON + 5 * MINUTE)
    workflow.publish(fresh(post), fresh(post).head, by=make_publisher(), at=NOON + 9 * MINUTE)
    response = client.get(post.get_absolute_url(), at(NOON + 6 * MINUTE))
    assert response.status_code == 410
    assert "Being checked." in response.content.decode()
    assert client.get(post.get_absolute_url(), at(NOON + 4 * MINUTE)).status_code == 200
    assert client.get(post.get_absolute_url(), at(NOON + 9 * MINUTE)).status_code == 200


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("", 400, "This is not a time"),
        ("yesterday", 400, "This is not a time"),
        ("2025-09-05", 400, "This is not a time"),
        ("2025-02-30T12:00", 400, "This is not a time"),
        ("2025-09-05T25:00", 400, "This is not a time"),
        ("2025-09-05T12:00+99:00", 400, "This is not a time"),
        ("0001-01-01T00:00", 400, "This is not a time"),
        ("２０２５-09-05T12:00", 400, "This is not a time"),
        ("2025-09-05T11:59", 404, "not published yet"),
        ("2999-01-01T00:00", 404, "still to come"),
    ],
)
def test_a_time_that_there_is_no_page_of(client, text, status, says):
    response = client.get(make_live_post().get_absolute_url(), {"at": text})
    assert response.status_code == status
    assert says in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-09-05T14:05", datetime(2025, 9, 5, 12, 5, tzinfo=UTC)),
        ("2025-09-05 14:05:06", datetime(2025, 9, 5, 12, 5, 6, tzinfo=UTC)),
        ("2025-09-05T14:05:06.000007", datetime(2025, 9, 5, 12, 5, 6, 7, tzinfo=UTC)),
        ("2025-09-05T14:05Z", datetime(2025, 9, 5, 14, 5, tzinfo=UTC)),
        ("2025-09-05T14:05+01:00", datetime(2025, 9, 5, 13, 5, tzinfo=UTC)),
        ("2025-09-05T14:05 0100", datetime(2025, 9, 5, 13, 5, tzinfo=UTC)),  # a plus in an address is a space
        ("2025-09-05T14:05-0330", datetime(2025, 9, 5, 17, 35, tzinfo=UTC)),
    ],
)
@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_time_is_the_sites_or_says_how_far_from_utc_it_is(text, moment):
    timezone.get_default_timezone.cache_clear()
    assert read(text, timezone.get_default_timezone()) == [moment]


@pytest.mark.parametrize("text", ["2025-09-05T14:05+24:00", "9999-12-31T23:59", "14:05", "2025-09-05T14:05Z+01:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NoTime):
        read(text, UTC)


@pytest.mark.parametrize(
    ("text", "says", "choices"),
    [
        ("2025-10-26T02:30", "twice", ["2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"]),
        ("2025-03-30T02:30", "never", ["2025-03-30T01:59:00+01:00", "2025-03-30T03:00:00+02:00"]),
    ],
)
@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_time_that_the_clocks_leave_open_is_refused_with_a_choice(client, text, says, choices):
    post = make_live_post(at=datetime(2025, 1, 1, 12, tzinfo=UTC))
    response = client.get(post.get_absolute_url(), {"at": text})
    page = response.content.decode()
    assert response.status_code == 400
    assert says in page
    assert [f'href="?{urlencode({"at": choice})}"' in page for choice in choices] == [True, True]
    for choice in choices:
        assert client.get(post.get_absolute_url(), {"at": choice}).status_code == 200


def test_it_is_kept_for_an_hour_once_nothing_can_come_after(client):
    post = make_live_post()
    response = client.get(post.get_absolute_url(), at(NOON + MINUTE))
    kept, for_all = response.headers["Cache-Control"].split(", ", 2)[1:]
    assert kept == "max-age=3600"
    # When the post is withdrawn, its past is gone from a shared cache as soon as the post is.
    assert client.get(post.get_absolute_url()).headers["Cache-Control"] == f"public, max-age=0, {for_all}"
    again = client.get(post.get_absolute_url(), at(NOON + MINUTE), headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    just_now = client.get(post.get_absolute_url(), at(timezone.now() - timedelta(seconds=5)))
    assert just_now.headers["Cache-Control"].startswith("public, max-age=0")


def test_a_page_of_the_site_has_moments_too(client):
    page = make_live_page()
    published(write(page, body="<p>We moved.</p>", kind="update"), at=NOON + 9 * MINUTE)
    then = client.get(page.get_absolute_url(), at(NOON + MINUTE))
    assert then.status_code == 200
    assert "We moved." not in then.content.decode()


def test_an_address_of_then_leads_to_the_moment(client):
    post = make_live_post()
    before = post.get_absolute_url()
    belonging.move(post, "bridge-closed", by=make_publisher(), at=NOON + 9 * MINUTE)
    response = client.get(before, at(NOON + MINUTE))
    assert response.status_code == 301
    assert response.headers["Location"] == f"{fresh(post).get_absolute_url()}?{urlencode(at(NOON + MINUTE))}"
    assert client.get(response.headers["Location"]).status_code == 200
