"""What waits is sent: once where all goes well, a second time rather than never, and always under the same key."""

import os
import re
import signal
import smtplib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from blog import outbox, sending
from blog.models import Outgoing
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def note(row):
    """A kind of mail for these tests."""
    return EmailMessage(f"About {row.key}", "Words.", None, [f"{row.key}@reader.example"])


KINDS = {"note": note}


def wait_for(*keys, kind="note", **columns):
    columns.setdefault("due_at", timezone.now() - timedelta(seconds=1))  # a database's clock may be coarser
    outbox.write(Outgoing(kind=kind, key=key, **columns) for key in keys)


def row(key):
    return Outgoing.objects.get(key=key)


def is_due_again(key):
    """The pause is over, or the lease."""
    Outgoing.objects.filter(key=key).update(due_at=Now(), leased_until=None)


def sent_to():
    return [one.to for one in mail.outbox]


class Refusing(EmailBackend):
    """A mail server that says of some mailboxes that there are none, is busy for others, and takes the rest."""

    def send_messages(self, messages):
        for message in messages:
            [to] = message.to
            if to.startswith("nobody"):
                raise smtplib.SMTPRecipientsRefused({to: (550, b"no such mailbox")})
            if to.startswith("busy"):
                raise smtplib.SMTPRecipientsRefused({to: (451, b"later")})
            if to.startswith("cut"):
                raise smtplib.SMTPServerDisconnected(f"Connection closed while talking of {to}\0")
        return super().send_messages(messages)


class Away(EmailBackend):
    def open(self):
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture
def server(settings):
    def of(backend):
        settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"

    return of


# What is sent, and when


def test_what_is_due_is_sent_the_longest_due_first():
    now = timezone.now()
    wait_for("second", due_at=now - timedelta(minutes=1))
    wait_for("first", due_at=now - timedelta(minutes=2))
    wait_for("tomorrow", due_at=now + timedelta(days=1))
    result = sending.send_due(KINDS)
    assert sent_to() == [["first@reader.example"], ["second@reader.example"]]
    assert (result.rows, result.away, result.is_well()) == ({"sent": 2}, "", True)
    assert row("first").state == "sent" and row("first").sent_at is not None and row("first").leased_until is None
    assert row("tomorrow").state == "waiting" and row("tomorrow").attempts == 0


def test_what_was_sent_is_not_sent_again():
    wait_for("one")
    sending.send_due(KINDS)
    assert sending.send_due(KINDS).rows == {}
    assert len(mail.outbox) == 1


def test_what_has_a_key_already_is_not_written_again():
    wait_for("one")
    sending.send_due(KINDS)
    wait_for("one", "two")
    assert Outgoing.objects.count() == 2
    assert row("one").state == "sent"


def test_what_nobody_knows_to_say_waits():
    wait_for("other", kind="pigeon")
    wait_for("one")
    assert sending.send_due(KINDS).rows == {"sent": 1}
    assert (row("other").state, row("other").attempts) == ("waiting", 0)


def test_what_has_lost_its_point_is_dropped():
    wait_for("one", "two")
    result = sending.send_due({"note": lambda row: None if row.key == "one" else note(row)})
    assert result.rows == {"dropped": 1, "sent": 1} and result.is_well()
    assert sent_to() == [["two@reader.example"]]
    assert row("one").state == "dropped"


def test_it_stops_between_two_mails():
    wait_for("one", "two")
    sending.send_due(KINDS, stopped=lambda: bool(mail.outbox))
    assert (row("one").state, row("two").state, row("two").attempts) == ("sent", "waiting", 0)


def test_a_repetition_can_be_told_by_its_message_id(settings):
    wait_for("one", "two")
    sending.send_due(KINDS)
    Outgoing.objects.filter(key="one").update(state="waiting")
    sending.send_due(KINDS)
    first, other, again = [one.message()["Message-ID"] for one in mail.outbox]
    assert first == again != other
    assert re.fullmatch(r"<[0-9a-f]{40}@record\.example>", first)
    assert mail.outbox[0].message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("to", "cc"), [(["a@b.example", "c@d.example"], []), (["a@b.example"], ["c@d.example"]), ([], [])]
)
def test_a_mail_goes_to_one_recipient_or_to_nobody(to, cc):
    wait_for("one")
    sending.send_due({"note": lambda row: EmailMessage("About", "Words.", None, to, cc=cc)})
    assert mail.outbox == []
    assert row("one").state == "waiting" and "ValueError" in row("one").last_error


