"""Writing under a post in a real Chromium: with script and without, by keyboard, on a phone and a desk."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from justhtml import JustHTML

from comments import markup, private_links
from comments.models import Comment, HouseRules
from tests.browser import axe, too_wide
from tests.factories import make_comment, make_live_post

XSS = Path(__file__).parents[1] / "data/hostile/xss.txt"


@pytest.fixture
def post(transactional_db):
    HouseRules.objects.update(policy="known", limit_seconds=0, limit_count=100, rules_path="/comment-rules/")
    return make_live_post(at=timezone.now() - timedelta(days=1))


@pytest.fixture
def comment(post):
    return make_comment(post, "It does not say how long.\n\nDoes it?", name="Ruth Almeida-Berg")


@pytest.fixture
def address(post, live_server):
    return live_server.url + post.get_absolute_url()


def is_sound(page):
    """Nothing that axe, or a parser of HTML, has against the page; nothing that scrolls sideways at any width."""
    found = [str(error) for error in JustHTML(page.content(), collect_errors=True).errors]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width}: {violation}" for violation in axe(page)]
    page.set_viewport_size({"width": 320, "height": 800})
    if too_wide(page):
        found.append("scrolls sideways")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert found == []


def focused(page):
    return page.evaluate(
        "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
    )


def fill(page, name="Marit Dahl", text="When does it open?"):
    page.get_by_label("Your name").fill(name)
    page.locator("#comment-text").fill(text)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_comment_is_looked_at_sent_changed_and_withdrawn(new_visitor, address, script):
    page = new_visitor(java_script_enabled=script)
    page.goto(address)
    fill(page, text="> So it *is* true.\n\nIs it?")
    page.get_by_role("button", name="Preview").click()
    assert page.locator(".cmt.wait em").inner_text() == "is"
    assert page.locator("#comment-text").input_value() == "> So it *is* true.\n\nIs it?"
    if script:
        is_sound(page)
    page.get_by_role("button", name="Send to a moderator").click()
    assert page.locator("h1").inner_text() == "Your comment is with a moderator"
    if script:
        is_sound(page)
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Your words").fill("Is it so?")
    if script:
        is_sound(page)
    page.get_by_role("button", name="Save the change").click()
    assert page.locator(".cmt.wait .body").inner_text() == "Is it so?"
    page.get_by_role("link", name="Withdraw it").click()
    if script:
        is_sound(page)
    page.get_by_role("button", name="Withdraw it").click()
    assert page.locator("h1").inner_text() == "You withdrew your comment"
    page.get_by_role("link", name="Back to the discussion").click()
    assert page.url.startswith(address)
    assert Comment.objects.get().state == "withdrawn"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_has_to_be_mended_is_said_first_and_the_words_are_kept(new_visitor, complaints, address, script):
    complaints.expect("^422: ")
    page = new_visitor(java_script_enabled=script)
    page.goto(address)
    fill(page, name=" ", text="When?")
    page.get_by_label("E-mail").fill("marit@nowhere")
    page.get_by_role("button", name="Send comment").click()
    summary = page.get_by_role("alert")
    assert "2 things to mend" in summary.inner_text()
    assert page.locator("#comment-text").input_value() == "When?"
    if script:
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        is_sound(page)
    summary.get_by_role("link", name="Say what readers may call you.").click()
    fill(page, text="When then?")
    page.get_by_label("E-mail").fill("")
    page.get_by_role("button", name="Send comment").click()
    assert Comment.objects.get().text == "When then?"


def test_without_script_an_answer_is_written_below_what_it_answers(new_visitor, address, comment):
    page = new_visitor(java_script_enabled=False)
    page.goto(address)
    page.get_by_role("link", name="Reply to Ruth Almeida-Berg").click()
    assert page.locator(f"#c{comment.pk} form#reply").count() == 1
    assert page.locator("form#reply").count() == 1
    page.locator("#comment-text").fill("Yes.")
    page.get_by_role("button", name="Quote").click()
    assert page.locator("#comment-text").input_value() == "> It does not say how long. Does it?\n\nYes."
    fill(page, text="> It does not say how long.\n\nIt does.")
    page.get_by_role("button", name="Send comment").click()
    answer = Comment.objects.exclude(pk=comment.pk).get()
    assert (answer.parent_id, page.url.endswith(private_links.mine(answer.pk))) == (comment.pk, True)


def test_the_form_moves_below_what_is_answered_and_back_by_keyboard(page, address, comment):
    page.goto(address)
    reply = page.get_by_role("link", name="Reply to Ruth Almeida-Berg")
    reply.focus()
    page.keyboard.press("Enter")
    assert page.url == address
    form = page.locator(f"#c{comment.pk} form#reply")
    assert form.count() == 1
    assert focused(page) == "comment-name"
    assert page.get_by_label("Your reply to Ruth Almeida-Berg").count() == 1
    is_sound(page)
    page.keyboard.type("Marit Dahl")
    page.locator("#comment-text").focus()
    page.keyboard.type("A half-written answer")
    page.keyboard.press("Escape")
    assert form.count() == 0
    assert "Reply" in page.evaluate("document.activeElement.textContent")
    assert page.locator("#comment-text").input_value() == ""
    assert page.get_by_label("Comment", exact=True).count() == 1
    page.keyboard.press("Enter")
    assert page.locator("#comment-text").input_value() == "A half-written answer"
    assert focused(page) == "comment-text"
    form.get_by_role("button", name="Quote").click()
    assert page.locator("#comment-text").input_value().startswith("> It does not say how long. Does it?\n\nA half")
    form.get_by_role("link", name="Cancel").click()
    assert form.count() == 0


def test_ctrl_and_enter_send_what_was_written(page, address, comment):
    page.goto(address)
    page.get_by_role("link", name="Reply to Ruth Almeida-Berg").click()
    fill(page, text="Yes.")
    page.locator("#comment-text").press("Control+Enter")
    page.wait_for_url("**/comments/mine/**")
    assert Comment.objects.exclude(pk=comment.pk).get().parent_id == comment.pk


def test_half_written_words_are_kept_on_the_device_until_they_are_sent(page, address, comment):
    page.goto(address)
    page.locator("#comment-text").fill("Half a")
    page.reload()
    assert page.locator("#comment-text").input_value() == "Half a"
    fill(page, text="Half a word, whole")
    page.get_by_role("button", name="Send comment").click()
    page.wait_for_url("**/comments/mine/**")
    page.goto(address)
    assert page.locator("#comment-text").input_value() == ""
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft'))") == []


def test_coming_back_to_a_comment_takes_no_other_words_away(page, address, comment):
    page.goto(address)
    fill(page)
    page.get_by_role("button", name="Send comment").click()
    page.wait_for_url("**/comments/mine/**")
    mine = page.url
    page.goto(address)
    page.locator("#comment-text").fill("And another thing")
    page.goto(mine)
    page.goto(address)
    assert page.locator("#comment-text").input_value() == "And another thing"


def test_the_hidden_field_is_reached_by_nobody(page, address):
    page.goto(address)
    assert not page.locator("[name=website]").is_visible()
    page.get_by_label("E-mail").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "comment-text"


def test_by_keyboard_alone_a_comment_is_sent(page, address):
    page.goto(address)
    page.get_by_label("Your name").focus()
    for text in ("Marit Dahl", "", "When?"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/comments/mine/**")
    assert Comment.objects.get().text == "When?"


# Every text in a frame of its own, without the policy that would stop it on our pages
FRAMES = """async texts => {
    window.fired = new Set();
    await Promise.all(texts.map((text, number) => new Promise(loaded => {
        const frame = document.createElement('iframe');
        frame.onload = loaded;
        frame.srcdoc = `<script>for (const name of ['alert', 'prompt', 'confirm', 'print'])
            window[name] = () => parent.fired.add(${number})</script>${text}`;
        document.body.append(frame);
    })));
    for (const frame of document.querySelectorAll('iframe'))
        for (const element of frame.contentDocument?.querySelectorAll('body *') ?? [])
            for (const name of ['mouseover', 'focus', 'toggle']) element.dispatchEvent(new Event(name));
    await new Promise(requestAnimationFrame);
    return [...window.fired];
}"""


@pytest.fixture
def frames(chromium):
    """Loads each of the texts in a frame and says which of them ran something."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield lambda texts: page.goto("about:blank") or page.evaluate(FRAMES, texts)
    context.close()


