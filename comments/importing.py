"""Comments of another site, brought in with their states, times and answers.

What is new of a post comes in by whole conversations, rows in bulk; what answers comments that are here already finds
its place below them as any answer does. So a second run brings what has been written since the first.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from blog.models import Update
from blog.rendering import CONTROLS, Unacceptable, clean_line, plain

from . import limits, markup, posting
from .models import Comment
from .placing import in_parts
from .writers import writer_key

LONGEST_NAME = Comment._meta.get_field("name").max_length
LONGEST_SOURCE_ID = Comment._meta.get_field("source_id").max_length
LONGEST_EMAIL = Comment._meta.get_field("email").max_length
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # nobody had a comment to send; "0001-01-01" means that nobody knows


@dataclass(frozen=True)
class Record:
    """One comment as another site kept it. Records come in any order."""

    source_id: str  # how that site names it; unique within its source
    post: str  # how that site names the piece that it stands under
    written_at: datetime
    name: str = ""
    html: str = ""  # as it is; it is cleaned on the way in
    email: str = ""
    address: str = ""  # internet address; only its key is kept
    answers: str = ""  # `source_id` of the comment that it answers
    update: int | None = None  # the number of the update here that it was written on
    state: str = Comment.State.VISIBLE
    badge: str = Comment.Badge.NONE
    user_id: int | None = None  # the account here of who wrote it

    def __post_init__(self):
        if self.state not in Comment.State.values:
            raise ValueError(f"{self.state!r} is no state of a comment")

    def is_hollow(self) -> bool:
        """Is it no more than the place of a comment that was removed there, for what stands below it?"""
        return self.state == Comment.State.REMOVED and not self.html.strip()


@dataclass(frozen=True)
class Outcome:
    """What became of the records, in numbers."""

    brought: int = 0
    known: int = 0  # were here already, or twice in what was given
    set_free: int = 0  # of `brought`: answered something that is not there, or went round in a circle; first ones now
    without_post: int = 0
    refused: int = 0  # nothing that can be shown was left of them, or they were too long
    left_out: int = 0  # were removed there, and nothing that is left stands below them

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(**{name: value + getattr(other, name) for name, value in vars(self).items()})


def bring_in(
    records: Iterable[Record],
    *,
    source: str,
    post_of: Callable[[str], int | None],
    told: Callable[[int], None] = lambda many: None,
    here: Mapping[str, int] = MappingProxyType({}),
    dry_run: bool = False,
) -> Outcome:
    """Store the records of `source` that are not here yet. `post_of` gives the key of the post that a record names.

    A post's new conversations are stored in one transaction, all else one by one: what is stopped half-way is finished
    by running it again. An answer to a comment that was refused answers what that one answered; an answer to nothing
    that is there begins a conversation, and of those that go round in a circle the oldest does. `told` hears how many
    more are done.
    """
    counted: Counter = Counter()
    for post_id, of_post in _by_post(records, post_of).items():
        if post_id is None:
            counted["without_post"] += len(of_post)
        else:
            counted += _bring_under(post_id, source, of_post, here, dry_run)
        told(len(of_post))
    return Outcome(**counted)


def _by_post(records: Iterable[Record], post_of: Callable[[str], int | None]) -> dict[int | None, list[Record]]:
    found: dict[int | None, list[Record]] = defaultdict(list)
    posts: dict[str, int | None] = {}
    for record in records:
        if record.post not in posts:
            posts[record.post] = post_of(record.post)
        # No name has a sign in it that a database refuses.
        if not (record.source_id + record.answers).isprintable():
            names = {"source_id": CONTROLS.sub("", record.source_id), "answers": CONTROLS.sub("", record.answers)}
            record = replace(record, **names)
        found[posts[record.post]].append(record)
    return found


def _bring_under(
    post_id: int, source: str, records: list[Record], elsewhere: Mapping[str, int], dry_run: bool
) -> Counter:
    counted: Counter = Counter()
    updates = _updates(post_id, {record.update for record in records} - {None})
    names = {name for record in records for name in (record.source_id, record.answers) if name}
    here = _already_here(source, names) | {name: (pk, post_id) for name, pk in elsewhere.items() if name in names}
    new: dict[str, _New] = {}
    refused: dict[str, str] = {}  # and what they answered
    for record in records:
        if record.source_id in here or record.source_id in new or record.source_id in refused:
            counted["known"] += 1
            continue
        try:
            new[record.source_id] = _New(_comment(record, post_id, source, updates), record.answers)
        except Unacceptable:
            refused[record.source_id] = record.answers
    counted["refused"] = len(refused)
    below = {name: pk for name, (pk, its_post_id) in here.items() if its_post_id == post_id}
    counted["set_free"] = _find_answered(new, refused, below) + _break_circles(new)
    counted["left_out"] = _leave_out_hollow(new)
    counted["brought"] = len(new)
    if not dry_run:
        _store(new, below)
    return counted


def _updates(post_id: int, numbers: set[int]) -> dict[int, int]:
    """The keys of these updates of a post that readers see, or did."""
    shown = Update.objects.filter(post=post_id, number__in=numbers).shown() if numbers else Update.objects.none()
    return dict(shown.values_list("number", "pk"))


def _already_here(source: str, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Key and post of the comments of a source that have come in before."""
    found = {}
    for part in in_parts(sorted(names)):
        rows = Comment.objects.filter(source=source, source_id__in=part).order_by()
        found |= {name: (pk, post_id) for name, pk, post_id in rows.values_list("source_id", "pk", "post_id")}
    return found