# What goes wrong


def test_what_fails_is_tried_again_after_ever_longer_pauses_and_then_given_up(server):
    server(Refusing)
    wait_for("busy", "well")
    pauses = []
    while row("busy").state == "waiting":
        is_due_again("busy")
        result = sending.send_due(KINDS)
        pauses.append(row("busy").due_at - timezone.now())
        assert not result.is_well()
    assert sent_to() == [["well@reader.example"]]
    assert row("busy").attempts == sending.MOST_ATTEMPTS == len(pauses)
    whole = [timedelta(minutes=round(pause.total_seconds() / 60)) for pause in pauses[:-1]]
    assert whole == sending.PAUSES == sorted(set(sending.PAUSES))
    assert (row("busy").state, row("busy").leased_until) == ("failed", None)
    assert "451" in row("busy").last_error
    assert sending.send_due(KINDS).rows == {}


def test_what_failed_is_not_tried_before_its_pause_is_over(server):
    server(Refusing)
    wait_for("busy")
    sending.send_due(KINDS)
    assert sending.send_due(KINDS).rows == {}
    assert row("busy").attempts == 1


def test_what_fails_holds_up_no_other(server):
    server(Refusing)
    wait_for("cut", "busy", "nobody", "well")
    assert sending.send_due(KINDS).rows == {"waiting": 2, "failed": 1, "sent": 1}
    assert sent_to() == [["well@reader.example"]]


def test_a_mailbox_that_is_not_there_is_not_asked_for_again(server):
    server(Refusing)
    wait_for("nobody")
    assert sending.send_due(KINDS).rows == {"failed": 1}
    assert (row("nobody").state, row("nobody").attempts) == ("failed", 1)


def test_what_went_wrong_is_kept_without_the_address(server, caplog):
    server(Refusing)
    wait_for("cut", "nobody", "busy")
    sending.send_due(KINDS)
    said = " ".join(Outgoing.objects.values_list("last_error", flat=True)) + caplog.text
    assert "no such mailbox" in said and "later" in said and "Connection closed" in said
    assert "reader.example" not in said


def test_words_that_cannot_be_made_are_an_error_like_any_other():
    wait_for("one", "two")

    def broken(row):
        if row.key == "one":
            raise KeyError("headline")
        return note(row)

    assert sending.send_due({"note": broken}).rows == {"waiting": 1, "sent": 1}
    assert row("one").last_error == "KeyError: 'headline'"


def test_while_the_server_is_away_nothing_is_tried_and_nothing_given_up(server):
    server(Away)
    wait_for("one", "two")
    for _time in range(sending.MOST_ATTEMPTS + 1):
        result = sending.send_due(KINDS)
        assert (result.rows, result.is_well()) == ({}, False)
        assert "Connection refused" in result.away
    assert [(one.state, one.attempts) for one in Outgoing.objects.all()] == [("waiting", 0)] * 2


def test_where_nothing_waits_nobody_is_called(server):
    server(Away)
    assert sending.send_due(KINDS).is_well()


def test_what_was_given_up_can_be_tried_again(server):
    server(Refusing)
    wait_for("nobody")
    sending.send_due(KINDS)
    assert sending.try_again() == 1
    assert (row("nobody").state, row("nobody").attempts) == ("waiting", 0)
    assert sending.send_due(KINDS).rows == {"failed": 1}


def test_what_is_done_goes_after_a_month_and_what_waits_stays():
    long_ago = timezone.now() - sending.KEPT - timedelta(minutes=1)
    for state in Outgoing.State.values:
        wait_for(f"old-{state}", state=state, created_at=long_ago)
        wait_for(f"new-{state}", state=state)
    assert sending.forget_done(timezone.now()) == 3
    left = set(Outgoing.objects.values_list("key", flat=True))
    assert left == {"old-waiting", *(f"new-{state}" for state in Outgoing.State.values)}


# Whose turn it is


