"""A reader reports a comment in a real browser: by keyboard alone, without script, on a small screen."""

import pytest

from comments.models import Report
from tests.browser import axe, too_wide
from tests.factories import make_comment, make_live_post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("script", [True, False])
def test_a_comment_is_reported(new_visitor, live_server, complaints, script, width):
    comment = make_comment(make_live_post(), "Word" * 60 + " and more.", name="Marit" * 10)
    page = new_visitor(viewport={"width": width, "height": 700}, java_script_enabled=script)
    page.goto(f"{live_server.url}/comments/{comment.pk}/report/")
    assert axe(page) == [] if script else True
    assert too_wide(page) == 0
    page.get_by_role("button", name="Send to a moderator").press("Enter")
    complaints.expect("422")
    page.get_by_role("alert").wait_for()
    if script:
        assert axe(page) == []
    page.get_by_label("It is advertising").press("Space")
    page.get_by_label("More about it").fill("The same stands below every piece.")
    page.get_by_role("button", name="Send to a moderator").press("Enter")
    page.get_by_role("heading", name="Thank you").wait_for()
    if script:
        assert axe(page) == []
    report = Report.objects.get()
    assert (report.reason, report.words) == ("advertising", "The same stands below every piece.")
