"""What would become of a plan, as things stand: asked by who does it, and by who wants to know beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import carrying, checks, plans, workflow
from .models import Post, Revision, Schedule, Update
from .rendering import Unacceptable
from .workflow import WorkflowError

State, Verb = Schedule.State, Schedule.Verb


@dataclass(frozen=True)
class Prospect:
    """Done, missed or failed, in words where there is something to say.

    `revision` is what readers would see, `carried` what is still to be written for that; neither: nothing changes.
    """

    state: State
    words: str = ""
    revision: Revision | None = None
    carried: carrying.Carried | None = None

    @property
    def is_trouble(self) -> bool:
        return self.state in {State.FAILED, State.MISSED}


@dataclass(frozen=True)
class Known:
    """What is asked about many plans, once for all of them."""

    around: plans.Around
    words: checks.Known


def known_of(rows: Sequence[Schedule]) -> Known:
    """For `expect`: what has to be known of these plans. Five questions at most, however many they are."""
    wordings = [one for row in rows for one in (row.revision, row.piece.live) if one and row.verb == Verb.PUBLISH]
    return Known(plans.around(rows), checks.known_of(wordings))


def foresee(row: Schedule, piece: Post | Update, now: datetime, around: plans.Around | None = None) -> Prospect:
    """What becomes of this plan if it is done at this time, for who does it: publishing looks at the words itself."""
    if row.verb == Verb.WITHDRAW:
        if not piece.is_live():
            return Prospect(State.DONE, _("There is nothing to withdraw: readers do not see it."))
        return Prospect(State.DONE)
    if row.expires_at and row.expires_at <= now:
        return Prospect(State.MISSED, _("It was to go out until %(time)s.") % {"time": spelt(row.expires_at)})
    if end := plans.end_of(row, now, around):
        return Prospect(State.MISSED, _("Readers were to see it until %(time)s only.") % {"time": spelt(end.due_at)})
    if hindrance := workflow.hindered(piece):
        return Prospect(State.FAILED, str(hindrance))
    return _over_what_is_live(row, piece, around)


def expect(row: Schedule, piece: Post | Update, now: datetime, known: Known) -> Prospect:
    """The same for who wants to know beforehand: what publishing itself would refuse is asked as well."""
    prospect = foresee(row, piece, now, known.around)
    if prospect.revision is not None:
        said = {"kind": row.words["kind"], "public_note": row.words["public_note"]}
        try:
            workflow.check_words(piece, prospect.revision, at=now, known=known.words, **said)
        except WorkflowError as refusal:
            return Prospect(State.FAILED, str(refusal))
    return prospect


def _over_what_is_live(row: Schedule, piece: Post | Update, around: plans.Around | None) -> Prospect:
    """A plan over what readers see, which may be other words than when it was made."""
    shown = plans.shown_last(piece, around)
    if piece.live_id == row.revision_id:
        return Prospect(State.DONE, _("Readers see it already."))
    if shown is None or shown.pk == row.over_id:
        return Prospect(State.DONE, revision=row.revision)
    numbers = {"number": shown.number}
    if row.over_id is None:  # it was written on top of what was planned
        if piece.is_live():
            return Prospect(State.DONE, _("Readers see version %(number)d already, which came after it.") % numbers)
        return Prospect(State.DONE, revision=row.revision)
    try:
        carried = carrying.carry(row.over, row.revision, shown)
    except Unacceptable as refusal:
        return Prospect(State.FAILED, str(refusal))
    if carried.collisions:
        said = _(
            "Version %(number)d was published meanwhile and changes the same words. Open the piece, put both together, "
            "and publish or plan that."
        )
        return Prospect(State.FAILED, said % numbers)
    if piece.is_live() and carried.says_nothing_new:
        return Prospect(State.DONE, _("Readers see version %(number)d already, which has all of it.") % numbers)
    said = _("Version %(number)d was published meanwhile: the planned words go out together with what it changed.")
    return Prospect(State.DONE, said % numbers, carried=carried)


def spelt(moment: datetime) -> str:
    """A time as sentences about plans have it."""
    return date_format(timezone.localtime(moment), _("j F Y, H:i"))
