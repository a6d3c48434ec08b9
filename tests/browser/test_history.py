"""What changed, in a real Chromium: for readers and at the desk, on a phone and a desk, by day and by night."""

from datetime import timedelta

import pytest
from django.utils import timezone
from justhtml import JustHTML

from blog import workflow
from tests.browser import axe
from tests.browser.test_public_site import EVERYTHING, too_wide
from tests.factories import (
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


@pytest.fixture
def story(transactional_db):
    """A running story with everything that can change: texts of every kind, an update corrected, one withdrawn."""
    now = timezone.now()
    post = make_rolling_post(
        "Bridge closed after crack found in bearing", at=now - timedelta(hours=6), body=EVERYTHING, standfirst="Shut."
    )
    changed = EVERYTHING.replace("<strong>weight</strong>", "weight").replace("https://example.com/", "/elsewhere/")
    changed = changed.replace("<li>One<ul>", "<li>One, and<ul>").replace("1,000,000", "1,000,001", 2)
    changed = changed.replace("A dot, enlarged", "A point").replace('alt="A dot"', 'alt="A point"')
    update = make_live_update(
        post, "Crack in bearing four", body="<p>It is 4 mm wide.</p>", at=now - timedelta(hours=5)
    )
    gone = make_live_update(post, "Ferry", body="<p>A ferry goes at seven.</p>", at=now - timedelta(hours=4))
    post = write(fresh(post), body=changed, headline="Bridge stays closed overnight")
    published(post, at=now - timedelta(hours=3), kind="update")
    update = rewrite_update(update, body="<p>It is 6 mm wide.</p>")
    publish_update(update, at=now - timedelta(hours=2), kind="correction", public_note="It was 6 mm, not 4.")
    workflow.withdraw(fresh(gone), by=make_publisher(), public_note="No ferry goes.", at=now - timedelta(hours=1))
    return fresh(post)


def sign_in(page, live_server, client, name):
    client.force_login(person(name))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_sound(page, live_server, story, client, complaints, scheme):
    complaints.expect("^404: ")
    sign_in(page, live_server, client, "edith")
    page.emulate_media(color_scheme=scheme)
    history, desk = story.get_history_url(), f"/admin/blog/post/{story.pk}"
    found = {}
    for name, path in {
        "correction": history,
        "text": f"{history}?a=1&b=4",
        "page": f"{history}?a=1&b=5&full=1",
        "none": f"{history}?b=99",
        "compare": f"{desk}/compare/?a=1&b=4",
        "compare all": f"{desk}/compare/?a=1&b=4&all=1",
        "desk": f"{desk}/history/",
    }.items():
        answer = page.goto(live_server.url + path)
        errors = JustHTML(answer.text(), collect_errors=True).errors
        if errors and not path.startswith("/admin"):
            found[name, "html"] = [str(error) for error in errors]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if violations := axe(page):
                found[name, width] = violations
            if too_wide(page):
                found[name, width, "scroll"] = too_wide(page)
    assert found == {}


def test_two_versions_are_chosen_and_compared_without_script(new_visitor, live_server, story):
    page = new_visitor(java_script_enabled=False)
    page.goto(live_server.url + story.get_history_url())
    assert page.locator(".diff del").all_text_contents() == ["4"]
    page.get_by_role("radio", name="from Version 1").check()
    page.get_by_role("radio", name="to Version 4").check()
    page.get_by_role("button", name="Compare the two chosen").click()
    assert page.url.endswith("?b=4&a=1#d")
    assert "[link to https://example.com/]" in "".join(page.locator(".diff del").all_inner_texts())
    page.get_by_role("link", name="Show the whole text").click()
    assert page.get_by_text("without changes").count() == 0


def test_marks_are_said_to_those_who_do_not_see_colours(page, live_server, story):
    page.goto(live_server.url + story.get_history_url())
    said = page.evaluate("getComputedStyle(document.querySelector('.diff del'), '::before').content")
    assert said == '" [removed] "'


def test_an_old_version_is_brought_back_from_the_comparison(page, live_server, story, client):
    sign_in(page, live_server, client, "edith")
    page.goto(f"{live_server.url}/admin/blog/post/{story.pk}/compare/?a=2&b=5")
    page.get_by_role("button", name="Bring version 2 back as a draft").click()
    assert "The wording of version 2 is back, as version 6." in page.locator(".messagelist").inner_text()
    assert fresh(story.updates.order_by("number").first()).head.body == "<p>It is 4 mm wide.</p>"
