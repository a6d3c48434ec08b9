"""Who is told what by mail, and who is not; nothing before it was confirmed; nobody can fill a mailbox through us."""

import json
import re
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.db.models import F
from django.utils import timezone

from blog import sending, workflow
from blog.models import Allowance, Outgoing
from comments import letters, mail, moderation
from comments.models import Reason, Subscription
from comments.writers import writer_key
from tests.factories import fresh, make_comment, make_live_post, make_moderator, make_publisher
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db

HOSTILE = Path(__file__).parents[1] / "data" / "hostile" / "unicode"
MARIT = "marit@reader.example"
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def asks(post, email=MARIT, at=None, **columns):
    mail.ask_to_confirm(post, email, at or timezone.now(), **columns)


def subscribed(post, email=MARIT):
    """Somebody who asked and confirmed; the mail that asked is out of the way."""
    now = timezone.now()
    return Subscription.objects.create(post=post, email=email, asked_at=now, confirmed_at=now)


def comment_of(name, post, text="When does it open again?", **columns):
    email = f"{name.casefold()}@reader.example"
    return make_comment(post, text, name=name, email=email, writer=writer_key(name=name, email=email), **columns)


def answered(comment, name="Ole", text="On Friday.", **columns):
    """An answer of somebody else, of which the writer is told if that was asked for."""
    answer = comment_of(name, comment.post, text, answers=comment, **columns)
    mail.tell_of_answer(answer)
    return answer


def posted():
    """All that is due now goes out: the mails of this round."""
    django_mail.outbox = []
    just_now = Outgoing.objects.waiting().filter(due_at__lte=timezone.now())
    just_now.update(due_at=F("due_at") - timedelta(milliseconds=2))  # a database's clock may be coarser
    result = sending.send_due(letters.KINDS)
    assert result.is_well(), Outgoing.objects.values_list("last_error", flat=True)
    return django_mail.outbox


def time_passes(span):
    """As if everything had happened that much earlier."""
    Outgoing.objects.update(due_at=F("due_at") - span, created_at=F("created_at") - span)
    Subscription.objects.update(asked_at=F("asked_at") - span)
    Subscription.objects.filter(ended_at__isnull=False).update(ended_at=F("ended_at") - span)
    Allowance.objects.update(began_at=F("began_at") - span)


@pytest.fixture
def post():
    return make_live_post()


# Asking


def test_the_owner_of_a_mailbox_is_asked_and_told_nothing_else(post):
    comment = comment_of("Marit", post)
    asks(post)
    answered(comment)
    moderation.remove(comment, Reason.SUBJECT, by=make_moderator())
    time_passes(HOUR)
    [asking] = posted()
    assert asking.to == [MARIT]
    subscription = Subscription.objects.get()
    assert f"https://record.example/comments/mail/{subscription.token}/\n" in asking.body
    assert "Council closes the bridge" in asking.body
    assert "Friday" not in asking.body and "When does it" not in asking.body
    time_passes(2 * HOUR)
    assert posted() == []


def test_confirming_begins_the_mails(post):
    comment = comment_of("Marit", post)
    asks(post)
    posted()
    assert mail.confirm(Subscription.objects.get(), timezone.now()) is True
    answered(comment)
    assert [one.to for one in posted()] == [[MARIT]]


def test_an_address_is_asked_once_a_day_however_often_it_is_given(post):
    others = [make_live_post(f"Piece {number}") for number in range(3)]
    for _time in range(3):
        for one in (post, *others):
            asks(one)
    [asking] = posted()
    assert asking.body.count("/comments/mail/") == 5  # four threads, and the way to say no
    for one in (post, *others):
        asks(one, email="  Marit@Reader.Example ")
    assert posted() == []
    time_passes(timedelta(hours=23, minutes=58))
    assert posted() == []
    time_passes(timedelta(minutes=3))
    assert len(posted()) == 1
    assert Subscription.objects.count() == 4


