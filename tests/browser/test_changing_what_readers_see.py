"""What stands there when two wrote at one time, and the page that changes what readers see, in a real browser."""

import os
import re

import pytest

from tests.browser import axe, too_wide
from tests.browser.test_two_editors import sign_in  # noqa: F401
from tests.factories import four_eyes, fresh, make_live_post, make_post, person, write

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


def _fits(page, name):
    assert too_wide(page) == 0
    if "PICTURES" in os.environ:
        page.screenshot(path=f"{os.environ['PICTURES']}/{name}.png", full_page=True)
    assert axe(page) == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_both_variants_are_told_at_every_size(sign_in, complaints, width, scheme):  # noqa: F811
    post = make_post()
    sizes = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page = sign_in("edith", f"/admin/blog/post/{post.pk}/change/", **sizes)
    write(post, by=person("colin"), headline="Council shuts the bridge")
    page.get_by_label("Headline", exact=True).fill("Council opens the bridge")
    with page.expect_navigation():
        page.locator(".write-bar").get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name=re.compile("Colin saved version 2")).wait_for()
    _fits(page, f"meeting-{width}-{scheme}")
    complaints.expect("409")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_misspelt_word_is_changed_for_readers_and_the_draft_stays_one(sign_in, width, scheme):  # noqa: F811
    post = make_live_post("Council shuts the brigde")
    write(post, by=person("colin"), headline="At last: Council shuts the brigde")
    sizes = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    with four_eyes(False):
        page = sign_in("paula", f"/admin/blog/post/{post.pk}/change/", **sizes)
        page.get_by_role("link", name="Change what readers see").click()
        page.get_by_role("heading", name="Change what readers see").wait_for()
        _fits(page, f"mend-{width}-{scheme}")
        page.get_by_label("Headline", exact=True).fill("Council shuts the bridge")
        page.get_by_label(re.compile("^Typo")).check()
        with page.expect_navigation():
            page.get_by_role("button", name="Publish this change").click()
    post = fresh(post)
    assert (post.live.headline, post.head.headline) == ("Council shuts the bridge", "At last: Council shuts the bridge")
