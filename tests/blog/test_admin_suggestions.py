"""Suggestions at the desk: the list, the page of each, applying and declining without script."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from blog import belonging, suggestions, workflow
from blog.models import Event, ReviewStep, StoryType, Suggestion
from tests.factories import (
    NOON,
    everything,
    four_eyes,
    fresh,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_suggestion,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/blog/suggestion/"
BODY = "<p>The bridge opened in October 1974 and rests on four bearings.</p>"


@pytest.fixture
def post():
    return make_live_post(body=BODY, at=timezone.now())


@pytest.fixture
def made(post):
    return make_suggestion(post, "1974", "1976", about="fact", credit="Marit Dahl", remark="I was there.")


@pytest.fixture
def paula(client):
    client.force_login(person("paula"))
    return client


def at(made, verb="change"):
    return f"{LIST}{made.pk}/{verb}/"


def body_of(post):
    return fresh(post).live.body


def note_in(page):
    return re.search(r'name="public_note"[^>]*>([^<]*)</textarea>', page.text)[1]


def kind_in(page):
    return re.search(r'<option value="(\w+)" selected', page.text)[1]


def test_the_first_page_counts_what_waits(paula, post):
    assert "suggested correction" not in paula.get("/admin/").text
    make_suggestion(post)
    assert '<a href="/admin/blog/suggestion/">1 suggested correction</a>' in paula.get("/admin/").text


def test_the_list_shows_the_difference_in_place(paula, made):
    page = paula.get(LIST)
    assert "opened in October <del>1974</del> <ins>1976</ins> and rests on" in page.text.replace("\n", "")
    for said in ("Marit Dahl", "I was there.", "A fact", "Council closes the bridge"):
        assert said in page.text
    assert at(made) in page.text and at(made, "apply") in page.text and at(made, "decline") in page.text


def test_what_somebody_typed_is_text(paula, post):
    make_suggestion(post, "1974", "<b>x</b>", remark="<script>", credit="<i>M</i>")
    for page in (paula.get(LIST), paula.get(at(Suggestion.objects.get()))):
        assert "<ins>&lt;b&gt;x&lt;/b&gt;</ins>" in page.text
        assert "<script>" not in page.text.replace("<script src", "") and "<i>M" not in page.text


@pytest.mark.parametrize(
    ("about", "kind", "note"),
    [
        ("spelling", "typo", ""),
        ("source", "clarification", "Thank you to Marit Dahl, who pointed this out."),
        (
            "fact",
            "correction",
            "We said “1974”. It is “1976”. Thank you to Marit Dahl, who pointed this out.",
        ),
    ],
)
def test_the_kind_of_change_and_the_sentence_are_prepared(paula, post, about, kind, note):
    made = make_suggestion(post, "1974", "1976", about=about, credit="Marit Dahl")
    page = paula.get(at(made))
    assert kind_in(page) == kind
    assert kind == "typo" or note_in(page) == note


@four_eyes(False)
def test_applied_and_published(paula, made):
    page = paula.get(at(made))
    answer = paula.post(at(made, "apply"), {"kind": kind_in(page), "public_note": note_in(page)}, follow=True)
    assert "readers see it" in answer.text and "Nothing waits." in answer.text
    assert body_of(made.post) == BODY.replace("1974", "1976")
    assert Event.objects.get(kind="correction", public=True).public_note.endswith("who pointed this out.")
    decided = paula.get(f"{LIST}?q=decided")
    assert "Applied" in decided.text and "version 2" in decided.text


@pytest.mark.parametrize(("on", "fields", "stage"), [(True, {}, "review"), (False, {"draft": "1"}, "draft")])
def test_applied_and_not_published(paula, made, on, fields, stage):
    with four_eyes(on):
        answer = paula.post(at(made, "apply"), {"kind": "correction", "public_note": "x"} | fields, follow=True)
    assert "once that is published" in answer.text
    assert (fresh(made.post).stage, body_of(made.post)) == (stage, BODY)
    assert "not public yet" in paula.get(f"{LIST}?q=decided").text


@four_eyes(False)
def test_a_typo_that_touches_a_number_is_asked_about(paula, made):
    before = everything()
    page = paula.post(at(made, "apply"), {"kind": "typo"})
    assert page.status_code == 409 and "It touches" in page.text and kind_in(page) == "typo"
    assert everything() == before
    sure = re.search(r'name="publish-sure" value="([^"]+)"', page.text)[1]
    assert paula.post(at(made, "apply"), {"kind": "typo", "publish-sure": sure, "public_note": "x"}).status_code == 302
    event = made.post.events.order_by("number").last()
    assert (event.kind, event.public_note) == ("typo", "")
    assert event.details["warnings"] == sure.split()


def test_declined_with_a_reason(paula, made):
    before = everything()
    refused = paula.post(at(made, "decline"), {"reason": " "})
    assert refused.status_code == 409 and "Say why" in refused.text
    long = paula.post(at(made, "decline"), {"reason": "x" * 501})
    assert long.status_code == 400 and "x" * 501 in long.text
    assert everything() == before
    assert paula.post(at(made, "decline"), {"reason": "It was 1974."}).status_code == 302
    assert "It was 1974." in paula.get(f"{LIST}?q=decided").text
    assert body_of(made.post) == BODY


def test_a_refusal_keeps_what_was_typed(paula, made):
    page = paula.post(at(made, "apply"), {"kind": "joke", "public_note": "My own sentence."})
    assert page.status_code == 409 and note_in(page) == "My own sentence."


@four_eyes(False)
def test_a_fix_that_the_checks_warn_of_goes_out_with_a_reason_or_not_at_once(paula, post):
    made = make_suggestion(post, "The bridge", "The the bridge")
    before = everything()
    page = paula.post(at(made, "apply"), {"kind": "typo"})
    assert page.status_code == 409 and everything() == before
    assert "Say below why it is published all the same" in page.text and "“the the”" in page.text.lower()
    told = re.search(r'name="publish-told" value="([^"]+)"', page.text)[1]
    sent = {"kind": "typo", "publish-told": told, "publish-why": " "}
    assert paula.post(at(made, "apply"), sent).status_code == 409 and everything() == before
    assert paula.post(at(made, "apply"), sent | {"publish-why": "So it was said."}).status_code == 302
    event = fresh(post).events.filter(verb="publish").latest("number")
    assert (event.details["warnings"], event.details["why"]) == (["doubled"], "So it was said.")


@pytest.mark.parametrize(("on", "fields"), [(True, {}), (False, {"draft": "1"})])
def test_who_does_not_publish_it_at_once_is_asked_nothing(paula, post, on, fields):
    made = make_suggestion(post, "The bridge", "The the bridge 7")
    with four_eyes(on):
        assert paula.post(at(made, "apply"), {"kind": "typo"} | fields).status_code == 302
    assert body_of(post) == BODY


@pytest.mark.parametrize("count", [1, 3])
def test_the_button_says_of_each_what_will_become_of_it(paula, django_assert_num_queries, count):
    """Stories whose type has steps are approved first; to know that costs nothing more for more of them."""
    news = StoryType.objects.create(name="News")
    ReviewStep.objects.create(story_type=news, position=1, name="Desk", group=Group.objects.get(name="Editor"))
    for number in range(count):
        make_suggestion(belonging.set_type(make_live_post(f"Typed {number}", body=BODY), news, by=make_publisher()))
        make_suggestion(make_live_post(f"Plain {number}", body=BODY))
    paula.get(LIST)
    with four_eyes(False), django_assert_num_queries(7):
        page = paula.get(LIST)
    assert page.text.count("Apply and publish") == page.text.count("Apply, to review") == count
    with four_eyes(True):
        assert "Apply and publish" not in paula.get(LIST).text


@four_eyes(False)
def test_what_happened_meanwhile_is_said(paula, made):
    suggestions.decline(made, by=person("edith"), reason="It was 1974.")
    page = paula.post(at(made, "apply"), {"kind": "typo", "publish-sure": "number date"})
    assert page.status_code == 409
    assert "Edith has declined it meanwhile" in page.text and at(made, "apply") not in page.text


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda post: published(write(post, body="<p>Old.</p>")), "The words are gone"),
        (lambda post: published(write(post, body=BODY.replace("1974", "1976")), kind="typo"), "It says so already"),
        (lambda post: workflow.withdraw(post, by=make_publisher(), public_note="All wrong."), "All wrong."),
    ],
)
def test_whether_the_words_still_stand(paula, post, made, act, says):
    assert says not in paula.get(LIST).text
    act(post)
    for page in (paula.get(LIST), paula.get(at(made))):
        assert says in page.text


def test_who_may_not_decide_sees_it_and_no_buttons(client, made):
    for name in ("mod", "colin"):
        client.force_login(person(name))
        for page in (client.get(LIST), client.get(at(made))):
            assert page.status_code == 200 and "<del>1974</del>" in page.text
            assert at(made, "apply") not in page.text and at(made, "decline") not in page.text
        before = everything()
        assert client.post(at(made, "apply"), {"kind": "correction"}).status_code == 403
        assert client.post(at(made, "decline"), {"reason": "No."}).status_code == 403
        assert everything() == before


def test_who_wrote_it_may_apply_to_review(client, made):
    client.force_login(person("carla"))
    assert "Apply, to review" in client.get(at(made)).text
    assert client.post(at(made, "apply"), {"kind": "correction", "public_note": "x"}).status_code == 302
    assert fresh(made.post).stage == "review"


def test_the_longest_waiting_come_first_and_pages_go_on(paula, post):
    for number in range(43):
        make_suggestion(post, "1974", f"Nr {number:02}", at=NOON + timedelta(minutes=number // 2))
    seen, address = [], LIST
    while address:
        page = paula.get(address).text
        seen += re.findall(r"<ins>Nr (\d\d)</ins>", page)
        following = re.search(r'class="button" href="([^"]+)">The next', page)
        address = following and following[1].replace("&amp;", "&")
    assert seen == [f"{number:02}" for number in range(43)]
    assert paula.get(f"{LIST}?after=nonsense").status_code == 400


def test_of_what_is_decided_the_newest_come_first(paula, post):
    for number in range(3):
        made = make_suggestion(post, "1974", f"Nr {number}", at=NOON + timedelta(minutes=number))
        suggestions.decline(made, by=person("edith"), reason="No.")
    assert re.findall(r"<ins>Nr (\d)</ins>", paula.get(f"{LIST}?q=decided").text) == ["2", "1", "0"]


def test_an_update_leads_to_its_page(paula):
    post = make_rolling_post()
    update = make_live_update(post, body="<p>They found a crak.</p>")
    made = make_suggestion(update, "crak", "crack")
    page = paula.get(at(made)).text
    assert f"/admin/blog/post/{post.pk}/update/{update.number}/" in page or "update" in page
    assert "a <del>crak</del> <ins>crack</ins>." in page.replace("\n", "")


def test_without_words_there_is_only_declining(paula, post):
    made = make_suggestion(post, "1974", "", remark="Who says so?", about="source")
    page = paula.get(at(made)).text
    assert "No words are proposed" in page and at(made, "apply") not in page and at(made, "decline") in page


@pytest.mark.parametrize("key", ["999999999", "9" * 30])
def test_what_is_not_there_is_404(paula, made, key):
    for verb in ("change", "apply", "decline"):
        answer = paula.get(f"{LIST}{key}/{verb}/") if verb == "change" else paula.post(f"{LIST}{key}/{verb}/")
        assert answer.status_code == 404


def test_the_list_asks_few_questions(paula, post, django_assert_max_num_queries):
    make_suggestion(post, "1974", "x")
    paula.get(LIST)
    for number in range(15):
        make_suggestion(post, "1974", f"{number}")
    with django_assert_max_num_queries(14):
        paula.get(LIST)
    for made in Suggestion.objects.all():
        suggestions.decline(made, by=person("edith"), reason="No.")
    Suggestion.objects.update(state="applied", resolved=post.live)
    with django_assert_max_num_queries(14):
        assert "not public yet" not in paula.get(f"{LIST}?q=decided").text
