"""Two wordings of a piece, part by part: which parts differ, and how."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as lazy

from . import differences
from .differences import Difference
from .models import Revision

NOTHING = Difference(mark_safe(""))


class Part(NamedTuple):
    """A part other than the text that differs."""

    label: str
    html: SafeString

    @property
    def older(self) -> SafeString:
        return differences.without(self.html, differences.INS)

    @property
    def newer(self) -> SafeString:
        return differences.without(self.html, differences.DEL)


@dataclass(frozen=True)
class Comparison:
    """What changed from one wording of a piece to another one; nothing is said where the words of one were removed."""

    parts: list[Part] = field(default_factory=list)
    summary: Difference = NOTHING  # where things stand
    body: Difference = NOTHING
    is_removed: bool = False

    def __bool__(self) -> bool:
        """Is there any difference to be seen?"""
        return bool(self.parts or self.summary or self.body)

    @property
    def changes(self) -> int:
        """How many places differ."""
        return len(self.parts) + self.summary.changes + self.body.changes


def compare(old: Revision | None, new: Revision | None) -> Comparison:
    """The difference between two wordings; None stands for none, as before the first one.

    With one that says nothing, since its words were removed, nothing is compared: all would seem to be new.
    """
    if any(one is not None and one.is_blank() for one in (old, new)):
        return Comparison(is_removed=True)
    parts = []
    for label, told in _LINES.items():
        before, after = (told(one) if one else "" for one in (old, new))
        if before != after:
            parts.append(Part(str(label), differences.words(before, after)))
    for label, (told, compared) in _LISTS.items():
        before, after = (told(one) if one else [] for one in (old, new))
        difference = compared(before, after) if before != after else NOTHING
        if difference:
            parts.append(Part(str(label), difference.html))
    texts = []
    for told in (lambda one: one.summary, lambda one: one.body):
        before, after = (told(one) if one else "" for one in (old, new))
        texts.append(differences.between(before, after) if before or after else NOTHING)
    return Comparison(parts, *texts)


def _time(revision: Revision) -> str:
    moment = revision.happened_at
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""


_LINES: dict[Any, Callable[[Revision], str]] = {
    lazy("Headline"): lambda one: one.headline,
    lazy("Standfirst"): lambda one: one.standfirst,
    lazy("Time"): _time,
    lazy("Byline"): lambda one: one.byline_text(),
    lazy("Section"): lambda one: one.section,
    lazy("Tags"): lambda one: ", ".join(one.tags),
    lazy("Credit of the picture"): lambda one: one.image.get("credit", ""),
}


def _pictures(old: list[str], new: list[str]) -> Difference:
    return differences.between("".join(old), "".join(new))


def _picture(revision: Revision) -> list[str]:
    image = revision.image
    return [f'<p><img src="{escape(image["src"])}" alt="{escape(image["alt"])}"></p>'] if image else []


def _sources(revision: Revision) -> list[str]:
    return [_source(source) for source in revision.sources]


def _source(source: dict[str, str]) -> str:
    said = [source.get(part, "") for part in ("outlet", "title", "url")]
    return ", ".join(text for text in [*said, source.get("at", "")[:16].replace("T", " ")] if text)


_LISTS: dict[Any, tuple[Callable[[Revision], list[str]], Callable[[list[str], list[str]], Difference]]] = {
    lazy("Picture"): (_picture, _pictures),
    lazy("Sources"): (_sources, differences.lines),
}
