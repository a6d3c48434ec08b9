"""Corrections in a real browser: beside the words, at the foot, and on a page of their own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser import axe, too_wide
from tests.factories import (
    make_live_update,
    make_rolling_post,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "We said that the bridge opened in 1974. It was 1976. Marit Dahl pointed it out."
OF_UPDATE = "The crack is in bearing four, not five."


def make_corrected():
    """A running story with a correction of its own text and one of an update."""
    start = timezone.now() - timedelta(hours=3)
    post = make_rolling_post("Kestrel Bridge stays closed overnight", at=start)
    update = make_live_update(post, "Crack found in bearing five", at=start + timedelta(hours=1))
    update = rewrite_update(update, headline="Crack found in bearing four", kind="correction")
    publish_update(update, kind="correction", public_note=OF_UPDATE, at=start + timedelta(hours=2))
    post = write(post, body="<p>The bridge opened in 1976.</p>", kind="correction")
    return published(post, kind="correction", public_note=NOTE, at=start + timedelta(hours=2))


def test_from_the_list_to_the_words_and_to_what_changed(page, live_server):
    make_corrected()
    page.goto(live_server.url)
    page.locator("footer").get_by_role("link", name="Corrections", exact=True).click()
    assert page.locator("main article").count() == 2
    item = page.locator("main article").filter(has_text=NOTE)
    item.get_by_role("heading").get_by_role("link").click()
    box = page.locator("[data-part=text] .corr")
    assert NOTE in box.inner_text()
    assert box.evaluate("one => one.matches(':target')")
    assert page.locator(".upd .corr").inner_text().count(OF_UPDATE) == 1
    foot = page.locator("[data-part=corrections]")
    assert [NOTE in foot.inner_text(), OF_UPDATE in foot.inner_text()] == [True, True]
    foot.locator("p.corr").filter(has_text=OF_UPDATE).get_by_role("link", name="In the update of").click()
    page.locator(".upd:target .corr").wait_for()
    box.get_by_role("link", name="See what changed").click()
    page.wait_for_url("**/history/?a=*")


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_corrections_are_for_everybody(new_visitor, live_server, scheme, width):
    post = make_corrected()
    page = new_visitor(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in ("/corrections/", post.get_absolute_url()):
        page.goto(f"{live_server.url}{path}")
        assert axe(page) == []
        assert too_wide(page) == 0
