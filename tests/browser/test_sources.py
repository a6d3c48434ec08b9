"""Sources in a real browser: cited at the desk with one button, found by readers, for everybody's eyes."""

import pytest

from blog import links
from blog.models import Revision
from blog.visiting import Visit
from tests.browser import axe, too_wide
from tests.factories import make_live_post, make_live_update, make_rolling_post, make_story, person

pytestmark = pytest.mark.django_db(transaction=True)

# The editor hears of a cursor with the event, a little after keys or a script put it there.
CURSOR_AFTER = """(paragraph, letters) => new Promise(heard => {
  document.addEventListener("selectionchange", heard, { once: true })
  getSelection().collapse(paragraph.firstChild, letters)
})"""

SOURCES = (
    {"outlet": "Harbour Authority", "title": "Closure notice 26-031", "url": "https://harbour.example/31", "at": ""},
    {"outlet": "Lena Aszkari", "title": "Statement", "url": "", "at": "2025-09-05T11:20:00+00:00"},
)


@pytest.fixture
def write(new_visitor, live_server, client):
    """A page of the desk, seen by somebody who may publish."""

    def opened(where, **options):
        client.force_login(person("paula"))
        page = new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return opened


def test_a_source_is_cited_where_the_cursor_is(write):
    post = make_live_post(body="<p>One. Two.</p>", sources=SOURCES)
    page = write(f"/admin/blog/post/{post.pk}/change/")
    page.locator(".as-body .editor-text").click()
    page.locator(".as-body .editor-text p").evaluate(CURSOR_AFTER, len("One."))
    cite = page.locator("[data-cite]")
    cite.nth(1).click()
    page.keyboard.type(" And")
    page.get_by_role("button", name="Add a source").click()
    assert page.locator(".row-number").nth(2).text_content() == "3"
    page.locator("[name=sources-2-outlet]").fill("County")
    cite.nth(2).click()
    assert page.locator("#id_body").input_value() == ('<p>One.<a href="#s2">[2]</a> And<a href="#s3">[3]</a> Two.</p>')
    page.locator(".row-of").first.get_by_role("button", name="Remove").click()
    page.locator("[name=change][value=update]").check()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url("**/change/")
    head = Revision.objects.get(post=post, number=2)
    assert head.body == '<p>One.<a href="#t-s1">[1]</a> And<a href="#t-s2">[2]</a> Two.</p>'
    assert [source["outlet"] for source in head.sources] == ["Lena Aszkari", "County"]


def test_a_source_is_cited_in_html_as_well(write):
    post = make_live_post(body="<p>One.</p>", sources=SOURCES)
    page = write(f"/admin/blog/post/{post.pk}/change/")
    page.locator(".as-body .editor-button", has_text="HTML").click()
    page.locator("#id_body").evaluate("area => area.setSelectionRange(7, 7)")
    page.locator("[data-cite]").first.click()
    assert page.locator("#id_body").input_value() == '<p>One.<a href="#s1">[1]</a></p>'


def test_without_script_the_row_says_what_to_type(write):
    post = make_live_post(sources=SOURCES)
    page = write(f"/admin/blog/post/{post.pk}/change/", java_script_enabled=False)
    assert "A link to #s2 cites it." in page.locator(".cite").nth(1).inner_text()
    assert page.locator("[data-cite]:visible").count() == 0


def test_a_citation_leads_to_its_source_and_marks_it(page, live_server):
    post = make_live_post(body='<p>Shut.<a href="#s2">[2]</a></p>' + "<p>More.</p>" * 60, sources=SOURCES)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    page.get_by_role("link", name="[2]").click()
    source = page.locator("#t-s2")
    source.scroll_into_view_if_needed()
    plain = page.locator("#t-s1").evaluate("one => getComputedStyle(one).backgroundColor")
    assert source.evaluate("one => getComputedStyle(one).backgroundColor") != plain
    page.locator("#t-s1").get_by_role("link", name="Harbour Authority").click()
    assert page.locator("h1").text_content() == "Harbour Authority"
    page.get_by_role("link", name="Council closes the bridge").click()
    assert page.url.endswith("#t-s1")


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_sources_and_stories_are_for_everybody(new_visitor, live_server, scheme):
    story = make_story()
    old = make_live_post("Old", sources=SOURCES, story=story)
    rolling = make_rolling_post("A storm with a very long name " * 3, sources=SOURCES, story=story)
    make_live_update(rolling, sources=SOURCES)
    visit = Visit("gone", 404)
    list(links.check(["https://harbour.example/31"], links.Checked(), ask=lambda url, pause: visit))
    page = new_visitor(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    paths = ["/sources/", "/sources/harbour-authority/", story.get_absolute_url(), old.get_absolute_url()]
    for path in [*paths, f"{story.get_absolute_url()}?order=oldest"]:
        page.goto(f"{live_server.url}{path}")
        assert axe(page) == []
        assert too_wide(page) == 0


@pytest.mark.looks
def test_the_list_of_what_is_gone_is_for_everybody(write):
    make_live_post("Old", sources=SOURCES)
    visit = Visit("gone", 404)
    list(links.check(["https://harbour.example/31"], links.Checked(), ask=lambda url, pause: visit))
    page = write("/admin/blog/checkedlink/")
    assert axe(page) == []
    assert page.get_by_role("link", name="Old").count() == 1
