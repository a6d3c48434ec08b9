"""Through HTTP: a comment is sent, looked at, or refused with its words kept."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import InternalError, OperationalError, connection, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from blog import belonging, workflow
from blog.models import Post
from blog.views.private import LARGEST
from comments import judging, moderation, private_links, receiving
from comments.forms import QUICKEST, CommentForm, stamp_of, time_in
from comments.models import Comment, HouseRules, Subscription
from comments.views import private, writing
from tests.factories import (
    everything,
    make_comment,
    make_live_post,
    make_moderator,
    make_post,
    make_publisher,
    make_reader,
)

pytestmark = pytest.mark.django_db

NAUGHTY = json.loads((Path(__file__).parents[1] / "data/hostile/unicode/text.json").read_text("utf-8"))
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}
WORDS = "Is the footpath <b>closed</b>, too?"
SHOWN = "Is the footpath &lt;b&gt;closed&lt;/b&gt;, too?"


@pytest.fixture
def post():
    return make_live_post(at=timezone.now() - timedelta(days=1))


@pytest.fixture
def open_house():
    HouseRules.objects.update(policy="open", limit_seconds=0, limit_count=100)


def send(client, post, text=WORDS, /, headers=OURS, **fields):
    fields = {"name": "Marit Dahl", "text": text, "stamp": stamp_of(post.pk, post.published_at)} | fields
    return client.post(f"/comments/on/{post.pk}/", fields, **headers)


def is_for_one_reader(answer):
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert not answer.cookies


def refused(client, post, status, said, text=WORDS, **fields):
    """Nothing is left behind, and the words are there again."""
    before = everything()
    answer = send(client, post, text, **fields)
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert SHOWN in page or text != WORDS
    assert everything() == before
    is_for_one_reader(answer)
    return answer


# Sent


def test_a_guest_sends_a_comment_and_is_led_to_a_page_of_its_own(client, post):
    answer = send(client, post, email="marit@example.org")
    comment = Comment.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, private_links.mine(comment.pk))
    assert (comment.name, comment.text, comment.state) == ("Marit Dahl", WORDS, "waiting")
    assert comment.facts == [["first"]]
    assert Subscription.objects.get().email == "marit@example.org"
    is_for_one_reader(answer)


def test_the_same_form_again_leads_to_the_same_page(client, post):
    first = send(client, post)
    before = everything()
    again = send(client, post)
    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert everything() == before


def test_an_answer_stands_below_what_it_answers(client, post):
    answered = make_comment(post)
    send(client, post, reply=answered.pk)
    assert Comment.objects.exclude(pk=answered.pk).get().parent_id == answered.pk


def test_who_is_signed_in_writes_under_the_name_of_the_account(post):
    client = Client()  # Django's own check is off here; tests of `origins` have it on
    client.force_login(make_reader())
    send(client, post, csrfmiddlewaretoken="x")
    comment = Comment.objects.get()
    assert (comment.name, comment.user_id) == ("Rita", make_reader().pk)


def test_an_address_of_sending_leads_to_the_form_of_the_post(client, post):
    answer = client.get(f"/comments/on/{post.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"{post.get_absolute_url()}#add")
    assert client.get("/comments/on/999999/").status_code == 404
    assert client.get(f"/comments/on/{make_post('A draft').pk}/").status_code == 404
    assert client.put(f"/comments/on/{post.pk}/").status_code == 405


# Looked at before


def test_a_look_at_a_comment_keeps_nothing_and_shows_what_will_become_of_it(client, post):
    page = refused(client, post, 200, "How it will look", preview="1")
    assert "Send to a moderator" in page.content.decode()
    HouseRules.objects.update(policy="open")
    assert "Publish comment" in refused(client, post, 200, "How it will look", preview="1").content.decode()


def test_a_comment_looked_at_is_sent_from_there(client, post):
    page = send(client, post, preview="1").context["form"]
    again = {name: page.data.get(name, "") for name in page.fields}
    assert client.post(f"/comments/on/{post.pk}/", again, **OURS).status_code == 303
    assert Comment.objects.get().facts == [["first"]]  # its time is still with it


def test_quoting_puts_the_other_s_words_before_one_s_own(client, post):
    answered = make_comment(post, "No, never.")
    answer = refused(client, post, 200, "&gt; No, never.", reply=answered.pk, quote="1", name="")
    assert answer.context["form"]["text"].value() == f"> No, never.\n\n{WORDS}"
    assert 'role="alert"' not in answer.content.decode()  # nothing is missed yet


# Asked once more


def test_a_browser_that_says_nothing_is_asked_on_a_page_whose_proof_is_bound_to_the_words(client, post):
    page = refused(client, post, 200, "One more step", headers={})
    proof = page.context["confirmed"]
    assert "csrfmiddlewaretoken" not in page.content.decode()
    refused(client, post, 200, "One more step", text="Other words", headers={}, confirmed=proof)
    refused(client, post, 200, "One more step", headers={}, confirmed=f"{proof}x")
    assert send(client, post, headers={}, confirmed=proof).status_code == 303


def test_a_proof_that_is_too_old_is_asked_for_again(client, post, monkeypatch):
    proof = refused(client, post, 200, "One more step", headers={}).context["confirmed"]
    monkeypatch.setattr(writing, "CONFIRMED_FOR", -1)
    fresh = refused(client, post, 200, "One more step", headers={}, confirmed=proof).context["confirmed"]
    monkeypatch.undo()
    assert send(client, post, headers={}, confirmed=fresh).status_code == 303


def test_a_form_of_another_site_is_shown_and_not_taken(client, post):
    refused(client, post, 403, "another site", headers={"HTTP_SEC_FETCH_SITE": "cross-site"})


# Refused


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Say what readers may call you."),
        ("name", "\u202e", "Say what readers may call you."),
        ("name", "a\0b", "control characters"),
        ("name", "a" * 81, "81 characters"),
        ("email", "marit.example.org", "The e-mail address has no @."),
        ("email", "marit@", "look for a slip"),
        ("email", "marit@[127.0.0.1]", "look for a slip"),
        ("email", "a" * 250 + "@example.org", "too long"),
        ("email", "a\0@example.org", "look for a slip"),
        ("email", "a@example.org\nBcc: b@example.org", "look for a slip"),
        ("text", "", "Write something first."),
        ("text", "a\0b", "control characters"),
        ("text", "a" * 10_001, "10001 characters"),
        ("text", "> " * 11 + "a", "within at most"),
    ],
)
def test_what_has_to_be_mended_is_said_at_the_field_and_above(client, post, field, value, said):
    fields = {field: value} if field != "text" else {}
    answer = refused(client, post, 422, said, text=value if field == "text" else WORDS, **fields)
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert f'<a href="#comment-{field}">' in page
    assert f'id="comment-{field}-error"' in page
    assert page.count('aria-invalid="true"') == 1


def test_a_closed_discussion_keeps_the_words_to_be_copied(client, post):
    belonging.set_discussion(post, "closed", by=make_publisher())
    page = refused(client, post, 403, "Comments are closed").content.decode()
    assert 'id="kept"' in page
    assert "data-comment" not in page
    refused(client, post, 403, "Comments are closed", preview="1")
    refused(client, post, 403, "Comments are closed", headers={})


@pytest.mark.parametrize(("was_public", "status"), [(True, 410), (False, 404)])
def test_a_piece_that_is_gone_keeps_the_words_to_be_copied(client, was_public, status):
    post = make_post("Secret headline") if not was_public else make_live_post("Secret headline", at=timezone.now())
    if was_public:
        workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    post.published_at = timezone.now()
    page = refused(client, post, status, "This piece is not there any more").content.decode()
    assert "Secret headline" not in page
    for nobody_s in (0, 999999, 2**63):
        assert client.post(f"/comments/on/{nobody_s}/", {"text": WORDS}, **OURS).status_code == 404


def test_a_piece_withdrawn_at_the_last_moment_keeps_the_words(client, post, monkeypatch):
    def gone(arrival):
        raise receiving.Missing

    monkeypatch.setattr(receiving, "receive", gone)
    refused(client, post, 410, "This piece is not there any more")


def test_who_sends_too_fast_is_told_when_to_send_again(client, post):
    send(client, post, "The first")
    answer = refused(client, post, 429, "send them again after")
    assert 0 < int(answer["Retry-After"]) <= 16
    assert "data-comment" in answer.content.decode()


def test_who_is_banned_is_told_why_and_until_when(client, post):
    send(client, post, "The first")
    until = timezone.now() + timedelta(days=2)
    moderation.ban_address(Comment.objects.get(), until, "Insults.", by=make_moderator())
    page = refused(client, post, 403, "The reason: Insults.").content.decode()
    assert f"{until:%Y}" in page


@pytest.mark.parametrize("state", ["waiting", "held", "removed", "withdrawn", "spam"])
def test_an_answer_to_what_is_gone_can_be_sent_by_itself(client, post, state):
    answered = make_comment(post, "Secret", state=state)
    answer = refused(client, post, 409, "The comment that you answer is not there any more.", reply=answered.pk)
    assert "Secret" not in answer.content.decode()
    assert answer.context["form"]["reply"].value() == ""
    assert send(client, post).status_code == 303


@pytest.mark.parametrize("reply", ["0", "-1", "x", "1" * 30, "9" * 5000, "1.5", "\u0661"])
def test_an_answer_to_nothing_is_refused_kindly(client, post, reply):
    refused(client, post, 409, "not there any more", reply=reply)


@pytest.mark.parametrize(
    "error", [OperationalError("the server closed the connection"), InternalError("read-only transaction")]
)
@pytest.mark.parametrize(
    "where", [(receiving, "receive"), (Post.objects, "live"), (judging, "judge")], ids=["receive", "post", "judge"]
)
def test_with_the_database_away_the_words_are_there_to_be_sent_again(client, post, monkeypatch, error, where):
    def away(*args, **kwargs):
        raise error

    monkeypatch.setattr(*where, away)
    before = everything()
    answer = send(client, post, email="marit@example.org", reply="")
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert SHOWN in page
    for kept in ("Marit Dahl", "marit@example.org", stamp_of(post.pk, post.published_at)):
        assert f'value="{kept}"' in page
    monkeypatch.undo()
    assert everything() == before
    is_for_one_reader(answer)


def test_on_a_database_that_takes_nothing_readers_keep_their_words(client, post):
    """Threat T-19, for once without pretending."""
    on, off = {
        "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
        "postgresql": ("SET TRANSACTION READ ONLY", ""),
    }[connection.vendor]
    with transaction.atomic():
        connection.cursor().execute(on)
        try:
            answer = send(client, post)
        finally:
            if off:
                connection.cursor().execute(off)
            transaction.set_rollback(True)
    assert answer.status_code == 503
    assert SHOWN in answer.content.decode()


def test_that_page_needs_no_database(post, django_assert_num_queries):
    request = RequestFactory().post("/comments/on/1/", {"text": WORDS})
    with django_assert_num_queries(0):
        assert private.not_sent_yet(request, "comments/away.html").status_code == 503


# Too much at once


def sent_whole(client, post, body, content_type="application/x-www-form-urlencoded", **headers):
    before = everything()
    answer = client.generic("POST", f"/comments/on/{post.pk}/", body, content_type, **OURS, **headers)
    assert everything() == before
    return answer.status_code


class Untouched:
    """The body of a request that must not be read."""

    def read(self, *args):
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize("length", [str(LARGEST + 1), "100000000", "9" * 5000])
def test_too_much_is_refused_by_its_length_before_it_is_read(client, post, content_type, length):
    request = {"CONTENT_LENGTH": length, "CONTENT_TYPE": content_type, "wsgi.input": Untouched()}
    before = everything()
    assert client.post(f"/comments/on/{post.pk}/", **OURS, **request).status_code == 413
    assert everything() == before


@pytest.mark.parametrize("length", ["", "-1", "x", "1e3"])
def test_what_has_no_length_is_not_read(client, post, length):
    request = {"CONTENT_LENGTH": length, "wsgi.input": Untouched(), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert client.post(f"/comments/on/{post.pk}/", **OURS, **request).status_code == 411


def test_what_breaks_off_is_an_error_of_the_sender(client, post):
    class Broken:
        def read(self, *args):
            raise OSError("connection reset")

        readline = read

    request = {"CONTENT_LENGTH": "100", "wsgi.input": Broken()}
    assert client.post(f"/comments/on/{post.pk}/", **OURS, **request).status_code == 400


def test_the_longest_comment_fits_whatever_its_script(client, post):
    assert send(client, post, "😀" * 10_000).status_code == 303


def test_many_fields_files_and_broken_forms_are_errors_of_the_sender(client, post):
    assert sent_whole(client, post, "&".join(f"a{n}=" for n in range(2_000))) == 413
    assert sent_whole(client, post, b"--x", "multipart/form-data") == 400
    assert sent_whole(client, post, b"--x\r\n\r\n", "multipart/form-data; boundary=x") == 422
    assert sent_whole(client, post, b"text=a", "application/x-www-form-urlencoded; charset=utf-7") == 400
    part = b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\n' + b"a" * 60_000 + b"\r\n--x--"
    assert sent_whole(client, post, part, "multipart/form-data; boundary=x") == 422
    odd = b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--'
    assert sent_whole(client, post, odd, "multipart/form-data; boundary=x") == 422
    assert sent_whole(client, post, b"{}", "application/json") == 422
    assert sent_whole(client, post, b"\xff\xfe=%ff&text=%00&name=%ED%A0%80") == 422


# What else may be in a form


def test_fields_that_are_no_part_of_the_form_change_nothing(client, post, open_house):
    """Threat T-44."""
    user = make_publisher()
    extra = {}
    for model in apps.get_app_config("comments").get_models():
        extra |= {field.name: "visible" for field in model._meta.get_fields()}
        extra |= {field.attname: str(user.pk) for field in model._meta.concrete_fields}
    extra |= {"state": "visible", "badge": "author", "user_id": user.pk, "__class__": "x", "post__slug": "x", "pk": 77}
    for ours in ("name", "email", "text", "reply", "stamp", "website"):
        extra.pop(ours, None)
    HouseRules.objects.update(policy="waits")
    others = everything()
    send(client, post, **{name: str(value) for name, value in extra.items()})
    plain, comment = send(client, post, name="Marta"), Comment.objects.get(name="Marit Dahl")
    assert plain.status_code == 303
    as_ever = Comment.objects.get(name="Marta")
    differ = {"id", "tree_id", "name", "writer", "form_key", "created_at", "conversation_at"}
    for field in Comment._meta.concrete_fields:
        if field.attname not in differ:
            assert getattr(comment, field.attname) == getattr(as_ever, field.attname), field.attname
    changed = {table for table, rows in everything().items() if rows != others[table]}
    assert changed == {"comments.Comment", "blog.Allowance"}


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_odd_texts_are_taken_or_refused_and_never_an_error(client, post, open_house, text):
    for fields in ({"text": f"a {text}"}, {"name": f"a {text}"}, {"email": text}, {"website": text}, {"stamp": text}):
        fields = {"name": "a", "text": "b", "stamp": stamp_of(post.pk, post.published_at)} | fields
        sent = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()})
        form = client.generic("POST", f"/comments/on/{post.pk}/", sent, "application/x-www-form-urlencoded", **OURS)
        assert form.status_code in {303, 422}
        form.content.decode()
    for comment in Comment.objects.all():
        assert client.get(private_links.mine(comment.pk)).status_code == 200


# The form itself


def drawn(post, **parts):
    return CommentForm(post=post, **parts)


@pytest.mark.parametrize(
    ("policy", "button"),
    [("open", "Publish comment"), ("waits", "Send to a moderator"), ("known", "Send comment")],
)
def test_the_button_says_what_sending_does(post, policy, button):
    HouseRules.objects.update(policy=policy)
    assert drawn(post).button == button


def test_a_form_is_the_same_for_all_readers_of_a_page(post):
    assert drawn(post).signed_time == drawn(post).signed_time
    assert time_in(post.pk, drawn(post).signed_time) <= timezone.now()


def test_the_time_of_a_form_is_ours_and_of_this_post(post):
    stamp = stamp_of(post.pk, post.published_at)
    assert abs(time_in(post.pk, stamp) - post.published_at) < timedelta(seconds=1)
    for other in ("", "x", stamp + "x", stamp_of(post.pk + 1, post.published_at), f"{post.pk}.1:x"):
        assert time_in(post.pk, other) is None


def oddities(post, made, **fields):
    form = drawn(post, data={"name": "a", "text": "b", "stamp": stamp_of(post.pk, made)} | fields)
    assert form.is_valid()
    return form.oddities(made + QUICKEST)


def test_what_is_odd_about_a_form(post):
    made = timezone.now().replace(microsecond=0)
    assert oddities(post, made) == ()
    assert oddities(post, made, website="https://a.example") == (judging.HIDDEN_FIELD,)
    assert oddities(post, made, stamp="x") == (judging.NO_TIME,)
    assert oddities(post, made, stamp=stamp_of(post.pk, made + timedelta(seconds=1))) == (judging.TOO_QUICK,)


def test_the_hidden_field_reaches_the_verdict(client, post, open_house):
    send(client, post, website="https://a.example")
    assert Comment.objects.get().state == "spam"