def test_midnight_does_not_make_two_of_one_day(post):
    before = timezone.now().replace(hour=23, minute=59) - timedelta(days=1)
    asks(post, at=before)
    Outgoing.objects.update(state="sent")
    asks(post, at=before + timedelta(minutes=2))
    first, second = Outgoing.objects.order_by("due_at")
    assert second.due_at - first.due_at == timedelta(days=1)


def test_a_thread_asked_for_while_the_mail_is_on_its_way_is_in_the_next(post):
    asks(post)
    Outgoing.objects.update(leased_until=timezone.now() + HOUR)
    asks(make_live_post("Other"))
    assert Outgoing.objects.count() == 2


def test_what_is_confirmed_is_not_asked_again(post):
    subscribed(post)
    asks(post)
    assert Outgoing.objects.count() == 0
    assert Subscription.objects.get().is_confirmed()


def test_who_ended_it_and_asks_again_is_asked_again(post):
    subscription = subscribed(post)
    mail.end(subscription, timezone.now())
    asks(post)
    again = Subscription.objects.get()
    assert (again.token, again.confirmed_at, again.ended_at) == (subscription.token, None, None)
    assert len(posted()) == 1


def test_who_says_that_it_was_somebody_else_is_left_in_peace(post):
    asks(post)
    posted()
    mail.end(Subscription.objects.get(), timezone.now())
    time_passes(timedelta(days=2))
    asks(post)
    asks(make_live_post("Other"))
    assert posted() == []
    assert Subscription.objects.get().ended_at is not None
    time_passes(mail.REFUSED_FOR)
    sending.forget_done(timezone.now())
    asks(post)
    assert len(posted()) == 1


def test_one_internet_address_makes_us_ask_a_few_mailboxes_a_day(post):
    for number in range(mail.MOST_ASKED + 3):
        asks(post, email=f"victim{number}@reader.example", address="f" * 64)
    asks(post, email="other@reader.example", address="e" * 64)
    asks(post, email="shell@reader.example")
    assert len(posted()) == mail.MOST_ASKED + 2
    time_passes(timedelta(days=1, seconds=1))
    asks(post, email="later@reader.example", address="f" * 64)
    assert len(posted()) == 1


def test_the_same_mailbox_again_takes_nothing_from_others_behind_the_same_internet_address(post):
    for _time in range(mail.MOST_ASKED + 1):
        asks(post, address="f" * 64)
    asks(post, email="other@reader.example", address="f" * 64)
    assert len(posted()) == 2


@pytest.mark.parametrize(
    "email",
    [
        "",
        "marit",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\u2028Bcc: c@d.example",
        "Marit <a@b.example>",
        '"a b"@c.example',
        '"a\x01"@c.example',
        "a\u202e@b.example",
        "a@b.example;c@d.example",
    ],
)
def test_what_is_not_one_address_is_not_written_to(post, email):
    asks(post, email=email)
    assert (Subscription.objects.count(), Outgoing.objects.count()) == (0, 0)


def test_who_is_not_waiting_to_be_asked_any_more_is_not(post):
    asks(post)
    mail.confirm(Subscription.objects.get(), timezone.now())
    assert posted() == []
    assert Outgoing.objects.get().state == "dropped"


def test_nobody_is_asked_about_what_was_withdrawn(post):
    asks(post)
    workflow.withdraw(post, by=make_publisher(), public_note="The figures were wrong.")
    assert posted() == []


def test_confirming_ends_after_a_week(post):
    asks(post)
    subscription = Subscription.objects.get()
    assert mail.confirm(subscription, subscription.asked_at + WEEK) is False
    assert mail.has_run_out(subscription, subscription.asked_at + WEEK)
    assert mail.confirm(subscription, subscription.asked_at + WEEK - timedelta(seconds=1)) is True


# Answers


