"""The discussion in a real Chromium: read, sorted, folded and followed, with script and without, by keyboard alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blog.models import Tally
from comments import threads
from comments.models import Comment
from tests.browser import axe, too_wide
from tests.factories import make_comment, make_live_post


@pytest.fixture
def post(transactional_db):
    return make_live_post("Bridge stays shut", at=timezone.now() - timedelta(hours=1), body="<p>Words.</p>" * 3)


@pytest.fixture
def thread(post):
    """A thread with everything: deep answers, something removed, staff, code, and words that run the other way."""
    first = make_comment(post, "The year is wrong.", name="Marit Dahl")
    ines = make_comment(post, "Thank you.", name="Ines Okafor", answers=first, badge="author")
    marit = make_comment(post, "That was quick.", name="Marit Dahl", answers=ines, edited_at=timezone.now())
    deep = marit
    for number in range(4):
        deep = make_comment(post, f"Further {number}.", name=f"Reader {number}", answers=deep)
    asks = make_comment(post, "Which way do the buses go?", name="Oluwaseun A.")
    gone = make_comment(post, "You should be ashamed.", name="Troll", answers=asks)
    make_comment(post, "Let us stay with the question.", name="Hana K.", answers=gone)
    make_comment(post, "Thank you, Hana.", name="Oluwaseun A.", answers=asks)
    code = f"<pre><code>{'very long line ' * 30}</code></pre>"
    make_comment(post, html=f"<blockquote><p>It says.</p></blockquote><p>{'Antidis' * 30}</p>{code}", name="أحمد")
    Comment.objects.filter(pk=gone.pk).update(state="removed", reason="person")
    Tally.objects.count(post.pk, visible=-1)
    return {"first": first, "deep": deep, "asks": asks, "gone": gone}


@pytest.fixture
def address(live_server, post):
    return live_server.url + post.get_absolute_url()


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_thread_is_sound(page, address, thread, scheme):
    page.emulate_media(color_scheme=scheme)
    found = {}
    for query in ("", "?comments=newest", f"?reply={thread['asks'].pk}"):
        page.goto(address + query)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if violations := axe(page):
                found[query, width] = violations
        page.set_viewport_size({"width": 320, "height": 800})
        if too_wide(page):
            found[query, "scroll"] = too_wide(page)
    assert found == {}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_reading_sorting_folding_and_answering(new_visitor, address, thread, script):
    page = new_visitor(java_script_enabled=script)
    page.goto(address)
    section = page.get_by_role("region", name="11 comments")
    assert section.get_by_role("heading", level=3, name="Marit Dahl").count() == 2
    answer = section.get_by_text("Thank you.", exact=True)
    section.get_by_text("6 replies to Marit Dahl").click()
    assert not answer.is_visible()
    section.get_by_text("6 replies to Marit Dahl").click()
    assert answer.is_visible()
    section.get_by_role("link", name="Newest first").click()
    assert page.locator(".cmt h3").first.inner_text() == "أحمد"
    page.get_by_role("link", name="Reply to Oluwaseun A.").first.click()
    assert page.locator(f"#c{thread['asks'].pk} form").is_visible()
    assert page.locator("form[action*=comments]").count() == 1


def test_by_keyboard_alone(page, address, thread):
    page.goto(address)
    page.get_by_role("link", name="Newest first").focus()
    met = []
    for _step in range(9):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
    assert met[0] == "Add a comment"
    assert met[2:6] == [
        "Reply to Marit Dahl",
        "Report, Marit Dahl",
        "Next conversation",
        "6 replies to Marit Dahl",
    ]
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert not page.get_by_text("Thank you.", exact=True).is_visible()
    page.keyboard.press("Enter")
    assert page.get_by_text("Thank you.", exact=True).is_visible()
    page.get_by_role("link", name="Next conversation").first.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(f"#c{thread['asks'].pk}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_address_of_a_comment_opens_its_page(new_visitor, address, post, monkeypatch, script):
    monkeypatch.setattr(threads, "SIZE", 5)
    known = [make_comment(post, f"Number {number}.") for number in range(12)]
    page = new_visitor(java_script_enabled=script)
    page.goto(f"{address}?c={known[8].pk}#c{known[8].pk}")
    assert page.get_by_text("Number 8.").is_visible()
    assert page.evaluate("document.querySelector(':target').id") == f"c{known[8].pk}"


def test_a_number_typed_alone_is_looked_up(page, address, post, monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 5)
    known = [make_comment(post, f"Number {number}.") for number in range(12)]
    page.goto(f"{address}#c{known[8].pk}")
    page.get_by_text("Number 8.").wait_for()
    assert page.url == f"{address}?c={known[8].pk}#c{known[8].pk}"
    page.goto(f"{address}#c999999")
    page.wait_for_url(f"{address}?c=999999#c999999")  # asked for once, and not again
    assert page.get_by_text("Number 0.").is_visible()


def test_a_closed_fold_opens_for_what_is_asked_for_in_it(page, address, thread):
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    page.evaluate("for (const fold of document.querySelectorAll('.fold')) fold.open = false")
    page.evaluate(f"location.hash = '#c{thread['deep'].pk}'")
    page.get_by_text("Further 3.").wait_for()
    assert page.evaluate(f"document.getElementById('c{thread['deep'].pk}').getBoundingClientRect().top") < 900


def test_new_comments_are_told_without_moving_the_page(page, address, post, thread):
    page.clock.install()
    page.goto(address)
    new = make_comment(post, "Just in.", shown_at=timezone.now() + timedelta(seconds=1))
    make_comment(post, "This, too.", answers=new, shown_at=timezone.now() + timedelta(seconds=2))
    top = "document.querySelector('.thread').getBoundingClientRect().top + scrollY"
    before = page.evaluate(top)
    with page.expect_response("**/changes/**"):
        page.clock.run_for(15_000)
    told = page.get_by_role("status").filter(has_text="2 new comments")
    told.wait_for()
    assert page.evaluate(top) == before
    assert page.get_by_text("Just in.").count() == 0
    assert axe(page) == []
    told.get_by_role("link").click()
    page.get_by_text("Just in.").wait_for()
    assert page.url.endswith(f"?c={new.pk}#c{new.pk}")


def test_nothing_is_asked_where_time_has_run_out(page, address, post, thread):
    type(post).objects.filter(pk=post.pk).update(published_at=timezone.now() - timedelta(days=900), version=9)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto(address)
    page.clock.run_for(120_000)
    assert not [url for url in asked if "/comments/" in url]
    assert page.get_by_text("Closed for comments since").is_visible()


def test_it_runs_the_other_way_where_the_language_does(page, address, thread):
    page.goto(address)
    page.evaluate("document.documentElement.dir = 'rtl'")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert too_wide(page) == 0
        guide = page.evaluate("getComputedStyle(document.querySelector('.thread ol')).borderRightStyle")
        assert guide == "solid"


def test_on_paper_there_is_the_thread_and_nothing_to_press(page, address, thread):
    page.goto(address)
    page.emulate_media(media="print")
    assert page.get_by_text("The year is wrong.").is_visible()
    assert not page.get_by_text("Reply", exact=False).first.is_visible()
    assert not page.locator("form[action*=comments]").is_visible()
