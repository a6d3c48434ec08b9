"""A whole day of a running story, lived through in one open page: what comes, what is put right, what was said."""

from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from blog import suggestions, updates, workflow
from blog.models import Suggestion
from tests.browser.test_running import COUNTED, assert_as_fresh, offered, press, tick
from tests.browser.test_suggesting import select
from tests.factories import (
    four_eyes,
    fresh,
    make_live_update,
    make_publisher,
    make_rolling_post,
    person,
    publish_update,
    published,
    rewrite_update,
    write,
)

BEGINNING = "<p>The bridge opened in October 1974 and rests on four bearings.</p>"


@pytest.fixture
def it_is(time_machine):
    """Sets the clocks of the site, and gives the moment. They go on from there."""

    def moved(day, hour, minute):
        moment = datetime(2026, 9, day, hour, minute, tzinfo=UTC)
        time_machine.move_to(moment, tick=True)
        return moment

    return moved


@pytest.fixture
def story(transactional_db, it_is):
    """It began yesterday, and has one update from then."""
    post = make_rolling_post("Bridge closed to all traffic", at=it_is(4, 13, 0), body="<p>Nobody was hurt.</p>")
    make_live_update(post, "Who inspects the bridge", body=BEGINNING, at=it_is(4, 13, 30))
    return post


def words(client, post, query=""):
    """The words of a post as a page has them."""
    page = document_fromstring(client.get(post.get_absolute_url() + query).content.decode())
    parts = page.xpath("//main//*[@data-part='top' or @data-part='text' or @data-part='summary' or @data-part='list']")
    return [" ".join(part.text_content().split()) for part in parts]


def open_page(new_visitor, live_server, post):
    page = new_visitor(reduced_motion="reduce")
    page.clock.install(time=datetime(2026, 9, 1, tzinfo=UTC))  # a reader's clock may be days late
    page.add_init_script(COUNTED)
    page.route("**/comments/on/**", lambda route: route.fulfill(json={"new": 0, "closed": True}))
    page.goto(live_server.url + post.get_absolute_url())
    page.evaluate("window.openedOnce = true")
    return page


def headlines(page):
    return page.locator(".upd h3").all_inner_texts()


def update_of(page, update):
    return page.locator(f"#u{update.number}")


def test_a_whole_day_without_a_reload(new_visitor, live_server, client, story, it_is):
    paula = make_publisher()
    it_is(4, 14, 5)
    yesterday = words(client, story)
    first = story.updates.get()

    now = it_is(5, 6, 50)
    page = open_page(new_visitor, live_server, story)
    assert headlines(page) == ["Who inspects the bridge"]

    # Updates come: they are offered, and are there when the reader wants them
    lane = make_live_update(story, "One lane to open", body="<p>So drivers were told.</p>", at=it_is(5, 8, 20))
    round_ = make_live_update(story, "The way round", body="<p>Eleven kilometres.</p>", at=it_is(5, 9, 5))
    tick(page)
    assert offered(page) == ["Show 2 new updates"]
    press(page)
    assert headlines(page) == ["The way round", "One lane to open", "Who inspects the bridge"]

    # One is corrected in its place
    changed = rewrite_update(round_, body="<p>Twelve kilometres.</p>")
    publish_update(changed, kind="correction", public_note="We said eleven. It is twelve.", at=it_is(5, 9, 40))
    tick(page)
    assert "Twelve kilometres." in update_of(page, round_).inner_text()
    assert "We said eleven. It is twelve." in update_of(page, round_).inner_text()

    # One is withdrawn, and says why where it stood
    workflow.withdraw(fresh(lane), by=paula, public_note="It was never planned.", at=it_is(5, 10, 0))
    tick(page)
    assert "It was never planned." in update_of(page, lane).inner_text()
    assert "So drivers were told." not in page.content()

    # One is pinned, and where things stand is said above all
    updates.pin(fresh(round_), by=paula, at=it_is(5, 10, 30))
    post = write(fresh(story), summary="<p>Closed until Friday.</p>")
    published(post, kind="update", at=it_is(5, 10, 31))
    tick(page)
    assert headlines(page)[0] == "The way round"
    assert update_of(page, round_).get_attribute("data-pinned") is not None
    assert "Closed until Friday." in page.locator("[data-part=summary]").inner_text()

    # An update is promised, and the time passes without one
    now = it_is(5, 13, 0)
    updates.promise(fresh(story), now.replace(hour=15, minute=30), words="the council meets", by=paula, at=now)
    tick(page)
    promise = page.locator("[data-part=promise]")
    assert promise.inner_text() == "Next update at 15:30: the council meets"
    it_is(5, 15, 31)
    tick(page)
    assert promise.inner_text().startswith("No update since")

    # A reader finds a mistake; it becomes the fix and the credit on the page that is open
    reader = new_visitor()
    reader.goto(live_server.url + story.get_absolute_url())
    select(reader, f"#u{first.number}", "October 1974")
    reader.get_by_role("link", name="Suggest a correction").first.click()
    reader.wait_for_url("**/correct/**")
    reader.locator("[name=should]").fill("October 1976")
    reader.locator("[name=name]").fill("Marit Dahl")
    reader.locator("[name=thank]").check()
    reader.get_by_role("button", name="Send to an editor").click()
    reader.get_by_role("heading", name="Thank you").wait_for()
    suggested = Suggestion.objects.get()
    with four_eyes(False):
        suggestions.apply(suggested, by=person("paula"), kind="correction", at=it_is(5, 16, 5))
    tick(page)
    assert "opened in October 1976" in update_of(page, first).inner_text()
    assert "Marit Dahl" in update_of(page, first).inner_text()

    # The end: oldest first from here on, and nothing is promised any more
    make_live_update(story, "The council has met", at=it_is(5, 17, 0))
    updates.end(fresh(story), by=paula, at=it_is(5, 18, 0))
    tick(page)
    press_if_offered(page)
    assert headlines(page) == [
        "The way round",
        "Who inspects the bridge",
        "This update was withdrawn",
        "The council has met",
    ]
    assert promise.is_hidden()
    assert "Coverage ended" in page.locator("[data-part=top]").inner_text()

    # It was one page all day, and it is the page that anybody gets who comes now
    assert page.evaluate("window.openedOnce")
    assert_as_fresh(page, new_visitor)

    # The history shows what was put right, and who found it
    history = new_visitor()
    history.goto(live_server.url + story.get_absolute_url() + "history/")
    told = history.locator("main").inner_text()
    for said in ("We said eleven. It is twelve.", "Marit Dahl", "It was never planned."):
        assert said in told

    # And yesterday is what it was
    it_is(6, 9, 0)
    assert words(client, story, "?at=2026-09-04T14:05") == yesterday
    assert "October 1974" in " ".join(yesterday)


def press_if_offered(page):
    if offered(page):
        press(page)
