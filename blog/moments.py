"""What readers were shown after an event: added up from the record alone.

The columns of posts and updates that say what is live are sums of their events. They are added up here, for two who
do not believe the columns: `verifying`, which compares them, and the page at a moment, for which they have moved on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.db.models import Q

from . import events
from .models import Event, Post, Revision

# Verbs on which it depends what readers are shown, also when they were used while nobody could see the post.
_SET = "move assign discuss roll end promise pin unpin mark_key unmark_key".split()

Notice = dict[str, Any]  # what readers are told of a change; see `notice`

_COLUMNS = (
    "pk number verb at kind public public_note details update_id update__number revision_id revision__number "
    "revision__happened_at"
).split()


class Act(NamedTuple):
    """What of an event counts for readers."""

    pk: int
    number: int
    verb: str
    at: datetime
    kind: str
    public: bool
    public_note: str
    details: dict[str, Any]
    update_id: int | None
    update_number: int | None
    revision_id: int | None
    revision_number: int | None
    happened_at: datetime | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """From an event in hand, with its update and its revision."""
        update, revision = event.update, event.revision
        return cls(
            *(getattr(event, column) for column in _COLUMNS[:8]),
            event.update_id,
            update and update.number,
            event.revision_id,
            revision and revision.number,
            revision and revision.happened_at,
        )


@dataclass
class UpdateState:
    """How an update stands for readers."""

    number: int
    live_id: int | None = None
    live_number: int | None = None
    happened_at: datetime | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    pinned: bool = False
    key: bool = False
    withdrawal_id: int | None = None
    public_sequence: int = 0


@dataclass
class State:
    """How a post stands for readers after its events so far: the columns of its row, and its updates by their key."""

    live_id: int | None = None
    live_number: int | None = None
    published_at: datetime | None = None
    published_on: date | None = None
    slug: str | None = None
    updated_at: datetime | None = None
    coverage: str = Post.Coverage.NONE.value
    coverage_began_at: datetime | None = None
    coverage_ended_at: datetime | None = None
    next_update_at: datetime | None = None
    promise: str = ""
    summary_at: datetime | None = None
    discussion: str = Post.Discussion.HOUSE.value
    version: int = 0
    public_sequence: int = 0
    text_sequence: int = 0
    notices: list[Notice] = field(default_factory=list)
    withdrawal_id: int | None = None
    updates: dict[int, UpdateState] = field(default_factory=dict)

    @property
    def update_count(self) -> int:
        return sum(update.live_id is not None for update in self.updates.values())

    def add(self, act: Act) -> None:
        """One event more."""
        if act.public:
            self.version += 1
            self.public_sequence = act.number
        if act.update_id is None:
            self._of_post(act)
        else:
            update = self.updates.setdefault(act.update_id, UpdateState(act.update_number))
            if act.public:
                update.public_sequence = act.number
            self._of_update(act, update)

    def _of_post(self, act: Act) -> None:
        match act.verb:
            case "publish" | "adopt":
                self._post_goes_live(act)
            case "withdraw":
                self.live_id = self.live_number = None
                self.text_sequence, self.withdrawal_id = act.number, act.pk
            case "move" if self.slug is not None:
                self.slug = act.details["to"]
            case "discuss":
                self.discussion = act.details["to"]
            case "roll":
                self.coverage, self.coverage_ended_at = Post.Coverage.ROLLING.value, None
                self.coverage_began_at = self.coverage_began_at or act.at
            case "end":
                self.coverage, self.next_update_at, self.promise = Post.Coverage.ENDED.value, None, ""
                self.coverage_ended_at = act.at
            case "promise":
                at = act.details["at"]
                self.next_update_at = datetime.fromisoformat(at) if at else None
                self.promise = act.details.get("words", "")  # they may have been removed

    def _post_goes_live(self, act: Act) -> None:
        if self.published_at is None:
            self.published_at, self.published_on = act.at, date.fromisoformat(act.details["on"])
            self.slug = act.details["slug"]
        elif act.kind != Revision.Kind.TYPO:
            self.updated_at = act.at
        self.notices = told(self.notices, act, self.live_number)
        if act.details.get("summary"):
            self.summary_at = act.at
        self.live_id, self.live_number = act.revision_id, act.revision_number
        self.text_sequence, self.withdrawal_id = act.number, None

    def _of_update(self, act: Act, update: UpdateState) -> None:
        match act.verb:
            case "publish":
                self._update_goes_live(act, update)
            case "withdraw":
                update.live_id = update.live_number = None
                update.withdrawal_id = act.pk
                self.updated_at = act.at
                self.notices = hidden(self.notices, update.number, hide=True)
            case "pin" | "unpin":
                update.pinned = act.verb == "pin"
            case "mark_key" | "unmark_key":
                update.key = act.verb == "mark_key"

    def _update_goes_live(self, act: Act, update: UpdateState) -> None:
        if update.published_at is None:
            update.published_at = act.at
            if self.next_update_at is not None and self.next_update_at <= act.at:
                self.next_update_at, self.promise = None, ""  # kept, if late
        elif act.kind != Revision.Kind.TYPO:
            update.updated_at = act.at
        if act.kind != Revision.Kind.TYPO:
            self.updated_at = act.at
        self.notices = told(hidden(self.notices, update.number, hide=False), act, update.live_number)
        update.live_id, update.live_number = act.revision_id, act.revision_number
        update.happened_at, update.withdrawal_id = act.happened_at, None


def state(acts: Iterable[Act]) -> State:
    """What readers are shown after these events, which begin with the post's first."""
    sum_of_all = State()
    for act in acts:
        sum_of_all.add(act)
    return sum_of_all


def acts_of(post_id: int, *, up_to: int | None = None) -> list[Act]:
    """What counts of the events of a post (up to this number), in order; most of what is done at a desk does not."""
    rows = Event.objects.filter(Q(public=True) | Q(verb__in=_SET), post=post_id).order_by("number")
    if up_to is not None:
        rows = rows.filter(number__lte=up_to)
    return [Act(*row) for row in rows.values_list(*_COLUMNS)]


def counts(event: Event) -> bool:
    """Does an event say anything of what readers are shown?"""
    return event.public or event.verb in _SET


def told(notices: list[Notice], act: Act, before: int | None) -> list[Notice]:
    """The notices of a post after this publication over version `before`, oldest first.

    Every correction is one; any other change that is not a typo is, when it came with a sentence for readers.
    """
    if not act.kind or act.kind == Revision.Kind.TYPO or not act.public_note:
        return notices
    return [*notices, notice(act, before)]


def notice(act: Act, before: int | None) -> Notice:
    """What readers are told of a change: when, in which piece (0: the post's own text), from which version to which."""
    return {
        "event": act.number,
        "at": events.spell(act.at),
        "kind": act.kind,
        "update": act.update_number or 0,
        "happened_at": events.spell(act.happened_at) if act.happened_at else "",
        "before": before,
        "revision": act.revision_number,
        "note": act.public_note,
        "gone": False,
    }


def hidden(notices: list[Notice], update: int, *, hide: bool) -> list[Notice]:
    """The same, with those of an update hidden while it is withdrawn: they tell what it said."""
    return [one | {"gone": hide} if one["update"] == update else one for one in notices]
