"""What readers were shown, publication by publication: every wording that was public, and nothing else.

Read from the record alone: the public events that put a wording in front of readers or took it away.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db.models import Q

from .models import Event, Post, Revision

SHOWS = ("publish", "adopt")
HIDES = "withdraw"
REMOVES = "remove"

_COLUMNS = [
    *"number verb at kind public_note update_id".split(),
    *(f"revision_{part}" for part in "_happened_at id _number _by_name".split()),
    "details",
]


class NoSuchVersion(LookupError):
    """A number under which readers never saw anything."""


class Step(NamedTuple):
    """One change of what readers see: a wording published, or a piece withdrawn."""

    number: int  # of the event
    verb: str
    at: datetime
    kind: str
    public_note: str
    update: int | None  # the key of the update; None: the post's own text
    happened_at: datetime | None  # the time that the update showed
    revision_id: int
    version: int
    by_name: str
    details: dict[str, Any] = {}
    before: int | None = None  # the version that readers saw of the same piece before
    came_back: bool = False  # after it was withdrawn
    removed: str = ""  # why its words were removed for legal reasons; empty: they are there
    silenced: str = ""  # the same of what was said with it

    @property
    def shows(self) -> bool:
        return self.verb in SHOWS

    @property
    def is_first(self) -> bool:
        """Did readers see the piece for the first time?"""
        return self.before is None

    @property
    def is_correction(self) -> bool:
        return self.kind == Revision.Kind.CORRECTION


class Pair(NamedTuple):
    """A piece at two moments: the wordings of it that readers saw, None where they saw none."""

    update: int | None
    happened_at: datetime | None
    old: int | None  # keys of revisions
    new: int | None
    withdrawn: Step | None  # what took it away, where it is gone at the second


class Change(NamedTuple):
    """What is compared: from one step to another one."""

    start: Step | None  # None: before anything was public
    end: Step
    pairs: list[Pair]
    others: int  # pieces that changed between the two as well, and are not among the pairs


class History:
    """All steps of a post, the oldest first."""

    def __init__(self, steps: list[Step]):
        self.steps = steps
        self.versions = [step for step in steps if step.shows]
        self._changes = [step for step in self.versions if step is not steps[0]]

    @classmethod
    def of(cls, post: Post) -> Self:
        rows = (
            Event.objects.public()
            .filter(Q(revision__isnull=False) | Q(verb=REMOVES), post=post, verb__in=(*SHOWS, HIDES, REMOVES))
            .order_by("number")
            .values_list(*_COLUMNS)
        )
        return cls(linked(rows))

    def page(self, before: int | None, size: int) -> tuple[list[Step], list[Step]]:
        """The newest steps before an event, newest first; and those of the next page."""
        rows = [step for step in reversed(self.steps) if before is None or step.number < before]
        return rows[:size], rows[size : 2 * size]

    def published(self, version: int) -> Step:
        """The last publication of a version. Raises NoSuchVersion for one that was never public."""
        step = next((step for step in reversed(self.versions) if step.version == version), None)
        if step is None:
            raise NoSuchVersion(version)
        return step

    def usual(self) -> Step | None:
        """What is shown when nobody asks for anything else: the last correction, else the last change at all."""
        corrections = [step for step in self._changes if step.is_correction]
        return next(reversed(corrections or self._changes), None)

    def change(self, end: Step) -> Change:
        """What one publication changed: one piece, from what readers saw of it before."""
        earlier = (step for step in reversed(self.versions) if step.number < end.number)
        start = next((step for step in earlier if step.update == end.update), None)
        old = start and start.revision_id
        return Change(start, end, [Pair(end.update, end.happened_at, old, end.revision_id, None)], 0)

    def between(self, one: Step, other: Step, *, whole_page: bool = False) -> Change:
        """What changed on the page between two publications.

        Where the later one took the place of the earlier one, that change alone is meant, unless somebody asks for the
        whole page; `others` says how much more there is.
        """
        start, end = sorted((one, other), key=lambda step: step.number)
        pairs = self._pairs(start, end)
        if end.before == start.version and not whole_page:
            own = [pair for pair in pairs if pair.update == end.update]
            return Change(start, end, own, len(pairs) - len(own))
        return Change(start, end, pairs, 0)

    def neighbours(self, end: Step) -> tuple[Step | None, Step | None]:
        """The changes before and after one: what to go on with."""
        earlier = next((step for step in reversed(self._changes) if step.number < end.number), None)
        later = next((step for step in self._changes if step.number > end.number), None)
        return earlier, later

    def _pairs(self, start: Step, end: Step) -> list[Pair]:
        """Every piece of which readers saw something else after `end` than after `start`."""
        old, new = ({step.update: step for step in self.steps if step.number <= at.number} for at in (start, end))
        pairs = []
        for update, last in new.items():
            before, after = (
                step.revision_id if step is not None and step.shows else None for step in (old.get(update), last)
            )
            if before != after:
                gone = None if last.shows else last
                pairs.append(Pair(update, last.happened_at, before, after, gone))
        return sorted(pairs, key=lambda pair: (pair.update is not None, pair.happened_at, pair.update))


def linked(rows: Iterable[tuple]) -> list[Step]:
    """Rows of the record as steps: each knows what readers saw of its piece before, and whether its words are gone."""
    steps: list[Step] = []
    last_version: dict[int | None, int] = {}
    gone: set[int | None] = set()
    found = [Step(*row) for row in rows]
    removals = [step for step in found if step.verb == REMOVES]
    removed = {step.revision_id: step.public_note for step in removals if step.revision_id}
    silenced = {number: step.public_note for step in removals for number in step.details.get("sentences", ())}
    for step in found:
        if step.verb == REMOVES:
            continue
        step = step._replace(silenced=silenced.get(step.number, ""))
        if step.shows:
            seen = {"before": last_version.get(step.update), "came_back": step.update in gone}
            step = step._replace(**seen, removed=removed.get(step.revision_id, ""))
            last_version[step.update] = step.version
            gone.discard(step.update)
        else:
            gone.add(step.update)
        steps.append(step)
    return steps
