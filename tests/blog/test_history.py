"""The history that readers see: every wording that was public, what changed between any two, and nothing else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import history, moments, rendering, workflow
from blog.history import History, NoSuchVersion
from blog.models import Revision
from tests.factories import (
    NOON,
    fresh,
    make_live_page,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_update,
    publish_update,
    published,
    put_in_review,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


def after(minutes):
    return NOON + timedelta(minutes=minutes)


def reworded(post, body, kind="update", *, minutes=10, **words):
    """The next wording, published."""
    return published(write(post, body=body), at=after(minutes), kind=kind, **words)


def corrected_post():
    """Opened with a wrong year and a slip; the slip is corrected, then the year, then something is added."""
    post = make_live_post("Bridge closed", body="<p>It opend in 1974.</p><p>It is long.</p>")
    post = reworded(post, "<p>It opened in 1974.</p><p>It is long.</p>", "typo", minutes=5)
    post = reworded(
        post, "<p>It opened in 1976.</p><p>It is long.</p>", "correction", minutes=10, public_note="The year was wrong."
    )
    return reworded(post, "<p>It opened in 1976.</p><p>It is long.</p><p>And blue.</p>", minutes=20)


def page_of(client, post, query=""):
    answer = client.get(post.get_history_url() + query)
    return answer, answer.content.decode()


def shown(text):
    """The differences on the page, without the words for those who do not see colours."""
    return re.findall(r"<(ins|del)(?: data[^>]*)?>([^<]*)</\1>", text)[2:]  # after those that say what they look like


def test_the_last_correction_is_shown_first_and_every_version_is_listed(client):
    post = corrected_post()
    answer, text = page_of(client, post)
    assert answer.status_code == 200
    assert shown(text) == [("del", "1974"), ("ins", "1976")]
    assert "Version 2 to version 3" in text
    assert "<strong>Correction.</strong> The year was wrong." in text
    assert re.findall(r'href="\?b=(\d+)#d">Version', text) == ["4", "3", "2", "1"]
    assert re.findall(r"<b>(\w+\.)</b>", text) == ["Update.", "Correction.", "Spelling.", "Published."]
    assert re.findall(r"<bdi>(.*?)</bdi></span></p>", text) == ["Carla"] * 4
    assert re.findall(r'name="(.)" value="(\d)"[^>]* checked', text) == [("b", "3"), ("a", "2")]


def test_without_a_correction_the_last_change_is_shown(client):
    post = reworded(make_live_post("Bridge", body="<p>One two three.</p>"), "<p>One two four.</p>")
    _answer, text = page_of(client, post)
    assert shown(text) == [("del", "three"), ("ins", "four")]


def test_a_post_of_one_version_has_nothing_to_compare(client):
    _answer, text = page_of(client, make_live_post("Bridge"))
    assert "has been published in one version" in text
    assert "<del" not in text
    assert '<input type="radio"' not in text


@pytest.mark.parametrize(
    ("query", "differs"),
    [
        ("?a=1&b=2", [("del", "opend"), ("ins", "opened")]),
        ("?a=2&b=1", [("del", "opend"), ("ins", "opened")]),
        ("?b=2", [("del", "opend"), ("ins", "opened")]),
        ("?a=1&b=3", [("del", "opend in 1974"), ("ins", "opened in 1976")]),
        ("?a=3", [("ins", "And blue.")]),
        ("?a=3&b=3", []),
        ("?b=1", [("ins", "Bridge closed"), ("ins", "It opend in 1974."), ("ins", "It is long.")]),
    ],
)
def test_any_two_versions_can_be_compared(client, query, differs):
    _answer, text = page_of(client, corrected_post(), query)
    assert shown(text) == differs


def test_what_did_not_change_is_folded_until_all_is_wanted(client):
    body = "".join(f"<p>Paragraph {number} of it.</p>" for number in range(6))
    post = reworded(make_live_post("Bridge", body=body), body.replace("5 of it", "5 of this"))
    _answer, text = page_of(client, post)
    assert "4 paragraphs without changes" in text
    assert "Paragraph 0" not in text
    _answer, text = page_of(client, post, "?full=1")
    assert "without changes" not in text
    assert "Paragraph 0" in text


def test_headline_and_sources_are_compared_too(client):
    post = make_live_post("Bridge shut", sources=({"outlet": "Harbour", "title": "Notice"},), tags=("Ferry",))
    post = write(post, headline="Bridge open", sources=({"outlet": "Harbour", "title": "Letter"},), tags=())
    _answer, text = page_of(client, published(post, at=after(5)))
    assert shown(text) == [
        ("del", "shut"),
        ("ins", "open"),
        ("del", "Ferry"),
        ("del", "Notice"),
        ("ins", "Letter"),
    ]
    assert re.findall(r"<b>(Headline|Tags|Sources|Byline)</b>", text) == ["Headline", "Tags", "Sources"]


# What is not public


def test_no_wording_appears_that_was_not_published(client):
    post = make_live_post("Bridge", body="<p>Seen once.</p>")
    post = write(post, body="<p>Never seen zqz.</p>")
    post = reworded(post, "<p>Seen twice.</p>")
    put_in_review(write(post, headline="Waiting zqz", body="<p>Waiting zqz.</p>"))
    for query in ("", "?a=1", "?a=1&b=3", "?full=1", "?a=1&b=2", "?b=2", "?b=4", "?a=4&b=1", "?b=3&full=1"):
        _answer, text = page_of(client, post, query)
        assert "zqz" not in text, query


@pytest.mark.parametrize(
    "query", ["?b=2", "?a=2", "?a=1&b=4", "?b=99", "?b=x", "?a=-1", "?b=٣", "?b=1e3", "?b=" + "9" * 40]
)
def test_a_number_that_was_never_public_is_not_found_and_says_so(client, query):
    post = write(make_live_post("Bridge", body="<p>Seen once.</p>"), body="<p>Never seen zqz.</p>")
    post = reworded(post, "<p>Seen twice.</p>")
    write(post, body="<p>Waiting zqz.</p>")
    answer, text = page_of(client, post, query)
    assert answer.status_code == 404
    assert "was never published" in text
    assert "zqz" not in text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_notes_of_colleagues_are_not_for_readers(client):
    post = make_live_post("Bridge")
    post = write(post, note="noted zqz", body="<p>Other words.</p>")
    published(put_in_review(post), at=after(5), note="internal zqz", public_note="Said to all.")
    _answer, text = page_of(client, post)
    assert "Said to all." in text
    assert "zqz" not in text


def test_what_is_not_live_has_no_history(client):
    draft = write(make_live_post("Bridge"), body="<p>More.</p>")
    workflow.withdraw(fresh(draft), by=make_publisher(), public_note="It was wrong.")
    answer, text = page_of(client, fresh(draft))
    assert answer.status_code == 410
    assert "It was wrong." in text
    assert "closed until Friday" not in text
    assert client.get("/2025/09/05/nothing/history/").status_code == 404
    assert client.get("/2025/99/05/nothing/history/").status_code == 404
    assert client.get("/nothing/history/").status_code == 404


# Running stories


def story_of_the_day():
    """Version 1: the post; 2 and 4: an update and its correction; 3: another one."""
    post = make_rolling_post("Bridge closed", body="<p>The bridge is shut.</p>")
    first = make_live_update(post, "Crack", body="<p>The crack is 4 mm wide.</p>", at=after(10))
    make_live_update(post, "Ferry", body="<p>A ferry goes at seven.</p>", at=after(20))
    first = rewrite_update(first, body="<p>The crack is 6 mm wide.</p>")
    publish_update(first, at=after(30), kind="correction", public_note="It was 6 mm.")
    return fresh(post)


def test_a_correction_of_an_update_is_shown_by_itself(client):
    post = story_of_the_day()
    answer, text = page_of(client, post)
    assert answer.status_code == 200
    assert shown(text) == [("del", "4"), ("ins", "6")]
    assert "Version 2 to version 4" in text
    assert text.count("Update of") == 4  # above the difference, and beside three versions
    assert post.get_difference_url(2, 4) == f"{post.get_history_url()}?a=2&b=4#d"
    assert shown(page_of(client, post, "?a=2&b=4")[1]) == [("del", "4"), ("ins", "6")]


def test_what_changed_on_the_whole_page_is_a_link_away(client):
    post = story_of_the_day()
    assert "And another part of the page" in page_of(client, post, "?a=2&b=4")[1]
    _answer, text = page_of(client, post, "?a=2&b=4&page=1")
    assert [one for one in shown(text) if one[1] in {"4", "6", "A ferry goes at seven."}] == [
        ("del", "4"),
        ("ins", "6"),
        ("ins", "A ferry goes at seven."),
    ]


def test_versions_of_two_pieces_compare_the_page(client):
    post = story_of_the_day()
    _answer, text = page_of(client, post, "?a=1&b=3")
    assert ("ins", "A ferry goes at seven.") in shown(text)
    assert ("ins", "The crack is 4 mm wide.") in shown(text)
    assert not any(mark == "del" for mark, _words in shown(text))


def test_a_withdrawn_update_says_so_and_its_published_words_stay(client):
    post = story_of_the_day()
    update = post.updates.order_by("number").last()
    workflow.withdraw(update, by=make_publisher(), public_note="No ferry goes.", at=after(40))
    _answer, text = page_of(client, post, "?b=3")
    assert ("ins", "A ferry goes at seven.") in shown(text)
    assert re.search(r"<b>Withdrawn\.</b> Update of .* No ferry goes\.", text)
    publish_update(rewrite_update(fresh(update), body="<p>A ferry goes at eight.</p>"), at=after(50))
    _answer, text = page_of(client, post, "?b=5")
    assert shown(text) == [("del", "seven"), ("ins", "eight")]
    assert "Published again." in text


def test_an_update_that_was_withdrawn_in_between_is_struck_out(client):
    post = story_of_the_day()
    update = post.updates.order_by("number").last()
    workflow.withdraw(update, by=make_publisher(), public_note="No ferry goes.", at=after(40))
    post = reworded(post, "<p>The bridge is open.</p>", minutes=60)
    _answer, text = page_of(client, post, "?a=3&b=5")
    assert ("del", "A ferry goes at seven.") in shown(text)
    assert "No ferry goes." in text


def test_a_draft_of_an_update_is_nowhere(client):
    post = make_rolling_post("Bridge closed")
    make_update(post, "Waiting zqz", "<p>zqz</p>")
    update = make_live_update(post, "Seen", at=after(5))
    rewrite_update(update, body="<p>zqz</p>", happened_at=datetime(2024, 1, 2, tzinfo=UTC).isoformat())
    workflow.withdraw(fresh(update), by=make_publisher(), public_note="Wrong.", at=after(6))
    rewrite_update(update, body="<p>zqz again</p>", happened_at=datetime(2024, 1, 2, tzinfo=UTC).isoformat())
    for query in ("", "?a=1&b=3", "?b=2", "?b=4"):
        _answer, text = page_of(client, post, query)
        assert "zqz" not in text
        assert "2024" not in text


def test_the_history_says_what_the_record_says():
    """Added up by itself for speed, it must come to what `moments` finds."""
    post = story_of_the_day()
    update = post.updates.order_by("number").last()
    workflow.withdraw(update, by=make_publisher(), public_note="No ferry goes.", at=after(40))
    history = History.of(post)
    for start in history.versions:
        for end in history.versions:
            if start.number >= end.number:
                continue
            old, new = (moments.state(moments.acts_of(post.pk, up_to=step.number)) for step in (start, end))
            seen = [
                {None: state.live_id} | {key: one.live_id for key, one in state.updates.items()} for state in (old, new)
            ]
            differ = {
                piece: (seen[0].get(piece), seen[1].get(piece))
                for piece in seen[1]
                if seen[0].get(piece) != seen[1].get(piece)
            }
            change = history.between(start, end, whole_page=True)
            assert {pair.update: (pair.old, pair.new) for pair in change.pairs} == differ


def test_a_number_that_nobody_published_is_no_version():
    post = write(make_live_post("Bridge"), body="<p>Not yet.</p>")
    with pytest.raises(NoSuchVersion):
        History.of(post).published(2)


# The page as a page


def test_the_page_of_a_page_has_a_history(client):
    page = make_live_page("About us", body="<p>We are three.</p>")
    page = published(write(page, body="<p>We are four.</p>"), at=after(5))
    assert page.get_history_url() == "/about/history/"
    _answer, text = page_of(client, page)
    assert shown(text) == [("del", "three"), ("ins", "four")]


def test_it_is_its_own_address_and_for_no_search_engine(client):
    post = corrected_post()
    answer, text = page_of(client, post, "?a=1&b=2")
    assert f'<link rel="canonical" href="http://testserver{post.get_history_url()}">' in text or (
        f'{post.get_history_url()}">' in text
    )
    assert '<meta name="robots" content="noindex">' in text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "public" in answer.headers["Cache-Control"]
    same = client.get(post.get_history_url() + "?a=1&b=2", headers={"if-none-match": answer.headers["ETag"]})
    assert same.status_code == 304
    assert "Set-Cookie" not in answer.headers


def test_another_version_makes_it_another_page(client):
    post = corrected_post()
    etag = page_of(client, post)[0].headers["ETag"]
    write(post, body="<p>A draft changes nothing.</p>")
    assert page_of(client, post)[0].headers["ETag"] == etag
    published(post, at=after(40))
    assert page_of(client, post)[0].headers["ETag"] != etag


def test_thirty_versions_a_page(client):
    post = make_live_post("Bridge", body="<p>Version 1</p>")
    for number in range(2, 34):
        post = reworded(post, f"<p>Version {number}</p>", minutes=number)
    _answer, text = page_of(client, post)
    listed = re.findall(r'href="\?b=(\d+)#d">Version', text)
    assert listed == [str(number) for number in range(33, 3, -1)]
    [before] = re.findall(r'href="\?before=(\d+)#v"', text)
    _answer, text = page_of(client, post, f"?before={before}")
    assert re.findall(r'href="\?b=(\d+)#d">Version', text) == ["3", "2", "1"]
    assert "The latest versions" in text
    for wrong in ("x", "-1", "٣"):
        assert page_of(client, post, f"?before={wrong}")[0].status_code == 400


def test_it_takes_five_queries_however_many_versions_there_are(client):
    post = make_live_post("Bridge", body="<p>Version 1</p>")
    counts = []
    for number in range(2, 12):
        post = reworded(post, f"<p>Version {number}</p>", minutes=number)
        if number in {3, 11}:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page_of(client, post)
            counts.append(len(queries))
    assert counts == [5, 5]


def test_the_differences_are_clean_html(client):
    post = reworded(make_live_post("Bridge", body="<p>One <em>two</em></p>"), "<p>One two</p><ul><li>x</li></ul>")
    revisions = Revision.objects.of(post)
    assert all(rendering.clean(one.body) == one.body for one in revisions)
    _answer, text = page_of(client, post)
    assert "<em>two</em></del>" in text


def test_what_has_come_back_once_is_not_back_again_with_each_change():
    rows = [
        (number, verb, datetime(2026, 9, 5, 14, number, tzinfo=UTC), "", "", None, None, version, version, "Paula")
        for number, verb, version in ((1, "publish", 1), (2, "withdraw", 1), (3, "publish", 2), (4, "publish", 3))
    ]
    assert [step.came_back for step in history.linked(rows)] == [False, False, True, False]
