"""The queue in a real browser: by keys, by keyboard alone, without script, for everybody's eyes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comments import moderation
from comments.models import Comment, ModerationAct, Wording
from tests.browser import axe, too_wide
from tests.factories import make_comment, make_live_post, person

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/comments/comment/"


@pytest.fixture
def sign_in(new_visitor, live_server, client):
    """A page of somebody who is signed in and went there."""

    def signed_in(name="mod", where=QUEUE, **options):
        client.force_login(person(name))
        page = new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


@pytest.fixture
def comments(transactional_db):
    """Four who wait, as in a real queue; one that is reported, one that is held, one that is spam."""
    now = timezone.now()
    post = make_live_post("Kestrel Bridge closed to lorries after bearing crack found", at=now - timedelta(days=1))
    asked = make_comment(post, "They told me the same.", name="Oluwaseun A.")

    def waiting(name, text, minutes, **columns):
        at = now - timedelta(minutes=minutes)
        return make_comment(post, text, name=name, **{"state": "waiting", "created_at": at} | columns)

    four = [
        waiting(
            "Eva Lindqvist",
            "Is the footpath on the north side really closed too? The sign at the ramp only mentions vehicles.",
            34,
            writer="1" * 64,
            address="1" * 64,
            facts=[["first"]],
        ),
        waiting("Hana K.", "The clinic also has a phone line for lifts, 05:30 to 22:00.", 21, answers=asked),
        waiting(
            "جسر المراقب",
            "So who signed it off? See https://drive.example/scan-88/" + "a-very-long-address" * 12,
            13,
            writer="2" * 64,
            facts=[["links", 1, ["drive.example"]]],
            edited_at=now,
        ),
        waiting(
            "Maren Boat Tours",
            "Private crossings from 19:00, any number of passengers.\n\nBook now at https://boats.example",
            7,
            facts=[["first"], ["words", "advertising", ["Book now"]], ["links", 1, ["boats.example"]]],
        ),
    ]
    make_comment(post, "Before.", writer="2" * 64, state="removed", reason="person")
    Wording.objects.create(comment=four[2], text="It read otherwise.", html="", until=now)
    reported = make_comment(post, "The council are thieves.", name="Per", badge="staff")
    moderation.report(reported, "person", "Names people without proof.", address="r" * 64)
    moderation.hold(make_comment(post, "Unsure."), by=person("emil"), note="Is that true?")
    make_comment(post, "Pills", state="spam")
    return four


def names(page):
    return page.eval_on_selector_all("article.q h2 bdi", "all => all.map(one => one.textContent)")


def focused(page):
    return page.evaluate("document.activeElement.closest('article.q')?.querySelector('h2 bdi').textContent ?? null")


def said(page, words):
    page.get_by_role("status").filter(has_text=words).wait_for()


def state(comment):
    return Comment.objects.get(pk=comment.pk).state


def test_keys_decide_and_the_focus_goes_on_without_the_page_being_loaded_again(sign_in, comments):
    page = sign_in()
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.locator("article.q").first.focus()
    page.keyboard.press("j")
    assert focused(page) == "Hana K."
    page.keyboard.press("k")
    assert focused(page) == "Eva Lindqvist"
    page.keyboard.press("a")
    said(page, "Approved the comment by \u2068Eva Lindqvist\u2069.")
    assert focused(page) == "Hana K."
    assert state(comments[0]) == "visible"
    page.keyboard.press("h")
    said(page, "Held the comment by")
    assert state(comments[1]) == "held"
    assert focused(page) == "جسر المراقب"
    page.keyboard.press("x")
    assert page.get_by_label("Tick the comment by جسر المراقب").is_checked()
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('article.q')")
    page.keyboard.press("r")
    page.keyboard.press("Enter")  # no reason yet: the field says so
    assert state(comments[2]) == "waiting"
    page.keyboard.type("Off")
    page.keyboard.press("Enter")
    said(page, "off the subject")
    assert state(comments[2]) == "removed"
    assert names(page) == ["Maren Boat Tours"]
    assert page.locator("[data-count=new]").inner_text() == "1"
    assert page.locator("[data-count=all]").inner_text() == "4"
    assert loads == []


def test_the_last_decision_is_undone_by_key_and_stands_where_it_stood(sign_in, comments):
    page = sign_in()
    page.locator("article.q").nth(1).focus()
    page.keyboard.press("a")
    said(page, "Approved")
    page.keyboard.press("u")
    said(page, "Undone.")
    assert names(page) == ["Eva Lindqvist", "Hana K.", "جسر المراقب", "Maren Boat Tours"]
    assert focused(page) == "Hana K."
    assert state(comments[1]) == "waiting"
    assert page.get_by_role("button", name="Undo").is_hidden()
    page.keyboard.press("h")
    said(page, "Held")
    assert state(comments[1]) == "held"


def test_the_last_one_of_a_list_leaves_the_focus_on_undo(sign_in, comments):
    page = sign_in(where=f"{QUEUE}?q=reported")
    page.get_by_role("button", name="Leave as it is").click()
    said(page, "Left the comment by")
    assert page.evaluate("document.activeElement.textContent") == "Undo"
    assert page.get_by_text("No reader reports anything.").is_visible()
    page.keyboard.press("Enter")
    said(page, "Undone.")
    assert names(page) == ["Per"]


def test_letters_typed_elsewhere_do_nothing_and_keys_can_be_switched_off(sign_in, comments):
    page = sign_in()
    page.keyboard.press("a")
    item = page.locator("article.q").first
    item.locator("summary").last.click()
    item.get_by_label("Note for colleagues").type("ahxu")
    assert ModerationAct.objects.filter(comment__in=comments).count() == 0
    assert item.get_by_label("Note for colleagues").input_value() == "ahxu"
    page.get_by_label("Use single keys on this page").uncheck()
    item.focus()
    page.keyboard.press("a")
    page.reload()
    assert not page.get_by_label("Use single keys on this page").is_checked()
    page.locator("article.q").first.focus()
    page.keyboard.press("a")
    page.get_by_label("Use single keys on this page").check()
    page.locator("article.q").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("j")
    assert focused(page) == "Hana K."
    assert ModerationAct.objects.filter(comment__in=comments).count() == 0


def test_what_a_colleague_decided_meanwhile_is_said_and_the_comment_stays(sign_in, comments, complaints):
    page = sign_in()
    moderation.remove(comments[0], "unlawful", by=person("emil"))
    complaints.expect("409")
    page.locator("article.q").first.focus()
    page.keyboard.press("a")
    said(page, "was there before you (removed)")
    assert state(comments[0]) == "removed"
    assert focused(page) == "Eva Lindqvist"
    page.get_by_role("link", name="Look at it").click()
    page.get_by_text("Waiting → Removed").wait_for()


def test_an_answer_from_the_queue(sign_in, comments):
    page = sign_in("edith", f"{QUEUE}?q=reported")
    item = page.locator("article.q")
    item.locator("summary").click()
    item.get_by_label("Answer, under your name").fill("The minutes say otherwise.")
    item.get_by_role("button", name="Send the answer").click()
    said(page, "Your answer is there.")
    assert names(page) == ["Per"]
    assert Comment.objects.order_by("pk").last().name == "Edith"


def test_by_keyboard_alone_through_the_buttons(sign_in, comments):
    page = sign_in()
    page.get_by_role("link", name="Skip to main content").focus()
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value === 'approve' && document.activeElement.name === 'verb'"):
            break
    page.keyboard.press("Enter")
    said(page, "Approved the comment by \u2068Eva Lindqvist\u2069.")
    assert state(comments[0]) == "visible"
    assert focused(page) == "Hana K."


def test_without_script_every_step_is_a_page(sign_in, comments, live_server):
    page = sign_in(java_script_enabled=False)
    assert page.get_by_text("Use single keys").is_hidden()
    page.get_by_role("button", name="Approve (Eva Lindqvist)").click()
    assert state(comments[0]) == "visible"
    assert page.url == f"{live_server.url}{QUEUE}?q=new#q{comments[1].pk}"
    assert "Last: Approved the comment by" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Undo").click()
    assert "Undone." in page.inner_text(".messagelist")
    assert state(comments[0]) == "waiting"
    item = page.locator("article.q").last
    item.get_by_label("Reason for removing").select_option("advertising")
    item.get_by_role("button", name="Remove").click()
    assert state(comments[3]) == "removed"
    page.get_by_label("Tick the comment by Hana K.").check()
    page.get_by_label("Tick the comment by Eva Lindqvist").check()
    page.get_by_role("button", name="Approve ticked").click()
    assert "Readers will see 2 comments." in page.inner_text("main")
    assert state(comments[1]) == "waiting"
    page.get_by_role("button", name="Approve: 2").click()
    assert [state(comment) for comment in comments[:2]] == ["visible", "visible"]
    assert "Approved 2 comments." in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Undo").click()
    assert [state(comment) for comment in comments[:2]] == ["waiting", "waiting"]


def test_many_with_script_and_undone_again(sign_in, comments):
    page = sign_in()
    page.locator("article.q").first.locator("summary").click()
    page.get_by_role("link", name="All by this writer").first.click()
    page.get_by_label("Reason for removing").select_option("repeats")
    page.get_by_role("button", name="Remove: 1").click()
    said(page, "Last: Removed one comment.")
    assert state(comments[0]) == "removed"
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone for one comment.").wait_for()
    assert names(page)[0] == "Eva Lindqvist"


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_it_is_sound(sign_in, comments, live_server, scheme):
    page = sign_in(color_scheme=scheme)
    page.locator("article.q").first.focus()
    page.keyboard.press("h")
    said(page, "Held")
    ticked = "&".join(f"pick={comment.pk}" for comment in comments)
    paths = [
        *(f"?q={key}" for key in ("new", "reported", "held", "spam", "decided")),
        f"{comments[0].pk}/change/",
        f"{comments[2].pk}/change/",
        f"together/?do=remove&{ticked}",
        "together/?do=approve",
    ]
    found = {}
    for path in [*(QUEUE + path for path in paths), "/admin/"]:
        page.goto(f"{live_server.url}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            if violations := axe(page):
                found[path, width] = violations
            if too_wide(page) > 0:
                found[path, width, "scroll"] = too_wide(page)
    assert found == {}
