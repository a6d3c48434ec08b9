"""A reader says what should read otherwise: through HTTP, as a guest and without script."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from blog import workflow
from blog.models import Allowance, Suggestion, address_key
from blog.origins import Verdict
from blog.views import suggesting
from tests.blog.test_origins import EXPECTED, MATRIX, headers_of, named
from tests.factories import (
    everything,
    make_live_page,
    make_live_post,
    make_live_update,
    make_publisher,
    make_reader,
    make_rolling_post,
    published,
    write,
)

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}
BODY = "<p>The bridge opened in October 1974. It rests on four bearings.</p>\n<ul><li>Painted in 1974</li></ul>"
FIELDS = {
    "part": "body",
    "text": "October 1974",
    "should": "October 1976",
    "about": "fact",
    "remark": "I was there.",
    "name": "Marit Dahl",
    "email": "marit@mail.example",
    "thank": "1",
}


@pytest.fixture
def post():
    return make_live_post(body=BODY, standfirst="Nobody knows why.", at=timezone.now())


def at(post):
    return f"{post.get_absolute_url()}correct/"


def send(post, *, client=None, headers=OURS, **fields):
    return (client or Client()).post(at(post), FIELDS | fields, **headers)


def proof_in(page):
    return re.search(r'name="proof" value="([^"]+)"', page.text)[1]


def is_for_one_reader(answer):
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert not answer.cookies


def test_the_page_of_a_post_leads_to_the_form_and_carries_no_token(client, post):
    page = client.get(post.get_absolute_url())
    assert f'href="{at(post)}" rel="nofollow" data-correct' in page.text
    assert "csrf" not in page.text and not page.cookies
    form = client.get(at(post))
    assert form.status_code == 200 and "csrf" not in form.text
    is_for_one_reader(form)


def test_a_guest_suggests_a_correction(client, post):
    answer = send(post, client=client)
    assert (answer.status_code, answer["Location"]) == (303, f"{at(post)}?sent=stands")
    is_for_one_reader(answer)
    made = Suggestion.objects.get()
    assert (made.post, made.update, made.revision, made.part) == (post, None, post.live, "body")
    assert (made.exact, made.replacement, made.about) == ("October 1974", "October 1976", "fact")
    assert (made.remark, made.credit, made.email) == ("I was there.", "Marit Dahl", "marit@mail.example")
    assert (made.address, made.by, made.by_name) == (address_key("127.0.0.1"), None, "")
    thanks = client.get(answer["Location"])
    assert "who reads it next" in thanks.text and post.get_absolute_url() in thanks.text
    is_for_one_reader(thanks)


def test_a_name_is_kept_only_to_be_thanked(post):
    fields = {name: value for name, value in FIELDS.items() if name != "thank"}
    assert Client().post(at(post), fields, **OURS).status_code == 303
    assert Suggestion.objects.get().credit == ""


def test_sent_twice_it_is_one(client, post):
    assert [send(post, client=client).status_code for _ in range(3)] == [303] * 3
    assert Suggestion.objects.count() == 1


def test_a_page_of_the_site_has_the_form_too(client):
    page = make_live_page(body=BODY)
    assert client.get(at(page)).status_code == 200
    assert send(page, client=client).status_code == 303
    assert Suggestion.objects.get().post == page


@pytest.mark.parametrize("with_its_part", [True, False])
def test_an_update_is_a_part_of_its_own(client, with_its_part):
    post = make_rolling_post(body=BODY)
    updates = [make_live_update(post, f"Crack {number}", body="<p>They found a crak.</p>") for number in (1, 2)]
    form = client.get(f"{at(post)}?part=u{updates[0].number}")
    assert f'value="u{updates[0].number}" selected' in form.text and "They found a crak." in form.text
    assert "Crack 2" in form.text
    words = {"text": "crak", "should": "crack", "part": f"u{updates[0].number}"} if with_its_part else {}
    assert send(post, client=client, **words).status_code == 303
    made = Suggestion.objects.get()
    assert made.update == (updates[0] if with_its_part else None)
    assert made.revision == (updates[0] if with_its_part else post).live


def test_the_words_are_found_where_they_stand(post):
    assert send(post, text="Nobody knows why", should="Everybody knows why").status_code == 303
    assert Suggestion.objects.get().part == "standfirst"


def test_without_script_the_words_are_taken_from_the_text(client, post):
    page = client.get(at(post))
    passages = re.findall(r'<span dir="auto">([^<]+)</span> <button', page.text)
    assert passages == ["The bridge opened in October 1974. It rests on four bearings.", "Painted in 1974"]
    before = everything()
    taken = send(post, client=client, text="", should="", take="0")
    assert taken.status_code == 200 and everything() == before
    assert taken.text.count(f"\n{passages[0]}</textarea>") == 2
    assert 'value="Marit Dahl"' in taken.text
    other = send(post, client=client, part="standfirst", look="1")
    assert "Nobody knows why." in other.text and "Painted" not in other.text and "October 1976" in other.text
    answer = send(post, client=client, text=passages[0], should=passages[0].replace("1974", "1976"))
    assert answer.status_code == 303
    made = Suggestion.objects.get()
    assert (made.exact, made.replacement) == ("1974.", "1976.")
    assert made.before.endswith("opened in October ")


@pytest.mark.parametrize("number", ["-1", "99", "٣", "1e1", "", "9" * 99])
def test_a_passage_that_is_none_fills_nothing(client, post, number):
    page = send(post, client=client, take=number)
    assert page.status_code == 200 and "\nOctober 1974</textarea>" in page.text


@pytest.mark.parametrize(
    ("fields", "place", "says"),
    [
        ({"text": ""}, "text", "Say which words are wrong"),
        ({"text": "November"}, "text", "do not stand there"),
        ({"text": "1974"}, "text", "more than once"),
        ({"text": "x" * 401}, "text", "400 is the most"),
        ({"should": "x" * 501}, "should", "500 is the most"),
        ({"should": "October 1974"}, "should", "what it says now"),
        ({"should": "", "remark": ""}, "should", "what it should say"),
        ({"about": "joke"}, "about", "what kind"),
        ({"remark": "x" * 2001}, "remark", "2000 is the most"),
        ({"name": ""}, "name", "which name"),
        ({"name": "x" * 101}, "name", "100 is the most"),
        ({"email": "marit.mail.example"}, "email", "no e-mail address"),
        ({"text": "\x07"}, "text", "control characters"),
    ],
)
def test_what_is_refused_is_shown_again_with_its_words(client, post, fields, place, says):
    before = everything()
    page = send(post, client=client, **fields)
    assert page.status_code == 422
    assert f'<a href="#c-{place}">' in page.text and says in page.text
    assert f'id="c-{place}"' in page.text
    typed = FIELDS | fields
    for name in ("remark", "email"):
        assert typed[name] in page.text
    assert everything() == before
    is_for_one_reader(page)


def test_a_source_can_be_asked_for_without_other_words(post):
    assert send(post, should="", about="source", remark="Who says so?").status_code == 303
    assert Suggestion.objects.get().replacement == ""


def test_who_sends_too_fast_is_told_when_to_come_again(client, post):
    send(post, client=client)
    before = everything()
    page = send(post, client=client, should="October 1977")
    assert page.status_code == 429 and int(page["Retry-After"]) >= 1
    assert "October 1977" in page.text
    assert everything() == before
    assert Allowance.objects.get().used == 1


def test_words_that_changed_meanwhile_are_kept_and_it_says_so(client, post):
    published(write(post, body="<p>The bridge is old.</p>"))
    answer = send(post, client=client)
    assert answer["Location"].endswith("?sent=gone")
    assert "do not stand there any more" in client.get(answer["Location"]).text
    assert Suggestion.objects.get().revision == post.live


def test_what_somebody_mended_meanwhile_is_said(client, post):
    published(write(post, body=BODY.replace("October 1974", "October 1976")), kind="typo")
    answer = send(post, client=client)
    assert "says so already" in client.get(answer["Location"]).text


def test_on_a_withdrawn_post_it_is_kept_and_says_why(client, post):
    workflow.withdraw(post, by=make_publisher(), public_note="We mixed up two bridges.")
    assert client.get(at(post)).status_code == 410
    answer = send(post, client=client)
    assert answer.status_code == 303
    assert Suggestion.objects.get().post == post
    assert "We mixed up two bridges." in client.get(answer["Location"]).text


def test_on_a_withdrawn_update_it_is_kept_and_says_why(client):
    post = make_rolling_post()
    update = make_live_update(post, body="<p>They found a crak.</p>")
    workflow.withdraw(update, by=make_publisher(), public_note="It was a shadow.")
    answer = send(post, client=client, part=f"u{update.number}", text="crak", should="crack")
    assert answer["Location"] == f"{at(post)}?sent=withdrawn&part=u{update.number}"
    assert "It was a shadow." in client.get(answer["Location"]).text
    assert Suggestion.objects.get().update == update


@pytest.mark.parametrize("part", ["body", "the update"])
def test_nothing_of_a_withdrawn_post_is_shown_to_who_sends_the_form(client, part):
    post = make_rolling_post("Ferries to the zqx islands", slug="ferries")
    update = make_live_update(post, "Timetable of the zqx", body="<p>They sail to the zqx.</p>")
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong year.")
    part = f"u{update.number}" if part == "the update" else part
    refused = [
        send(post, client=client, part=part, text="These never stood there"),
        send(post, client=client, part=part, headers={"HTTP_SEC_FETCH_SITE": "cross-site"}),
        send(post, client=client, part=part, headers={}),
    ]
    assert [answer.status_code for answer in refused] == [422, 403, 403]
    looks = [send(post, client=client, part=part, text="", **{name: "0"}) for name in ("look", "take")]
    assert [answer.status_code for answer in looks] == [410, 410]
    assert not any("zqx" in answer.text for answer in [*refused, *looks])


@pytest.mark.parametrize("withdrawn", ["update", "post"])
def test_who_is_asked_again_need_not_say_again_which_update_it_was(client, withdrawn):
    post = make_rolling_post()
    update = make_live_update(post, body="<p>They found a crak.</p>")
    workflow.withdraw(update if withdrawn == "update" else post, by=make_publisher(), public_note="It was a shadow.")
    words = {"part": f"u{update.number}", "text": "crak", "should": "crack"}
    asked = send(post, client=client, headers={}, **words)
    assert asked.status_code == 403
    assert re.findall(r'<option value="([^"]+)" selected', asked.text) == [words["part"]]


@pytest.mark.parametrize("method", ["get", "post"])
def test_where_nothing_was_public_there_is_nothing(client, post, method):
    for path in ("/2025/02/30/x/correct/", "/2025/09/05/x/correct/", "/nothing/correct/"):
        assert getattr(client, method)(path).status_code == 404


@pytest.mark.parametrize("part", ["byline", "u0", "u999999999", "u٣", "body'", "", "u1" * 99])
def test_a_part_that_is_none_is_the_text(client, post, part):
    page = client.get(at(post), {"part": part})
    assert page.status_code == 200 and 'value="body" selected' in page.text
    assert send(post, client=client, part=part).status_code == 303


def test_of_a_long_story_the_newest_updates_are_listed_and_the_one_that_is_meant(client, monkeypatch):
    monkeypatch.setattr(suggesting, "MOST_LISTED", 1)
    post = make_rolling_post()
    old, new = make_live_update(post, "The old one"), make_live_update(post, "The new one")
    page = client.get(at(post)).text
    assert "The new one" in page and "The old one" not in page
    assert f'value="u{old.number}" selected' in client.get(f"{at(post)}?part=u{old.number}").text
    assert new.number > old.number


def test_long_passages_are_cut():
    text = "A short one. Another! " + "word " * 120 + "end. Last?"
    cut = suggesting._sentences(text)
    assert cut[0] == "A short one. Another!"
    assert max(map(len, cut)) <= suggesting.LONGEST_PASSAGE
    assert " ".join(cut) == text


# Where it comes from


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_a_guest_s_form_is_taken_refused_or_shown_again(post, row):
    client = Client(enforce_csrf_checks=True)
    proof = proof_in(client.get(at(post)))
    before = everything()
    answer = send(post, client=client, headers=headers_of(row))
    expected = EXPECTED[row["expect"]]
    assert answer.status_code == {Verdict.OURS: 303, Verdict.FOREIGN: 403, Verdict.UNKNOWN: 403}[expected]
    if expected is Verdict.OURS:
        return
    assert everything() == before
    assert "October 1976" in answer.text
    again = send(post, client=client, headers=headers_of(row), proof=proof)
    assert again.status_code == (303 if expected is Verdict.UNKNOWN else 403)


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_with_a_session_only_the_token_of_its_page_counts(post, row):
    client = Client(enforce_csrf_checks=True)
    reader = make_reader()
    client.force_login(reader)
    page = client.get(at(post))
    before = everything()
    assert send(post, client=client, headers=headers_of(row), proof=proof_in(page)).status_code == 403
    assert everything() == before
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    answer = send(post, client=client, headers=headers_of(row), csrfmiddlewaretoken=token)
    if EXPECTED[row["expect"]] is Verdict.FOREIGN:
        assert answer.status_code == 403 and everything() == before
    else:
        assert answer.status_code == 303
        assert (Suggestion.objects.get().by, Suggestion.objects.get().by_name) == (reader, "Rita")


def test_the_proof_of_another_page_is_none(client, post):
    other = make_live_post("Another", body=BODY, at=timezone.now())
    assert send(post, client=client, headers={}, proof=proof_in(client.get(at(other)))).status_code == 403


def test_too_much_is_not_read(client, post):
    assert send(post, client=client, remark="x" * 200_000).status_code == 413


def test_the_words_are_not_in_the_address(client, post):
    answer = send(post, client=client)
    assert urlsplit(answer["Location"]).query == "sent=stands"
