"""What an edit touches that no typo touches: numbers, names, quotations, dates, links, negations.

Whoever publishes says what kind of change it is; this says what speaks against "typo". It compares words, not
meanings: it asks whoever knows. Misspelt forms of a word count as that word, so that their correction is no alarm.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import alignment, slips, vocabulary
from .alignment import Hunk, Text
from .revisions import Content
from .tokens import Token, bare, folded, is_address

NAMES = ("number", "name", "quotation", "date", "link", "negation")
SMALL = 4_096  # pairs of words that are held each against each
LONGEST_SHOWN = 80  # characters of the old and of the new words

_SENTENCES = {
    "number": lazy("It touches a number"),
    "name": lazy("It touches a name"),
    "quotation": lazy("It touches a quotation"),
    "date": lazy("It touches a date or a time"),
    "link": lazy("It touches where a link leads"),
    "negation": lazy("It touches a negation"),
}


class Warning(NamedTuple):  # noqa: A001 - as the field says it
    """One thing that an edit touches: its name for records, and a sentence with the old and the new words."""

    name: str  # one of NAMES
    words: str


class Touch(NamedTuple):
    """The words that touch something, before and after; empty where there were none."""

    name: str
    old: str
    new: str


def warnings(old: Content, new: Content) -> list[Warning]:
    """What this edit touches that no typo touches: one for each name, in the order of NAMES."""
    found: dict[str, list[Touch]] = {}
    for touch in touches(old, new):
        found.setdefault(touch.name, []).append(touch)
    return [Warning(name, _sentence(found[name])) for name in NAMES if name in found]


def touches(old: Content, new: Content) -> Iterator[Touch]:
    """Everything that the edit touches, from top to bottom."""
    pairs = [
        (alignment.read(before, is_html=is_html), alignment.read(after, is_html=is_html))
        for before, after, is_html in _fields(old, new)
    ]
    known = _Known.of([text for pair in pairs for text in pair])
    for before, after in pairs:
        yield from _Edit(before, after, known).touches()
    yield from _of_sources(old, new)
    yield from _of_lists("name", [one["name"] for one in old.byline], [one["name"] for one in new.byline])
    if old.happened_at != new.happened_at:
        yield Touch("date", old.happened_at, new.happened_at)


def _fields(old: Content, new: Content) -> Iterator[tuple[str, str, bool]]:
    """Texts that differ: before, after, whether they are HTML."""
    pairs = [
        (old.headline, new.headline, False),
        (old.standfirst, new.standfirst, False),
        (old.summary, new.summary, True),
        (old.body, new.body, True),
        *(((old.image or {}).get(part, ""), (new.image or {}).get(part, ""), False) for part in ("alt", "credit")),
    ]
    titles = [source.get("title", "") for source in old.sources], [source.get("title", "") for source in new.sources]
    pairs.append(("\n".join(titles[0]), "\n".join(titles[1]), False))
    yield from (pair for pair in pairs if pair[0] != pair[1])


def _of_sources(old: Content, new: Content) -> Iterator[Touch]:
    for name, part in (("link", "url"), ("name", "outlet"), ("date", "at")):
        before, after = ([source.get(part) or "" for source in content.sources] for content in (old, new))
        yield from _of_lists(name, before, after)


def _of_lists(name: str, old: list[str], new: list[str]) -> Iterator[Touch]:
    """A touch where two lists differ, but for capitals and accents of names."""
    spelt = folded if name == "name" else str
    if [spelt(one) for one in old] != [spelt(one) for one in new]:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        yield Touch(name, next(iter(gone or old), ""), next(iter(come or new), ""))


def _sentence(found: list[Touch]) -> str:
    first = found[0]
    what = {"what": _SENTENCES[first.name], "old": _short(first.old), "new": _short(first.new)}
    if first.old and first.new:
        words = _("%(what)s: “%(old)s” becomes “%(new)s”.") % what
    elif first.new:
        words = _("%(what)s: “%(new)s” comes in.") % what
    else:
        words = _("%(what)s: “%(old)s” goes.") % what
    more = len(found) - 1
    return _("%(words)s And %(more)d more.") % {"words": words, "more": more} if more else words


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_SHOWN else f"{words[: LONGEST_SHOWN - 1].rstrip()}…"


@dataclass(frozen=True)
class _Known:
    """What the texts around an edit tell: their languages, and which words are names."""

    languages: tuple[str, ...]
    names: frozenset[str] = field(default_factory=frozenset)  # with a capital where none must be
    small: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, texts: list[Text]) -> "_Known":
        small, names = Counter(), set()
        for text in texts:
            for word in text.words:
                if word.text[0].islower():
                    small[word.text] += 1
                elif word.text[0].isupper() and not word.opens:
                    names.add(bare(word.text).casefold())
        return cls(_languages(small), frozenset(names), frozenset(small))

    @property
    def is_german(self) -> bool:
        return self.languages[0] == "de"


def _languages(small: Counter) -> tuple[str, ...]:
    """Those in which the words are, the likeliest first; English when nothing tells."""
    telling = vocabulary.telling_words()
    scores = {name: sum(small[word] for word in telling[name]) for name in vocabulary.LANGUAGES}
    best = max(scores.values())
    if not best:
        return ("en",)
    return tuple(sorted((name for name in scores if scores[name] * 2 > best), key=lambda name: -scores[name]))


class _Edit:
    """One text before and after."""

    def __init__(self, old: Text, new: Text, known: _Known):
        self.old, self.new, self.known = old, new, known
        self.negations = vocabulary.negations(known.languages)

    def touches(self) -> Iterator[Touch]:
        yield from _of_lists("link", self.old.links, self.new.links)
        keys = [word.text for word in self.old.words], [word.text for word in self.new.words]
        hunks = alignment.hunks(*keys)
        yield from self._moved_marks(hunks)
        for hunk in hunks:
            for name in self._names(hunk):
                yield Touch(name, *self._shown(hunk))

    def _moved_marks(self, hunks: list[Hunk]) -> Iterator[Touch]:
        """Words that are the same, and were or are now somebody else's."""
        old_at = new_at = 0
        for hunk in [*hunks, Hunk(len(self.old.words), 0, len(self.new.words), 0)]:
            for index in range(hunk.old_start - old_at):
                before, after = self.old.words[old_at + index], self.new.words[new_at + index]
                if before.quoted != after.quoted:
                    at, to = old_at + index, new_at + index
                    yield Touch("quotation", *self._shown(Hunk(at, at + 1, to, to + 1)))
                    return
            old_at, new_at = hunk.old_end, hunk.new_end

    def _names(self, hunk: Hunk) -> list[str]:
        """What the words of a hunk touch."""
        old = [Token(self.old.words, index) for index in range(hunk.old_start, hunk.old_end)]
        new = [Token(self.new.words, index) for index in range(hunk.new_start, hunk.new_end)]
        letters = "".join(folded(one.word.text) for one in old), "".join(folded(one.word.text) for one in new)
        if letters[0] == letters[1] and not any(map(str.isdecimal, letters[0])):
            # Other spaces, capitals, accents: the same words, but for "not able" and "notable".
            said = [any(map(self._negation, side)) for side in (old, new)]
            begins = any(self._negation(side[0]) for side in (old, new) if side)
            return ["negation"] if said[0] != said[1] and begins else []
        # What takes the place of a whole passage is no misspelling of it, and each with each would take for ever.
        near = (old, new) if len(old) * len(new) <= SMALL else ([], [])
        return [
            name
            for name, touched in (
                ("number", _touches_numbers(old, new, *near, of_a_date=False)),
                ("name", self._touches_names(old, new, *near)),
                ("quotation", any(one.word.quoted for one in [*old, *new])),
                ("date", _touches_days(old, new, *near) or _touches_numbers(old, new, *near, of_a_date=True)),
                ("link", _addresses(old) != _addresses(new)),
                ("negation", self._touches_negations(old, new, *near)),
            )
            if touched
        ]

    def _touches_names(self, old: list[Token], new: list[Token], near_old: list[Token], near_new: list[Token]) -> bool:
        if self._is_another_word_at_the_start(old, new):
            return True
        for these, others, near in ((old, new, near_new), (new, old, near_old)):
            said = {folded(bare(other.word.text)) for other in others}
            telling = [other.lower for other in near if other.day() or other.number()]
            for one in these:
                if not self._is_name(one) or folded(bare(one.word.text)) in said:
                    continue
                if not any(slips.is_slip(one.lower, other) for other in telling):
                    return True
        return False

    def _is_another_word_at_the_start(self, old: list[Token], new: list[Token]) -> bool:
        """Not misspelt but another word, with a capital, where a sentence begins: "Jones" for "Smith"."""
        if self.known.is_german or len(old) != 1 or len(new) != 1:
            return False
        pair = [old[0].word, new[0].word]
        if not all(word.opens and word.text[0].isupper() and len(word.text) > 2 for word in pair):
            return False
        words = [word.text.casefold() for word in pair]
        ordinary = vocabulary.small_words() | self.known.small
        if any(one.some_number() or one.day() for one in [*old, *new]):
            return False
        return not ordinary.intersection(words) and not slips.is_slip(*words)

    def _is_name(self, one: Token) -> bool:
        text = bare(one.word.text)
        lower = text.casefold()
        if not text[:1].isupper() or lower in vocabulary.small_words() or lower.startswith(("i'", "u.")):
            return False
        if one.day() or one.number() or one.unit() or one.weak_day():
            return False
        if one.word.opens:
            following = one.neighbour(1)
            if lower in self.known.names:
                return lower not in self.known.small
            return bool(
                not self.known.is_german
                and following is not None
                and not following.word.opens
                and following.word.text[0].isupper()
                and following.word.text not in ("I", "I'm")
                and not following.day()
            )
        return one.is_name_in_german() if self.known.is_german else True

    def _touches_negations(
        self, old: list[Token], new: list[Token], near_old: list[Token], near_new: list[Token]
    ) -> bool:
        before, after = ([one for one in side if self._negation(one)] for side in (old, new))
        counts = Counter(map(self._negation, before)), Counter(map(self._negation, after))
        gone, come = counts[0] - counts[1], counts[1] - counts[0]
        for left, these, others in ((gone, before, near_new), (come, after, near_old)):
            near = [other.lower for other in others if not self._negation(other)]
            for one in these:
                if self._negation(one) in left and not any(
                    slips.is_slip_of_negation(other, one.lower) for other in near
                ):
                    return True
        return slips.flips({one.lower for one in old}, {one.lower for one in new})

    def _negation(self, one: Token) -> str | None:
        lower = one.lower
        if lower.startswith("n'") and "fr" in self.known.languages:
            return "ne"
        return self.negations.get(lower) or self.negations.get(lower.replace("'", ""))

    def _shown(self, hunk: Hunk) -> tuple[str, str]:
        """The words of both sides with the one before and the one after, if those are of the same sentence."""
        return (
            _slice(self.old, hunk.old_start, hunk.old_end, bool(hunk.old_end - hunk.old_start)),
            _slice(self.new, hunk.new_start, hunk.new_end, bool(hunk.new_end - hunk.new_start)),
        )


