"""The public site in a real Chromium: every kind of page, on a phone and a desk, by day and by night."""

from datetime import timedelta

import pytest
from django.utils import timezone
from justhtml import JustHTML

from blog import workflow
from tests.browser import axe, too_wide
from tests.factories import (
    make_author,
    make_live_page,
    make_live_post,
    make_publisher,
    make_story,
    person,
)

DOT = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EVERYTHING = f"""
<p>Text with <strong>weight</strong>, <em>stress</em>, <code>code()</code>, <kbd>Ctrl</kbd>, <mark>a mark</mark>,
<del>old</del> <ins>new</ins>, H<sub>2</sub>O, <abbr title="for example">e.g.</abbr>, <q>a word</q>,
<small>small print</small> and <a href="https://example.com/">a link</a><a href="#s1">1</a>.</p>
<h2>A heading</h2><h3>A smaller one</h3><h4>The smallest</h4>
<blockquote><p>Said somebody.</p><p><cite>Somebody</cite></p></blockquote>
<ul><li>One<ul><li>Inside</li></ul></li></ul><ol start="3"><li>Three</li></ol>
<dl><dt>Word</dt><dd>What it means.</dd></dl>
<pre><code>{"a very long line of code " * 20}</code></pre>
<table><caption>Figures</caption><thead><tr>{"<th>A heading of a column</th>" * 12}</tr></thead>
<tbody><tr>{"<td>1,000,000</td>" * 12}</tr></tbody></table>
<figure><img src="{DOT}" width="2000" height="900" alt="A dot"><figcaption>A dot, enlarged.</figcaption></figure>
<p>{"Donaudampfschifffahrtsgesellschaft" * 10}</p>
<p>هذا نص عربي داخل مقال إنجليزي.</p><hr><details><summary>More</summary><p>Words.</p></details>
"""


@pytest.fixture
def addresses(transactional_db):
    """A small site with every kind of page; gives the address of each."""
    now = timezone.now()
    byline = ({"name": "Ines Okafor", "slug": "ines-okafor"}, {"name": "أحمد", "slug": ""})
    make_author("Ines Okafor", "ines-okafor", biography="Reports on the harbour.")
    story = make_story("The bridge", "the-bridge", summary="It is shut.")
    about = make_live_page("About us", slug="about", at=now - timedelta(days=30))
    common = {"byline": byline, "section": "Transport", "tags": ("Transport", "Ferries"), "story": story}
    for days in (1, 2, 9, 40):
        make_live_post(f"Report of {days} days ago", at=now - timedelta(days=days), standfirst="In short.", **common)
    image = {
        "src": "/static/card.png",
        "alt": "The mark of the house",
        "width": 1200,
        "height": 630,
        "credit": "Drawing: the Record",
    }
    sources = ({"outlet": "Harbour", "title": "Notice", "url": "https://harbour.example/31", "at": now.isoformat()},)
    full = make_live_post(
        "Everything at once, and Antidisestablishmentarianismantidisestablishmentarianismantidisestablishment",
        at=now - timedelta(minutes=5),
        body=EVERYTHING,
        image=image,
        sources=sources,
        standfirst="All of it.",
        **common,
    )
    arabic = make_live_post("افتتاح الجسر الجديد بين الضفتين", body="<p>افتتح أمس الجسر.</p>", at=now)
    gone = make_live_post("Wrong", at=now)
    workflow.withdraw(gone, by=make_publisher(), public_note="It was not true.")
    day = full.published_on
    return {
        "home": "/",
        "post": full.get_absolute_url(),
        "post in arabic": arabic.get_absolute_url(),
        "page": about.get_absolute_url(),
        "archive": "/archive/",
        "year": f"/{day:%Y}/",
        "month": f"/{day:%Y/%m}/",
        "day": f"/{day:%Y/%m/%d}/",
        "empty day": "/1999/12/31/",
        "tags": "/tags/",
        "tag": "/tags/transport/",
        "authors": "/authors/",
        "author": "/authors/ines-okafor/",
        "stories": "/stories/",
        "story": "/stories/the-bridge/",
        "search": "/search/?q=report",
        "search, nothing found": "/search/?q=reprot",
        "search, nothing asked": "/search/",
        "missing": "/2026/09/05/nothing-here/",
        "withdrawn": gone.get_absolute_url(),
        "refused": "/?before=x",
    }


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_sound(page, live_server, addresses, complaints, scheme):
    for status in ("404", "410", "400"):
        complaints.expect(f"^{status}: ")
    page.emulate_media(color_scheme=scheme)
    found = {}
    for name, path in addresses.items():
        answer = page.goto(live_server.url + path)
        parsed = JustHTML(answer.text(), collect_errors=True)
        if parsed.errors:
            found[name, "html"] = [str(error) for error in parsed.errors]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if violations := axe(page):
                found[name, width] = violations
            if too_wide(page):
                found[name, width, "scroll"] = too_wide(page)
        page.set_viewport_size({"width": 320, "height": 800})
        if too_wide(page):
            found[name, 320, "scroll"] = too_wide(page)
    assert found == {}


def test_the_colours_are_chosen_on_this_device_alone(page, live_server, addresses):
    page.emulate_media(color_scheme="light")
    page.goto(live_server.url + addresses["home"])
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Colours").select_option("dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto(live_server.url + addresses["post"])
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != light
    page.get_by_label("Colours").select_option("")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    assert page.context.cookies() == []


def test_without_script_everything_is_there_but_the_choice_of_colours(new_visitor, live_server, addresses):
    page = new_visitor(java_script_enabled=False)
    page.goto(live_server.url + addresses["home"])
    assert page.get_by_label("Colours").is_hidden()
    page.get_by_role("searchbox").fill("الجسر")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="افتتاح").click()
    assert page.get_by_role("heading", level=1).text_content() == "افتتاح الجسر الجديد بين الضفتين"


def test_what_scrolls_sideways_is_reached_with_the_keyboard(page, live_server, addresses):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(live_server.url + addresses["post"])
    assert page.eval_on_selector_all(".prose pre, .prose table", "all => all.map(one => one.tabIndex)") == [0, 0]


def test_a_source_is_reached_from_the_text(page, live_server, addresses):
    page.goto(live_server.url + addresses["post"])
    page.locator(".prose a[href='#t-s1']").click()
    assert page.locator("li:target").text_content().startswith("Harbour")


def test_a_preview_looks_like_the_page_it_will_be(page, live_server, addresses, client):
    client.force_login(person("ada"))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])
    post = make_live_post("Seen before")
    page.goto(f"{live_server.url}/preview/{post.key}/1/")
    assert page.get_by_role("heading", level=1).text_content() == "Seen before"
    assert "Preview of version 1." in page.get_by_role("note").text_content()
    assert axe(page) == []


def test_print_leaves_the_words(page, live_server, addresses):
    page.goto(live_server.url + addresses["post"])
    page.emulate_media(media="print")
    assert page.locator(".prose").is_visible()
    for part in (".top nav", ".foot", ".skip"):
        assert page.locator(part).is_hidden()
