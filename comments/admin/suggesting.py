"""From a comment that something is misspelt or wrong to a suggestion for the text.

The page shows the words that the comment seems to mean, with what would stand there; both can be changed before the
suggestion is made.
"""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from blog import anchors, suggestions
from blog.models import LONGEST_REPLACEMENT, Suggestion
from blog.rendering import Unacceptable

from .. import moderation, pointing
from . import reading, responding

BESIDE = 80  # characters that are shown on both sides of the words
MOST_PLACES = 50
SHOWN_REMARK = 2_000  # characters of the comment that whoever decides reads with the suggestion
REFUSALS = (moderation.ModerationError, Unacceptable)


@dataclass(frozen=True)
class Shown:
    """Words of a text with what stands beside them, and what should stand there instead."""

    before: str
    exact: str
    replacement: str
    after: str


# A suggestion is made


def page(request, comment, context):
    """GET shows what was found; POST makes the suggestion from what was typed."""
    if not comment.post.is_live():
        raise Http404
    if request.method == "POST":
        return _make(request, comment, context)
    pointed = None if comment.suggestion_id else pointing.looked_for(comment)
    typed = {"exact": "", "replacement": "", "at": "", "about": Suggestion.About.SPELLING}
    if pointed:
        place = pointed.place
        typed |= {"exact": place.exact, "replacement": pointed.replacement, "at": _spelt(place)}
        typed["about"] = _kind_of_mistake(place.exact, pointed.replacement)
    return _page(request, comment, context, typed, place=pointed and pointed.place)


def _make(request, comment, context):
    typed = {name: request.POST.get(name, "") for name in ("exact", "replacement", "at", "about")}
    try:
        place = _place(comment, typed)
        pointing.make_suggestion(comment, partial(_suggest, request, comment, place, typed), by=request.user)
    except REFUSALS as refusal:
        return _page(request, comment, context, typed, refused=str(refusal), status=400)
    messages.success(request, _("It is a suggestion now."))
    return HttpResponseRedirect(f"{responding.address(comment)}#suggestion")


def _suggest(request, comment, place, typed) -> Suggestion:
    before, after = anchors.around(place.text, place.start, place.end)
    return suggestions.suggest(
        comment.post,
        update=place.update,
        revision=place.revision,
        part=place.part,
        exact=place.exact,
        before=before,
        after=after,
        replacement=typed["replacement"],
        about=typed["about"],
        remark=comment.text[:SHOWN_REMARK],
        credit=comment.name,
        by=request.user,
    )


def _place(comment, typed) -> pointing.Place:
    """Where the typed words stand: where they were found, if that is one of the places. Raises Unacceptable."""
    places = pointing.places_of(comment.post, typed["exact"], most=MOST_PLACES)
    if not places:
        raise Unacceptable(_("These words do not stand in what readers see. Copy them from there."))
    same = [place for place in places if _spelt(place) == typed["at"]]
    if len(same or places) > 1:
        raise Unacceptable(_("These words stand there more than once: take some more of what stands beside them."))
    return (same or places)[0]


def _spelt(place) -> str:
    """A place as a field of the form carries it."""
    return f"{place.revision.pk} {place.part} {place.start}"


def _kind_of_mistake(exact: str, replacement: str) -> str:
    digits = [[sign for sign in words if sign.isdigit()] for words in (exact, replacement)]
    return Suggestion.About.FACT if digits[0] != digits[1] and replacement else Suggestion.About.SPELLING


def _page(request, comment, context, typed, *, place=None, refused="", status=200):
    context |= {
        "title": _("Make it a suggestion"),
        "item": reading.items([comment])[0],
        "typed": typed,
        "shown": place and _shown(place, typed["replacement"]),
        "part": place and _part_in_words(place),
        "refused": refused,
        "abouts": Suggestion.About.choices,
        "longest": LONGEST_REPLACEMENT,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/comments/comment/suggest.html", context, status=status)


def _shown(place, replacement) -> Shown:
    before, after = place.text[: place.start], place.text[place.end :]
    before = before if len(before) <= BESIDE else "…" + before[-BESIDE:].partition(" ")[2]
    after = after if len(after) <= BESIDE else after[:BESIDE].rpartition(" ")[0] + "…"
    return Shown(before, place.exact, replacement, after)


def _part_in_words(place) -> str:
    part = Suggestion.Part(place.part).label
    return _("%(part)s of an update") % {"part": part} if place.update else str(part)