def test_an_answer_is_told_to_who_asked(post):
    comment = comment_of("Marit", post)
    subscription = subscribed(post)
    answer = answered(comment, text="On Friday.\n\nPerhaps.")
    [told] = posted()
    assert told.to == [MARIT]
    assert told.subject == "Ole answered you: Council closes the bridge"
    assert "> On Friday. Perhaps." in told.body
    assert f"\nhttps://record.example{answer.get_absolute_url()}\n" in told.body
    headers = told.message()
    assert headers["List-Unsubscribe"] == f"<https://record.example/comments/mail/{subscription.token}/end/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told.from_email == "noreply@record.example"
    assert "ole@reader.example" not in told.message().as_string()


def test_own_answers_are_not_told(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    mail.tell_of_answer(comment_of("Marit", post, answers=comment))
    mail.tell_of_answer(make_comment(post, name="M.", email="MARIT@reader.example", answers=comment))
    mail.tell_of_answer(make_comment(post, name="Marit", writer=comment.writer, answers=comment))
    assert Outgoing.objects.count() == 0


def test_own_answers_from_an_account_are_not_told(post):
    user = make_moderator()
    comment = make_comment(post, email="mod@record.example", user=user)
    subscribed(post, "mod@record.example")
    mail.tell_of_answer(make_comment(post, user=user, answers=comment))
    assert Outgoing.objects.count() == 0


def test_answers_to_others_and_under_other_posts_are_not_told(post):
    subscribed(make_live_post("Other"))
    answered(comment_of("Marit", post))
    answered(comment_of("Eva", post))
    answered(make_comment(post, name="Nobody"))
    mail.tell_of_answer(comment_of("Ole", post))
    assert Outgoing.objects.count() == 0


def test_who_has_not_confirmed_or_has_ended_it_is_not_told(post):
    Subscription.objects.create(post=post, email=MARIT)
    answered(comment_of("Marit", post))
    Subscription.objects.update(confirmed_at=timezone.now(), ended_at=timezone.now())
    answered(comment_of("Marit", post))
    assert Outgoing.objects.count() == 0


def test_an_answer_that_readers_do_not_see_is_not_told(post):
    subscribed(post)
    answered(comment_of("Marit", post), state="waiting")
    assert Outgoing.objects.count() == 0


def test_one_mail_an_hour_however_many_answers(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    answered(comment, "Ole", "First.")
    assert ["First." in one.body for one in posted()] == [True]
    second, third = answered(comment, "Ole", "Second."), answered(comment, "Eva", "Third.")
    assert posted() == []
    time_passes(timedelta(minutes=58))
    assert posted() == []
    time_passes(timedelta(minutes=3))
    [told] = posted()
    assert told.subject == "2 answers to you: Council closes the bridge"
    assert told.body.index("> Second.") < told.body.index("> Third.")
    assert "First." not in told.body
    assert all(one.get_absolute_url() in told.body for one in (second, third))
    assert posted() == []


def test_each_thread_and_each_reader_has_a_mail_of_its_own(post):
    other = make_live_post("Other")
    for one, email in ((post, MARIT), (other, MARIT), (post, "eva@reader.example")):
        subscribed(one, email)
    answered(comment_of("Marit", post))
    answered(comment_of("Marit", other))
    answered(comment_of("Eva", post))
    assert sorted((one.to[0], one.subject.rpartition(": ")[2]) for one in posted()) == [
        ("eva@reader.example", "Council closes the bridge"),
        (MARIT, "Council closes the bridge"),
        (MARIT, "Other"),
    ]


def test_answers_that_are_gone_when_the_mail_is_due_are_not_in_it(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    answered(comment, text="Stays.")
    moderation.remove(answered(comment, text="Goes."), Reason.PERSON, by=make_moderator())
    [told] = posted()
    assert "Stays." in told.body and "Goes." not in told.body
    assert told.subject.startswith("Ole answered you")


def test_a_mail_whose_answers_are_all_gone_is_not_sent_and_the_next_one_is(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    moderation.remove(answered(comment), Reason.PERSON, by=make_moderator())
    assert posted() == []
    assert Outgoing.objects.get(kind="answers").state == "dropped"
    answered(comment, text="Another.")
    time_passes(HOUR)
    [told] = posted()
    assert "Another." in told.body


def test_who_ends_it_before_the_mail_is_due_gets_none(post):
    subscription = subscribed(post)
    answered(comment_of("Marit", post))
    mail.end(subscription, timezone.now())
    assert posted() == []


def test_what_was_withdrawn_is_not_told(post):
    subscribed(post)
    answered(comment_of("Marit", post))
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="The figures were wrong.")
    assert posted() == []


def test_an_answer_that_comes_while_the_mail_is_made_is_in_the_next(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    answered(comment, text="First.")
    row = Outgoing.objects.get()
    letters.answers(row)  # put into words; not yet sent
    answered(comment, text="Late.")
    [told] = posted()
    assert "First." in told.body and "Late." not in told.body
    time_passes(HOUR)
    [told] = posted()
    assert "Late." in told.body and "First." not in told.body


def test_the_same_answer_is_listed_once(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    answer = answered(comment)
    mail.tell_of_answer(answer)
    assert Outgoing.objects.get().payload["answers"] == [answer.pk]
    [told] = posted()
    assert told.body.count(answer.get_absolute_url()) == 1


def test_of_very_many_answers_some_are_listed_and_the_rest_counted(post, monkeypatch):
    monkeypatch.setattr(mail, "MOST_GATHERED", 4)
    monkeypatch.setattr(letters, "MOST_LISTED", 3)
    comment = comment_of("Marit", post)
    subscribed(post)
    for number in range(6):
        answered(comment, text=f"Number {number}.")
    [told] = posted()
    assert re.findall(r"> (Number \d)", told.body) == ["Number 0", "Number 1", "Number 2"]
    assert "And 3 more." in told.body and told.subject.startswith("6 answers")


def test_no_row_holds_an_address(post):
    comment = comment_of("Marit", post)
    asks(post)
    subscribed(post, "eva@reader.example")
    answered(comment_of("Eva", post))
    moderation.remove(comment, Reason.SUBJECT, by=make_moderator())
    kept = json.dumps(list(Outgoing.objects.values("kind", "key", "payload")))
    assert Outgoing.objects.count() == 2 and "reader" not in kept and "marit" not in kept


def test_what_is_forgotten_is_not_written_to(post):
    subscribed(post, "eva@reader.example")
    answered(comment_of("Eva", post))
    asks(post)
    mail.forget("Marit@reader.example")
    mail.forget("eva@reader.example")
    assert posted() == []
    assert Subscription.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_each_answer_is_in_one_mail_whatever_happens_at_once(post, tmp_path, monkeypatch):
    comment = comment_of("Marit", post)
    subscribed(post)
    monkeypatch.setenv("EMAIL_URL", f"filemail:///{tmp_path / 'mail'}")
    place = database_for_race(connection, tmp_path)
    *written, first, second = race(place, *[["answer", comment.pk, 12]] * 3, *[["send_letters", 150]] * 2)
    last = race(place, ["send_letters", 50])[0]
    assert race(place, ["waiting_to_be_sent"]) == [[]]
    letters_sent = "".join(path.read_text() for path in (tmp_path / "mail").glob("*.log"))
    told = [int(number) for number in re.findall(r"#c(\d+)$", letters_sent, re.M)]
    assert sorted(told) == sorted(number for numbers in written for number in numbers)
    assert letters_sent.count("Message-ID:") == first + second + last > 0


# Decisions


def test_who_asked_is_told_that_a_comment_is_in_the_discussion(post):
    subscribed(post)
    comment = comment_of("Marit", post, state="waiting")
    moderation.approve(comment, by=make_moderator())
    time_passes(mail.SECOND_THOUGHTS)
    [told] = posted()
    assert told.subject == "Your comment is in the discussion: Council closes the bridge"
    assert "> When does it open again?" in told.body
    assert f"https://record.example{comment.get_absolute_url()}" in told.body


def test_who_asked_is_told_why_a_comment_was_removed(post):
    subscribed(post)
    moderation.remove(comment_of("Marit", post), Reason.PERSON, by=make_moderator(), note="A known nuisance.")
    time_passes(mail.SECOND_THOUGHTS)
    [told] = posted()
    assert told.subject == "Your comment was removed: Council closes the bridge"
    assert "The reason: about a person, not the subject." in told.body
    assert "nuisance" not in told.body  # that is for colleagues
    assert "Mod" not in told.body
    assert told.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nobody_is_told_of_what_a_moderator_takes_back_at_once(post):
    subscribed(post)
    act = moderation.remove(comment_of("Marit", post), Reason.PERSON, by=make_moderator())
    assert posted() == []
    moderation.undo(act, by=make_moderator())
    time_passes(mail.SECOND_THOUGHTS)
    assert posted() == []


def test_nobody_is_told_of_a_decision_that_was_not_asked_for(post):
    subscribed(post, "eva@reader.example")
    subscribed(make_live_post("Other"))
    Subscription.objects.create(post=post, email="ole@reader.example")
    for name in ("Marit", "Ole"):
        moderation.remove(comment_of(name, post), Reason.PERSON, by=make_moderator())
    assert Outgoing.objects.count() == 0


@pytest.mark.parametrize("verb", ["hold", "bin"])
def test_nobody_is_told_of_what_is_no_decision_yet(post, verb):
    subscribed(post)
    getattr(moderation, verb)(comment_of("Marit", post), by=make_moderator())
    assert Outgoing.objects.count() == 0


def test_many_decisions_ask_the_database_no_more_than_one(post, django_assert_num_queries):
    subscribed(post)
    now = timezone.now()
    comments = [comment_of("Marit", post, f"Number {n}", state="removed", decided_at=now) for n in range(3)]
    for some in (comments[:1], comments):
        with django_assert_num_queries(2):  # who asked, and the rows
            mail.tell_of_decisions(some)
    assert Outgoing.objects.count() == 3
    with django_assert_num_queries(0):
        mail.tell_of_decisions([make_comment(post) for _none in range(0)])


# Headers and words


def hostile_texts():
    return json.loads((HOSTILE / "text.json").read_text(encoding="utf-8"))


def is_one_clean_line(text):
    controls = any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text)
    return not controls and not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("text", [*hostile_texts(), "Subject\r\nBcc: x@y.example", "a\u2028Bcc: x\u2029y\x85z\x0b"])
def test_no_name_and_no_headline_gets_out_of_its_line(text):
    line = mail.one_line(text)
    assert is_one_clean_line(line) and len(line) <= mail.LONGEST_SUBJECT
    message = letters.plain_letter(MARIT, f"{text} answered", "comments/mail/decision.txt", {}).message()
    assert message.get_all("To") == [MARIT] and message["Bcc"] is None and message["Cc"] is None
    assert set(message.keys()) <= {
        *("Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID")
    }


def test_a_hostile_name_changes_nothing_in_a_mail(post):
    comment = comment_of("Marit", post)
    subscribed(post)
    for text in hostile_texts():
        name = text.replace("\0", "").encode("utf-8", "ignore").decode()[:80]
        mail.tell_of_answer(make_comment(post, name=name, answers=comment))
    [told] = posted()
    assert told.to == [MARIT]
    assert all(is_one_clean_line(line) for line in told.body.split("\n"))
    assert is_one_clean_line(told.subject)


def test_words_are_shown_as_they_are(post):
    subscribed(post)
    answered(comment_of("Marit", post), "O'Neil & <b>", text="1 < 2 & “so on”")
    [told] = posted()
    assert "> 1 < 2 & “so on”" in told.body
    assert told.subject.startswith("O'Neil & <b> answered you")


def test_masked_addresses_are_known_to_their_owners_alone():
    assert mail.masked(MARIT) == "m…@reader.example"
