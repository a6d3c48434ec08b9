"""What is to happen later: planned from a piece's page, done by `manage.py publish_due`.

A plan is a row with a state of its own. Due rows are taken one by one under a lease, by the database's clock; each is
done in one transaction with its event and its mails, or stands as failed with a sentence. Whoever is killed leaves the
row as it was, and the next one takes it when the lease has run out. What stands here asks who may when a plan is made;
when it is due nobody is asked any more: a plan is the house's, and what was approved goes out.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import carrying, events, plans, prospects, rendering, telling, workflow
from .events import Piece
from .models import Edition, Event, Post, Revision, Schedule, Update
from .rendering import Unacceptable
from .workflow import NotAllowed, WorkflowError, WrongState

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)  # an act takes a fraction of a second; whoever waits longer for a lock finds it taken over
MOST_ATTEMPTS = 5  # a row that kills its worker is given up
ON_TIME = timedelta(minutes=1)  # later than this is said to be late
BESIDE = timedelta(minutes=30)  # what else is planned about the same time
STUCK = timedelta(minutes=5)  # what is put off for longer than this is told as a trouble, and tried again all the same

State, Verb = Schedule.State, Schedule.Verb
AWAY = (OperationalError, InterfaceError)  # the database is away, or somebody holds what is needed: not the act's fault


@dataclass
class Report:
    """What became of the rows that were due. `away` says why the database could not be asked."""

    rows: Counter[State] = field(default_factory=Counter)
    troubles: list[tuple[Schedule, str]] = field(default_factory=list)
    put_off: int = 0
    held: list[Schedule] = field(default_factory=list)  # that could not be given back
    away: str = ""

    def is_well(self) -> bool:
        return not (self.troubles or self.put_off or self.away)


def plan(
    piece: Piece,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    publish_at: datetime | None = None,
    expires_at: datetime | None = None,
    withdraw_at: datetime | None = None,
    kind: str = "",
    note: str = "",
    public_note: str = "",
    withdrawal_note: str = "",
    warnings: Sequence[str] = (),
    why: str = "",
) -> Piece:
    """Let readers see this wording, the newest one, from `publish_at` on, or take the piece away at `withdraw_at`.

    Both, or one of the two. Later than `expires_at` it is not published any more, but missed. `kind`, `note`,
    `public_note`, `warnings` and `why` are those of `workflow.publish`; `withdrawal_note` is said to readers in the
    place of the piece. Gives the piece; raises NotAllowed, WrongState and Stale as the verbs themselves would now.
    """
    said = {
        Verb.PUBLISH: {"kind": kind, "note": note, "public_note": public_note, "why": why},
        Verb.WITHDRAW: {"public_note": withdrawal_note, "note": note},
    }
    said = {verb: {name: rendering.clean_text(text) for name, text in words.items()} for verb, words in said.items()}
    with transaction.atomic():
        piece = events.lock(piece)
        now, left = database_now(), plans.planned(piece)
        if not (publish_at or withdraw_at):
            raise WrongState(_("Say when."))
        _check_times(now, publish_at, expires_at, withdraw_at)
        rows = []
        if publish_at:
            said[Verb.PUBLISH]["kind"] = _check_publication(piece, revision, publish_at, said[Verb.PUBLISH], by, left)
            said[Verb.PUBLISH]["warnings"] = list(warnings)
            row = {"revision": revision, "over": plans.shown_last(piece), "expires_at": expires_at}
            rows.append(Schedule(verb=Verb.PUBLISH, due_at=publish_at, **row))
        if withdraw_at:
            begins = publish_at or (left[Verb.PUBLISH].due_at if Verb.PUBLISH in left else None)
            _check_withdrawal(piece, withdraw_at, begins, said[Verb.WITHDRAW], by, left)
            rows.append(Schedule(verb=Verb.WITHDRAW, due_at=withdraw_at))
        _keep(piece, rows, said, by, now)
        return piece


def take_back(row: Schedule, *, by: AbstractBaseUser) -> Schedule:
    """What was planned is not to happen. Gives the row; raises NotAllowed, and WrongState where it came too late."""
    with transaction.atomic():
        piece = events.lock(row.piece)
        if not may_take_back(by, row):
            raise NotAllowed(_("Your account may not do this."))
        row = Schedule.objects.select_for_update(of=("self",)).select_related("revision").get(pk=row.pk)
        if row.state not in {State.DUE, State.RUNNING}:
            raise WrongState(_("It is not planned any more: “%(state)s”.") % {"state": row.get_state_display()})
        plans.drop(piece, [row], by=by, at=timezone.now())
        return row


def see(row: Schedule, *, by: AbstractBaseUser) -> Schedule:
    """Somebody has looked at what did not happen. Seen twice, the first time stands. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        piece = events.lock(row.piece)
        if not may_take_back(by, row):
            raise NotAllowed(_("Your account may not do this."))
        row = Schedule.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.state not in {State.FAILED, State.MISSED}:
            raise WrongState(_("Nothing went wrong with it."))
        if row.seen_at is None:
            row.seen_at = timezone.now()
            details = {"verb": row.verb, "due": events.spell(row.due_at)}
            events.add(piece, "see_failure", by=by, at=row.seen_at, stage=piece.stage, details=details)
            row.save(update_fields=["seen_at"])
            piece.post.save(update_fields=["sequence"])
        return row


