"""The round of review that a piece is on: its steps, as they stood when it was sent, and who has said yes so far.

The steps of a round stand in the event that began it. Whoever changes the steps of a story type changes the rounds that
begin from then on; no piece in review loses a step, or finds itself at one that there is not any more.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db.models import Exists, OuterRef

from .models import Event, Post, ReviewStep, Update

_MOST = 5  # events that a round can have: one that sends, three that approve, and one to spare


class Step(NamedTuple):
    """One step of a round, and the group whose people approve it."""

    name: str
    group: int
    group_name: str

    def spelt(self) -> dict[str, Any]:
        """As an event keeps it."""
        return self._asdict()


def steps_of(post: Post) -> list[Step]:
    """The steps through which a piece of this post goes when it is sent now; none where its type has none."""
    if post.story_type_id is None:
        return []
    configured = post.story_type.steps.select_related("group").order_by("position")
    return [Step(step.name, step.group_id, step.group.name) for step in configured]


def asks_for_approval(post: Post, has_steps: bool | None = None) -> bool:
    """Are pieces of this post approved before they are published? Where the house says so, or its type has steps.

    `has_steps` is what a query of many posts has found out by `with_steps`.
    """
    if settings.FOUR_EYES or post.story_type_id is None:
        return settings.FOUR_EYES
    return post.story_type.steps.exists() if has_steps is None else has_steps


def with_steps(story_type: str) -> Exists:
    """For a query of many posts: has the type at this path any steps?"""
    return Exists(ReviewStep.objects.filter(story_type=OuterRef(story_type)))


class Round:
    """What was sent to review last, and the approvals since. Asked for when it is needed, in one question."""

    def __init__(self, piece: Post | Update, acts: Sequence[Event] | None = None):
        self.piece = piece
        if acts is not None:
            self.acts = acts

    @classmethod
    def of_each(cls, updates: Sequence[Update]) -> list[Self]:
        """The round of each of these updates, in one question for those that go through steps."""
        stepping = [update for update in updates if update.step]
        found: dict[int, list[Event]] = {update.pk: [] for update in updates}
        if stepping:
            acts = Event.objects.filter(update__in=stepping, verb__in=["submit", "approve"]).order_by("-number")
            for act in acts:
                found[act.update_id].append(act)
        return [cls(update, found[update.pk]) for update in updates]

    @cached_property
    def acts(self) -> Sequence[Event]:
        """What sent it and what approved it, the last first."""
        return Event.objects.of(self.piece).filter(verb__in=["submit", "approve"]).order_by("-number")[:_MOST]

    @cached_property
    def approvals(self) -> list[Event]:
        """Those since it was sent, the last first."""
        found = []
        for act in self.acts:
            if act.verb == "submit":
                break
            found.append(act)
        return found

    @cached_property
    def steps(self) -> list[Step]:
        sent = next((act for act in self.acts if act.verb == "submit"), None)
        return [Step(**step) for step in sent.details.get("steps", [])] if sent else []

    @property
    def step(self) -> Step | None:
        """The one that it is at."""
        return self.steps[self.piece.step - 1] if 0 < self.piece.step <= len(self.steps) else None

    @property
    def next_step(self) -> Step | None:
        """The one after that."""
        return self.steps[self.piece.step] if 0 < self.piece.step < len(self.steps) else None
