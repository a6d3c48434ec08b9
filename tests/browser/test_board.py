"""The board in a real browser: moved by pointer, by finger, by keyboard, without a script, for everybody's eyes."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from blog import belonging, schedule, updates, workflow
from tests.browser import axe, too_wide
from tests.factories import (
    approved,
    fresh,
    in_stage,
    make_live_post,
    make_post,
    make_publisher,
    make_rolling_post,
    make_update,
    person,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)
BOARD, CALENDAR = "/admin/board/", "/admin/board/calendar/"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest.fixture
def sign_in(new_visitor, live_server, client):
    """A page of somebody who is signed in and went there."""

    def signed_in(name, where=BOARD, **options):
        client.force_login(person(name))
        page = new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


@pytest.fixture
def accessible(complaints):
    """What is against a page: axe, and what has to be scrolled sideways.

    Axe tries inline styles of its own, which the policy refuses: not our complaint.
    """

    def found(page):
        heard = len(complaints.heard)
        against = axe(page)
        page.wait_for_timeout(50)  # the console speaks a little later
        complaints.heard[heard:] = [text for text in complaints.heard[heard:] if "Applying inline style" not in text]
        wide = too_wide(page)
        return against + ([f"{wide} pixels too wide"] if wide else [])

    return found


def column(page, name):
    return page.get_by_role("region", name=re.compile(rf"^{name} \d"))


def drag(page, card, pile, *, drop=True):
    """With the mouse, in steps, as a hand does."""
    start, end = card.get_by_role("heading").bounding_box(), pile.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + start["height"] + 12)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 60, steps=8)
    if drop:
        page.mouse.up()


def focused(page):
    return page.evaluate("document.activeElement.dataset.card ?? document.activeElement.textContent.trim()")


def test_a_card_is_dragged_to_the_column_of_a_verb(sign_in):
    post = make_post("The crossing")
    page = sign_in("carla")
    drag(page, column(page, "Drafting").get_by_role("article"), column(page, "In review"))
    page.wait_for_selector(".messagelist")
    assert "“The crossing” is in review." in page.inner_text(".messagelist")
    assert fresh(post).stage == "review"
    assert focused(page) == f"post-{post.pk}"
    expect(page.locator("#board-says")).to_contain_text("is in review")


def test_a_card_goes_nowhere_where_it_may_not_go(sign_in):
    post = make_post("The crossing")
    page = sign_in("carla")
    drag(page, column(page, "Drafting").get_by_role("article"), column(page, "Ready"))
    expect(page.locator("#board-says")).to_contain_text("cannot go there")
    drag(page, column(page, "Drafting").get_by_role("article"), column(page, "In review"), drop=False)
    assert page.locator(".pile.takes-it").count() == 1 and page.locator(".pile.is-over").count() == 1
    page.keyboard.press("Escape")
    page.mouse.up()
    assert page.locator(".card-moving").count() == 0 and page.url.endswith(BOARD)
    assert fresh(post).stage == "draft"
    page.get_by_role("link", name="The crossing").click()  # a click is still a click
    page.wait_for_url(f"**/{post.pk}/change/")


def test_what_asks_for_words_or_a_time_asks_for_it(sign_in):
    post = approved(make_post("The crossing"))
    page = sign_in("paula")
    drag(page, column(page, "Ready").get_by_role("article"), column(page, "Drafting"))
    page.wait_for_selector(".messagelist")  # back to draft needs no words
    assert fresh(post).stage == "draft"
    put_in_review(post)
    page = sign_in("edith")
    page.locator(".move summary").first.click()
    page.get_by_role("button", name="Ask for changes").click()
    page.get_by_label("What is to be changed").fill("Who says so?")
    page.get_by_role("button", name="Ask for changes").click()
    assert "went back to its writer" in page.inner_text(".messagelist")
    post = approved(fresh(post))
    page = sign_in("paula")
    drag(page, column(page, "Ready").get_by_role("article"), column(page, "Scheduled"))
    page.wait_for_url(f"**/{post.pk}/change/#plan")


def test_a_finger_drags_by_the_grip_and_scrolls_elsewhere(sign_in):
    post = make_post("The crossing")
    page = sign_in("carla", **PHONE)
    assert page.evaluate("getComputedStyle(document.querySelector('.card-grip')).touchAction") == "none"
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).touchAction") == "auto"
    grip, pile = page.locator(".card-grip").bounding_box(), column(page, "In review").bounding_box()
    touch = page.context.new_cdp_session(page)

    def at(kind, x, y):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    at("touchStart", grip["x"] + 8, grip["y"] + 8)
    for step in range(1, 6):
        at("touchMove", grip["x"] + 8 - 20 * step, grip["y"] + 8 + (pile["y"] + 20 - grip["y"] - 8) * step / 5)
    at("touchEnd", 0, 0)
    page.wait_for_selector(".messagelist")
    assert fresh(post).stage == "review"


def test_a_card_is_moved_by_keyboard_alone(sign_in):
    one, two = make_post("One"), make_post("Two")
    page = sign_in("carla")
    moves = column(page, "Drafting").locator("summary")
    moves.first.focus()
    page.keyboard.press("ArrowDown")
    assert "One" in focused(page)
    page.keyboard.press("ArrowUp")
    assert "Two" in focused(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#board-says")).to_contain_text("cannot go there")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Send to review"
    expect(page.locator("#board-says")).to_have_text("Put it into “In review”.")
    page.keyboard.press("Escape")
    assert "Two" in focused(page) and fresh(two).stage == "draft"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    assert focused(page) == f"post-{two.pk}"
    assert [fresh(post).stage for post in (one, two)] == ["draft", "review"]


def test_without_a_script_the_buttons_do_it(sign_in):
    post = make_post("The crossing")
    page = sign_in("carla", java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.locator(".move summary").click()
    page.get_by_role("button", name="Send to review").click()
    assert "is in review" in page.inner_text(".messagelist")
    assert page.url.endswith(f"{BOARD}#post-{post.pk}") and fresh(post).stage == "review"


def test_a_stale_card_says_what_has_happened(sign_in, complaints):
    post = put_in_review(make_post("The crossing"))
    page = sign_in("edith", f"{BOARD}?who=waiting")
    workflow.request_changes(post, by=person("emil"), note="Who says so?")
    complaints.expect("409")
    drag(page, column(page, "In review").get_by_role("article"), column(page, "Ready"))
    page.wait_for_selector("[role=alert]")
    assert "Emil" in page.get_by_role("alert").inner_text() and "Asked for changes" in page.inner_text("main")
    page.get_by_role("link", name="Back to the board").click()
    page.wait_for_url(f"**{BOARD}?who=waiting#post-{post.pk}")
    assert fresh(post).stage == "changes"


def fill():
    """Something of everything."""
    now = timezone.now()
    for stage in ("draft", "changes", "review", "approved"):
        in_stage(stage, f"A piece at {stage}")
    late = make_post("A piece that is late, with a headline which is long enough to need three lines of a card")
    belonging.set_deadline(late, now - timedelta(hours=2), by=person("carla"))
    schedule.plan(*_newest(approved(make_post("Planned"))), by=make_publisher(), publish_at=now + timedelta(hours=1))
    running = make_rolling_post("Runs")
    updates.promise(running, now - timedelta(minutes=5), by=make_publisher(), at=now - timedelta(hours=1))
    workflow.submit(make_update(running, "Ferries"), by=person("carla"))
    make_live_post("Published", at=now)
    write(make_live_post("Live"), headline="Live, newer", kind="update")


def _newest(post):
    return post, post.head


@pytest.mark.looks
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (360, "light"), (1280, "dark")])
def test_the_board_is_for_everybody(sign_in, live_server, width, scheme, accessible):
    fill()
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page, found = sign_in("ada", **options), {}
    review = fresh(put_in_review(make_post("To be asked about")))
    for address in (BOARD, f"{BOARD}?column=drafting", CALENDAR, f"{CALENDAR}?day={timezone.localdate()}", "/admin/"):
        page.goto(f"{live_server.url}{address}")
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        found |= {address: accessible(page)}
    page.goto(f"{live_server.url}{BOARD}")
    card = page.locator(f"[data-card='post-{review.pk}']")
    card.locator("summary").click()
    card.get_by_role("button", name="Ask for changes").click()
    found |= {"words": accessible(page)}
    assert {address: against for address, against in found.items() if against} == {}


@pytest.mark.looks
def test_every_target_is_large_enough_for_a_finger(sign_in):
    fill()
    page = sign_in("ada", **PHONE)
    for summary in page.locator(".move summary").all():
        summary.click()
    small = page.evaluate(
        "[...document.querySelectorAll('main a, main button, main select, main summary')]"
        ".map(one => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])"
        ".filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)"
    )
    assert small == []
