"""What readers find on each kind of page, and what they do not."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import paging, workflow
from blog.models import SearchEntry, Tag
from tests import factories
from tests.factories import (
    fresh,
    in_stage,
    make_author,
    make_contributor,
    make_editor,
    make_live_page,
    make_moderator,
    make_post,
    make_publisher,
    make_reader,
    make_story,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 9, 5, 12, tzinfo=UTC)  # a Saturday
BYLINE = ({"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "Weather desk", "slug": ""})


@pytest.fixture(autouse=True)
def _on_an_afternoon(time_machine):
    time_machine.move_to("2026-09-05T16:00:00Z", tick=False)


def make_live_post(headline="Council closes the bridge", *, at=NOON, **parts):
    return factories.make_live_post(headline, at=at, **parts)


def headlines(text):
    """The headlines of a list, in order."""
    return re.findall(r'<h[123][^>]*><a href="/\d{4}/\d\d/\d\d/[^"]+">(?:<bdi>)?([^<]+)', text)


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def make_posts(count, *, every=timedelta(hours=1), **parts):
    return [make_live_post(f"Report {number}", at=NOON - number * every, **parts) for number in range(count)]


# Home


def test_the_newest_leads_and_the_others_stand_under_their_days(client):
    for hours, headline in ((0, "Lead"), (1, "Noon"), (24, "Before"), (48, "Thursday’s"), (24 * 30, "Old")):
        make_live_post(headline, at=NOON - timedelta(hours=hours))
    text = client.get("/").text
    assert headlines(text) == ["Lead", "Noon", "Before", "Thursday’s", "Old"]
    assert re.findall(r"<h2>(?:<a[^>]*>)?([^<]+)", text) == ["Today", "Yesterday", "Thursday", "Thursday 6 August"]
    assert '<h2 id="lead" dir="auto">' in text


def test_an_empty_site_says_so(client):
    assert "Nothing has been published yet" in client.get("/").text
    for path in ("/archive/", "/tags/", "/authors/", "/stories/", "/search/", "/2026/", "/2026/09/"):
        assert client.get(path).status_code == 200


def test_stories_and_tags_of_the_newest_stand_beside(client):
    make_live_post("Lead", story=make_story("The bridge", "the-bridge"), tags=("Harbour",))
    text = client.get("/").text
    assert "The bridge" in text.split("<aside")[1]
    assert "Harbour" in text.split("<aside")[1]


# Paging by key


def test_a_list_goes_on_where_it_ended(client):
    make_posts(paging.SIZE + 3)
    first = client.get("/")
    following = re.search(r'href="(\?before=[^"]+)" rel="next">([^<]+)<', first.text)
    assert following[2] == "Friday 4 September and earlier"
    make_live_post("Newer than all", at=NOON + timedelta(minutes=1))  # moves nothing on the second page
    second = client.get("/" + following[1])
    assert headlines(second.text) == ["Report 20", "Report 21", "Report 22"]
    assert 'rel="next"' not in second.text
    assert "Back to the newest" in second.text
    assert f'href="https://record.example/{following[1]}"' in second.text


def test_posts_of_the_same_second_are_neither_lost_nor_repeated(client):
    make_posts(paging.SIZE + 5, every=timedelta())
    first = client.get("/").text
    second = client.get("/" + re.search(r'href="(\?before=[^"]+)"', first)[1]).text
    seen = headlines(first) + headlines(second)
    assert len(seen) == len(set(seen)) == paging.SIZE + 5


@pytest.mark.parametrize("place", ["", "1", "2026-09-05", "2026-13-05T120000.000000-1", "9999-99-99T000000.000000-1"])
@pytest.mark.parametrize("path", ["/?before=", "/2026/09/?before=", "/2026/09/05/?after=", "/search/?q=x&after="])
def test_a_place_that_we_did_not_write_is_refused_with_a_sentence(client, path, place):
    answer = client.get(path + place)
    assert answer.status_code == 400
    assert "Begin at the top of the list" in answer.text


# The post


def test_a_post_shows_its_record(client):
    make_author()
    sources = ({"outlet": "Harbour Authority", "title": "Notice 31", "url": "https://harbour.example/31"},)
    post = make_live_post(byline=BYLINE, sources=sources, section="Transport", standfirst="Until Friday.")
    text = client.get(post.get_absolute_url()).text
    assert '<a href="/authors/carla-reyes/" rel="author"><bdi>Carla Reyes</bdi></a> and <bdi>Weather desk</bdi>' in text
    assert '<a href="/2026/09/05/"><time datetime="2026-09-05">Sat 5 Sep 2026</time></a>' in text
    assert '<time datetime="2026-09-05T12:00+00:00">12:00</time>' in text
    assert '<a href="/tags/transport/"><bdi>Transport</bdi></a>' in text
    assert '<a href="#sources">1 source</a>' in text
    assert '<a href="https://harbour.example/31" rel="external"><bdi>Notice 31</bdi></a>' in text
    assert "6 words, 1 minute" in text
    assert "Until Friday." in text
    assert "Updated" not in text


def test_updated_is_said_for_an_update_and_never_for_a_typo(client):
    post = make_live_post()
    typo = published(write(post, headline="Council closes bridge", kind="typo"))
    assert "Updated" not in client.get(typo.get_absolute_url()).text
    update = published(write(post, headline="Council closes bridge until May", kind="update"))
    assert '<strong>Updated <time datetime="2026-09-05T16:00+00:00">16:00</time></strong>' in (
        client.get(update.get_absolute_url()).text
    )


def test_readers_see_the_old_words_while_new_ones_are_written(client):
    post = make_live_post()
    write(post, headline="Council opens the bridge", body="<p>New words.</p>")
    text = client.get(post.get_absolute_url()).text
    assert "Council closes the bridge" in text
    assert "New words" not in text


def test_what_is_stored_is_what_is_sent(client):
    body = "<p>A <em>fact</em> &amp; a &lt;tag&gt;.</p>"
    assert body in client.get(make_live_post(body=body).get_absolute_url()).text


def test_a_picture_has_its_words_and_its_credit(client):
    image = {"src": "/media/bridge.png", "alt": "The bridge at dusk", "width": 800, "height": 400, "credit": "A. Nowak"}
    text = client.get(make_live_post(image=image).get_absolute_url()).text
    picture = '<img src="/media/bridge.png" alt="The bridge at dusk" width="800" height="400" fetchpriority="high">'
    assert picture in text
    assert "A. Nowak" in text
    assert '<meta property="og:image" content="https://record.example/media/bridge.png">' in text


def test_a_post_says_what_it_is_to_machines(client):
    make_author()
    sources = ({"outlet": "Harbour", "title": "Notice", "url": "https://harbour.example/31"},)
    post = make_live_post("Closed </script><b>bridge", byline=BYLINE, sources=sources, tags=("Harbour",))
    text = client.get(post.get_absolute_url()).text
    assert '<link rel="canonical" href="https://record.example' + post.get_absolute_url() + '">' in text
    assert '<meta property="og:type" content="article">' in text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    data = json.loads(blocks[0])
    assert len(blocks) == 1
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == post.live.headline
    assert data["datePublished"] == "2026-09-05T12:00:00+00:00"
    assert data["author"][0] == {
        "@type": "Person",
        "name": "Carla Reyes",
        "url": "https://record.example/authors/carla-reyes/",
    }
    assert data["citation"][0]["url"] == "https://harbour.example/31"


def test_addresses_come_from_the_settings_whatever_the_site_was_asked_by(client):
    text = client.get("/", headers={"host": "evil.example:8443", "x-forwarded-host": "evil.example"}).text
    assert "evil.example" not in text


def test_a_page_has_an_address_of_its_own_and_stands_in_the_footer(client):
    make_live_page("About us", slug="about", body="<p>We print what we know.</p>")
    assert "We print what we know." in client.get("/about/").text
    assert '<a href="/about/"><bdi>About us</bdi></a>' in client.get("/").text
    assert "About us" not in client.get("/archive/").text.split("<footer")[0]


def test_the_footer_names_no_page_that_readers_may_not_read(client):
    for stage in ("draft", "approved", "withdrawn"):
        in_stage(stage, f"A {stage} page", kind="page", slug=f"{stage}-page")
    text = client.get("/").text
    assert "-page/" not in text
    assert "f-about" not in text


def test_a_withdrawn_post_says_why_and_nothing_else(client):
    post = make_live_post("Mayor resigns", slug="mayor", standfirst="At noon.", body="<p>He left.</p>", tags=("Mayor",))
    workflow.withdraw(post, by=make_publisher(), public_note="It was not true.")
    answer = client.get(post.get_absolute_url())
    assert answer.status_code == 410
    assert "It was not true." in answer.text
    for words in ("resigns", "At noon", "He left", "Mayor"):
        assert words not in answer.text
    assert "noindex" in answer.text
    write(post, headline="Mayor does not resign")  # work on it changes nothing for readers
    assert client.get(post.get_absolute_url()).status_code == 410


@pytest.mark.parametrize("stage", ["draft", "review", "changes", "approved", "spiked"])
def test_what_was_never_public_is_not_there(client, stage):
    page = in_stage(stage, kind="page", slug="secret")
    assert client.get("/secret/").status_code == 404
    assert client.get(fresh(page).get_absolute_url()).status_code == 404


# Archive


@pytest.mark.parametrize("path", ["/2026/02/30/", "/2026/13/", "/2026/00/", "/0000/", "/0000/01/01/", "/2026/02/30/x/"])
def test_a_date_that_is_in_no_calendar_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/0001/", "/9999/", "/9999/12/", "/9999/12/31/", "/0001/01/01/", "/2026/02/28/"])
def test_an_empty_day_is_a_day_all_the_same(client, path):
    make_live_post()
    assert client.get(path).status_code == 200


def test_an_empty_day_names_the_nearest_ones(client):
    make_live_post("Before", at=NOON - timedelta(days=10))
    make_live_post("After", at=NOON)
    text = client.get("/2026/09/01/").text
    assert "Nothing was published on this day." in text
    assert '<a href="/2026/08/26/" rel="prev">Wednesday 26 August 2026</a>' in text
    assert '<a href="/2026/09/05/" rel="next">Saturday 5 September 2026</a>' in text
    assert "still to come" in client.get("/2027/01/01/").text


def test_a_day_runs_in_the_order_in_which_things_appeared(client):
    make_posts(3)
    text = client.get("/2026/09/05/").text
    assert headlines(text) == ["Report 2", "Report 1", "Report 0"]
    assert '<a href="/2026/09/05/" aria-current="date">5<span class="vh"> 3 posts</span></a>' in text


def test_a_long_day_goes_on_by_key(client, monkeypatch):
    monkeypatch.setattr("blog.views.archive.DAY_SIZE", 2)
    make_posts(5)
    path, seen = "/2026/09/05/", []
    while path:
        text = client.get(path).text
        seen += headlines(text)
        following = re.search(r'href="(\?after=[^"]+)" rel="next"', text)
        path = following and "/2026/09/05/" + following[1]
    assert seen == [f"Report {number}" for number in (4, 3, 2, 1, 0)]


def test_the_day_of_a_post_is_the_one_of_the_sites_zone(client, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    post = make_live_post(at=datetime(2026, 9, 4, 13, tzinfo=UTC))
    assert post.get_absolute_url().startswith("/2026/09/05/")
    text = client.get("/2026/09/05/").text
    assert headlines(text) == ["Council closes the bridge"]
    assert '<time datetime="2026-09-05T01:00+12:00">01:00</time>' in text


def test_months_and_years_count(client):
    make_posts(2)
    make_live_post("Old", at=NOON - timedelta(days=400))
    archive = client.get("/archive/").text
    assert "3 posts, by year and month." in archive
    assert archive.index('href="/2026/"') < archive.index('href="/2025/"')
    assert "2 posts." in client.get("/2026/").text
    assert headlines(client.get("/2026/09/").text) == ["Report 0", "Report 1"]
    assert '<a href="/2025/08/" rel="prev">August 2025</a>' in client.get("/2026/09/").text


# Tags, authors, stories


def test_a_tag_gathers_its_posts_by_month(client):
    make_live_post("New", tags=("Harbour", "Ferries"))
    make_live_post("Old", at=NOON - timedelta(days=40), tags=("harbour",))
    make_live_post("Other", tags=("Ferries",))
    Tag.objects.filter(slug="harbour").update(description="All that floats.")
    text = client.get("/tags/harbour/").text
    assert headlines(text) == ["New", "Old"]
    assert re.findall(r"<h2>([^<]+)</h2>", text) == ["September 2026", "July 2026"]
    assert "All that floats." in text
    assert "2 posts" in text
    assert 'href="/tags/harbour/feed.atom"' in text
    assert "Ferries" in text.split("<aside")[1]


def test_a_tag_in_another_script_has_a_page(client):
    make_live_post("Arabic", tags=("ميناء",))
    tag = Tag.objects.get()
    assert headlines(client.get(tag.get_absolute_url()).text) == ["Arabic"]


def test_an_author_gathers_own_posts(client):
    make_author(biography="Reports on the harbour.")
    make_live_post("Hers", byline=BYLINE)
    make_live_post("Not hers")
    text = client.get("/authors/carla-reyes/").text
    assert headlines(text) == ["Hers"]
    assert "Reports on the harbour." in text
    assert "Carla Reyes" in client.get("/authors/").text


def test_a_story_is_a_timeline_newest_first(client):
    story = make_story("The bridge", "the-bridge", summary="It is shut.")
    make_live_post("Shut", at=NOON - timedelta(days=3), story=story)
    make_live_post("Still shut", story=story)
    text = client.get("/stories/the-bridge/").text
    assert headlines(text) == ["Still shut", "Shut"]
    assert "from 2 September 2026 to 5 September 2026" in text
    assert "It is shut." in client.get("/stories/").text


def test_what_gathers_nothing_live_is_not_there(client):
    make_author()
    make_story()
    post = make_live_post(tags=("Harbour",), byline=BYLINE, story=make_story("Other", "other"))
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    for path in ("/tags/harbour/", "/authors/carla-reyes/", "/stories/kestrel-bridge/", "/stories/other/"):
        assert client.get(path).status_code == 404
        assert client.get(f"{path}?before=2026-09-05T120000.000000-1").status_code == 404
    assert "Harbour" not in client.get("/tags/").text
    assert "Carla" not in client.get("/authors/").text
    assert "Other" not in client.get("/stories/").text.replace("Other ways", "")


# Search


def test_search_marks_what_it_found_and_keeps_the_question(client):
    make_live_post("Bridge closed", body="<p>The old bridge &lt;b&gt; is shut.</p>")
    make_live_post("Ferry runs", body="<p>Nothing else does.</p>")
    text = client.get("/search/", {"q": 'bridge "closed'}).text
    assert "<mark>Bridge</mark> <mark>closed</mark></a>" in text
    assert "Ferry" not in text
    assert 'value="bridge &quot;closed"' in text
    assert "<strong>1 result</strong>" in text


def test_search_pages_by_key(client):
    make_posts(paging.SIZE + 3)
    first = client.get("/search/?q=report").text
    following = re.search(r'href="(\?q=report&amp;after=[^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    second = client.get("/search/" + following).text
    assert second.count('<li class="row item">') == 3
    assert 'rel="next"' not in second


def test_search_shows_the_standfirst_unless_only_the_text_has_the_words(client):
    make_live_post("Bridge closed", standfirst="A crack was found.", body="<p>The bridge has two piers.</p>")
    assert '<p dir="auto">A crack was found.</p>' in client.get("/search/?q=bridge").text
    assert '<p dir="auto">The bridge has two <mark>piers</mark>.</p>' in client.get("/search/?q=piers").text


def test_search_shows_nothing_that_is_not_live_whatever_the_index_says(client):
    gone, _live = make_live_post("Bridge closed"), make_live_post("Bridge open")
    workflow.withdraw(gone, by=make_publisher(), public_note="It was wrong.")
    SearchEntry.objects.create(post=gone, published_at=NOON, headline="bridge closed", standfirst="", body="")
    text = client.get("/search/?q=bridge").text
    assert text.count('<li class="row item">') == 1
    assert "<mark>Bridge</mark> open" in text


def test_search_that_finds_nothing_offers_what_could_have_been_meant(client):
    make_live_post("Bearing cracked")
    text = client.get("/search/?q=bearng").text
    assert "Nothing matches “bearng”." in text
    assert '<a href="?q=bearing">bearing</a>' in text
    assert 'href="/archive/"' in text
    assert "noindex" in text


# Preview


def preview_of(post, number=1):
    return f"/preview/{post.key}/{number}/"


def test_a_preview_shows_exactly_that_version_on_the_public_template(client):
    post = make_post("First words", body="<p>Draft one.</p>", section="Brand new")
    write(post, headline="Second words", body="<p>Draft two.</p>")
    client.force_login(make_contributor())
    first = client.get(preview_of(post))
    assert first.status_code == 200
    assert "First words" in first.text
    assert "Second words" not in first.text
    assert "Preview of version 1." in first.text
    assert "Not public." in first.text
    assert "Brand new" in first.text
    assert first.headers["Cache-Control"] == "private, no-store"
    assert first.headers["X-Robots-Tag"] == "noindex"
    assert "canonical" not in first.text
    assert "ld+json" not in first.text
    assert 'class="prose"' in first.text
    assert "Second words" in client.get(preview_of(post, 2)).text


def test_a_preview_behind_live_text_says_so(client):
    post = make_live_post()
    write(post, headline="Second words")
    client.force_login(make_editor())
    assert "readers see another version" in client.get(preview_of(post, 2)).text
    assert "This is what readers see now." in client.get(preview_of(post, 1)).text


def test_a_contributor_reads_no_draft_of_a_colleague_behind_live_text(client):
    post = make_live_post()
    write(post, headline="Second words")
    client.force_login(person("colin"))
    assert client.get(preview_of(post, 1)).status_code == 200
    assert client.get(preview_of(post, 2)).status_code == 404
    client.force_login(make_contributor())
    assert client.get(preview_of(post, 2)).status_code == 200


def test_who_may_not_preview_gets_what_a_missing_one_gives(client):
    post = make_post("Secret words")
    missing = f"/preview/{'0' * 8}-0000-4000-8000-{'0' * 12}/1/"
    for user in (None, make_reader(), make_moderator(), person("colin")):
        client.logout()
        if user:
            client.force_login(user)
        refused, absent = client.get(preview_of(post)), client.get(missing)
        assert refused.status_code == absent.status_code == 404
        assert refused.content == absent.content
        assert {**refused.headers} == {**absent.headers}
    client.force_login(make_editor())
    assert client.get(preview_of(post)).status_code == 200
    assert client.get(preview_of(post, 2)).status_code == 404
    assert client.get(preview_of(post, "9" * 30)).status_code == 404


def test_somebody_whose_account_is_closed_previews_nothing(client):
    post, editor = make_post(), make_editor()
    client.force_login(editor)
    editor.is_active = False
    editor.save()
    assert client.get(preview_of(post)).status_code == 404


# Errors


def test_a_missing_page_offers_the_words_of_its_address_and_its_day(client):
    answer = client.get("/2026/09/05/kestral-bridge-2/")
    assert answer.status_code == 404
    assert 'value="kestral bridge"' in answer.text
    assert 'href="/2026/09/05/">Everything from Saturday 5 September 2026' in answer.text


def test_a_preview_that_is_missing_offers_no_words_of_its_address(client):
    assert 'name="q" value=""' in client.get("/preview/deadbeef-cafe-4bad-8bad-facefeedbeef/1/").text


def test_health(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_robots_keep_off_the_desk(client):
    text = client.get("/robots.txt").text
    assert "Disallow: /admin/\n" in text
    assert "Disallow: /preview/\n" in text
    assert "Sitemap: https://record.example/sitemap.xml\n" in text


# How much is asked of the database


LISTS = [
    "/",
    "/archive/",
    "/2026/",
    "/2026/09/",
    "/2026/09/05/",
    "/tags/",
    "/tags/harbour/",
    "/authors/",
    "/authors/carla-reyes/",
    "/stories/",
    "/stories/kestrel-bridge/",
    "/search/?q=report",
]


def test_a_list_of_twenty_costs_what_a_list_of_three_costs(client):
    make_author()
    make_live_page("About us", slug="about")
    story = make_story()
    common = {"story": story, "tags": ("Harbour", "Ferries"), "section": "Harbour", "byline": BYLINE}
    for number in range(3):
        make_live_post(f"Report {number}", at=NOON - timedelta(minutes=number), **common)
    few = {path: queries(client, path) for path in LISTS}
    for number in range(3, 22):
        make_live_post(f"Report {number}", at=NOON - timedelta(minutes=number), **common)
    assert {path: queries(client, path) for path in LISTS} == few
    assert max(few.values()) <= 6


def test_a_post_costs_six_queries_however_long_it_is(client):
    make_author()
    make_live_page("About us", slug="about")
    story = make_story()
    for number in range(8):
        make_live_post(f"Earlier {number}", at=NOON - timedelta(days=number + 1), story=story)
    sources = tuple({"outlet": f"Source {number}", "title": "Notice"} for number in range(30))
    tags = tuple(f"Tag {number}" for number in range(20))
    post = make_live_post(body="<p>Words.</p>" * 500, story=story, byline=BYLINE, sources=sources, tags=tags)
    assert queries(client, post.get_absolute_url()) <= 6
