"""Words of a wording that a suggestion points at: where they stand, what they would become, how it looks now."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from . import anchors, rendering
from .models import LONGEST_REPLACEMENT, Event, Post, Revision, Suggestion, Update
from .rendering import Unacceptable
from .revisions import Content

LONGEST_EXACT = 400
WHOLE = 60  # characters of words that are kept as they were pointed at; of more, those that differ
SHOWN_BESIDE = 80  # characters that an editor sees on both sides

Part = Suggestion.Part
IS_HTML = {Part.SUMMARY, Part.BODY}


class NotThere(Unacceptable):
    """The words that somebody points at do not stand in the wording that was read."""


@dataclass(frozen=True)
class Sight:
    """How a suggestion looks against what stands there now."""

    place: str  # "stands", "done" (the replacement stands there), "gone", or "withdrawn" (the piece is not public)
    before: str
    after: str


def pointed_at(
    revision: Revision, part: str, *, exact: str, before: str, after: str, replacement: str
) -> dict[str, str]:
    """The words, what they should be, and what stands beside them in the wording that was read.

    Of a whole passage, the words that differ. Raises NotThere for words that never stood there, or stand there more
    than once where nothing says which are meant; Unacceptable.
    """
    if part not in Part.values:
        raise Unacceptable(_("Say which part it is."))
    exact, replacement = one_line(exact, LONGEST_EXACT), one_line(replacement, LONGEST_REPLACEMENT)
    replacement = _as_it_looks(replacement, exact)
    if not exact:
        raise NotThere(_("Say which words are wrong."))
    text = text_of(revision, part)
    span = anchors.find_text(text, exact, before, after) or anchors.find_text(text, exact)
    if span is None:
        if exact in text:
            raise NotThere(_("These words stand there more than once: take some more of what stands beside them."))
        raise NotThere(_("These words do not stand there. Copy them as they are."))
    found = _with_neighbours(text, *_narrowed(span.start, exact, replacement))
    if anchors.find_text(text, found["exact"], found["before"], found["after"]) is None:  # a refrain: all of it, then
        found = _with_neighbours(text, span.start, exact, replacement)
    return found


def _as_it_looks(replacement: str, exact: str) -> str:
    """Without characters that turn others round or that nobody sees, except those that stand in the text already."""
    seen = rendering.INVISIBLE.sub(lambda found: found[0] if found[0] in exact else "", replacement)
    return " ".join(seen.split())


def _with_neighbours(text: str, start: int, exact: str, replacement: str) -> dict[str, str]:
    before, after = anchors.around(text, start, start + len(exact))
    return {"exact": exact, "before": before, "after": after, "replacement": replacement}


def one_line(text: str, longest: int) -> str:
    """Words on one line, their characters as they are.

    Raises Unacceptable where some cannot be shown, or there are more than `longest`.
    """
    folded = " ".join(text.split())
    if rendering.CONTROLS.search(folded):
        raise Unacceptable(_("It holds characters that cannot be shown (control characters)."))
    if len(folded) > longest:
        raise Unacceptable(
            _("It has %(length)d characters; %(most)d is the most that is taken.")
            % {"length": len(folded), "most": longest}
        )
    return folded


def text_of(revision: Revision, part: str) -> str:
    """The words of a part, as plain text with white space folded: what anchors point into."""
    return text_of_source(getattr(revision, part), part)


def text_of_source(source: str, part: str) -> str:
    """The same of the source of a part, or of some of it."""
    return rendering.plain(source) if part in IS_HTML else " ".join(source.split())


def was_public(revision: Revision) -> bool:
    """Did readers ever see this wording?"""
    return Event.objects.filter(revision=revision, public=True, verb__in=["publish", "adopt"]).exists()


def stands_in(revision: Revision, suggestion: Suggestion) -> bool:
    """Does this wording have the replacement where the words stood?"""
    text = text_of(revision, suggestion.part)
    return anchors.stands_text(text, *_words(suggestion), suggestion.replacement)


def changed(content: Content, suggestion: Suggestion) -> Content | None:
    """The same with the replacement; None where the words are gone."""
    change = anchors.replace if suggestion.part in IS_HTML else anchors.replace_text
    said = change(getattr(content, suggestion.part), *_words(suggestion), suggestion.replacement)
    return None if said is None else replace(content, **{suggestion.part: said})


def sight(suggestion: Suggestion) -> Sight:
    """What stands there now, with more on both sides than is kept."""
    piece = suggestion.update or suggestion.post
    if piece.live is None or not suggestion.post.is_live():
        return Sight("withdrawn", suggestion.before, suggestion.after)
    text = text_of(piece.live, suggestion.part)
    span = anchors.find_text(text, *_words(suggestion))
    if stands_in(piece.live, suggestion):
        return Sight("done", suggestion.before, suggestion.after)
    if span is None:
        return Sight("gone", suggestion.before, suggestion.after)
    return Sight("stands", _left(text[: span.start]), _right(text[span.end :]))


def why_withdrawn(piece: Post | Update) -> str:
    """What readers are told of why it is not there any more."""
    for one in (piece, piece.post):
        withdrawn = Event.objects.of(one).filter(verb="withdraw", public=True).order_by("-number")
        said = None if one.is_live() else withdrawn.first()
        if said is not None:
            return said.public_note
    return ""


def _narrowed(start: int, exact: str, replacement: str) -> tuple[int, str, str]:
    """Of a whole passage, the words that differ; at least one, so that there is something to point at."""
    if len(exact) <= WHOLE or not replacement or exact == replacement:
        return start, exact, replacement
    old, new = exact.split(" "), replacement.split(" ")
    most = min(len(old), len(new)) - 1
    head = next((number for number in range(most) if old[number] != new[number]), most)
    tail = next((number for number in range(most - head) if old[-1 - number] != new[-1 - number]), most - head)
    before = " ".join([*old[:head], ""])
    return start + len(before), " ".join(old[head : len(old) - tail]), " ".join(new[head : len(new) - tail])


def _words(suggestion: Suggestion) -> tuple[str, str, str]:
    return suggestion.exact, suggestion.before, suggestion.after


def _left(text: str) -> str:
    if len(text) <= SHOWN_BESIDE:
        return text
    return "…" + text[-SHOWN_BESIDE:].partition(" ")[2]


def _right(text: str) -> str:
    if len(text) <= SHOWN_BESIDE:
        return text
    return text[:SHOWN_BESIDE].rpartition(" ")[0] + "…"
