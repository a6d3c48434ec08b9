"""A reader finds a mistake, in a real browser: words that are selected go along; without script they are taken."""

import pytest

from blog.models import Suggestion
from blog.suggestions import apply
from tests.browser import axe, too_wide
from tests.factories import (
    four_eyes,
    fresh,
    make_live_post,
    make_live_update,
    make_rolling_post,
    make_suggestion,
    person,
)

pytestmark = pytest.mark.django_db(transaction=True)

BODY = (
    "<p>The bridge opened in <em>October 1974</em> and rests on four bearings.</p>\n"
    "<p>It was painted in 1974 and not since.</p>"
)

SELECT = """([selector, words, nth]) => {
    const box = document.querySelectorAll(selector)[nth];
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        const at = node.data.indexOf(words);
        if (at >= 0) { getSelection().setBaseAndExtent(node, at, node, at + words.length); return true; }
    }
    return false;
}"""


def select(page, selector, words, nth=0):
    assert page.evaluate(SELECT, [selector, words, nth])


def follow(page, how="click"):
    link = page.get_by_role("link", name="Suggest a correction")
    link.click() if how == "click" else link.press("Enter")
    page.wait_for_url("**/correct/**")


def typed(page):
    return {
        name: page.locator(f"[name={name}]").input_value() for name in ("part", "text", "should", "before", "after")
    }


@pytest.mark.parametrize("how", ["click", "key"])
def test_selected_words_go_along_with_their_neighbours(page, live_server, how):
    post = make_live_post(body=BODY)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    select(page, ".prose p", "1974", 1)
    follow(page, how)
    found = typed(page)
    assert (found["part"], found["text"], found["should"]) == ("body", "1974", "1974")
    assert found["before"].endswith("It was painted in ") and found["after"].startswith(" and not since.")
    assert "1974" not in page.url
    assert page.evaluate("document.activeElement.name") == "should"
    page.keyboard.press("Control+A")
    page.keyboard.type("1976")
    page.get_by_role("button", name="Send to an editor").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    made = Suggestion.objects.get()
    assert (made.exact, made.replacement) == ("1974", "1976")
    with four_eyes(False):
        apply(made, by=person("paula"), kind="correction")
    assert fresh(post).live.body == BODY.replace("painted in 1974", "painted in 1976")


@pytest.mark.parametrize(
    ("selector", "words", "part"),
    [("h1", "bridge", "headline"), (".dek", "Nobody", "standfirst"), ("[data-part=summary] .prose", "shut", "summary")],
)
def test_every_part_can_be_pointed_at(page, live_server, selector, words, part):
    post = make_live_post(body=BODY, standfirst="Nobody knows.", summary="<p>It is shut.</p>")
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    select(page, selector, words)
    follow(page)
    assert (typed(page)["part"], typed(page)["text"]) == (part, words)


def test_words_of_an_update_go_along_with_the_update(page, live_server):
    post = make_rolling_post(body=BODY)
    updates = [make_live_update(post, f"Crack {number}", body="<p>They found a crak.</p>") for number in (1, 2)]
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    select(page, f"#u{updates[0].number}", "crak")
    follow(page)
    assert (typed(page)["part"], typed(page)["text"]) == (f"u{updates[0].number}", "crak")
    page.get_by_label("What it should say").fill("crack")
    page.get_by_role("button", name="Send to an editor").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert Suggestion.objects.get().update == updates[0]


def test_what_is_selected_elsewhere_does_not_go_along(page, live_server):
    post = make_live_post(body=BODY)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    select(page, "footer", "Archive")
    follow(page)
    assert typed(page)["text"] == ""
    other = make_live_post("Another", body=BODY)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    select(page, ".prose p", "1974", 1)
    follow(page)
    page.goto(f"{live_server.url}{other.get_absolute_url()}correct/")
    assert typed(page)["text"] == ""


def test_without_script_the_words_are_taken_from_the_text(new_visitor, live_server, complaints):
    post = make_live_post(body=BODY, standfirst="Nobody knows.")
    page = new_visitor(java_script_enabled=False)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    follow(page)
    page.get_by_role("button", name="Send to an editor").press("Enter")
    complaints.expect("422")
    assert "Say which words are wrong" in page.get_by_role("alert").inner_text()
    page.get_by_role("button", name="These words “It was painted").press("Enter")
    should = page.get_by_label("What it should say")
    assert should.input_value() == "It was painted in 1974 and not since."
    should.fill("It was painted in 1976 and not since.")
    page.get_by_label("Thank me by name").check()
    page.get_by_label("Your name").fill("Marit Dahl")
    page.get_by_label("Email").press("Enter")  # as the button that sends it
    page.get_by_role("heading", name="Thank you").wait_for()
    made = Suggestion.objects.get()
    assert (made.credit, made.post) == ("Marit Dahl", post)


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_form_is_for_everybody(new_visitor, live_server, complaints, width, scheme):
    post = make_rolling_post("A bridge with a very long name " * 3, body=BODY + f"<p>{'Word' * 60}</p>")
    make_live_update(post, "Very long " * 20)
    page = new_visitor(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(f"{live_server.url}{post.get_absolute_url()}correct/")
    assert axe(page) == []
    assert too_wide(page) == 0
    page.get_by_role("button", name="Send to an editor").click()
    complaints.expect("422")
    page.get_by_role("alert").wait_for()
    assert axe(page) == []
    page.goto(f"{live_server.url}{post.get_absolute_url()}correct/?sent=gone")
    assert axe(page) == []


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_desk_s_pages_are_for_everybody(new_visitor, live_server, client, width, scheme):
    post = make_live_post("A bridge with a very long name " * 3, body=BODY)
    made = make_suggestion(post, "four bearings", "Word" * 60, remark="https://example.org/" + "x" * 90, credit="Marit")
    client.force_login(person("paula"))
    page = new_visitor(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    for path in ("", f"{made.pk}/change/", "?q=decided"):
        page.goto(f"{live_server.url}/admin/blog/suggestion/{path}")
        assert axe(page) == []
        assert too_wide(page) == 0


def test_at_the_desk_it_is_applied_by_keyboard_and_without_script(new_visitor, live_server, client):
    post = make_live_post(body=BODY)
    make_suggestion(post, "October 1974", "October 1976", about="fact")
    client.force_login(person("paula"))
    page = new_visitor(java_script_enabled=False)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/admin/blog/suggestion/")
    page.locator("summary", has_text="Decide").first.press("Enter")
    page.get_by_role("button", name="Apply, to review").press("Enter")
    page.get_by_text("Readers see it once that is published.").wait_for()
    assert fresh(post).head.body == BODY.replace("October 1974", "October 1976")
