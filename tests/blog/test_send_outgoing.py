"""The command that sends once: what it says, and how it ends."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from blog import outbox, sending
from blog.models import Outgoing
from comments.models import Subscription
from tests.factories import make_live_post
from tests.racing import database_for_race

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]


class Refusing(EmailBackend):
    def send_messages(self, messages):
        raise OSError("The disk of the mail server is full")


class Away(EmailBackend):
    def open(self):
        raise ConnectionRefusedError(111, "Connection refused")


def a_mail_waits(email="marit@reader.example", post=None, **columns):
    subscription = Subscription.objects.create(post=post or make_live_post(f"Piece for {email}"), email=email)
    row = Outgoing(
        kind="confirmation",
        key=f"confirmation-{email}",
        payload={"subscription": subscription.pk},
        due_at=timezone.now() - timedelta(seconds=1),
        **columns,
    )
    outbox.write([row])
    return subscription


def run(*words):
    """What it says on either channel, and with what it ends."""
    said, complained, code = StringIO(), StringIO(), 0
    try:
        call_command("send_outgoing", *words, stdout=said, stderr=complained)
    except SystemExit as end:
        code = end.code
    return said.getvalue(), complained.getvalue(), code


def test_it_sends_and_says_so():
    a_mail_waits()
    said, complained, code = run()
    assert said.splitlines() == [
        "Sent 1, not needed any longer 0, to be tried again 0, given up 0.",
        "Waiting: 0. Given up in the last weeks: 0.",
    ]
    assert (complained, code, len(mail.outbox)) == ("", 0, 1)


def test_it_says_what_failed_and_why_and_ends_with_1(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    a_mail_waits(attempts=sending.MOST_ATTEMPTS - 1)
    a_mail_waits("ole@reader.example")
    said, complained, code = run()
    assert "to be tried again 1, given up 1." in said and "Waiting: 1. Given up in the last weeks: 1." in said
    assert "(8 attempts): OSError: The disk of the mail server is full" in complained
    assert code == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run()[2] == 0  # what was given up before is told, and is no news


def test_it_says_that_the_server_is_away(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    a_mail_waits()
    said, complained, code = run()
    assert "Waiting: 1." in said
    assert complained == "The mail server cannot be reached: ConnectionRefusedError: [Errno 111] Connection refused\n"
    assert code == 1


def test_it_speaks_json():
    a_mail_waits()
    a_mail_waits("ole@reader.example", state="failed", attempts=8, last_error="451")
    said, complained, code = run("--json")
    assert json.loads(said) == {
        "sent": 1,
        "dropped": 0,
        "put_off": 0,
        "given_up": 0,
        "away": "",
        "waiting": 0,
        "failed": 1,
        "failures": [
            {"key": "confirmation-ole@reader.example", "kind": "confirmation", "attempts": 8, "last_error": "451"}
        ],
    }
    assert (complained, code) == ("", 0)


def test_it_tries_again_what_was_given_up_when_told_to():
    a_mail_waits(state="failed")
    run()
    assert mail.outbox == []
    run("--again")
    assert len(mail.outbox) == 1


def test_it_forgets_what_was_done_long_ago():
    a_mail_waits(state="sent", created_at=timezone.now() - timedelta(days=31))
    run()
    assert Outgoing.objects.count() == 0


# As a program of its own


@pytest.fixture
def program(tmp_path):
    """Starts the command on a real database, with mails going to a folder."""
    started = []

    def start(place, *words):
        environment = {
            **os.environ,
            "DATABASE_URL": place,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "EMAIL_URL": f"filemail:///{tmp_path / 'mail'}",
        }
        command = [sys.executable, "manage.py", "send_outgoing", *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def recipients(folder):
    return sorted(
        hit for path in (folder / "mail").glob("*.log") for hit in re.findall(r"^To: (\S+)$", path.read_text(), re.M)
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_each_mail_once(tmp_path, program):
    addresses = [f"reader{number:02}@reader.example" for number in range(20)]
    post = make_live_post()
    for address in addresses:
        a_mail_waits(address, post)
    place = database_for_race(connection, tmp_path)
    both = [program(place, "--json") for _two in range(2)]
    counts = [json.loads(one.communicate(timeout=60)[0])["sent"] for one in both]
    assert sum(counts) == len(addresses)
    assert recipients(tmp_path) == addresses
