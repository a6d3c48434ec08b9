"""A text and a comment on it as words: where they stand, which of them are alike, and what the comment quotes."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from blog.slips import LONGEST

from . import cues
from .nearness import is_inflected, mask, slips, slips_in_single

LONGEST_COMMENT = 4_000  # characters that are looked at
MOST_ALIKE = 1_000  # words of a text that are compared with one of a comment


class Passage(NamedTuple):
    """A piece of what readers see, as plain text: a headline, a paragraph, an update."""

    place: str  # "headline", "standfirst", "summary", "body" or "update"
    text: str


class Word(NamedTuple):
    """A word where it stands."""

    folded: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    return [Word(_folded(hit.group()), hit.start(), hit.end()) for hit in cues.WORD.finditer(text)]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower().replace("’", "'")


class Text:
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
        return [(mask(word), word) for word in self.at if 2 < len(word) <= LONGEST]

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


class Said:
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


def bare(words: Iterable[Word]) -> list[str]:
    return [word.folded for word in words]
