"""What is planned for a piece, on its page: planned there, shown there, and taken back there."""

from itertools import takewhile
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import plans, schedule, workflow, writers
from ..forms.plans import PlanForm
from ..models import Event, Post, Schedule, Update
from ..templatetags.writethru import spelt

# Buttons, as they come with the form of a piece
TAKE_BACK = {"take_back_publish": Schedule.Verb.PUBLISH, "take_back_withdraw": Schedule.Verb.WITHDRAW}
VERBS = ["plan", *TAKE_BACK]
# What took the ground from under a plan
BECAUSE = {
    "recall": gettext_lazy("it went back to draft."),
    "request_changes": gettext_lazy("changes were asked for."),
    "spike": gettext_lazy("it was spiked."),
    "withdraw": gettext_lazy("it was withdrawn by hand."),
    "publish": gettext_lazy("it was published by hand."),
    "remove": gettext_lazy("words were removed for legal reasons."),
}


class Line(NamedTuple):
    """One plan on the page of its piece, with what else is planned about that time."""

    row: Schedule
    button: str  # "" for who may not take it back
    beside: list[Schedule]


class Dropped(NamedTuple):
    """The plans that went because of what somebody did last: who, why, and (verb, time) of each."""

    name: str
    why: str
    plans: list[tuple[str, str]]


def plan(piece: Post | Update, revision, *, by, words, kind: str = "", warnings=()):
    """Plan what was typed, for the version that was saved with it. Gives the piece; raises refusals of the workflow."""
    form = PlanForm(words)
    if not form.is_valid():  # the page says at each field what is wrong
        raise workflow.WrongState(_("Nothing is planned yet: look at the times."))
    said = {"public_note": words.get("publish-public_note", ""), "why": words.get("publish-why", "")}
    return schedule.plan(piece, revision, by=by, kind=kind, warnings=warnings, **said, **form.cleaned_data)


def take_back(verb: str, piece: Post | Update, *, by):
    """Take back what is planned, for a button of TAKE_BACK. Gives the piece; raises refusals of the workflow."""
    row = plans.planned(piece).get(TAKE_BACK[verb])
    if row is None:
        raise workflow.WrongState(_("It is not planned any more."))
    schedule.take_back(row, by=by)
    return type(piece).objects.select_related("head", "live").get(pk=piece.pk)


def said(verb: str, piece: Post | Update) -> str:
    """What happened, for who pressed the button."""
    if verb in TAKE_BACK:
        return format_html(_("What was planned for “{}” is taken back."), piece)
    rows = plans.planned(piece)
    words = {
        Schedule.Verb.PUBLISH: _("It goes out at %(time)s."),
        Schedule.Verb.WITHDRAW: _("It is withdrawn at %(time)s."),
    }
    parts = [words[one] % {"time": spelt(rows[one].due_at, "moment")} for one in words if one in rows]
    return format_html("“{}”: {}", piece, " ".join(parts))


def panel(request, piece: Post | Update, offers) -> dict:
    """What the page of a piece shows of its plans, and the form for the next: with what was sent, if it was refused."""
    user, rows = request.user, plans.planned(piece)
    may_publish = Schedule.Verb.PUBLISH not in rows and any(one.verb == "publish" and one.allowed for one in offers)
    goes_out = may_publish or piece.is_live() or Schedule.Verb.PUBLISH in rows
    may_withdraw = Schedule.Verb.WITHDRAW not in rows and goes_out and user.has_perm("blog.withdraw_post")
    form = None
    if may_publish or may_withdraw:
        sent = request.POST if request.POST.get("verb") == "plan" else None
        form = PlanForm(sent, may_publish=may_publish, may_withdraw=may_withdraw)
    reads = writers.may_read_drafts(user, piece)
    shown = sorted(rows.values(), key=lambda row: row.due_at) if reads else []
    return {
        "plan_lines": [_line(user, row) for row in shown],
        "plan_form": form,
        "plan_troubles": list(Schedule.objects.of(piece).in_trouble()) if reads else [],
        "plan_dropped": dropped(piece) if reads and not shown else None,
    }


def dropped(piece: Post | Update) -> Dropped | None:
    """What was planned, if the last that happened to the piece took that back."""
    last = Event.objects.of(piece).exclude(verb="remove").order_by("-number")  # that comes after what it takes
    gone = list(takewhile(_took_a_plan, last[: len(TAKE_BACK)]))
    if not gone:
        return None
    plans = [(str(Schedule.Verb(one.details["verb"]).label), one.details["due"]) for one in reversed(gone)]
    return Dropped(gone[0].by_name, BECAUSE.get(gone[0].details["because"], ""), plans)


def _took_a_plan(event: Event) -> bool:
    return event.verb == "take_back" and "because" in event.details


def _line(user, row: Schedule) -> Line:
    button = f"take_back_{row.verb}" if schedule.may_take_back(user, row) else ""
    return Line(row, button, schedule.beside(row, user))
