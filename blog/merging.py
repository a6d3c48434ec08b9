"""What two made of one wording at the same time, as one wording.

Each part is put together by what it is: texts by blocks and words, tags and bylines as lists of names, sources row by
row, with the citations in the texts following them. What does not collide is combined. What does, stands there twice,
between signs that say whose is which (`variants`); where a part cannot hold signs (a section, a picture), the newer
wording's stays and the other one stands at the head of the text. No word that either typed is lost.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from . import merging_lists, merging_texts, merging_words, rendering, variants
from .merging_lists import Sources
from .merging_words import Clash
from .models import Revision
from .refusals import WrongState
from .rendering import Unacceptable
from .revisions import Content
from .variants import Names

SIDES = ("base", "mine", "theirs")


class Collision(NamedTuple):
    """A place where both variants stand: the name of the part, and what either wrote."""

    part: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """Two wordings in one. `content` is tidy; `collisions` are the places where a person has to decide."""

    content: Content
    collisions: tuple[Collision, ...] = ()


def merge(base: Content, mine: Content, theirs: Content, *, names: tuple[str, str] = ("", "")) -> Merged:
    """What became of `base`, where one person made `mine` of it and another one `theirs`. All three are tidy.

    `names` are whose they are, mine first, for the signs. Raises Unacceptable where both together are more than a
    piece may hold.
    """
    if mine in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(mine)
    return _Merging(base, mine, theirs, Names.of(*names)).merged()


def has_marks(content: Content) -> bool:
    """Do two variants stand in it, of which somebody has to choose one?"""
    lists = [*content.tags, *(person["name"] for person in content.byline)]
    lists += [text for source in content.sources for text in source.values()]
    image = [str(text) for text in (content.image or {}).values()]
    texts = (content.headline, content.standfirst, content.body, content.summary, content.section)
    return variants.are_in(*texts, *lists, *image)


def check_decided(revision: Revision) -> None:
    """Raises WrongState for a wording in which two variants stand: no reader sees them."""
    if has_marks(Content.of(revision)):
        raise WrongState(
            _("Two wordings of one place still stand in it, between the signs %(begin)s and %(end)s: keep one of them.")
            % {"begin": variants.SIGN, "end": variants.ENDS}
        )


class _Merging:
    """One merge: the places where both variants stand, and what has no place but the head of the text."""

    def __init__(self, base: Content, mine: Content, theirs: Content, names: Names):
        self.three = (base, mine, theirs)
        self.names = names
        self.collisions: list[Collision] = []
        self.aside: list[str] = []

    def merged(self) -> Merged:
        base, mine, theirs = self.three
        content = Content(
            headline=self._line("headline", _("Headline"), rendering.clean_line),
            standfirst=self._line("standfirst", _("Standfirst"), rendering.clean_text),
            tags=merging_lists.merge_names(base.tags, mine.tags, theirs.tags, str),
            byline=merging_lists.merge_names(base.byline, mine.byline, theirs.byline, lambda one: one["name"]),
            section=self._whole(_("Section"), *(one.section for one in self.three)),
            happened_at=self._whole(_("Time"), *(one.happened_at for one in self.three)),
            image=self._image(),
        )
        sources = merging_lists.merge_sources(base.sources, mine.sources, theirs.sources)
        for number, _part, ours, other in sources.clashes:
            self._beside(_("Source %(number)d") % {"number": number}, ours, other)
        texts = [
            self._text(sources, part, name)
            for part, name in (("summary", _("Where things stand")), ("body", _("Text")))
        ]
        kept, (summary, body) = sources.finished(*texts)
        body = "\n".join([*self.aside, body])
        return Merged(replace(content, sources=kept, summary=summary, body=body).tidy(), tuple(self.collisions))

    def _line(self, part: str, name: str, clean: Callable[[str], str]) -> str:
        base, ours, others = (getattr(one, part) for one in self.three)
        text, clashes = merging_words.merge_line(base, ours, others, self.names)
        try:
            text = clean(text)
        except Unacceptable:  # both together are too long for it
            return self._whole(name, base, ours, others)
        self._note(name, clashes)
        return text

    def _text(self, sources: Sources, part: str, name: str) -> str:
        """A text with its citations; its collisions are noted."""
        texts = [sources.shared(getattr(one, part), side) for one, side in zip(self.three, SIDES, strict=True)]
        text, clashes = merging_texts.merge(*texts, self.names)
        self._note(name, clashes)
        return text

    def _whole(self, name: str, base: str, ours: str, others: str) -> str:
        """What can be one thing only: the one that changed; of two that did, the newer wording's."""
        if others == base:
            return ours
        if ours not in (base, others):
            self._beside(name, ours, others)
        return others

    def _image(self) -> dict[str, Any] | None:
        base, ours, others = (one.image or {} for one in self.three)
        if others == base:
            return ours or None
        if ours in (base, others):
            return others or None
        if base.get("src") == ours.get("src") == others.get("src"):
            words = {"alt": _("Alternative text"), "credit": _("Credit")}
            said = {part: [image.get(part, "") for image in (base, ours, others)] for part in [*base, *ours, *others]}
            whole = {part: self._whole(words[part], *said.pop(part)) for part in words if part in said}
            return {part: one if other == was else other for part, (was, one, other) in said.items()} | whole
        told = (" ".join(image.get(part, "") for part in ("alt", "credit", "src")) for image in (ours, others))
        self._beside(_("Picture"), *told)
        return others or None

    def _beside(self, name: str, ours: str, others: str) -> None:
        """Both made something else of a part that can hold one: mine stands at the head of the text."""
        sign = escape(variants.of_part(self.names.mine, name))
        words = escape(ours.strip() or _("nothing"))
        self.aside.append(f"<p><mark>{sign}</mark> {words} <mark>{variants.ENDS}</mark></p>")
        self.collisions.append(Collision(name, ours, others))

    def _note(self, name: str, clashes: Iterable[Clash]) -> None:
        self.collisions += [Collision(name, *clash) for clash in clashes]