# One comment


@dataclass
class _New:
    comment: Comment
    answers: str  # the name of what it answers, or "" for the first of a conversation


def _comment(record: Record, post_id: int, source: str, updates: dict[int, int]) -> Comment:
    """All but its place. Raises Unacceptable where nothing is left that can be shown, or too much."""
    html = markup.clean_html(record.html)
    text = plain(html)
    if not (text or record.is_hollow()) or not 0 < len(record.source_id) <= LONGEST_SOURCE_ID:
        raise Unacceptable(_("There is nothing in it that can be shown."))
    name, email = _shortened(record.name), _email(record.email)
    address = _address(record.address)
    return Comment(
        post_id=post_id,
        update_id=updates.get(record.update),
        name=name,
        email=email,
        text=text,
        html=html,
        state=record.state,
        created_at=_time(record.written_at),
        badge=record.badge,
        user_id=record.user_id,
        writer=_writer(record.user_id, name, email, address),
        address=address,
        source=source,
        source_id=record.source_id,
    )


class Account(NamedTuple):
    """As much of an account as `writer_key` asks for."""

    pk: int
    is_authenticated: bool = True


@lru_cache(maxsize=10_000)
def _writer(user_id: int | None, name: str, email: str, address: str) -> str:
    return writer_key(user=Account(user_id) if user_id else None, name=name, email=email, address=address)


@lru_cache(maxsize=10_000)
def _address(address: str) -> str:
    return limits.address_key(CONTROLS.sub("", address).strip())


@lru_cache(maxsize=10_000)
def _shortened(name: str) -> str:
    return clean_line(markup.few_marks(CONTROLS.sub("", name))[: 2 * LONGEST_NAME])[:LONGEST_NAME].strip()


@lru_cache(maxsize=10_000)
def _email(email: str) -> str:
    """An address as it is, or none: whoever gave nonsense then wanted no mail."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= LONGEST_EMAIL else ""


def _time(written_at: datetime) -> datetime:
    """A time without its zone is the site's; one that is still to come is now, one before all others the first."""
    if timezone.is_naive(written_at):
        written_at = timezone.make_aware(written_at)
    return min(max(written_at, EARLIEST), timezone.now())


# Who answers whom


def _find_answered(new: dict[str, _New], refused: dict[str, str], below: dict[str, int]) -> int:
    """Let all answer something that is there or will be; gives how many had to be set free."""
    set_free = 0
    for one in new.values():
        passed: set[str] = set()
        answered = one.answers
        while answered in refused and answered not in passed:
            passed.add(answered)
            answered = refused[answered]
        if answered not in new and answered not in below:
            set_free += bool(one.answers and answered)
            answered = ""
        one.answers = answered
    return set_free


def _break_circles(new: dict[str, _New]) -> int:
    """Let the oldest of each circle begin a conversation; gives how many circles there were."""
    ended: set[str] = set()
    broken = 0
    for name in new:
        walk: dict[str, None] = {}  # in order
        while name in new and name not in ended and name not in walk:
            walk[name] = None
            name = new[name].answers
        if name in walk:
            circle = list(walk)[list(walk).index(name) :]
            new[min(circle, key=lambda each: new[each].comment.created_at)].answers = ""
            broken += 1
        ended.update(walk)
    return broken


def _leave_out_hollow(new: dict[str, _New]) -> int:
    """Drop the hollow ones that nothing stands below but others of their sort; gives how many."""
    left = {name for name, one in new.items() if one.comment.text}
    for name in list(left):
        while (name := new[name].answers) in new and name not in left:
            left.add(name)
    hollow = [name for name in new if name not in left]
    for name in hollow:
        del new[name]
    return len(hollow)


def _in_order(new: dict[str, _New]) -> list[str]:
    """By time, but nobody before the one whom they answer."""
    answers = defaultdict(list)
    for place, (name, one) in enumerate(new.items()):
        answers[one.answers if one.answers in new else ""].append((one.comment.created_at, place, name))
    ready, order = answers[""], []
    heapq.heapify(ready)
    while ready:
        _at, _place, name = heapq.heappop(ready)
        order.append(name)
        for waiting in answers.get(name, ()):
            heapq.heappush(ready, waiting)
    return order


# Storing


def _store(new: dict[str, _New], below: dict[str, int]) -> None:
    whole, late = [], []  # new conversations, and what is said in those that are here
    in_late: set[str] = set()
    for name in _in_order(new):
        answered = new[name].answers
        if answered in below or answered in in_late:
            in_late.add(name)
            late.append(name)
        else:
            whole.append(name)
    places = {name: place for place, name in enumerate(whole)}
    comments = [new[name].comment for name in whole]
    answers = [places.get(new[name].answers) for name in whole]
    posting.in_transaction(partial(posting.insert_many, comments, answers))
    for name in late:
        answered = new[name].answers
        answered_pk = below[answered] if answered in below else new[answered].comment.pk
        posting.in_transaction(partial(posting.insert_of_record, new[name].comment, answers=answered_pk))
