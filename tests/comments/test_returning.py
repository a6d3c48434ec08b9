"""Through HTTP: a writer comes back by the private link."""

from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import InternalError
from django.test import Client
from django.utils import timezone

from blog import workflow
from comments import moderation, people, private_links, receiving
from comments.models import Comment, HouseRules, ModerationAct, Wording
from comments.receiving import Arrival, receive
from tests.factories import everything, make_comment, make_live_post, make_moderator, make_publisher, make_reader

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}


@pytest.fixture
def post():
    HouseRules.objects.update(limit_seconds=0, limit_count=100)
    return make_live_post(at=timezone.now() - timedelta(days=1))


@pytest.fixture
def comment(post):
    return receive(Arrival(post.pk, "Is it <b>true</b>?", name="Marit Dahl", address="203.0.113.7"))


def page(client, comment, query="", status=200):
    answer = client.get(private_links.mine(comment.pk) + query)
    assert answer.status_code == status
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert not answer.cookies
    return " ".join(answer.content.decode().split())


def act(client, comment, headers=OURS, **fields):
    return client.post(private_links.mine(comment.pk), fields, **headers)


def test_a_comment_that_waits_is_shown_with_what_comes_next(client, post, comment):
    earlier = [receive(Arrival(post.pk, text, name="A", address="203.0.113.8")) for text in ("one", "two")]
    Comment.objects.filter(pk__in=[one.pk for one in earlier]).update(
        created_at=comment.created_at - timedelta(hours=1)
    )
    text = page(client, comment)
    assert "Your comment is with a moderator" in text
    assert "2 comments are ahead of yours." in text
    assert "Is it &lt;b&gt;true&lt;/b&gt;?" in text
    assert post.live.headline in text
    assert "You can change or withdraw it until" in text
    assert 'content="noindex"' in text


def test_how_many_are_ahead_is_counted_to_a_limit(client, post, comment, monkeypatch):
    monkeypatch.setattr("comments.views.returning.MOST_COUNTED", 1)
    earlier = receive(Arrival(post.pk, "one", name="A", address="203.0.113.8"))
    Comment.objects.filter(pk=earlier.pk).update(created_at=comment.created_at - timedelta(hours=1))
    assert "Many comments are ahead of yours." in page(client, comment)


@pytest.mark.parametrize("signed", ["1", "1:x", "x:y", "", "1:" + "a" * 43])
def test_a_link_that_is_not_ours_leads_nowhere(client, comment, signed):
    assert client.get(f"/comments/mine/{signed}/").status_code == 404
    forged = Signer(salt="comments.stamp").sign(str(comment.pk))
    assert client.get(f"/comments/mine/{forged}/").status_code == 404
    assert client.get(private_links.mine(comment.pk + 1)).status_code == 404


def test_what_became_of_it_is_told(client, comment):
    mod = make_moderator()
    moderation.approve(comment, by=mod)
    text = page(client, comment)
    assert "Readers see your comment" in text
    assert f"?c={comment.pk}#c{comment.pk}" in text
    assert "Change it" not in text
    moderation.remove(comment, "person", by=mod, note="For colleagues")
    text = page(client, comment)
    assert "Your comment was removed" in text
    assert "about a person, not the subject" in text
    assert "For colleagues" not in text
    assert "mod" not in text.replace("moderator", "")


@pytest.mark.parametrize("verb", [moderation.hold, moderation.bin])
def test_what_is_put_aside_is_with_a_moderator_and_nothing_more(client, post, comment, verb):
    earlier = receive(Arrival(post.pk, "one", name="A", address="203.0.113.8"))
    Comment.objects.filter(pk=earlier.pk).update(created_at=comment.created_at - timedelta(hours=1))
    verb(comment, by=make_moderator())
    text = page(client, comment)
    assert "Your comment is with a moderator" in text
    assert "spam" not in text.lower()
    assert "ahead" not in text


def test_of_a_withdrawn_piece_nothing_is_said(client, post, comment):
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    text = page(client, comment)
    assert post.live.headline not in text
    assert "Is it" in text


def test_after_thirty_days_the_link_has_ended(client, comment):
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(days=30))
    text = page(client, comment, status=410)
    assert "Is it" not in text
    assert "This private link has ended" in text


# Changed


