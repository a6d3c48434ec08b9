"""Which addresses that sources name are due to be visited, and what is kept of each visit."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event, Lock

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from .models import CheckedLink, CitedSource, Edition
from .visiting import Visit, host_of, visit

AT_ONCE = 8  # hosts that are asked at the same time
A_HOST = 1.0  # seconds from one request to the next, for each host
LOST_FOR_GOOD = timedelta(days=7)  # without a name: its owner let it go

State = CheckedLink.State


def due(*, older_than: timedelta = timedelta(0), limit: int | None = None) -> list[str]:
    """Each address that a live source names, once; those that were not visited for longest first."""
    visited = CheckedLink.objects.filter(url=OuterRef("url")).values("checked_at")
    found = CitedSource.objects.public().exclude(url="").annotate(visited=Subquery(visited))
    found = found.filter(Q(visited=None) | Q(visited__lte=timezone.now() - older_than))
    found = found.order_by(F("visited").asc(nulls_first=True), "url").values_list("url", "visited").distinct()
    return [url for url, _visited in found[:limit]]


def keep(url: str, came: Visit, now: datetime) -> tuple[CheckedLink, str]:
    """Write down what came of a visit: the row, and the state before it (empty for an address that is new).

    What is gone stays gone until it answers: a visit that says nothing, perhaps because it is we who are cut off, takes
    nothing back. A name that is not there is gone when it was not there the time before, and all has failed for a week.
    """
    link = CheckedLink.objects.filter(url=url).first() or CheckedLink(url=url, state="")
    before, said = link.state, link.note
    link.state, link.code, link.note, link.checked_at = came.state, came.code, came.note, now
    match came.state:
        case State.FINE:
            link.fine_at, link.failing_since = now, None
        case State.REFUSED:
            link.failing_since = None
        case _:
            link.failing_since = link.failing_since or now
    is_lost = came.lost and said == came.note and now - link.failing_since >= LOST_FOR_GOOD
    if came.state == State.UNSURE and (before == State.GONE or is_lost):
        link.state = State.GONE
    link.save()
    return link, before


@dataclass
class Checked:
    """What a round of visits found."""

    states: Counter = field(default_factory=Counter)
    newly_gone: list[CheckedLink] = field(default_factory=list)
    back: list[CheckedLink] = field(default_factory=list)
    readers_see_it: bool = False

    def add(self, link: CheckedLink, before: str) -> None:
        self.states[link.state] += 1
        if (link.state == State.GONE) == (before == State.GONE):
            return
        self.readers_see_it = True
        if link.state == State.GONE:
            self.newly_gone.append(link)
        elif link.state == State.FINE:
            self.back.append(link)


def check(urls: list[str], checked: Checked, *, ask: Callable[..., Visit] = visit) -> Iterator[CheckedLink]:
    """Visit these addresses and keep what came of each, which is given as soon as it is known.

    `checked` is filled on the way, so that it holds what was done when somebody stops half-way; what was kept stays.
    """
    try:
        for url, came in _visits(urls, ask):
            link, before = keep(url, came, timezone.now())
            checked.add(link, before)
            yield link
    finally:
        if checked.readers_see_it:
            Edition.objects.lists_have_changed()


class Pace:
    """Lets a second pass between two requests to one host, whoever makes them."""

    def __init__(
        self, wait: Callable[[float], object], clock: Callable[[], float] = time.monotonic, seconds: float = A_HOST
    ):
        self.wait, self.clock, self.seconds = wait, clock, seconds
        self.next: dict[str, float] = {}
        self.lock = Lock()

    def pause(self, host: str) -> float:
        """Wait until this host may be asked; gives the seconds that this took."""
        with self.lock:
            now = self.clock()
            turn = max(now, self.next.get(host, now))
            self.next[host] = turn + self.seconds
        if turn > now:
            self.wait(turn - now)
        return turn - now


def _visits(urls: list[str], ask: Callable[..., Visit]) -> Iterator[tuple[str, Visit]]:
    """What came of each, in the order in which they answer; a few hosts at once, those of one host in turn."""
    hosts: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        hosts[host_of(url)].append(url)
    stopped, answers = Event(), SimpleQueue()
    pace = Pace(stopped.wait)

    def ask_all(of_one_host: list[str]) -> None:
        for url in of_one_host:
            if stopped.is_set():
                return
            try:
                answers.put((url, ask(url, pause=pace.pause), None))
            except BaseException as error:  # raised where the answers are read, as if it had been made there
                answers.put((url, None, error))
                return

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for of_one_host in hosts.values():
            pool.submit(ask_all, of_one_host)
        for _url in urls:
            url, came, error = answers.get()
            if error is not None:
                raise error
            yield url, came
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
