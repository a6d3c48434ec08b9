"""A comment comes in, is changed or withdrawn by its writer. One transaction each; refusals leave nothing behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from . import markup, posting
from .models import Comment


class Closed(Exception):
    """No more comments are taken under this post."""


class Banned(Exception):
    """Who sends this may not comment for a while."""

    def __init__(self, ban):
        super().__init__(ban.reason)
        self.ban = ban


class TooLate(Exception):
    """A comment can no longer be changed or withdrawn by its writer."""


@dataclass(frozen=True)
class Arrival:
    """What somebody sent. Who is signed in has the name of the account, whatever was typed."""

    post_id: int
    text: str
    name: str = ""
    email: str = ""
    answers_id: int | None = None
    user: Any = None
    address: str = ""
    oddities: tuple[str, ...] = ()


def receive(arrival: Arrival, at: datetime | None = None) -> Comment:
    at = at or timezone.now()
    comment = Comment(
        post_id=arrival.post_id,
        name=arrival.name,
        email=arrival.email,
        text=arrival.text,
        html=markup.render(arrival.text),
        created_at=at,
    )
    return posting.add(comment, answers=arrival.answers_id)


def change(comment: Comment, text: str, *, at: datetime | None = None) -> Comment:
    raise TooLate


def withdraw(comment: Comment, *, at: datetime | None = None) -> Comment:
    raise TooLate