def test_other_words_are_written_on_a_page_of_their_own_and_kept(client, comment):
    text = page(client, comment, "?do=change")
    assert 'name="act" value="change"' in text
    assert "csrf" not in text
    answer = act(client, comment, act="change", text="Is it *so*?")
    assert (answer.status_code, answer["Location"]) == (303, private_links.mine(comment.pk))
    assert Comment.objects.get().html == "<p>Is it <em>so</em>?</p>"
    assert Wording.objects.get().text == "Is it <b>true</b>?"
    assert "Edited" in page(client, comment)


def test_words_that_cannot_be_kept_are_shown_again(client, comment):
    before = everything()
    for text, said in (("a\0b <i>", "control characters"), ("", "Write something first."), ("b" * 10_001, "10001")):
        answer = act(client, comment, act="change", text=text)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert 'aria-invalid="true"' in answer.content.decode()
    assert everything() == before


def test_too_late_is_said_and_the_words_can_be_copied(client, comment):
    moderation.approve(comment, by=make_moderator())
    before = everything()
    answer = act(client, comment, act="change", text="Other <i>")
    assert answer.status_code == 409
    assert "It is too late" in answer.content.decode()
    assert "Other &lt;i&gt;" in answer.content.decode()
    assert act(client, comment, act="withdraw").status_code == 409
    assert everything() == before
    assert "<textarea" not in page(client, comment, "?do=change")
    assert "cannot be undone" not in page(client, comment, "?do=withdraw")


def test_who_is_banned_keeps_the_words(client, comment):
    moderation.ban_address(comment, timezone.now() + timedelta(days=1), "Insults.", by=make_moderator())
    answer = act(client, comment, act="change", text="Other <i>")
    assert answer.status_code == 403
    assert "Insults." in answer.content.decode()
    assert "Other &lt;i&gt;" in answer.content.decode()


def test_with_the_database_away_the_words_are_there_to_be_sent_again(client, comment, monkeypatch):
    def away(*args, **kwargs):
        raise InternalError("cannot execute UPDATE in a read-only transaction")

    monkeypatch.setattr(receiving, "change", away)
    answer = act(client, comment, act="change", text="Other <i>")
    assert answer.status_code == 503
    assert "Other &lt;i&gt;" in answer.content.decode()
    assert 'name="act" value="change"' in answer.content.decode()


# Withdrawn


def test_a_comment_is_withdrawn_after_a_question(client, comment):
    text = page(client, comment, "?do=withdraw")
    assert "This cannot be undone." in text
    assert Comment.objects.get().state == "waiting"
    assert act(client, comment, act="withdraw").status_code == 303
    assert Comment.objects.get().state == "withdrawn"
    assert ModerationAct.objects.get().verb == "withdraw"
    text = page(client, comment)
    assert "You withdrew your comment" in text
    assert "Withdraw it" not in text


def test_asking_for_the_page_changes_nothing(client, comment):
    before = everything()
    for query in ("?do=withdraw", "?do=change&text=x", "?act=withdraw", "?do=x", ""):
        page(client, comment, query)
        client.head(private_links.mine(comment.pk) + query)
    act(client, comment)
    act(client, comment, act="approve", state="visible")
    assert everything() == before


def test_a_form_of_another_site_changes_nothing(client, comment):
    before = everything()
    for fields in ({"act": "withdraw"}, {"act": "change", "text": "Other <i>"}):
        answer = act(client, comment, {"HTTP_SEC_FETCH_SITE": "cross-site"}, **fields)
        assert answer.status_code == 403
        assert fields.get("text", "").replace("<i>", "&lt;i&gt;") in answer.content.decode()
    assert everything() == before


def test_with_a_session_the_form_needs_its_token(comment):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_reader())
    before = everything()
    answer = act(client, comment, act="change", text="Other words")
    assert answer.status_code == 403
    assert "Other words" in answer.content.decode()
    assert everything() == before
    token = str(answer.context["csrf_token"])
    assert act(client, comment, act="change", text="Other words", csrfmiddlewaretoken=token).status_code == 303
    assert Comment.objects.get().text == "Other words"


def test_what_was_erased_is_not_said_to_be_withdrawn(client):
    comment = make_comment(make_live_post())
    people.erase(people.by_comment(comment))
    page = client.get(private_links.mine(comment.pk)).content.decode()
    assert "Your comment was erased" in page
    assert "withdrew" not in page
