"""Somebody else saved while this person had the piece open: what becomes of the words of both.

Where they do not collide, the form shows both together, and nothing is saved until this person has looked. Where they
do, both variants are saved as a draft at once: it waits for nobody, and no reader can ever see it as it is. A verb that
was pressed is not done in either case: nobody has seen these words yet.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from .. import events, merging, revisions, wordings
from ..forms.settings import SETTINGS
from ..merging import Merged
from ..models import Revision
from ..rendering import Unacceptable
from ..revisions import Content
from ..wordings import Comparison
from . import keeping

MOST_LOOKED_AT = 5  # versions of this person, for one that has the words of this very form
_WHERE_THINGS_STAND, _TEXT = gettext_lazy("Where things stand"), gettext_lazy("Text")


@dataclass(frozen=True)
class Meeting:
    """What the page says: the newer version, the form as it is now, the button that was pressed, and what
    happened to the words of both.

    `untouched`: this person had changed nothing; `saved`: the version that has both variants where they collide;
    `stands_in`: the version that has the words already; `too_much`: both together are more than a piece may hold;
    `nothing_there`: the words of the newer version were removed.
    """

    newer: Revision
    base: Revision
    form: Any
    verb: str = ""
    untouched: bool = False
    saved: Revision | None = None
    stands_in: Revision | None = None
    too_much: str = ""
    nothing_there: bool = False
    collisions: tuple[merging.Collision, ...] = ()
    theirs: Comparison = field(default_factory=Comparison)  # from what this form was opened with to the newer version
    adds: Comparison = field(default_factory=Comparison)  # from the newer version to both together

    @property
    def parts(self) -> list[str]:
        """What the other one changed, by name."""
        return named(self.theirs)

    @property
    def own_parts(self) -> list[str]:
        return named(self.adds)


def meet(request, form, head: Revision, another: Callable[[], Any]) -> Meeting:
    """Put the words of a form that came too late together with those of `head`, the newest version of its piece.

    `another` makes a form of what is saved by then. Nothing is raised for somebody who saves in this very moment.
    """
    base, fresh = form.base, another()
    told = {"newer": head, "base": base, "verb": request.POST.get("verb", "")}
    if form.is_untouched():
        return Meeting(form=fresh, untouched=True, **told)
    mine = form.said().tidy()
    if head.is_blank():  # its words were removed: there is nothing to put yours together with
        return Meeting(form=_on_top(form, fresh, head, mine), nothing_there=True, **told)
    told["theirs"] = wordings.compare(base, head)
    stands_in = _stands_in(form, mine, head)
    if stands_in:
        return Meeting(form=fresh, stands_in=stands_in, **told)
    try:
        merged = _merged(form, mine, head)
    except Unacceptable as refusal:
        return Meeting(form=_on_top(form, fresh, head, mine), too_much=str(refusal), **told)
    if merged.content.hash() == head.content_hash:
        return Meeting(form=fresh, stands_in=head, **told)
    if merged.collisions:
        try:
            with keeping.let_go(request):
                saved = form.written_as(merged.content, head, _note(head, merged))
        except revisions.Stale as stale:
            return meet(request, form, stale.head, another)
        except Unacceptable as refusal:
            return Meeting(form=form, too_much=str(refusal), **told)
        return Meeting(form=_with_what_is_no_words(another(), form), saved=saved, collisions=merged.collisions, **told)
    adds = wordings.compare(head, revisions.build(fresh.piece, head, merged.content, by=form.by))
    return Meeting(form=_on_top(form, fresh, head, merged.content), adds=adds, **told)


def named(comparison: Comparison) -> list[str]:
    """The parts that differ, by name; of texts, in how many places."""
    found = [part.label for part in comparison.parts]
    for label, difference in ((_WHERE_THINGS_STAND, comparison.summary), (_TEXT, comparison.body)):
        if difference:
            places = ngettext("%d place", "%d places", difference.changes) % difference.changes
            found.append(f"{label} ({places})")
    return found


def _on_top(form, fresh, head: Revision, content: Content):
    """The form with this wording in it, of the piece as it is now."""
    form.piece, form.post = fresh.piece, fresh.post
    form.show_on_top_of(head, content)
    return form


def _with_what_is_no_words(fresh, form):
    """The form of what was saved, with what was typed of where the piece belongs: that was not saved with it."""
    for name in SETTINGS & fresh.fields.keys() & set(form.changed_data):
        fresh.initial[name] = form[name].value()
    return fresh


def _merged(form, mine: Content, head: Revision) -> Merged:
    names = (events.name_of(form.by), head.by_name)
    return merging.merge(Content.of(form.base), mine, Content.of(head), names=names)


def _stands_in(form, mine: Content, head: Revision) -> Revision | None:
    """The version that this very form became before, with the words of somebody else: it was sent twice."""
    own = Revision.objects.of(form.piece).filter(by=form.by, number__gt=form.base.number, number__lte=head.number)
    for revision in own.select_related("based_on").order_by("-number")[:MOST_LOOKED_AT]:
        if revision.content_hash == mine.hash():
            return revision
        if revision.based_on and _merged(form, mine, revision.based_on).content.hash() == revision.content_hash:
            return revision
    return None


def _note(head: Revision, merged: Merged) -> str:
    many = len(merged.collisions)
    return ngettext(
        "Put together with version %(number)d of %(name)s: one place has to be decided.",
        "Put together with version %(number)d of %(name)s: %(many)d places have to be decided.",
        many,
    ) % {"number": head.number, "name": head.by_name, "many": many}
