"""An optional opinion from outside: Akismet, asked only where AKISMET_KEY is set.

It is told what the comment says, the writer's name, and where it came from; never an e-mail address. Whoever asks does
so before the transaction: a helper that takes its time must not keep rows locked. What does not answer as it should
within SECONDS is away, and the comment waits for a person (threat T-65).
"""

import http.client
import logging
import socket
import ssl
from contextlib import contextmanager
from threading import Timer
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from .judging import AWAY, SPAM, Draft

logger = logging.getLogger(__name__)

HAM = "ham"
SERVICE = "https://rest.akismet.com/1.1/comment-check"
SECONDS = 3  # to be reached, and again to answer
LONGEST_ANSWER = 100
_ANSWERS = {b"true": SPAM, b"false": HAM}


def ask(draft: Draft, *, address: str = "", agent: str = "", referrer: str = "") -> str | None:
    """What the service says of a comment: HAM, SPAM, or AWAY where it did not answer; None where none is asked.

    `address` is the visitor's own, as `visitors.address_of` has it. Staff are never asked about.
    """
    if not settings.AKISMET_KEY or draft.is_of_staff():
        return None
    try:
        status, answer = _post(SERVICE, urlencode(_questions(draft, address, agent, referrer)).encode())
    except (OSError, http.client.HTTPException) as error:
        logger.warning("The spam check did not answer: %s", type(error).__name__)
        return AWAY
    said = _ANSWERS.get(answer.strip()) if status == 200 else None
    if said is None:
        logger.warning("The spam check answered %d with something that is no answer", status)
    return said or AWAY


def _questions(draft: Draft, address: str, agent: str, referrer: str) -> dict[str, str]:
    return {
        "api_key": settings.AKISMET_KEY,
        "blog": settings.SITE_URL,
        "user_ip": address,
        "user_agent": agent[:500],
        "referrer": referrer[:500],
        "permalink": f"{settings.SITE_URL}{draft.post.get_absolute_url()}",
        "comment_type": "reply" if draft.answers_id else "comment",
        "comment_author": draft.name,
        "comment_content": draft.text,
        "comment_date_gmt": draft.at.isoformat(),
        "blog_lang": settings.LANGUAGE_CODE,
        "blog_charset": "UTF-8",
    }


def _post(address: str, body: bytes) -> tuple[int, bytes]:
    """Status and words of a short answer. Goes where it is told and nowhere else."""
    place = urlsplit(address)
    safely = {"context": ssl.create_default_context()} if place.scheme == "https" else {}
    kind = http.client.HTTPSConnection if safely else http.client.HTTPConnection
    service = kind(place.hostname, place.port, timeout=SECONDS, **safely)
    try:
        service.connect()
        with _cut_off_after(SECONDS, service.sock):
            service.request("POST", place.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = service.getresponse()
            body = answer.read(LONGEST_ANSWER)
            if answer.length:  # of what was promised is still to come: it is too long, or was cut short
                raise http.client.IncompleteRead(body)
            return answer.status, body
    finally:
        service.close()


@contextmanager
def _cut_off_after(seconds: float, connected: socket.socket):
    """A timeout counts from one byte to the next: who sends one a second could keep a worker for ever."""
    timer = Timer(seconds, _cut_off, [connected])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut_off(connected: socket.socket) -> None:
    try:
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # of the plain one below TLS, as another thread reads
    except OSError:
        logger.debug("It was closed already")
