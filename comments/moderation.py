"""What moderators do: which verb may start from which state, and where a comment is afterwards.

Each verb is one function and one transaction: lock the comment and what stands above it, refuse, write, leave an act.
It decides on what it finds: where two decide at once, the second decides on what the first left, and both acts stand
in the record. Verbs for one give the act, with the comment as it is afterwards; they raise NotAllowed or WrongState
(with a sentence for the person who asked) when they refuse, and leave nothing behind.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from blog import rendering
from blog.models import name_of

from . import limits, names, outcomes, placing, posting
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
    return _one(comment, "approve", by, at, note=note)


def hold(comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> ModerationAct:
    """Put it aside for a colleague; readers do not see its words meanwhile."""
    return _one(comment, "hold", by, at, note=note)


def remove(
    comment: Comment, reason: str, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> ModerationAct:
    """Take its words from readers, who are told why in its place, as its writer is."""
    return _one(comment, "remove", by, at, reason=reason, note=note)


def bin(  # noqa: A001 (the word for it at the desk)
    comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None
) -> ModerationAct:
    """Put it to spam: nobody is told."""
    return _one(comment, "bin", by, at, note=note)


def settle(comment: Comment, *, by: AbstractBaseUser, note: str = "", at: datetime | None = None) -> ModerationAct:
    """Reports were looked at; the comment stays as it is."""
    return _one(comment, "settle", by, at, note=note)


def undo(act: ModerationAct, *, by: AbstractBaseUser, at: datetime | None = None) -> ModerationAct:
    """Back to what stood before an act, while nobody has done anything to the comment since."""
    hand = _hand("undo", by, at)

    def undoing() -> ModerationAct:
        held = placing.hold([act.comment_id])
        undone = _undone(act, held[act.comment_id], _last_acts([act.comment_id]), hand)
        outcomes.write([undone], held)
        return undone

    return posting.in_transaction(undoing)


def decide_many(
    comments: CommentQuerySet,
    verb: str,
    *,
    by: AbstractBaseUser,
    reason: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Decided:
    """Do the same to all of these, thousands if need be, each as by its own verb; it can be undone together.

    Those that are not among `comments` any more once their turn comes, or that refuse, are left as they are.
    """
    hand = _hand(verb, by, at, reason=reason, note=note, batch=uuid.uuid4())

    def deciding() -> Decided:
        keys = set(comments.values_list("pk", flat=True))
        held = placing.hold(keys)
        still = keys.intersection(comments.values_list("pk", flat=True))  # what others did before the lock is known now
        decided = [comment for key, comment in held.comments.items() if key in still and not _refusal(comment, verb)]
        outcomes.write([_decision(comment, hand) for comment in decided], held)
        return Decided(hand.batch, len(decided), len(keys) - len(decided))

    return posting.in_transaction(deciding)


def undo_many(batch: uuid.UUID, *, by: AbstractBaseUser, at: datetime | None = None) -> Decided:
    """Undo what was decided together, except where something was done to the comment since."""
    hand = _hand("undo", by, at, batch=uuid.uuid4())

    def undoing() -> Decided:
        acts = ModerationAct.objects.filter(batch=batch)
        held = placing.hold(acts.values_list("comment_id", flat=True))
        last = _last_acts(held.comments)
        undone, refused = [], 0
        for act in acts.order_by("pk"):
            try:
                undone.append(_undone(act, held[act.comment_id], last, hand))
            except WrongState:
                refused += 1
        outcomes.write(undone, held)
        return Decided(hand.batch, len(undone), refused)

    return posting.in_transaction(undoing)


def report(comment: Comment, reason: str, words: str = "", *, address: str, at: datetime | None = None) -> Report:
    """A reader says that something is wrong with a comment: it stays, and moderators are told.

    `address` is the key of an internet address (`limits.address_key`), or "". What the same address says again before
    a moderator looked is not counted twice. Raises WrongState where readers do not see it, TooFast, Unacceptable.
    """
    at = at or timezone.now()
    words = rendering.clean_text(words, LONGEST_REPORT)
    if reason not in Report.Reason:
        raise WrongState(_("Say what is wrong with it."))

    def reporting() -> Report:
        allowance = limits.address_key(f"reports {address}") if address else ""
        if allowance:
            limits.hold(allowance, at)  # before it is counted: the same sent twice at once is nothing new
        now = Comment.objects.select_for_update(no_key=True, of=("self",)).get(pk=comment.pk)
        if not now.is_visible():
            raise WrongState(_("It is not to be seen any more."))
        if address and (said := Report.objects.filter(comment=now, address=address, settled_at=None).first()):
            return said
        limits.take(allowance, at)
        now.reports = F("reports") + 1
        now.save(update_fields=["reports"])
        return Report.objects.create(comment=now, reason=reason, words=words, at=at, address=address)

    return posting.in_transaction(reporting)


def ban_account(user: AbstractBaseUser, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    """Nothing that is sent under this account is taken until then."""
    _check_may(by)
    if user.has_perm(MODERATES):
        raise WrongState(_("Who moderates is not banned."))
    return _ban(Ban.Kind.ACCOUNT, str(user.pk), name_of(user), until, reason, by)


def ban_address(comment: Comment, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    """Nothing is taken from the internet address that this comment came from, of which only the key is known."""
    return _ban(Ban.Kind.ADDRESS, comment.address, _("as comment %d") % comment.pk, until, reason, by)


def ban_name(name: str, until: datetime, reason: str, *, by: AbstractBaseUser) -> Ban:
    """Nothing is taken under this name, nor under one that looks like it."""
    return _ban(Ban.Kind.NAME, names.skeleton(name), name, until, reason, by)


def lift(ban: Ban, *, by: AbstractBaseUser, at: datetime | None = None) -> Ban:
    """End a ban before its time."""
    _check_may(by)
    at = at or timezone.now()
    with transaction.atomic():
        ban = Ban.objects.select_for_update().get(pk=ban.pk)
        if not ban.is_in_force(at):
            raise WrongState(_("It is over already."))
        ban.lifted_at, ban.lifted_by_name = at, name_of(by)
        ban.save(update_fields=["lifted_at", "lifted_by_name"])
        return ban


@dataclass(frozen=True)
class _Hand:
    """Who does what, when, and with which words."""

    verb: str
    by: AbstractBaseUser
    at: datetime
    reason: str
    note: str
    batch: uuid.UUID | None

    def act(self, comment: Comment, **columns: Any) -> ModerationAct:
        """The row for what this hand does to a comment, as the comment is before."""
        return ModerationAct(
            comment=comment,
            verb=self.verb,
            by=self.by,
            by_name=name_of(self.by),
            at=self.at,
            reason=self.reason,
            note=self.note,
            batch=self.batch,
            state_before=comment.state,
            reason_before=comment.reason,
            decided_before=comment.decided_at,
            **columns,
        )


def _hand(
    verb: str,
    by: AbstractBaseUser,
    at: datetime | None,
    *,
    reason: str = "",
    note: str = "",
    batch: uuid.UUID | None = None,
) -> _Hand:
    _check_may(by)
    if verb == "remove" and reason not in REASONS:
        raise WrongState(_("Say why it is removed."))
    return _Hand(verb, by, at or timezone.now(), reason, rendering.clean_text(note, LONGEST_NOTE), batch)


def _check_may(by: AbstractBaseUser) -> None:
    if not by.has_perm(MODERATES):
        raise NotAllowed(_("Your account may not do this."))


def _one(
    comment: Comment, verb: str, by: AbstractBaseUser, at: datetime | None, *, reason: str = "", note: str = ""
) -> ModerationAct:
    hand = _hand(verb, by, at, reason=reason, note=note)

    def deciding() -> ModerationAct:
        held = placing.hold([comment.pk])
        refusal = _refusal(held[comment.pk], verb)
        if refusal:
            raise refusal
        act = _decision(held[comment.pk], hand)
        outcomes.write([act], held)
        return act

    return posting.in_transaction(deciding)


def _refusal(comment: Comment, verb: str) -> WrongState | None:
    """Why this cannot be done to this comment now; None if nothing speaks against it."""
    if comment.reason == Reason.ERASED and verb != "settle":
        return WrongState(_("Its words were erased for the writer."))
    if STEPS[verb].ends == Comment.State.VISIBLE and not comment.text:
        return WrongState(_("Nothing is left of its words."))
    if comment.state not in STEPS[verb].starts:
        return WrongState(_("It is at “%(state)s”.") % {"state": comment.get_state_display()})
    return None


def _decision(comment: Comment, hand: _Hand) -> ModerationAct:
    """The comment as the table has it after this verb, and the act; neither is stored yet."""
    act = hand.act(comment)
    if STEPS[hand.verb].ends:
        comment.state, comment.reason = STEPS[hand.verb].ends, hand.reason
    comment.decided_at = hand.at
    return _ended(act, comment)


def _undone(act: ModerationAct, comment: Comment, last: dict[int, ModerationAct], hand: _Hand) -> ModerationAct:
    """The comment as it was before the act, and the act of going back; neither is stored yet. Raises WrongState."""
    since = last[comment.pk]
    if act.verb not in STEPS:
        raise WrongState(_("That cannot be undone."))
    if since.undoes_id == act.pk:
        raise WrongState(_("It is undone already."))
    if since.pk != act.pk or comment.state != act.state_after:
        raise WrongState(_("%(name)s did something to it since.") % {"name": since.by_name or _("The writer")})
    undone = hand.act(comment, undoes=act)
    comment.state, comment.reason, comment.decided_at = act.state_before, act.reason_before, act.decided_before
    return _ended(undone, comment)


def _ended(act: ModerationAct, comment: Comment) -> ModerationAct:
    if comment.is_visible():
        comment.placed, comment.shown_at = True, comment.shown_at or act.at
    act.state_after = comment.state
    return act


def _last_acts(keys: Iterable[int]) -> dict[int, ModerationAct]:
    """The last act on each of these comments; that a suggestion came of one changes nothing about it."""
    found = {}
    for part in placing.in_parts(list(keys)):
        acts = ModerationAct.objects.filter(comment__in=part).exclude(verb=ModerationAct.Verb.SUGGEST)
        last = acts.order_by().values("comment").annotate(last=Max("pk")).values("last")
        found |= {act.comment_id: act for act in ModerationAct.objects.filter(pk__in=last)}
    return found


def _ban(kind: str, value: str, label: str, until: datetime, reason: str, by: AbstractBaseUser) -> Ban:
    _check_may(by)
    now = timezone.now()
    reason, label = rendering.clean_line(reason, 300), rendering.clean_line(label, 200)
    if not value:
        raise WrongState(_("It is not known who that is."))
    if not reason:
        raise WrongState(_("Say why: whoever is banned is told."))
    if until <= now:
        raise WrongState(_("That time is over."))
    with transaction.atomic():
        ban = Ban.objects.in_force(now).filter(kind=kind, value=value).first()
        if ban is not None:
            raise WrongState(_("A ban is in force until %(until)s: lift that first.") % {"until": _day(ban.until)})
        return Ban.objects.create(
            kind=kind, value=value, label=label, reason=reason, at=now, until=until, by=by, by_name=name_of(by)
        )


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