def may_take_back(user: AbstractBaseUser, row: Schedule) -> bool:
    """May this person take it back? Who planned it, and who could do it now."""
    return row.by_id == user.pk or user.has_perm(workflow.STEPS[row.verb].permission)


def beside(row: Schedule, user: AbstractBaseUser) -> list[Schedule]:
    """What else is planned about the time of this plan, of pieces that this person may read."""
    near = Schedule.objects.before(row.due_at + BESIDE).filter(due_at__gt=row.due_at - BESIDE)
    others = near.exclude(post=row.post_id).readable_by(user)
    return list(others.select_related("post__head", "update__head", "update__post"))


def database_now() -> datetime:
    """The time by the database's clock: that of the machine that asks may be wrong."""
    return Edition.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=1)


# What is due


def do_due(*, stopped: Callable[[], bool] = lambda: False, held: Sequence[Schedule] = ()) -> Report:
    """Do what is due, one after the other, until nothing is or `stopped()` says so.

    Where the database is away, or somebody holds what an act needs, the act waits for the next time and no attempt is
    counted; `held` are rows that an earlier call could not give back because of that.
    """
    report = Report(held=list(held))
    passed_over: list[int] = []
    try:
        while report.held:
            _give_back(report.held[0])
            del report.held[0]
        while not stopped():
            row = _take(passed_over)
            if row is None:
                break
            try:
                _count(report, row, _do(row))
            except AWAY as error:
                row.last_error = _in_a_line(error)
                level = logging.ERROR if timezone.now() - row.due_at > STUCK else logging.WARNING
                logger.log(level, "Plan %s is put off: %s", row.pk, row.last_error)
                passed_over.append(row.pk)
                report.held.append(row)
                _give_back(row)
                report.held.remove(row)
                report.put_off += 1
            except Exception:  # not even the failure could be written down: it is taken again when the lease runs out
                logger.exception("Plan %s", row.pk)
                passed_over.append(row.pk)
                report.put_off += 1
    except AWAY as error:
        report.away = _in_a_line(error)
    return report


def _take(passed_over: Sequence[int]) -> Schedule | None:
    """The next row that nobody else holds, leased to whoever asks."""
    with transaction.atomic():
        due = Schedule.objects.due().in_turn().exclude(pk__in=passed_over)
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is not None:
            # Counted now: a row that kills its worker is given up.
            row.attempts += 1
            row.state = State.RUNNING
            columns = {"state": row.state, "attempts": row.attempts, "leased_until": Now() + LEASE}
            Schedule.objects.filter(pk=row.pk).update(**columns)
        return row


def _read_already(row: Schedule, piece: Post | Update) -> None:
    """The wordings that a plan names are mostly those that came with its piece."""
    known = {one.pk: one for one in (piece.head, piece.live) if one}
    if row.revision_id in known:
        row.revision = known[row.revision_id]
    if row.over_id in known:
        row.over = known[row.over_id]


def _give_back(row: Schedule) -> None:
    """As if nobody had taken it, but for why it was put off."""
    held = Schedule.objects.filter(pk=row.pk, state=State.RUNNING, attempts=row.attempts)
    held.update(state=State.DUE, leased_until=None, attempts=F("attempts") - 1, last_error=row.last_error)


