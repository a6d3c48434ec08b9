"""Readers report comments: by the verb, and through HTTP as guests and without script."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from blog import workflow
from blog.models import Allowance
from blog.origins import Verdict
from blog.rendering import Unacceptable
from comments import limits, moderation
from comments.models import Comment, HouseRules, Report
from tests.blog.test_origins import EXPECTED, MATRIX, headers_of, named
from tests.factories import NOON, everything, make_comment, make_live_post, make_publisher, make_reader, person

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}
HOUR = timedelta(hours=1)


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def comment(post):
    return make_comment(post, "Somebody should name them.", created_at=NOON)


def fresh(comment):
    return Comment.objects.get(pk=comment.pk)


def at(comment):
    return f"/comments/{comment.pk}/report/"


def send(comment, *, client=None, headers=OURS, **fields):
    return (client or Client()).post(at(comment), {"reason": "person"} | fields, **headers)


# The verb


def test_reports_gather_and_hide_nothing(comment):
    moderation.report(comment, "person", "He names\r\na child. ", address="a", at=NOON)
    moderation.report(comment, "other", "Look", address="b", at=NOON + HOUR)
    now = fresh(comment)
    assert (now.reports, now.state, now.decided_at) == (2, "visible", None)
    found = Report.objects.order_by("pk").values_list("comment", "reason", "words", "address", "at", "settled_at")
    assert list(found) == [
        (comment.pk, "person", "He names\na child.", "a", NOON, None),
        (comment.pk, "other", "Look", "b", NOON + HOUR, None),
    ]


def test_an_address_has_one_open_report_of_a_comment(comment):
    first = moderation.report(comment, "person", address="a", at=NOON)
    left = everything()
    assert moderation.report(comment, "other", "Again!", address="a", at=NOON) == first
    assert everything() == left
    moderation.settle(comment, by=person("mod"))
    moderation.report(comment, "person", address="a", at=NOON + HOUR)
    assert fresh(comment).reports == 1


def test_reports_from_nowhere_are_each_one(comment):
    for _ in range(3):
        moderation.report(comment, "person", address="", at=NOON)
    assert fresh(comment).reports == 3
    assert not Allowance.objects.exists()


def test_an_address_reports_no_faster_than_the_house_rules_say(post, comment):
    HouseRules.objects.update(limit_seconds=15, limit_count=5)
    other = make_comment(post)
    moderation.report(comment, "person", address="a", at=NOON)
    left = everything()
    with pytest.raises(limits.TooFast):
        moderation.report(other, "person", address="a", at=NOON + timedelta(seconds=14))
    assert everything() == left
    moderation.report(other, "person", address="a", at=NOON + timedelta(seconds=15))
    assert fresh(other).reports == 1


def test_who_has_just_commented_may_report_and_the_other_way_round(comment):
    key = limits.address_key("192.0.2.1")
    limits.take(key, NOON)
    moderation.report(comment, "person", address=key, at=NOON)
    with pytest.raises(limits.TooFast):
        limits.take(key, NOON)


@pytest.mark.parametrize("state", ["waiting", "held", "removed", "withdrawn", "spam"])
def test_what_readers_do_not_see_is_not_reported(post, state):
    comment = make_comment(post, state=state)
    left = everything()
    with pytest.raises(moderation.WrongState):
        moderation.report(comment, "person", address="a")
    assert everything() == left


@pytest.mark.parametrize(
    ("reason", "words", "refusal"),
    [
        ("", "", moderation.WrongState),
        ("repeats", "", moderation.WrongState),
        ("person", "x" * 1001, Unacceptable),
        ("person", "a\0b", Unacceptable),
    ],
)
def test_a_report_that_cannot_be_kept_leaves_nothing(comment, reason, words, refusal):
    left = everything()
    with pytest.raises(refusal):
        moderation.report(comment, reason, words, address="a")
    assert everything() == left


# Through HTTP


def test_a_guest_reports_a_comment(client, comment):
    page = client.get(at(comment))
    assert page.status_code == 200
    assert "Somebody should name them." in page.content.decode()
    answer = send(comment, client=client, text="He names a child.")
    assert (answer.status_code, answer["Location"]) == (303, f"{at(comment)}?sent")
    report = Report.objects.get()
    assert (report.comment, report.reason, report.words) == (comment, "person", "He names a child.")
    assert report.address == limits.address_key("127.0.0.1")
    thanks = client.get(answer["Location"])
    assert "Thank you" in thanks.content.decode()
    for response in (page, answer, thanks):
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert not response.cookies


def test_sent_twice_it_is_one_report_and_no_refusal(comment):
    assert [send(comment).status_code for _ in range(3)] == [303] * 3
    assert fresh(comment).reports == 1


def test_one_line_of_the_comment_stands_there(client, post):
    comment = make_comment(post, html="<p>" + "Very long. " * 100 + "</p><p>The end</p>")
    page = client.get(at(comment)).content.decode()
    assert "The end" not in page
    assert "Very long. Very long" in page


@pytest.mark.parametrize("state", ["waiting", "held", "removed", "withdrawn", "spam"])
def test_what_is_not_to_be_seen_is_not_told_of(client, post, state):
    comment = make_comment(post, "Secret words", state=state, name="Secret name")
    missing = client.get("/comments/999999/report/")
    found = client.get(at(comment))
    assert (missing.status_code, found.status_code) == (404, 404)
    assert "Secret" not in found.content.decode()
    left = everything()
    kept, nowhere = (send(one, text="Look at this") for one in (comment, Comment(pk=999_999)))
    assert (kept.status_code, nowhere.status_code) == (404, 404)
    assert kept.content == nowhere.content
    assert "Look at this" in kept.content.decode()
    assert everything() == left


@pytest.mark.parametrize("key", [0, 2**63, 10**30])
def test_a_key_that_is_none_leads_nowhere(client, key):
    assert client.get(f"/comments/{key}/report/").status_code == 404
    assert client.post(f"/comments/{key}/report/", {"reason": "person"}, **OURS).status_code == 404


def test_comments_of_what_is_not_public_are_not_reported(client, post, comment):
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    assert client.get(at(comment)).status_code == 404
    assert send(comment, client=client).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "Choose what is wrong"),
        ({"reason": "repeats"}, "Choose what is wrong"),
        ({"reason": "other"}, "Say what it is"),
        ({"text": "é" * 1001}, "1000 is the most"),
        ({"text": "two\0words"}, "control characters"),
    ],
)
def test_a_form_that_is_not_whole_is_shown_again_with_what_was_typed(comment, fields, said):
    left = everything()
    answer = send(comment, **{"text": ""} | fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert fields.get("text", "") in page
    assert everything() == left


def test_too_fast_is_told_and_nothing_is_lost(post, comment):
    send(comment)
    left = everything()
    answer = send(make_other(post), text="Typed words", reason="subject")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 16
    page = answer.content.decode()
    assert "Typed words" in page
    assert 'value="subject" required checked' in page
    assert everything()["comments.Report"] == left["comments.Report"]


def make_other(post):
    return make_comment(post, created_at=timezone.now())


def test_a_comment_that_is_removed_meanwhile_is_told_to_be_gone(comment, monkeypatch):
    removed = moderation.report

    def meanwhile(comment, *arguments, **words):
        moderation.remove(comment, "person", by=person("mod"))
        return removed(comment, *arguments, **words)

    monkeypatch.setattr(moderation, "report", meanwhile)
    answer = send(comment, text="Typed words")
    assert answer.status_code == 404
    assert "Typed words" in answer.content.decode()
    assert "name them" not in answer.content.decode()


def test_no_database_no_lost_words(comment, monkeypatch):
    def away(*arguments, **words):
        raise DatabaseError

    monkeypatch.setattr(moderation, "report", away)
    monkeypatch.setattr("blog.views.errors.DATABASE_AWAY", (DatabaseError,))
    answer = send(comment, text="Typed words")
    assert answer.status_code == 503
    assert "Typed words" in answer.content.decode()
    assert 'name="reason" value="person"' in answer.content.decode()


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_forged_reports_are_refused(comment, row):
    """Those that nothing is known of have to come from the page, which has a proof."""
    left = everything()
    answer = send(comment, headers=headers_of(row), text="Typed words")
    verdict = EXPECTED[row["expect"]]
    assert answer.status_code == (303 if verdict is Verdict.OURS else 403)
    if verdict is Verdict.OURS:
        return
    assert "Typed words" in answer.content.decode()
    assert everything() == left
    again = send(comment, headers=headers_of(row), text="Typed words", proof=answer.context["proof"])
    assert again.status_code == (303 if verdict is Verdict.UNKNOWN else 403)


def test_the_proof_is_of_one_comment(post, comment):
    proof = Client().get(at(comment)).context["proof"]
    assert send(make_other(post), headers={}, proof=proof).status_code == 403
    assert send(comment, headers={}, proof=proof).status_code == 303


def test_whoever_has_a_session_reports_with_its_token(comment):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_reader())
    assert Session.objects.count() == 1
    page = client.get(at(comment))
    proof, token = page.context["proof"], str(page.context["csrf_token"])
    assert send(comment, client=client, proof=proof, text="Typed words").status_code == 403
    assert not Report.objects.exists()
    assert send(comment, client=client, csrfmiddlewaretoken=token).status_code == 303


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_not_known(client, comment, method):
    assert getattr(client, method)(at(comment)).status_code == 405


def test_ten_megabytes_are_refused_unread(comment):
    assert send(comment, text="x" * 10_000_000).status_code == 413


def test_a_signed_in_reader_sees_no_more_of_anybody(client, post):
    comment = make_comment(post, email="marit@example.org", address="a" * 64)
    client.force_login(make_reader())
    page = client.get(at(comment)).content.decode()
    assert "marit@example.org" not in page
    assert "a" * 64 not in page


def test_the_way_back_leads_to_the_comment(client, comment):
    for page in (client.get(at(comment)), client.get(f"{at(comment)}?sent")):
        assert comment.get_absolute_url() in page.content.decode()
    assert urlsplit(comment.get_absolute_url()).fragment == f"c{comment.pk}"
    assert client.get("/comments/999/report/?sent").status_code == 200
