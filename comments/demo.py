"""What readers of the demo say, and what becomes of it: from `demo.toml`, through the same doors as everybody's.

Everything happens in the order in which it would have happened, so a first comment waits for the moderator and the
second one of the same writer does not. Nobody lives at the demo's addresses, so no mail about it is sent.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from blog.models import Event, Post, Update

from . import limits, moderation, receiving, words
from .models import Comment, HouseRules, KnownSite, ListedWord
from .receiving import Arrival

FILE = Path(__file__).with_suffix(".toml")
READ_AFTER = 9  # minutes until the moderator has read what waits
EDITED_AFTER = 3
STAYS = ("waiting", "spam")  # where the rules of the house put it, and nobody has looked yet
MODERATOR = "mo"


@dataclass(frozen=True)
class Time:
    """How the demo tells time; `blog.demo.days` has the calendar."""

    moment: Callable[[int, str], datetime]  # a day, counted from today, and a time of that day → when it was
    fill: Callable[[str, int], str]  # a text with marks in it, said on that day → the same in words


@dataclass(frozen=True)
class Said:
    """One comment of the file."""

    day: int
    time: str
    text: str
    id: str = ""
    by: str = ""  # a reader, by key
    user: str = ""  # or somebody with an account
    answers: str = ""
    update: str = ""  # the time that the update shows on which it was written
    read: int = READ_AFTER
    becomes: str = "visible"
    after: int = 0  # minutes
    reason: str = ""
    note: str = ""
    edited: str = ""
    oddity: str = ""
    reports: tuple[dict[str, str], ...] = ()

    def later(self, minutes: int) -> tuple[int, str]:
        """The day and time of day so many minutes after it was written."""
        then = datetime.strptime(self.time, "%H:%M") + timedelta(minutes=minutes)
        return self.day, then.strftime("%H:%M")


@dataclass(frozen=True)
class Closing:
    """A thread in which all was said."""

    day: int
    time: str
    by: str


@dataclass(frozen=True)
class Thread:
    """What is said under one piece, which is named by its file in the demo."""

    post: str
    comments: tuple[Said, ...]
    closed: Closing | None = None


@dataclass(frozen=True)
class Discussion:
    """The whole file. An unknown key is an error: it would be a misspelt one."""

    note: str
    rules: str
    people: dict[str, str]
    threads: tuple[Thread, ...]
    trusted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    words: dict[str, list[str]] = field(default_factory=dict)


def read() -> Discussion:
    values = tomllib.loads(FILE.read_text(encoding="utf-8"))
    threads = tuple(
        Thread(
            post=thread.pop("post"),
            comments=tuple(_said(comment) for comment in thread.pop("comments")),
            closed=Closing(**thread.pop("closed")) if "closed" in thread else None,
            **thread,
        )
        for thread in values.pop("threads")
    )
    return Discussion(threads=threads, **values)


def bring_in(discussion: Discussion, posts: dict[str, Post], users: dict[str, AbstractBaseUser], time: Time) -> None:
    """Everything in its order, as part of a transaction that is going on. Threads under pieces not in `posts` are not
    brought in; which threads are closed, and when, is for the caller to do.
    """
    _furnish(discussion)
    town = _Town(discussion.people, users, time)
    acts = [
        act
        for thread in discussion.threads
        if thread.post in posts
        for said in thread.comments
        for act in town.acts(posts[thread.post], said)
    ]
    for (day, clock), act in sorted(acts, key=lambda one: one[0]):
        act(time.moment(day, clock))


def _furnish(discussion: Discussion) -> None:
    HouseRules.objects.update(note=discussion.note, rules_path=discussion.rules)
    for verdict, hosts in (("trusted", discussion.trusted), ("refused", discussion.refused)):
        KnownSite.objects.bulk_create(KnownSite(host=host, verdict=verdict) for host in hosts)
    for name, listed in discussion.words.items():
        ListedWord.objects.bulk_create(
            ListedWord(word=word, folded=words.fold(word), list_name=name) for word in listed
        )


class _Town:
    """Who speaks, and what was said so far."""

    def __init__(self, people: dict[str, str], users: dict[str, AbstractBaseUser], time: Time):
        self.people, self.users, self.time = people, users, time
        self.written: dict[str, int] = {}
        self.addresses = 0

    def acts(self, post: Post, said: Said) -> Iterator[tuple[tuple[int, str], Callable[[datetime], None]]]:
        """What happens to a comment, each with the time for which it is planned."""
        key = said.id or f"{post.source_id} {said.time} {said.by}{said.user}"
        yield (said.day, said.time), lambda at: self._write(key, post, said, at)
        if said.becomes not in (*STAYS, "held"):
            yield said.later(said.read), lambda at: self._read(key, at)
        if said.edited:
            yield said.later(EDITED_AFTER), lambda at: self._edit(key, said, at)
        if said.becomes not in (*STAYS, "visible"):
            yield said.later(said.after), lambda at: self._decide(key, said, at)
        for number, report in enumerate(said.reports):
            yield said.later(said.read + 20 + 7 * number), lambda at, report=report: self._report(key, report, at)

    def _write(self, key: str, post: Post, said: Said, at: datetime) -> None:
        arrival = Arrival(
            post.pk,
            _unwrapped(self.time.fill(said.text, said.day)),
            name=self.people.get(said.by, ""),
            email=f"{said.by}@mail.example" if said.by else "",
            answers_id=self.written[said.answers] if said.answers else None,
            update=_number_of_update(post, self.time.moment(said.day, said.update)) if said.update else None,
            user=self.users.get(said.user),
            address=self._address(),
            oddities=(said.oddity,) if said.oddity else (),
        )
        comment = receiving.receive(arrival, at)
        # Pieces are brought in whole before; what was answered is the wording of that hour.
        Comment.objects.filter(pk=comment.pk).update(revision=_live_at(post, at))
        self.written[key] = comment.pk

    def _read(self, key: str, at: datetime) -> None:
        comment = self._comment(key)
        if comment.state == Comment.State.WAITING:
            moderation.approve(comment, by=self.users[MODERATOR], at=at)

    def _edit(self, key: str, said: Said, at: datetime) -> None:
        receiving.change(self._comment(key), said.edited, at=at)

    def _decide(self, key: str, said: Said, at: datetime) -> None:
        comment, mo = self._comment(key), self.users[MODERATOR]
        if said.becomes == "withdrawn":
            receiving.withdraw(comment, at=at)
        elif said.becomes == "held":
            moderation.hold(comment, by=mo, note=said.note, at=at)
        else:
            moderation.remove(comment, said.reason, by=mo, note=said.note, at=at)

    def _report(self, key: str, report: dict[str, str], at: datetime) -> None:
        address = limits.address_key(self._address())
        moderation.report(self._comment(key), report["reason"], report["words"], address=address, at=at)

    def _comment(self, key: str) -> Comment:
        return Comment.objects.get(pk=self.written[key])

    def _address(self) -> str:
        """Another one each time: a day that is told in an hour would look like a flood. RFC 3849 keeps these free."""
        self.addresses += 1
        return f"2001:db8:{self.addresses:x}::1"


def _number_of_update(post: Post, happened_at: datetime) -> int:
    return Update.objects.get(post=post, happened_at=happened_at).number


def _live_at(post: Post, at: datetime) -> int | None:
    """The wording of the post's own text that readers saw at that time."""
    shown = Event.objects.of(post).filter(verb__in=["publish", "adopt"], at__lte=at).order_by("number")
    return shown.values_list("revision_id", flat=True).last()


def _unwrapped(text: str) -> str:
    """Lines of the file are as long as lines of files are; those of a comment end where paragraphs do."""
    return "\n\n".join(paragraph.strip().replace("\n", " ") for paragraph in text.split("\n\n"))


def _said(values: dict[str, Any]) -> Said:
    return Said(reports=tuple(values.pop("reports", ())), **values)