def _touches_numbers(
    old: list[Token], new: list[Token], near_old: list[Token], near_new: list[Token], *, of_a_date: bool
) -> bool:
    """Do numbers or their units differ: those that tell a date, or the others?"""
    before, after = ([one for one in side if one.number()] for side in (old, new))
    if [one.number() for one in before] != [one.number() for one in after]:
        told = [one for one in before if not one.is_misspelt_number_among(near_new)]
        told += [one for one in after if not one.is_misspelt_number_among(near_old)]
        if told:
            return any(one.is_of_a_date() == of_a_date for one in told)
    if of_a_date:
        return False
    perhaps = [[number for one in side if (number := one.some_number())] for side in (old, new)]
    if perhaps[0] and perhaps[1] and perhaps[0] != perhaps[1]:
        return True
    before, after = ([one for one in side if one.unit()] for side in (old, new))
    if [one.unit() for one in before] == [one.unit() for one in after]:
        return False
    return any(not one.is_misspelt_unit_among(near_new) for one in before) or any(
        not one.is_misspelt_unit_among(near_old) for one in after
    )


def _touches_days(old: list[Token], new: list[Token], near_old: list[Token], near_new: list[Token]) -> bool:
    before, after = ([one for one in side if one.day()] for side in (old, new))
    if [one.day() for one in before] != [one.day() for one in after]:
        if any(not one.is_misspelt_day_among(near_new) for one in before):
            return True
        if any(not one.is_misspelt_day_among(near_old) for one in after):
            return True
    weak = [[day for one in side if (day := one.weak_day())] for side in (old, new)]
    return bool(weak[0] and weak[1] and weak[0] != weak[1])


def _addresses(tokens: list[Token]) -> list[str]:
    return [one.word.text for one in tokens if is_address(one.word.text)]


def _slice(text: Text, start: int, end: int, has_words: bool) -> str:
    first, last = max(0, start - 1), min(len(text.words), end + 1)
    if first >= last:
        return ""
    words = text.words[first:last]
    inner = [word for word in words if "\n" not in text.plain[min(word.start, words[-1].end) : word.end]]
    said = text.plain[inner[0].start : inner[-1].end]
    if "\n" in said:  # the words beside it are of other blocks
        if not has_words:
            return ""
        said = text.plain[text.words[start].start : text.words[end - 1].end]
    return said.translate({ord(sign): None for sign in "\ue000\ue001"})
