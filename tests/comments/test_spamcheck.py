"""A second opinion from outside: never needed, never waited for (T-65)."""

import socket
import threading
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs

import pytest
from django.test import override_settings
from django.utils import timezone

from comments import spamcheck
from comments.judging import Draft, judge
from tests.factories import make_live_post, make_user, person

pytestmark = pytest.mark.django_db

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"


def says(body):
    return PLAIN % (len(body), body)


class Service:
    """A server on a free port that answers every connection with these bytes; with None it stays silent."""

    def __init__(self, answer, *, drop_by_drop=False):
        self.answer, self.drop_by_drop, self.asked, self.over = answer, drop_by_drop, [], threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}/1.1/comment-check"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with suppress(OSError):
            while True:
                threading.Thread(target=self.attend, args=[self.listening.accept()[0]], daemon=True).start()

    def attend(self, visitor):
        with visitor, suppress(OSError):
            self.asked.append(request(visitor))
            if self.answer is None:
                self.over.wait(20)
            elif self.drop_by_drop:
                for byte in self.answer:
                    visitor.sendall(bytes([byte]))
                    if self.over.wait(0.05):
                        return
            else:
                visitor.sendall(self.answer)


def request(visitor):
    """(first line, fields of the form) of what somebody sends."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += visitor.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += visitor.recv(65536)
    return head.split(b"\r\n")[0].decode(), {name: value[0] for name, value in parse_qs(body.decode()).items()}


@contextmanager
def service(monkeypatch, answer, **how):
    there = Service(answer, **how)
    monkeypatch.setattr(spamcheck, "SERVICE", there.address)
    monkeypatch.setattr(spamcheck, "SECONDS", 0.4)
    try:
        with override_settings(AKISMET_KEY="a key"):
            yield there
    finally:
        there.over.set()
        there.listening.close()


@pytest.fixture
def draft():
    return Draft(
        post=make_live_post(),
        user=None,
        name="Marit Dahl",
        email="marit@reader.example",
        text="When does it open — again?",
        html="<p>When does it open — again?</p>",
        writer="w" * 64,
        address="a" * 64,
        answers_id=None,
        at=timezone.now(),
    )


@pytest.mark.parametrize(("answer", "meant"), [(b"true", "spam"), (b"false", "ham"), (b"true\r\n", "spam")])
def test_what_it_answers(monkeypatch, draft, answer, meant):
    with service(monkeypatch, says(answer)):
        assert spamcheck.ask(draft, address="203.0.113.9", agent="Browser") == meant


def test_what_it_is_told(monkeypatch, draft):
    with service(monkeypatch, says(b"false")) as there:
        spamcheck.ask(draft, address="203.0.113.9", agent="Browser/1", referrer="https://record.example/")
    [(line, fields)] = there.asked
    assert line == "POST /1.1/comment-check HTTP/1.1"
    assert fields.pop("comment_date_gmt") == draft.at.isoformat()
    assert fields == {
        "api_key": "a key",
        "blog": "https://record.example",
        "user_ip": "203.0.113.9",
        "user_agent": "Browser/1",
        "referrer": "https://record.example/",
        "permalink": f"https://record.example{draft.post.get_absolute_url()}",
        "comment_type": "comment",
        "comment_author": "Marit Dahl",
        "comment_content": "When does it open — again?",
        "blog_lang": "en-gb",
        "blog_charset": "UTF-8",
    }
    assert "marit@reader.example" not in str(there.asked)


@pytest.mark.parametrize(
    "answer",
    [
        says(b"invalid"),
        says(b""),
        says(b"true" * 100_000),
        says(b"truefalse"),
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nfalse",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 5\r\n\r\nfalse",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfalse",
        b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 1000 + b"\r\nfalse",
        b"not HTTP at all\r\n\r\n",
        b"",
        None,
    ],
    ids=["key", "nothing", "much", "both", "error", "elsewhere", "cut", "headers", "other", "closed", "silence"],
)
def test_who_does_not_answer_as_agreed_is_away_and_the_comment_waits(monkeypatch, draft, answer):
    with service(monkeypatch, answer):
        said = spamcheck.ask(draft)
    assert said == "away"
    assert judge(draft, spam=said).state == "waiting"


def test_who_answers_drop_by_drop_is_not_waited_for(monkeypatch, draft):
    slow = b"HTTP/1.1 200 OK\r\n" + b"X-Wait: a while\r\n" * 90 + b"Content-Length: 5\r\n\r\nfalse"
    with service(monkeypatch, slow, drop_by_drop=True):
        assert spamcheck.ask(draft) == "away"


def test_who_is_not_there_is_away(monkeypatch, draft):
    with service(monkeypatch, says(b"false")) as there:
        there.listening.shutdown(socket.SHUT_RDWR)
        there.listening.close()
        assert spamcheck.ask(draft) == "away"
    assert there.asked == []


def test_a_name_that_leads_nowhere_is_away(monkeypatch, draft):
    monkeypatch.setattr(spamcheck, "SERVICE", "https://nowhere.invalid/")
    with override_settings(AKISMET_KEY="a key"):
        assert spamcheck.ask(draft) == "away"


def test_without_a_key_nobody_is_asked(monkeypatch, draft):
    with service(monkeypatch, says(b"true")) as there, override_settings(AKISMET_KEY=""):
        assert spamcheck.ask(draft) is None
    assert there.asked == []


def test_nobody_is_asked_about_staff(monkeypatch, draft):
    with service(monkeypatch, says(b"true")) as there:
        staff = Draft(**draft.__dict__ | {"user": person("edith")})
        assert spamcheck.ask(staff) is None
        assert spamcheck.ask(Draft(**draft.__dict__ | {"user": make_user("rita")})) == "spam"
    assert len(there.asked) == 1


def test_what_is_told_never_stands_in_the_log(monkeypatch, draft, caplog):
    with service(monkeypatch, says(b"secret words")):
        spamcheck.ask(draft)
    assert "WARNING" in caplog.text
    for private in ("a key", "secret words", "Marit", "open"):
        assert private not in caplog.text