@pytest.mark.looks
def test_nothing_runs_in_hundreds_of_frames(frames):
    """Threat T-45; the same attacks as they were typed show that the frames would notice."""
    attacks = [line.encode().decode("unicode_escape") for line in XSS.read_text("ascii").splitlines()[::5]]
    cleaned = []
    for attack in attacks:
        for make in (markup.render, markup.clean_html):
            try:
                cleaned.append(make(attack))
            except markup.Unacceptable:
                continue
    assert len(cleaned) > 350
    assert frames(cleaned) == []
    assert len(frames(attacks)) > 10


def test_nothing_that_was_typed_runs(page, post, address):
    """Threat T-45: several hundred attacks on one page of ours. What the policy has to stop is a complaint, too."""
    lines = XSS.read_text("ascii").splitlines()[::3]
    attacks = [line.encode().decode("unicode_escape") for line in lines]
    for start in range(0, 90, 3):
        text = "\n\n".join(attacks[start::90])
        try:
            html = markup.render(text) + markup.clean_html("".join(attacks[start::90]))
        except markup.Unacceptable:
            html = markup.clean_html("".join(attacks[start::90]))
        make_comment(post, text, html=html, name=attacks[start][:80].replace("\0", "") or "x")
    fired = []
    page.expose_function("fired", lambda: fired.append(page.url))
    page.add_init_script("window.alert = window.prompt = window.confirm = window.print = () => window.fired()")
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    assert page.locator(".cmt").count() == 30
    page.evaluate("""for (const element of document.querySelectorAll('.cmt *'))
        for (const name of ['mouseover', 'focus', 'toggle']) element.dispatchEvent(new Event(name))""")
    assert fired == []
    assert page.locator(".cmt script, .cmt img, .cmt iframe, .cmt svg, .cmt [onerror], .cmt [onclick]").count() == 0
    assert page.url == address