def _do(row: Schedule) -> tuple[State, str] | None:
    """What became of it; None where somebody else has taken it, or taken it back."""
    if row.attempts > MOST_ATTEMPTS:
        return _stands(row, State.FAILED, _("Whoever did it was stopped each time."))
    try:
        with transaction.atomic():
            piece = events.lock(_named(row))
            held = Schedule.objects.select_for_update(of=("self",)).select_related("by")
            held = held.annotate(now=Now()).filter(pk=row.pk, state=State.RUNNING, attempts=row.attempts).first()
            if held is None:
                return None
            _read_already(held, piece)
            prospect = prospects.foresee(held, piece, held.now)
            if not prospect.is_trouble:
                return _done(piece, held, prospect)
    except AWAY:
        raise
    except (WorkflowError, Unacceptable) as refusal:
        return _stands(row, State.FAILED, str(refusal))
    except Exception as error:
        logger.exception("Plan %s", row.pk)
        said = _("It could not be done, for a reason that has to be looked into: %(error)s")
        return _stands(row, State.FAILED, said % {"error": _in_a_line(error)})
    return _stands(row, prospect.state, prospect.words)


def _done(piece: Piece, row: Schedule, prospect: prospects.Prospect) -> tuple[State, str]:
    planner, words = row.by, row.words  # None where the account has gone: `by_name` stays
    details: dict[str, Any] = {"planned_by": row.by_name, "due": events.spell(row.due_at)}
    if row.now - row.due_at >= ON_TIME:
        details["late"] = int((row.now - row.due_at).total_seconds())
    note = " ".join(filter(None, [words["note"], _as_planned(row)]))
    if row.verb == Verb.WITHDRAW and piece.is_live():
        said = {"note": note, "public_note": words["public_note"], "details": details}
        piece = workflow.take_away(piece, by=planner, at=row.now, **said)
        row.event_id = _last_event(piece)
    elif prospect.revision or prospect.carried:
        details |= {name: words[name] for name in ("warnings", "why") if words.get(name)}
        said = {"kind": words["kind"], "note": note, "public_note": words["public_note"], "details": details}
        if prospect.carried:
            piece = carrying.bring_out(piece, prospect.carried, row, by=planner, at=row.now, **said)
        else:
            piece = workflow.bring_out(piece, prospect.revision, by=planner, at=row.now, **said)
        row.event_id = _last_event(piece)
    row.state, row.leased_until, row.ended_at, row.last_error = State.DONE, None, row.now, prospect.words
    row.save(update_fields=["state", "leased_until", "ended_at", "last_error", "event"])
    if planner is not None:
        kind = "plan_done" if row.event_id else "plan_idle"
        telling.tell(kind, [planner], piece, f"plan-{row.pk}", _for_mail(row, prospect.words))
    return State.DONE, prospect.words


def _stands(row: Schedule, state: State, words: str) -> tuple[State, str] | None:
    """It did not happen: the row and an event say why, and people are told."""
    with transaction.atomic():
        piece = events.lock(_named(row))
        held = Schedule.objects.select_for_update(of=("self",)).select_related("revision", "by").annotate(now=Now())
        held = held.filter(pk=row.pk, state=State.RUNNING, attempts=row.attempts).first()
        if held is None:
            return None
        what = {"by": held.by, "at": held.now, "stage": piece.stage, "revision": held.revision}
        details = {"verb": held.verb, "due": events.spell(held.due_at), "state": state, "planned_by": held.by_name}
        # Why is a note and no detail: it may repeat words that have to go one day, and then it can.
        held.event = events.add(piece, "fail_plan", note=words, details=details, **what)
        piece.post.save(update_fields=["sequence"])
        row.state = held.state = state
        held.leased_until, held.ended_at, held.last_error = None, held.now, words
        held.save(update_fields=["state", "leased_until", "ended_at", "last_error", "event"])
        people = [*telling.who_publish(), *([held.by] if held.by else [])]
        telling.tell("plan_failed", people, piece, f"plan-{row.pk}", _for_mail(held, words))
    logger.error("Plan %s (%s of post %s): %s", row.pk, row.verb, row.post_id, words)
    return state, words


def _count(report: Report, row: Schedule, outcome: tuple[State, str] | None) -> None:
    if outcome is None:
        return
    state, words = outcome
    report.rows[state] += 1
    if state in {State.FAILED, State.MISSED}:
        report.troubles.append((row, words))


# What is planned


