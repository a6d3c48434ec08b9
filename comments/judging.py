"""What becomes of a new comment: seen at once, read by a moderator before, or put to spam; and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from blog.models import Edition, Post

from .models import Ban, Comment, HouseRules

Fact = list[Any]  # a code, and what goes with it, as JSON takes it


@dataclass(frozen=True)
class Draft:
    """A comment that is not stored yet, with what is known of where it comes from."""

    post: Post
    user: Any  # None for a guest
    name: str
    email: str
    text: str
    html: str
    writer: str  # `writers.writer_key`
    address: str  # `limits.address_key`
    answers_id: int | None
    at: datetime
    oddities: tuple[str, ...] = ()  # what was odd about the form: NO_TIME, TOO_QUICK, HIDDEN_FIELD


class Verdict(NamedTuple):
    """The state a new comment gets, and why."""

    state: Comment.State
    facts: list[Fact]


NO_TIME, TOO_QUICK, HIDDEN_FIELD = "no_time", "too_quick", "hidden_field"


def judge(draft: Draft, *, spam: str | None = None) -> Verdict:
    """What becomes of it. `spam` is what `spamcheck.ask` said."""
    return Verdict(Comment.State.VISIBLE, [])


def explain(facts: list[Fact]) -> list[str]:
    """The facts of a verdict as sentences for moderators."""
    return []


def matches(facts: list[Fact]) -> list[str]:
    """The words of the comment that a rule found, as they stand in it."""
    return []


def ban_of(draft: Draft) -> Ban | None:
    """The ban that keeps this writer out at the moment."""
    return None


def policy_of(post: Post) -> tuple[str, datetime | None]:
    """Which comments under this post readers see at once, and until when any are taken (None: for ever)."""
    rules = HouseRules.objects.get(pk=1)
    days = Edition.objects.values_list("discussion_days", flat=True).get(pk=1)
    return post.discussion or rules.policy, post.discussion_ends_at(days)


def is_open(post: Post, at: datetime) -> bool:
    """Are new comments taken under this post?"""
    policy, ends_at = policy_of(post)
    return post.is_live() and policy != HouseRules.Policy.CLOSED and (ends_at is None or at < ends_at)


def learn_sites(html: str) -> None:
    """Remember the sites that a comment links to: readers see it now."""
