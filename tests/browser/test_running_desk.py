"""The desk of a running story in a real browser: from a phone, without script, by keyboard, for everybody's eyes."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from blog import kinds, updates, workflow
from tests.browser import axe, too_wide
from tests.factories import (
    four_eyes,
    fresh,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_update,
    person,
    rewrite_update,
)

pytestmark = pytest.mark.django_db(transaction=True)
SENT_TWICE = """async button => {
    const form = button.form;
    for (const _ of [1, 2]) await fetch(form.action, {method: 'POST', body: new FormData(form, button)});
}"""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def page_of(post):
    return f"/admin/blog/post/{post.pk}/change/"


@pytest.fixture
def sign_in(new_visitor, live_server, client):
    """A page of somebody who is signed in and went there."""

    def signed_in(name, where, **options):
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


@four_eyes(False)
def test_three_taps_on_a_phone_publish_an_update(sign_in, live_server, new_visitor):
    post = make_rolling_post()
    page = sign_in("paula", "/admin/", **PHONE)
    page.get_by_role("region", name="Running").get_by_role("link", name="Council closes the bridge").tap()
    page.wait_for_selector(".editor-text")
    publish = page.locator(".update-form").get_by_role("button", name="Publish")
    assert publish.bounding_box()["y"] + publish.bounding_box()["height"] <= 740  # in sight from the beginning

    page.get_by_label("Headline of the update").tap()
    page.keyboard.type("Crack found")
    page.locator(".update-form .editor-text").tap()
    page.keyboard.type("Engineers found a crack.")
    publish.tap()
    page.wait_for_selector(".messagelist")
    assert "Readers see “Crack found” now." in page.inner_text(".messagelist")
    assert too_wide(page) == 0
    [update] = post.updates.all()
    assert (update.stage, update.live.body) == ("published", "<p>Engineers found a crack.</p>")
    reader = new_visitor()
    reader.goto(f"{live_server.url}{fresh(post).get_absolute_url()}")
    assert "Engineers found a crack." in reader.inner_text("main")


@four_eyes(False)
def test_the_form_sent_twice_publishes_once(sign_in):
    """One after the other: the threads of this server share a connection. Races have processes of their own."""
    post = make_rolling_post()
    page = sign_in("paula", page_of(post), **PHONE)
    page.get_by_label("Headline of the update").fill("Crack found")
    page.locator(".update-form").get_by_role("button", name="Publish").evaluate(SENT_TWICE)
    assert [update.is_live() for update in post.updates.all()] == [True]


def test_without_a_script_an_update_is_proposed_approved_and_withdrawn(sign_in):
    post = make_rolling_post()
    off = {"java_script_enabled": False}
    colin = sign_in("colin", page_of(post), **PHONE | off)
    colin.get_by_label("Headline of the update").fill("Ferries run")
    colin.locator(".update-form textarea[name=update-body]").fill("All night.\n\nEvery half hour.")
    colin.get_by_text("Time and sources").click()
    colin.get_by_label("Outlet").first.fill("Ferry company")
    colin.get_by_role("button", name="Send to review").first.click()
    assert "is in review" in colin.inner_text(".messagelist")
    [update] = post.updates.all()
    assert update.head.body == "<p>All night.</p>\n<p>Every half hour.</p>"

    edith = sign_in("edith", page_of(post), **off)
    edith.locator(f"#u{update.number} summary").click()
    edith.get_by_label("What is to be changed").fill("Which ferries?")
    edith.locator(f"#u{update.number}").get_by_role("button", name="Approve").click()
    paula = sign_in("paula", page_of(post), **off)
    paula.locator(f"#u{update.number} summary").click()
    paula.locator(f"#u{update.number}").get_by_role("button", name="Publish").click()
    paula.locator(f"#u{update.number} summary").click()
    paula.locator(f"#u{update.number}").get_by_label("Why it is withdrawn, for readers").fill("They do not.")
    paula.locator(f"#u{update.number}").get_by_role("button", name="Withdraw").click()
    assert fresh(update).withdrawal.public_note == "They do not."


def test_an_update_is_written_by_keyboard_alone(sign_in):
    post = make_rolling_post()
    page = sign_in("colin", page_of(post))
    page.wait_for_selector(".update-form .editor-text")
    page.get_by_label("Headline of the update").focus()
    page.keyboard.type("Ferries run")
    page.keyboard.press("Tab")  # the bar is one stop
    page.keyboard.press("Tab")
    page.keyboard.type("All night.")
    page.keyboard.press("Tab")  # what is folded
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Send to review"
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    [update] = post.updates.all()
    assert (update.stage, update.head.body) == ("review", "<p>All night.</p>")


def test_saving_by_key_saves_the_form_in_which_somebody_writes(sign_in):
    post = make_rolling_post()
    page = sign_in("carla", page_of(post))
    page.get_by_label("Headline of the update").fill("Ferries run")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".messagelist")
    [update] = post.updates.all()
    assert (update.stage, fresh(post).head.number) == ("draft", 1)


def test_words_of_the_one_form_are_not_left_for_the_other_without_a_question(sign_in):
    post = make_rolling_post()
    page = sign_in("carla", page_of(post))
    page.get_by_label("Headline of the update").fill("Ferries run")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator(".write-bar").get_by_role("button", name="Save", exact=True).click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Headline of the update").input_value() == "Ferries run"


def test_a_time_that_came_twice_is_chosen_by_a_button(sign_in, complaints, settings, accessible):
    settings.TIME_ZONE = "America/New_York"
    post = make_rolling_post()
    page = sign_in("colin", page_of(post), **PHONE)
    complaints.expect("400")
    page.get_by_label("Headline of the update").fill("Night ferry")
    page.get_by_text("Time and sources").click()
    page.get_by_label("Happened at").fill("2024-11-03T01:30")
    page.get_by_role("button", name="Send to review").first.click()
    page.get_by_label("01:30 winter time").check()
    assert accessible(page) == []
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Send to review").first.click()
    page.wait_for_selector(".messagelist")
    [update] = post.updates.all()
    assert update.happened_at.astimezone(ZoneInfo("UTC")).hour == 6


@pytest.mark.looks
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_of_it_is_for_everybody(sign_in, live_server, width, scheme, complaints, accessible, monkeypatch):
    now = timezone.now()
    post = make_rolling_post(summary="<p>It is closed.</p>")
    live = make_live_update(post, "Live", at=now - timedelta(hours=2))
    updates.mark_key(updates.pin(live, by=make_publisher()), by=make_publisher())
    workflow.submit(make_update(post, "", by=person("colin"), at=now - timedelta(hours=1)), by=person("colin"))
    gone = make_live_update(post, "Gone", at=now - timedelta(hours=1))
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    updates.promise(fresh(post), now - timedelta(minutes=5), by=make_publisher(), at=now - timedelta(minutes=30))
    ahead = rewrite_update(live, headline="Live, longer", kind="typo")
    page = sign_in("ada", "/admin/", viewport={"width": width, "height": 800}, color_scheme=scheme)
    found = {"first page": accessible(page)}
    for name, address in {
        "story": page_of(post),
        "ahead": f"/admin/blog/post/{post.pk}/updates/{ahead.number}/",
        "gone": f"/admin/blog/post/{post.pk}/updates/{gone.number}/",
        "preview": f"/preview/{post.key}/{ahead.head.number}/",
    }.items():
        page.goto(f"{live_server.url}{address}")
        for fold in page.locator("main summary").all():
            if fold.is_visible():
                fold.click()
        found[name] = accessible(page)

    monkeypatch.setattr(kinds, "warnings", lambda old, new: [kinds.Warning("number", "17 became 71.")])
    complaints.expect("409")
    with four_eyes(False):
        page.goto(f"{live_server.url}/admin/blog/post/{post.pk}/updates/{ahead.number}/")
        page.locator(".write-bar").get_by_role("button", name="Publish").click()
        page.get_by_label("It is a typo all the same").wait_for()
    found["doubtful"] = accessible(page)
    page.goto(f"{live_server.url}{page_of(post)}")
    complaints.expect("400")
    page.locator(".update-form .button.primary").click()
    page.get_by_text(re.compile("Write something")).wait_for()
    found["refused"] = accessible(page)
    assert {name: against for name, against in found.items() if against} == {}
