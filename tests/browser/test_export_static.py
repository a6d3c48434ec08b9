"""A copy of the site opened from the disk: it looks as the site does, asks nobody, and complains of nothing."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_comment, make_live_page, make_live_post, make_live_update, make_rolling_post


@pytest.fixture
def copy(tmp_path, transactional_db):
    now = timezone.now()
    post = make_rolling_post("Bridge closed", at=now - timedelta(hours=2), tags=("Transport",), slug="bridge")
    make_live_update(post, "Crack found", at=now - timedelta(hours=1))
    first = make_comment(post, "When does it open again?")
    make_comment(post, "On Friday.", answers=first)
    make_live_post("Earlier", at=now - timedelta(days=40), tags=("Transport",))
    make_live_page()
    call_command("export_static", tmp_path / "copy", stdout=StringIO())
    return tmp_path / "copy"


@pytest.fixture
def opened(page, complaints):
    """A page, and everything that it asks for which is not on the disk."""
    complaints.expect("^request to another site: file:///")  # all of the copy is; asked has the others
    asked = []
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else asked.append(one.url))
    return page, asked


def test_every_page_opens_from_the_disk_without_a_complaint(opened, copy):
    page, asked = opened
    files = sorted(file for file in copy.rglob("*.html") if file.name != "404.html")
    assert len(files) > 10
    for file in files:
        page.goto(file.as_uri())
        page.wait_for_load_state("networkidle")  # a complaint fails the fixture
        assert page.evaluate("getComputedStyle(document.querySelector('.top')).borderBottomWidth") == "1px", file
    assert asked == []


def test_one_reads_from_page_to_page(opened, copy):
    page, asked = opened
    page.goto((copy / "index.html").as_uri())
    page.get_by_role("heading", name="Bridge closed").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).text_content() == "Bridge closed"
    assert "On Friday." in page.locator(".thread").text_content()
    assert page.locator("form").count() == 0
    assert "Comments are written on the site itself" in page.locator("section[aria-labelledby=comments]").text_content()
    page.get_by_role("link", name="Transport").first.click()
    page.get_by_role("heading", name="Earlier").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).text_content() == "Earlier"
    page.go_back()
    page.get_by_role("link", name="Archive", exact=True).click()
    assert page.url.startswith("file:")
    assert page.url.endswith("/archive/index.html")
    page.get_by_label("Colours").select_option("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert asked == []


def test_it_does_not_poll(opened, copy):
    page, asked = opened
    page.clock.install()
    (file,) = copy.rglob("bridge/index.html")
    page.goto(file.as_uri())
    page.clock.run_for(3_600_000)
    assert asked == []
