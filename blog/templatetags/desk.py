"""How the desk words what was done."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Event, Post
from .writethru import spelt

register = template.Library()

PLANS = {
    "publish": gettext_lazy("Planned that it goes out at %(time)s"),
    "withdraw": gettext_lazy("Planned that it is withdrawn at %(time)s"),
}

# What is passed over: `kinds.NAMES` for what is said to be a typo, `checks.NAMES` for the rest
WARNINGS = {
    "number": gettext_lazy("a number in a typo"),
    "name": gettext_lazy("a name in a typo"),
    "quotation": gettext_lazy("a quotation in a typo"),
    "date": gettext_lazy("a date in a typo"),
    "link": gettext_lazy("a link in a typo"),
    "negation": gettext_lazy("a negation in a typo"),
    "pictures": gettext_lazy("a picture without a text"),
    "quotations": gettext_lazy("a quotation without a source"),
    "links": gettext_lazy("a link that does not answer"),
    "length": gettext_lazy("a headline or standfirst that is too long"),
    "doubled": gettext_lazy("a word twice in a row"),
    "headings": gettext_lazy("headings out of order"),
    "times": gettext_lazy("a time that is still to come"),
    "reading": gettext_lazy("what is unclear when it is heard"),
    "summary": gettext_lazy("a summary older than the updates"),
}


@register.filter
def in_words(event: Event) -> str:
    """One act as a sentence without its subject."""
    number = event.revision.number if event.revision else 0
    words = {
        "write": _("Saved version %(number)d"),
        "submit": _("Sent version %(number)d to review"),
        "recall": _("Took it back to draft"),
        "request_changes": _("Asked for changes"),
        "approve": _("Approved version %(number)d"),
        "look_over": _("Looked over version %(number)d, published without approval"),
        "retype": _("Changed the type from “%(from)s” to “%(to)s”"),
        "deadline": _("Changed when it is to be ready"),
        "publish": _("Published version %(number)d without approval")
        if event.details.get("glass")
        else _("Published version %(number)d"),
        "adopt": _("Brought in version %(number)d from elsewhere"),
        "withdraw": _("Withdrew it"),
        "remove": _("Removed the words of version %(number)d for legal reasons")
        if number
        else _("Removed what was said here, for legal reasons"),
        "spike": _("Spiked it"),
        "revive": _("Brought it back from the spike"),
        "move": _("Changed the slug from “%(from)s” to “%(to)s”"),
        "assign": _("Changed the story from “%(from)s” to “%(to)s”"),
        "roll": _("Made it a running story"),
        "end": _("Ended the coverage"),
        "promise": _("Promised the next update") if event.details.get("at") else _("Took the promise back"),
        "pin": _("Pinned it"),
        "unpin": _("Unpinned it"),
        "mark_key": _("Made it a key moment"),
        "unmark_key": _("Made it no key moment any more"),
        "discuss": _("Changed who may comment from “%(from)s” to “%(to)s”"),
        "plan": _planned(event),
        "take_back": _("Took back what was planned: version %(number)d")
        if number
        else _("Took a planned withdrawal back"),
        "share": _("Made a link to version %(number)d for somebody outside: %(label)s, until %(until)s"),
        "unshare": _("Ended a link to version %(number)d: %(label)s"),
        "fail_plan": _failed(event),
        "see_failure": _("Saw that what was planned did not happen"),
    }.get(event.verb, event.verb)
    parts = {"number": number, "from": event.details.get("from", ""), "to": event.details.get("to", "")}
    if event.verb in {"share", "unshare"}:
        until = spelt(datetime.fromisoformat(event.details["until"]), "moment")
        parts |= {"label": event.details.get("label") or _("nobody named"), "until": until}
    if event.verb == "discuss":
        parts |= {end: Post.Discussion(parts[end]).label for end in ("from", "to")}
    return words % parts if "%(" in words else words


def _failed(event: Event) -> str:
    state = event.details.get("state")
    if event.details.get("verb") == "withdraw":
        return _("What was planned did not happen: it was not withdrawn")
    if state == "missed":
        return _("What was planned did not happen: version %(number)d missed its time")
    return _("What was planned did not happen: version %(number)d was not published")


def _planned(event: Event) -> str:
    times = {verb: spelt(datetime.fromisoformat(at), "moment") for verb, at in event.details.items() if verb in PLANS}
    return ". ".join(str(PLANS[verb]) % {"time": time} for verb, time in times.items())


@register.filter
def passed_over(event: Event) -> str:
    """What a publisher was warned of and published all the same."""
    return ", ".join(str(WARNINGS.get(name, name)) for name in event.details.get("warnings", ()))


@register.filter
def stage_name(stage: str) -> str:
    """The name of a stage, which an event keeps by its key."""
    return Post.Stage(stage).label if stage in Post.Stage.values else stage
