"""How changes are told to readers."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from blog.differences import Difference, Stretch
from blog.history import Change, Step
from blog.models import Revision

from .writethru import moments_beside

register = template.Library()

# What the desk calls a typo, readers call spelling.
KINDS = {
    Revision.Kind.TYPO: lazy("Spelling"),
    Revision.Kind.CLARIFICATION: lazy("Clarification"),
    Revision.Kind.UPDATE: lazy("Update"),
    Revision.Kind.CORRECTION: lazy("Correction"),
}


@register.filter
def kind_for_readers(kind: str) -> str:
    """The name of a kind of change in the words of readers; nothing for none."""
    return str(KINDS.get(kind, ""))


@register.filter
def told(html: SafeString) -> SafeString:
    """A difference whose marks are also heard: its `ins` and `del` bring the words that the style sheet prints."""
    ins = f'<ins data-from=" {_("[added]")} " data-to=" {_("[end of addition]")} ">'
    gone = f'<del data-from=" {_("[removed]")} " data-to=" {_("[end of removal]")} ">'
    return mark_safe(html.replace("<ins>", ins).replace("<del>", gone))


@register.filter
def stretches(difference: Difference, full: bool) -> list[Stretch]:
    return difference.stretches(full=full)


class Row(NamedTuple):
    """A step in the list of versions, in words."""

    number: str  # of the event
    version: str  # empty where something was withdrawn
    name: str
    at: SafeString
    moment: str  # the query for the page as it was then; empty where there was none
    by: str
    what: str
    happened_at: SafeString | str  # of an update
    note: str
    is_start: bool
    is_end: bool


@register.simple_tag
def rows(steps: list[Step], change: Change | None, published_at: datetime) -> list[Row]:
    """The list of versions. Each sentence is looked up once, not for each of fifty lines."""
    beside = moments_beside(published_at)
    name, withdrawn, again = _("Version %(number)d"), _("Withdrawn."), _("Published again.")
    update, published = _("New update."), _("Published.")
    gone, silenced = (
        _("Words removed for legal reasons: %(reason)s"),
        _("Sentence removed for legal reasons: %(reason)s"),
    )
    kinds = {kind: f"{words}." for kind, words in KINDS.items()}
    start, end = (change.start and change.start.number, change.end.number) if change else (None, None)
    return [
        Row(
            number=str(step.number),
            version=str(step.version) if step.shows else "",
            name=name % {"number": step.version},
            at=beside(step.at),
            moment=urlencode({"at": timezone.localtime(step.at).isoformat()}) if step.shows else "",
            by=step.by_name,
            what=(
                withdrawn
                if not step.shows
                else again
                if step.came_back
                else kinds.get(step.kind) or (update if step.update else published)
            ),
            happened_at=beside(step.happened_at) if step.update and step.happened_at else "",
            note=(
                gone % {"reason": step.removed}
                if step.removed
                else silenced % {"reason": step.silenced}
                if step.silenced
                else step.public_note
            ),
            is_start=step.number == start,
            is_end=step.number == end,
        )
        for step in steps
    ]
