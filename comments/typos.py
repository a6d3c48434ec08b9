"""What a comment points at in the text above it: “recieve”, “Ansle -> Ansel”, “siege: i before e”.

Looked for in the order of how plainly it is said: words with other words to put in their place, words said twice, words
left out, words quoted, and last a single word with its nearest neighbour in the text. Whatever is not plain is not
found: a moderator types it in then. Knows nothing but texts.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

from . import cues
from .nearness import LONGEST_WORD, differ_in_case, how_far, is_inflected, mask, slips, slips_in_single

LONGEST_COMMENT = 4_000  # characters that are looked at
MOST_PLACES = 60  # of one word that are looked at
AROUND = 6  # words on either side of “should be”
MOST_ALIKE = 1_000  # words of a text that are compared with one of a comment
MOST_STRANGE = 24  # words of a comment that are not in the text
MOST_SAID = 30  # “should be” of one kind that are looked at


class Passage(NamedTuple):
    """A piece of what readers see, as plain text: a headline, a paragraph, an update."""

    place: str  # "headline", "standfirst", "summary", "body" or "update"
    text: str


class Found(NamedTuple):
    """What a comment points at, and what it says should stand there: "" where it does not say."""

    passage: int
    start: int
    end: int
    exact: str
    replacement: str


class Word(NamedTuple):
    """A word where it stands."""

    folded: str
    start: int
    end: int


def find(comment: str, passages: Sequence[Passage]) -> Found | None:
    """The one place that a comment says something is wrong with; None where there is none, or more than one."""
    said, text = _Said(comment), _Text(passages)
    for look in (_substituted, _doubled, _left_out, _replaced, _two_quotations, _alike, _quoted, _single):
        for found in look(said, text):
            return found
    return None


# What is there


def words_of(text: str) -> list[Word]:
    return [Word(_folded(hit.group()), hit.start(), hit.end()) for hit in cues.WORD.finditer(text)]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower().replace("’", "'")


class _Text:
    """The words of all passages, numbered through, with nothing between the end of one and the next."""

    def __init__(self, passages: Sequence[Passage]):
        self.passages = passages
        self.words: list[str] = []
        self.spots: list[tuple[int, int, int]] = []
        self.at: dict[str, list[int]] = defaultdict(list)
        for number, passage in enumerate(passages):
            for word in words_of(passage.text):
                self.at[word.folded].append(len(self.words))
                self._add(word.folded, (number, word.start, word.end))
            self._add("", (number, 0, 0))

    def _add(self, word: str, spot: tuple[int, int, int]) -> None:
        self.words.append(word)
        self.spots.append(spot)

    @cached_property
    def masks(self) -> list[tuple[int, str]]:
        return [(mask(word), word) for word in self.at if 2 < len(word) <= LONGEST_WORD]

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """Two words as one: where somebody writes apart what belongs together."""
        found = defaultdict(list)
        for number, (one, other) in enumerate(pairwise(self.words)):
            if one and other:
                found[one + other].append(number)
        return found

    def has(self, words: Sequence[str]) -> bool:
        return next(self.places(words), None) is not None

    def places(self, words: Sequence[str]) -> Iterator[int]:
        """Where these words stand one after the other."""
        rarest = min(range(len(words)), key=lambda number: len(self.at.get(words[number], ())), default=None)
        if rarest is None:
            return
        for number in self.at.get(words[rarest], ()):
            start = number - rarest
            if start >= 0 and self.words[start : start + len(words)] == list(words):
                yield start

    def neighbours(self, word: str) -> list[tuple[int, str]]:
        """Other words of the text that are a slip away from this one, the nearest first."""
        most, its_own = slips_in_single(word), mask(word)
        # Words a slip apart have nearly the same letters: all but a few are sorted out without a closer look.
        alike = [other for its, other in self.masks if (its_own ^ its).bit_count() <= 2 * most and other != word]
        found = []
        for other in alike[:MOST_ALIKE]:
            distance = slips(word, other, most)
            if distance is not None and not is_inflected(word, other):
                found.append((distance, other))
        return sorted(found)


class _Said:
    """A comment: its words, what it quotes, and in which tone."""

    def __init__(self, comment: str):
        self.text = _without_answered(comment)[:LONGEST_COMMENT]
        self.words = words_of(self.text)
        self.quotes = [hit.span(hit.lastindex) for hit in cues.QUOTED.finditer(self.text)]
        self.is_about_spelling = bool(cues.SPELLING.search(self.text) or cues.RULE.search(self.text))
        self.has_cue = self.is_about_spelling or bool(cues.CUE.search(self.text))
        self.is_fun = bool(cues.LAUGHS.search(self.text))

    def within(self, start: int, end: int) -> list[Word]:
        return [word for word in self.words if word.start >= start and word.end <= end]

    def quotes_are(self, words: list[Word]) -> bool:
        """Is it a quotation from end to end?"""
        return bool(words) and any(self.within(*span) == words for span in self.quotes)

    def raw(self, words: Sequence[Word]) -> str:
        return self.text[words[0].start : words[-1].end] if words else ""


def _without_answered(comment: str) -> str:
    """Without the lines in which it quotes what it answers."""
    return "\n".join(line for line in comment.split("\n") if not line.lstrip().startswith(">"))


# Said plainly: this, and that in its place


def _substituted(said: _Said, text: _Text) -> Iterator[Found]:
    for hit in islice(cues.SUBSTITUTE.finditer(said.text), MOST_SAID):
        yield from _claimed(
            said, text, said.within(*hit.span(2)), said.within(*hit.span(3)), exactly=True, whatever=True
        )


def _replaced(said: _Said, text: _Text) -> Iterator[Found]:
    for connector, turned in cues.CONNECTORS:
        for hit in islice(connector.finditer(said.text), MOST_SAID):
            left, right = _before(said, hit.start()), _after(said, hit.end())
            ways = [(right, left)] if turned else [(left, right)]
            if connector is cues.INSTEAD and cues.SAYS.search(said.text, 0, hit.start()):
                ways = [(left, right)]
            for wrong, instead in ways:
                exactly = connector is cues.ARROW or (said.quotes_are(wrong) and said.quotes_are(instead))
                yield from _claimed(said, text, wrong, instead, exactly=exactly)


def _two_quotations(said: _Said, text: _Text) -> Iterator[Found]:
    """Two that are nearly the same, one of which stands in the text: "it's own" ... "its own"."""
    if cues.LIKENS.search(said.text):
        return
    parts = [said.within(*span) for span in said.quotes[:12]]
    for number, one in enumerate(parts):
        for other in parts[number + 1 :]:
            if one and other and text.has(_bare(one)) != text.has(_bare(other)):
                wrong, instead = (one, other) if text.has(_bare(one)) else (other, one)
                yield from _claimed(said, text, wrong, instead, exactly=True)
    for part in parts:  # "have there power" - their!
        after = _after(said, part[-1].end + 1) if part and text.has(_bare(part)) else []
        if 0 < len(after) <= 2:
            yield from _claimed(said, text, part, after)


def _before(said: _Said, end: int) -> list[Word]:
    """The quotation that ends there, or the last words of the sentence."""
    for start, stop in said.quotes:
        if 0 <= end - stop <= 3 and not said.within(stop, end):
            return said.within(start, stop)
    begin = max((hit.end() for hit in cues.STOP.finditer(said.text, 0, end)), default=0)
    return said.within(begin, end)[-AROUND:]


def _after(said: _Said, begin: int) -> list[Word]:
    """The quotation that begins there, or the next words of the sentence."""
    for start, stop in said.quotes:
        if 0 <= start - begin <= 4 and not said.within(begin, start):
            return said.within(start, stop)
    stop = cues.STOP.search(said.text, begin)
    return said.within(begin, stop.start() + 1 if stop else len(said.text))[:AROUND]


def _claimed(
    said: _Said,
    text: _Text,
    wrong: list[Word],
    instead: list[Word],
    *,
    exactly: bool = False,
    whatever: bool = False,
) -> Iterator[Found]:
    """Of what stands on both sides, the words that differ least, if those to be replaced stand in the text.

    `exactly`: both sides are meant from end to end; `whatever`: however much they differ.
    """
    best = None
    for old in _runs(wrong):
        if not text.has(_bare(old)):
            continue
        for new in _runs(instead):
            is_whole = exactly and (old, new) == (wrong, instead)
            apart = how_far(_bare(old), _bare(new), may_add=is_whole, loosely=not exactly)
            if is_whole and (whatever or (apart and len(old) > 1) or differ_in_case(said.raw(old), said.raw(new))):
                apart = 0
            if apart is not None and (best is None or (apart, -len(old)) < best[:2]):
                best = apart, -len(old), old, new
    if best and (not said.is_fun or (said.is_about_spelling and best[0] <= 2)):
        _apart, _length, old, new = best
        yield from _at_one(said, text, list(text.places(_bare(old))), len(old), said.raw(new), said.raw(old))


def _runs(words: list[Word]) -> Iterator[list[Word]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]


# Said of one thing


def _doubled(said: _Said, text: _Text) -> Iterator[Found]:
    """The the."""
    heard = _bare(said.words)
    twice = {one for one, other in pairwise(heard) if one == other}
    if cues.TWICE.search(said.text):
        twice |= set(heard)
    places = [
        number
        for word in twice
        for number in text.at.get(word, ())[: MOST_PLACES * 20]
        if text.words[number + 1] == word
    ]
    if places:
        start = text.spots[places[0]]
        first = text.passages[start[0]].text[start[1] : start[2]]
        yield from _at_one(said, text, places, 2, first)


def _left_out(said: _Said, text: _Text) -> Iterator[Found]:
    """Missing "to" before "close it"."""
    for hit in islice(cues.MISSING.finditer(said.text), MOST_SAID):
        missing, beside = said.within(*hit.span("what")), said.within(*hit.span("beside"))
        if missing and beside:
            one, other = said.raw(missing), said.raw(beside)
            new = f"{other} {one}" if hit["after"] else f"{one} {other}"
            yield from _at_one(said, text, list(text.places(_bare(beside))), len(beside), new)


def _quoted(said: _Said, text: _Text) -> Iterator[Found]:
    """There is something wrong with "this"; should it not be "that"?"""
    for span in said.quotes[:12]:
        words = said.within(*span)
        places = list(text.places(_bare(words)))
        if places and said.is_about_spelling and not said.is_fun and not cues.DOUBTS.search(said.text):
            yield from _at_one(said, text, places, len(words), "", said.raw(words))
        elif words and not places and said.has_cue and not said.is_fun:
            yield from _nearest(said, text, words)


def _nearest(said: _Said, text: _Text, words: list[Word]) -> Iterator[Found]:
    """Where these words nearly stand."""
    bare = _bare(words)
    if len(bare) == 1:
        yield from _neighbour(said, text, words[0])
        places = text.joined.get(bare[0], [])
        if places:
            yield from _at_one(said, text, places, 2, said.raw(words))
        return
    found: dict[tuple[int, int], int] = {}
    for offset, word in enumerate(bare):
        for number in text.at.get(word, ())[:MOST_PLACES]:
            for length in (len(bare) - 1, len(bare), len(bare) + 1):
                for start in {number - offset, number - offset - 1, number - offset + 1}:
                    there = text.words[start : start + length] if start >= 0 else []
                    if length and len(there) == length and "" not in there:
                        apart = how_far(there, bare)
                        if apart:
                            found[start, length] = apart
    if found:
        nearest = min(found.values())
        at = [key for key, apart in found.items() if apart == nearest]
        longest = max(length for _start, length in at)
        places = [start for start, length in at if length == longest]
        yield from _at_one(said, text, places, longest, said.raw(words))


def _alike(said: _Said, text: _Text) -> Iterator[Found]:
    """Two words of the comment are a slip apart, and one of them stands in the text."""
    if not said.is_about_spelling:
        return
    heard = {word.folded: word for word in said.words if len(word.folded) > 3}
    there = [word for word in heard.values() if word.folded in text.at]
    new = [word for word in heard.values() if word.folded not in text.at and word.folded not in cues.COMMON][
        :MOST_STRANGE
    ]
    for right in new:
        for wrong in there:
            most = slips_in_single(right.folded)
            near = slips(right.folded, wrong.folded, most) is not None
            if near and not is_inflected(right.folded, wrong.folded):
                yield from _at_one(said, text, text.at[wrong.folded], 1, said.raw([right]))


def _single(said: _Said, text: _Text) -> Iterator[Found]:
    """One word, by itself or with a rule of spelling."""
    alone = len(said.words) == 1 or cues.STAR.match(said.text)
    if not (alone or said.is_about_spelling) or said.is_fun:
        return
    for hit in islice(cues.SUBJECT.finditer(said.text), MOST_SAID):
        named = said.within(*hit.span(next(name for name in ("word", "told", "last") if hit[name])))[:1]
        for word in named:
            if word.folded not in cues.COMMON or cues.RULE.search(said.text, word.end, word.end + 24):
                yield from _neighbour(said, text, word)
                if not cues.DOUBTS.search(said.text) and len(word.folded) > 3:
                    yield from _at_one(said, text, text.at.get(word.folded, []), 1, "")
    strange = [word for word in said.words if len(word.folded) > 3 and word.folded not in text.at]
    strange = [word for word in strange if word.folded not in cues.COMMON][:MOST_STRANGE]
    near = [(text.neighbours(word.folded)[:1], word) for word in strange]
    for _neighbours, word in sorted((pair for pair in near if pair[0]), key=lambda pair: pair[0][0][0]):
        yield from _neighbour(said, text, word)


def _neighbour(said: _Said, text: _Text, word: Word) -> Iterator[Found]:
    near = text.neighbours(word.folded)
    nearest = [other for distance, other in near if distance == near[0][0]]
    if len(nearest) == 1:
        yield from _at_one(said, text, text.at[nearest[0]], 1, said.raw([word]))


# Which place


def _at_one(said: _Said, text: _Text, places: list[int], length: int, new: str, old: str = "") -> Iterator[Found]:
    """The place, if it is one: of several the one that is spelt the same to the capital, or that is hinted at."""
    for narrowed in (_spelt_so, _hinted):
        if len(places) > 1:
            places = narrowed(said, text, places, length, old) or places
    if len(places) != 1:
        return
    passage, start, _end = text.spots[places[0]]
    last_passage, _start, end = text.spots[places[0] + length - 1]
    if passage != last_passage:
        return
    exact = text.passages[passage].text[start:end]
    new = _in_case_of(exact, new, is_first=_is_first(said, new))
    if new != exact:
        yield Found(passage, start, end, exact, new)


def _spelt_so(said: _Said, text: _Text, places: list[int], length: int, old: str) -> list[int]:
    return [place for place in places if old and _exact(text, place, length) == old]


def _exact(text: _Text, place: int, length: int) -> str:
    passage, start, _end = text.spots[place]
    return text.passages[passage].text[start : text.spots[place + length - 1][2]]


def _hinted(said: _Said, text: _Text, places: list[int], length: int, old: str) -> list[int]:
    wanted = None
    if cues.HEADLINE.search(said.text):
        wanted = [number for number, passage in enumerate(text.passages) if passage.place == "headline"]
    elif hit := cues.PARAGRAPH.search(said.text):
        paragraphs = [number for number, passage in enumerate(text.passages) if passage.place == "body"]
        wanted = paragraphs[-1:] if hit["last"] else paragraphs[(which := _counted(hit)) - 1 : which]
    return [place for place in places if wanted is not None and text.spots[place][0] in wanted]


def _counted(hit: re.Match) -> int:
    digits = hit["before"] or hit["behind"]
    return int(digits) if digits else cues.ORDINALS.index(hit["ordinal"].lower()) + 1


def _in_case_of(exact: str, new: str, *, is_first: bool) -> str:
    """With the capital that the replaced words have, where the comment has it for another reason, or for none."""
    if not new or new.lower() == exact.lower():
        return new
    if exact[0].isupper() and new.islower():
        return new[0].upper() + new[1:]
    if exact.islower() and is_first and new[1:].islower():
        return new.lower()
    return new


def _is_first(said: _Said, new: str) -> bool:
    """Does it begin a sentence of the comment?"""
    before = said.text[: said.text.find(new)].rstrip("\"'“”„«» *") if new else ""
    return not before or before[-1] in ".!?:\n"


def _bare(words: Iterable[Word]) -> list[str]:
    return [word.folded for word in words]
