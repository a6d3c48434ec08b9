"""What is drawn of a running story: pages of updates that leave nothing out, in either order, and what stands above."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import belonging, coverage, updates, workflow
from blog.coverage import Wish
from blog.models import Spot
from tests.factories import (
    NOON,
    fresh,
    make_comment,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_story,
    publish_update,
    rewrite_update,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(monkeypatch):
    """A story of eleven updates, three at the same minute, four a page."""
    monkeypatch.setattr(coverage, "PAGE", 4)
    monkeypatch.setattr(coverage, "LEAD", 1)
    post = make_rolling_post()
    minutes = [0, 5, 5, 5, 2, 9, 9, 7, 1, 30, 8]
    return post, [make_live_update(post, str(place), at=NOON + timedelta(minutes=m)) for place, m in enumerate(minutes)]


def numbers(covered):
    return [entry.number for entry in covered.entries]


def in_line(post, *, oldest_first):
    found = sorted(post.updates.all(), key=lambda update: update.spot(), reverse=not oldest_first)
    return [update.number for update in found]


def walk(post, oldest_first, *, way, spot):
    """The pages from one on, in one direction."""
    pages = []
    while True:
        covered = coverage.now(post, Wish(oldest_first=oldest_first, after=spot))
        pages.append(covered)
        spot = covered.on if way == "on" else covered.back
        if (covered.start if way == "back" else spot) is None:
            return pages


@pytest.mark.parametrize("oldest_first", [True, False])
def test_all_pages_together_hold_every_update_once_and_in_order(many, oldest_first):
    post = fresh(many[0])
    pages = walk(post, oldest_first, way="on", spot=None)
    assert [len(page.entries) for page in pages] == [4, 4, 3]
    assert [number for page in pages for number in numbers(page)] == in_line(post, oldest_first=oldest_first)


@pytest.mark.parametrize("oldest_first", [True, False])
def test_who_opens_any_update_finds_all_others_on_both_sides(many, oldest_first):
    post = fresh(many[0])
    order = in_line(post, oldest_first=oldest_first)
    for update in many[1]:
        opened = coverage.now(post, Wish(oldest_first=oldest_first, holding=update.number))
        assert update.number in numbers(opened)
        further = walk(post, oldest_first, way="on", spot=opened.start)
        before = walk(post, oldest_first, way="back", spot=opened.start)
        met = {number for page in further + before for number in numbers(page)}
        assert met == set(order), update
        for page in further + before:  # each page is a stretch of the line without a gap
            start = order.index(numbers(page)[0])
            assert numbers(page) == order[start : start + len(page.entries)]
        for earlier, later in zip(before[1:], before, strict=False):
            assert order.index(numbers(earlier)[-1]) + 1 >= order.index(numbers(later)[0])


def test_an_update_opened_is_not_the_first_on_its_page(many):
    post = fresh(many[0])
    order = in_line(post, oldest_first=False)
    opened = coverage.now(post, Wish(holding=order[6]))
    assert numbers(opened) == order[5:9]
    assert coverage.now(post, Wish(holding=order[3])).start is None
    assert coverage.now(post, Wish(holding=999)).start is None


def test_the_pinned_stand_above_the_first_page_and_in_no_line(many):
    post, rows = many
    updates.pin(rows[0], by=make_publisher())
    pages = walk(fresh(post), False, way="on", spot=None)
    assert [[entry.number for entry in page.pinned] for page in pages] == [[rows[0].number], [], []]
    assert rows[0].number not in [number for page in pages for number in numbers(page)]
    held = coverage.now(fresh(post), Wish(holding=rows[0].number))
    assert (held.start, [entry.number for entry in held.pinned]) == (None, [rows[0].number])


def test_it_is_read_from_the_newest_while_it_goes_on_and_from_the_beginning_once_it_ended(many):
    post = fresh(many[0])
    assert not coverage.now(post, Wish()).oldest_first
    assert coverage.now(post, Wish(oldest_first=True)).oldest_first
    post = updates.end(post, by=make_publisher())
    assert coverage.now(post, Wish()).oldest_first


def test_key_moments_and_stubs(many):
    post, rows = many
    paula = make_publisher()
    for row in rows[:2]:
        updates.mark_key(row, by=paula)
    workflow.withdraw(rows[1], by=paula, public_note="Wrong.")
    covered = coverage.now(fresh(post), Wish(oldest_first=True))
    assert [entry.number for entry in covered.keys] == [rows[0].number]
    stub = next(entry for page in walk(fresh(post), True, way="on", spot=None) for entry in page.entries
                if entry.number == rows[1].number)  # fmt: skip
    assert (stub.revision, stub.withdrawal.public_note) == (None, "Wrong.")
    assert covered.count == 10


def test_remarks_are_no_corrections():
    post = make_rolling_post()
    update = make_live_update(post, "One")
    publish_update(rewrite_update(update, headline="Uno"), kind="clarification", public_note="In Italian.")
    publish_update(rewrite_update(update, headline="Eins"), kind="correction", public_note="In German.")
    publish_update(rewrite_update(update, headline="One"), kind="typo", public_note="Never said.")
    [entry] = coverage.now(fresh(post), Wish()).entries
    assert [one.note for one in entry.remarks] == ["In Italian."]
    assert [one.note for one in entry.corrections] == ["In German."]


def test_a_spot_of_long_ago_is_spelt_as_any_other():
    """Fields for a time give the year 20 to who types only its last digits."""
    spots = [Spot(NOON.replace(year=year), 7) for year in (2, 20, 900, 1999, 2025)]
    spelt = [coverage.spell(spot) for spot in spots]
    assert spelt == sorted(spelt)
    assert [coverage.read(text) for text in spelt] == spots


def test_spots_are_spelt_in_their_order_and_read_back():
    spots = [Spot(NOON, 2), Spot(NOON, 10), Spot(NOON + timedelta(microseconds=1), 1)]
    spelt = [coverage.spell(spot) for spot in spots]
    assert sorted(spelt) == spelt
    assert [coverage.read(text) for text in spelt] == spots


@pytest.mark.parametrize("text", ["", "x", "20250905T120000000000-1", "20259905T120000000000-000000001", "٢" * 20])
def test_a_spot_that_we_did_not_write_is_refused(text):
    with pytest.raises(coverage.NoSuchSpot):
        coverage.read(text)


def test_the_page_leads_to_every_page_and_every_update(client, many):
    post = fresh(many[0])
    address, met, query = post.get_absolute_url(), [], ""
    while query is not None:
        text = client.get(address + query.replace("&amp;", "&")).text
        met += re.findall(r'<article class="row upd[^"]*" id="u(\d+)"', text)
        found = re.search(r'<a href="([^"#]+)#updates" rel="next">Earlier updates', text)
        query = found and found[1]
    assert [int(number) for number in met] == in_line(post, oldest_first=False)
    text = client.get(f"{address}?order=oldest").text
    assert "order=oldest" in re.search(r'<a href="([^"]+)" rel="next">Later updates', text)[1]
    assert client.get(f"{address}?updates=x").status_code == 400
    for update in many[1]:
        opened = client.get(update.get_absolute_url().partition("#")[0]).text
        assert f'id="{update.anchor}"' in opened


def test_a_page_of_updates_asks_no_more_for_more_of_them(client, many):
    post = fresh(many[0])
    alone = questions(client, post)
    belonging.assign(post, make_story(), by=make_publisher())
    make_comment(post)
    among_others = questions(client, post)
    assert (alone, among_others) <= (4, 7)
    make_live_update(post, "One more")
    assert questions(client, post) == among_others
    assert questions(client, post, f"?u={many[1][0].number}") <= among_others + 4


def questions(client, post, query=""):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(post.get_absolute_url() + query).status_code == 200
    return len(captured)
