"""What moderators do: which verb may start from which state, and where a comment is afterwards.

Each verb is one function and one transaction: lock the comment and what stands above it, refuse, write, leave an act.
It decides on what it finds: where two decide at once, the second decides on what the first left, and both acts stand
in the record. Verbs for one give the act, with the comment as it is afterwards; they raise NotAllowed or WrongState
(with a sentence for the person who asked) when they refuse, and leave nothing behind.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as lazy

from .models import Ban, Comment, CommentQuerySet, ModerationAct, Reason, Report

WAITING, HELD, VISIBLE, REMOVED, WITHDRAWN, SPAM = Comment.State.values
DECIDABLE = (WAITING, HELD, VISIBLE, REMOVED, SPAM)
MODERATES = "comments.moderate_comment"
LONGEST_NOTE = 500
LONGEST_REPORT = 1_000


@dataclass(frozen=True)
class Step:
    """One line of the table: where a verb may start, where it ends ("": where it was), and its button."""

    verb: str
    starts: tuple[str, ...]
    ends: str
    label: str


# fmt: off
STEPS = {step.verb: step for step in [
    #    verb       may start from           ends in
    Step("approve", DECIDABLE,               VISIBLE, lazy("Approve")),
    Step("hold",    DECIDABLE,               HELD,    lazy("Hold")),
    Step("remove",  DECIDABLE,               REMOVED, lazy("Remove")),
    Step("bin",     DECIDABLE,               SPAM,    lazy("Spam")),
    Step("settle",  (*DECIDABLE, WITHDRAWN), "",      lazy("Leave as it is")),
]}
# fmt: on
# Whoever has comments.moderate_comment may do all of it. What was erased for its writer starts nowhere but at "settle".
# `undo` leads back to what stood before, once, while nobody has done anything to the comment since.
REASONS = [reason for reason in Reason if reason != Reason.ERASED]  # for which a moderator removes


class ModerationError(Exception):
    """A verb was refused; the message is for the person who asked."""


class NotAllowed(ModerationError):
    """This person may not do this."""


class WrongState(ModerationError):
    """It cannot be done to this comment, or this ban, as it stands."""


@dataclass(frozen=True)
class Decided:
    """What came of a verb for many: under which number it can be undone, how many it was done to, how many not."""

    batch: uuid.UUID
    done: int
    refused: int


def approve(comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> ModerationAct:
    """Let readers see it."""
    return _one(comment, "approve", by=by, note=note, at=at)


def hold(comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> ModerationAct:
    """Put it aside for a colleague; readers do not see its words meanwhile."""
    return _one(comment, "hold", by=by, note=note, at=at)


def remove(
    comment: Comment, reason: str, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> ModerationAct:
    """Take its words from readers, who are told why in its place, as its writer is."""
    return _one(comment, "remove", by=by, reason=reason, note=note, at=at)


def bin(  # noqa: A001 (the word for it at the desk)
    comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> ModerationAct:
    """Put it to spam: nobody is told."""
    return _one(comment, "bin", by=by, note=note, at=at)


def settle(comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> ModerationAct:
    """Reports were looked at; the comment stays as it is."""
    return _one(comment, "settle", by=by, note=note, at=at)


def undo(act: ModerationAct, *, by: AbstractBaseUser, at: datetime | None = None) -> ModerationAct:
    """Back to what stood before an act, while nobody has done anything to the comment since."""
    raise NotImplementedError


def decide_many(
    comments: CommentQuerySet,
    verb: str,
    *,
    by: AbstractBaseUser,
    reason: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Decided:
    """Do the same to all of these, thousands if need be, each as by its own verb; which can be undone together."""
    raise NotImplementedError


def undo_many(batch: uuid.UUID, *, by: AbstractBaseUser, at: datetime | None = None) -> Decided:
    """Undo what was decided together, except where somebody has done something to the comment since."""
    raise NotImplementedError


def report(comment: Comment, reason: str, words: str = "", *, address: str, at: datetime | None = None) -> Report:
    """A reader says that something is wrong. `address` is the key of `limits.address_key`, or ""."""
    raise NotImplementedError


def ban_account(user: AbstractBaseUser, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    raise NotImplementedError


def ban_address(comment: Comment, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    """Ban the internet address that this comment came from, of which only the key is known."""
    raise NotImplementedError


def ban_name(name: str, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    raise NotImplementedError


def lift(ban: Ban, *, by: AbstractBaseUser) -> Ban:
    raise NotImplementedError


def _one(comment, verb, *, by, reason="", note="", at=None):
    raise NotImplementedError