class Clock:
    """Time that goes by where a test says so."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(sending, "time", clock)
    return clock


@pytest.fixture
def said(monkeypatch, clock):
    """What is said, in order, to addresses and mailboxes; and a dictionary of what they answer, and after how long."""
    said = []

    def call(url, **words):
        said.append(url.removeprefix("https://"))
        answer, seconds = said_by.get(said[-1], (200, 0))
        clock.now += seconds
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mails(backend, messages):
        said.extend(one.to[0].partition("@")[0] for one in messages)
        return len(messages)

    said_by = {}
    monkeypatch.setattr(sending.visiting, "call", call)
    monkeypatch.setattr(EmailBackend, "send_messages", mails)
    monkeypatch.setattr(sending, "TURN", 0)
    return said, said_by


def one_call(row):
    return [sending.Call(f"https://{row.key}")]


EVERYBODY = KINDS | dict.fromkeys(sending.NOT_BY_MAIL, one_call)


def test_a_cache_hears_first_and_the_others_take_turns(said):
    wait_for("mail 1", "mail 2", "mail 3")
    for kind in ("webhook", "websub", "purge"):
        wait_for(f"{kind} 1", f"{kind} 2", kind=kind)
    sending.send_due(EVERYBODY)
    turns = ["websub 1", "webhook 1", "mail 1", "websub 2", "webhook 2", "mail 2", "mail 3"]
    assert said[0] == ["purge 1", "purge 2", *turns]


def test_what_comes_while_a_pile_of_mail_is_sent_does_not_wait_for_its_end(said):
    wait_for("mail 1", "mail 2", "mail 3")

    def comes(row):
        if row.key == "mail 1":
            wait_for("webhook 1", kind="webhook")
        if row.key == "mail 2":
            wait_for("purge 1", kind="purge")
        return note(row)

    assert sending.send_due(EVERYBODY | {"note": comes}).rows == {"sent": 5}
    assert said[0] == ["mail 1", "webhook 1", "mail 2", "purge 1", "mail 3"]


def test_several_mails_are_sent_between_two_looks(said, clock, monkeypatch):
    monkeypatch.setattr(sending, "TURN", 10)
    wait_for(*(f"mail {number}" for number in range(5)))

    def slowly(row):
        clock.now += 4
        if row.key == "mail 0":
            wait_for("purge 1", kind="purge")
        return note(row)

    sending.send_due(EVERYBODY | {"note": slowly})
    assert said[0].index("purge 1") == 3


@pytest.mark.parametrize("answer", [TimeoutError("no answer"), 503])
def test_who_does_not_take_a_call_is_left_alone_for_a_while_and_holds_up_nobody(said, clock, answer):
    for hook in (1, 2):
        for number in range(3):
            wait_for(f"hook {hook} row {number}", kind="webhook", payload={"hook": hook})
    wait_for("mail")
    said, said_by = said
    said_by["hook 1 row 0"] = (answer, 5)
    result = sending.send_due(EVERYBODY)
    assert said == ["hook 1 row 0", "mail", "hook 2 row 0", "hook 2 row 1", "hook 2 row 2"]
    assert (result.rows, result.is_well()) == ({"sent": 4, "waiting": 1}, False)
    assert [row(f"hook 1 row {number}").attempts for number in range(3)] == [1, 0, 0]
    said.clear()
    sending.send_due(EVERYBODY)  # the row that failed has its pause, the others come first
    assert said == ["hook 1 row 1", "hook 1 row 2"]


def test_who_was_left_alone_is_called_again_in_a_long_run(said, clock):
    wait_for("cache 0", "cache 1", kind="purge")
    wait_for("mail 0", "mail 1")
    said, said_by = said
    said_by["cache 0"] = (503, 0)

    def slowly(row):
        clock.now += sending.LEFT_ALONE - 1 if row.key == "mail 0" else 1
        return note(row)

    sending.send_due(EVERYBODY | {"note": slowly})
    assert said == ["cache 0", "mail 0", "mail 1", "cache 1"]


def test_an_address_that_is_never_called_costs_no_other_its_turn(said):
    wait_for("hook row 0", "hook row 1", kind="webhook", payload={"hook": 1})
    said, said_by = said
    said_by["hook row 0"] = (sending.visiting.Refused("inside"), 0)
    assert sending.send_due(EVERYBODY).rows == {"failed": 1, "sent": 1}


def test_a_row_of_very_many_calls_takes_its_turns_and_says_each_once(said, clock):
    """Else the lease would run out under it, and another worker would begin it anew, again and again."""
    said, said_by = said
    many = [f"page {number}" for number in range(100)]
    said_by.update(dict.fromkeys(many, (200, 4.9)))
    wait_for("pages", kind="purge")
    wait_for("mail")
    kinds = EVERYBODY | {"purge": lambda row: [sending.Call(f"https://{page}") for page in many]}
    began = clock.now
    sending.send_due(kinds)
    assert clock.now - began < sending.MOST_SECONDS + 5 < sending.LEASE.total_seconds()
    assert said == [*many[:25], "mail"]
    assert (row("pages").state, row("pages").attempts) == ("waiting", 0)
    assert row("pages").last_error == "Unfinished: It takes long: 25 of 100 calls are made"
    for _turn in range(3):
        sending.send_due(kinds)
    assert [one for one in said if one != "mail"] == many
    assert (row("pages").state, row("pages").attempts, row("pages").last_error) == ("sent", 1, "")


# Several at once


def test_what_somebody_holds_is_left_alone_until_the_lease_runs_out():
    wait_for("one")
    Outgoing.objects.update(leased_until=Now() + timedelta(minutes=1), attempts=1)
    assert sending.send_due(KINDS).rows == {}
    Outgoing.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert sending.send_due(KINDS).rows == {"sent": 1}
    assert row("one").attempts == 2


def test_a_row_is_leased_while_it_is_sent():
    wait_for("one")
    seen = []

    def looking(taken):
        seen.append((row("one").attempts, row("one").leased_until - timezone.now()))
        assert sending.send_due(KINDS).rows == {}
        return note(taken)

    sending.send_due({"note": looking})
    [(attempts, lease)] = seen
    assert attempts == 1 and sending.LEASE - timedelta(minutes=1) < lease <= sending.LEASE


def test_who_was_too_slow_does_not_say_what_became_of_the_row():
    wait_for("one")

    def slow(taken):
        Outgoing.objects.update(attempts=2, leased_until=Now() + timedelta(minutes=1))  # somebody else has it now
        return note(taken)

    sending.send_due({"note": slow})
    assert row("one").state == "waiting" and row("one").leased_until is not None


def test_a_row_that_kills_its_senders_is_given_up():
    wait_for("one", attempts=sending.MOST_ATTEMPTS)
    assert sending.send_due(KINDS).rows == {"failed": 1}
    assert mail.outbox == []
    assert row("one").last_error == "Whoever sent it was stopped each time."


def delivered(folder):
    """The Message-IDs of all mails in a folder, in no order."""
    texts = [path.read_text() for path in Path(folder).glob("*.log")]
    return sorted(hit for text in texts for hit in re.findall(r"^Message-ID: (\S+)$", text, re.M))


@pytest.fixture
def box(tmp_path, monkeypatch):
    folder = tmp_path / "mail"
    monkeypatch.setenv("EMAIL_URL", f"filemail:///{folder}")
    return folder


@pytest.mark.django_db(transaction=True)
def test_three_who_send_at_once_send_each_row_once(tmp_path, box):
    keys = [f"note-{number}" for number in range(60)]
    wait_for(*keys)
    place = database_for_race(connection, tmp_path)
    counts = race(place, *[["send_notes"]] * 3)
    assert sum(counts) == len(keys)
    assert delivered(box) == sorted(map(sending.message_id, keys))


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_between_sending_and_marking_has_it_sent_again_under_the_same_key(tmp_path, box):
    wait_for("one", "two")
    place = database_for_race(connection, tmp_path)
    environment = {**os.environ, "DATABASE_URL": place, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    program = "import django; django.setup(); from tests import runners; runners.send_notes_and_die()"
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert delivered(box) == [sending.message_id("one")]
    assert race(place, ["send_notes"]) == [1]  # the lease of the dead holds back that row and no other
    assert race(place, ["end_leases"]) == [1]
    assert race(place, ["send_notes"]) == [1]
    assert delivered(box) == sorted(map(sending.message_id, ["one", "one", "two"]))