def _check_times(
    now: datetime, publish_at: datetime | None, expires_at: datetime | None, withdraw_at: datetime | None
) -> None:
    for at in (publish_at, withdraw_at):
        if at and at <= now:
            raise WrongState(_("%(time)s has passed.") % {"time": prospects.spelt(at)})
    if expires_at and not publish_at:
        raise WrongState(_("Say when it is to go out, too."))
    if expires_at and expires_at <= publish_at:
        raise WrongState(_("The latest time has to come after the time at which it goes out."))
    if publish_at and publish_at == withdraw_at:
        raise WrongState(_("It cannot come and go at the same time."))


def _check_publication(
    piece: Piece,
    revision: Revision,
    at: datetime,
    said: dict[str, Any],
    by: AbstractBaseUser,
    left: dict[str, Schedule],
) -> str:
    """Raises what `workflow.publish` would raise now. Gives the kind of change."""
    if against := workflow.refusal(piece, "publish", by):
        raise against
    workflow.check_newest(piece, revision)
    _check_free(left, Verb.PUBLISH)
    if Verb.WITHDRAW in left and not piece.is_live() and left[Verb.WITHDRAW].due_at <= at:
        raise WrongState(_("It is to be withdrawn before that."))
    return workflow.check_words(piece, revision, kind=said["kind"], public_note=said["public_note"], at=at)


def _check_withdrawal(
    piece: Post | Update,
    at: datetime,
    begins: datetime | None,
    said: dict[str, Any],
    by: AbstractBaseUser,
    left: dict[str, Schedule],
) -> None:
    if not by.has_perm(workflow.STEPS["withdraw"].permission):
        raise NotAllowed(_("Your account may not do this."))
    if not piece.is_live() and begins is None:
        raise WrongState(_("It is not public, and nothing is planned that would make it so."))
    if not piece.is_live() and at <= begins:
        raise WrongState(_("It has to go out before it can be withdrawn."))
    if not said["public_note"]:
        raise WrongState(_("Say why it will be withdrawn, for readers."))
    _check_free(left, Verb.WITHDRAW)


def _check_free(left: dict[str, Schedule], verb: str) -> None:
    if verb in left:
        row = left[verb]
        said = _("%(name)s has planned that for %(time)s already: take that back first.")
        raise WrongState(said % {"name": row.by_name, "time": prospects.spelt(row.due_at)})


def _keep(
    piece: Piece, rows: list[Schedule], said: dict[str, dict[str, Any]], by: AbstractBaseUser, now: datetime
) -> None:
    update = piece if isinstance(piece, Update) else None
    for row in rows:
        row.post, row.update, row.words = piece.post, update, said[row.verb]
        row.by, row.by_name, row.made_at = by, events.name_of(by), now
    Schedule.objects.bulk_create(rows)
    details = {row.verb: events.spell(row.due_at) for row in rows}
    if rows[0].expires_at:
        details["until"] = events.spell(rows[0].expires_at)
    revision = rows[0].revision or piece.live
    note = said[rows[0].verb]["note"]
    events.add(piece, "plan", by=by, at=now, stage=piece.stage, revision=revision, note=note, details=details)
    piece.post.save(update_fields=["sequence"])


def _named(row: Schedule) -> Post | Update:
    """The piece by its keys alone: it is read once it is locked."""
    return Update(pk=row.update_id, post_id=row.post_id) if row.update_id else Post(pk=row.post_id)


def _last_event(piece: Post | Update) -> int:
    if piece.post.last_public_event:
        return piece.post.last_public_event
    acts = Event.objects.of(piece).filter(verb__in=["publish", "withdraw"])
    return acts.order_by("-number").values_list("pk", flat=True)[0]


def _as_planned(row: Schedule) -> str:
    said = _("As %(name)s planned it for %(time)s.") % {"name": row.by_name, "time": prospects.spelt(row.due_at)}
    minutes = int((row.now - row.due_at) / timedelta(minutes=1))
    if not minutes:
        return said
    late = ngettext("It is %(count)d minute late.", "It is %(count)d minutes late.", minutes) % {"count": minutes}
    return f"{said} {late}"


def _for_mail(row: Schedule, words: str) -> dict[str, str]:
    return {
        "verb": row.verb,
        "time": prospects.spelt(row.due_at),
        "planner": row.by_name,
        "state": row.state,
        "why": words,
    }


def _in_a_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".replace("\0", "").split())[:300]
