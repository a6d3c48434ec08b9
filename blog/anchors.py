"""Exact words with their neighbours, found again in a text that has changed since. Knows rendering only.

A text is read as readers read it: without its tags, with white space folded, as `rendering.plain` has it. Words that
occur more than once are told apart by what stood beside them. Where that does not say which are meant, none are:
other words than those that were pointed at are never taken for them.
"""

import html
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Self

from . import rendering

BESIDE = 30  # characters of a neighbour that are kept
TELLING = 12  # characters without spaces: a neighbour of fewer says nothing where the other one has changed

_TOKEN = re.compile(
    r"(?P<tag><[^>\"]*(?:\"[^\"]*\"[^>\"]*)*>)"
    r"|(?P<sign>&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);)"
    r"|(?P<space>\s+)|(?P<words>[^<&\s]+(?: [^<&\s]+)*|.)",
    re.DOTALL,
)
# The tags at which `rendering.plain` sets words apart
_APART = re.compile(r"<(?:/(?:p|h[234]|li|blockquote|pre|figcaption|caption|t[hd]|tr|d[td]|summary)>|br\b|hr\b)")
_GONE = "\0"  # marks where something was taken out; no clean text has it
_EMPTIED = re.compile(rf"<(?!t[dh]\b)([a-z][a-z0-9]*)(?:\s(?:[^>\"]|\"[^\"]*\")*)?>\s*{_GONE}[\s{_GONE}]*</\1>")


@dataclass(frozen=True)
class Span:
    """Where words stand in the plain text."""

    start: int
    end: int


@dataclass(frozen=True)
class _Piece:
    """Some characters of the plain text, and where they stand in the source; a space may stand in several places."""

    start: int
    text: str
    places: tuple[tuple[int, int], ...]

    def source_of(self, span: Span) -> list[tuple[int, int]]:
        """The places of those of its characters that are in the span."""
        first, last = max(span.start - self.start, 0), min(span.end - self.start, len(self.text))
        if first >= last:
            return []
        if (first, last) == (0, len(self.text)):
            return list(self.places)
        [(begin, _end)] = self.places  # only words are more than one character, and those stand as they are
        return [(begin + first, begin + last)]


class _Reading:
    """A source as its readers read it."""

    def __init__(self, source: str):
        self.source = source
        self.pieces: list[_Piece] = []
        self._length = 0
        self._spaces: list[tuple[int, int]] | None = None  # of the white space that was read last

    @classmethod
    def of_html(cls, source: str) -> Self:
        reading = cls(source)
        for token in _TOKEN.finditer(source):
            said, place = token[0], token.span()
            if token.lastgroup == "tag":
                if _APART.match(said):
                    reading._space()
            else:
                reading._read(html.unescape(said) if token.lastgroup == "sign" else said, place)
        return reading

    @classmethod
    def of_text(cls, source: str) -> Self:
        reading = cls(source)
        for token in re.finditer(r"\s+|\S+(?: \S+)*", source):
            reading._read(token[0], token.span())
        return reading

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def places(self, span: Span) -> list[tuple[int, int]]:
        """Where in the source the characters of a span stand, in order."""
        first = bisect_right(self.pieces, span.start, key=lambda piece: piece.start) - 1
        found = []
        for piece in self.pieces[first:]:
            if piece.start >= span.end:
                break
            found += piece.source_of(span)
        return found

    def _read(self, said: str, place: tuple[int, int]) -> None:
        if said.isspace():
            self._space(place)
            return
        if self._spaces is not None and self.pieces:
            self._add(" ", tuple(self._spaces))
        self._spaces = None
        self._add(said, (place,))

    def _space(self, *place: tuple[int, int]) -> None:
        self._spaces = [*(self._spaces or []), *place]

    def _add(self, said: str, places: tuple[tuple[int, int], ...]) -> None:
        self.pieces.append(_Piece(self._length, said, places))
        self._length += len(said)


def find(source: str, exact: str, before: str = "", after: str = "") -> Span | None:
    """Where the words stand in the plain text of clean HTML; None where they are gone, or it cannot be decided."""
    return find_text(rendering.plain(source), exact, before, after)


def find_text(text: str, exact: str, before: str = "", after: str = "") -> Span | None:
    """As `find`, in a plain text whose white space is folded."""
    whole, half = _found(text, exact, before, after)
    return _only(whole) if whole else _only(half)


def find_surely(text: str, exact: str, before: str = "", after: str = "") -> Span | None:
    """As `find_text`; words that stand there more than once need both of their neighbours.

    For what is looked for again and again while a text is written: one neighbour may come to stand elsewhere.
    """
    whole, half = _found(text, exact, before, after)
    if whole:
        return _only(whole)
    return _only(half) if text.count(_folded(exact)) == 1 else None


def stands(source: str, exact: str, before: str, after: str, replacement: str) -> bool:
    """Does the replacement stand in clean HTML already where the words stood?"""
    return stands_text(rendering.plain(source), exact, before, after, replacement)


def stands_text(text: str, exact: str, before: str, after: str, replacement: str) -> bool:
    """As `stands`, in a plain text whose white space is folded."""
    there, nearly = _found(text, replacement, before, after)
    if there and (before or after) and not _found(text, exact, before, after)[0]:
        return True
    place = find_text(text, exact, before, after)
    return place is not None and any(one.start <= place.start and place.end <= one.end for one in [*there, *nearly])


def replace(source: str, exact: str, before: str, after: str, replacement: str) -> str | None:
    """Clean HTML in which exactly these words are other ones (plain text); None where that cannot be done.

    The markup around them stays. Of words that cross tags the first place gets all of the replacement. Raises TooBig.
    """
    reading = _Reading.of_html(source)
    text = reading.text
    span = _to_be_replaced(text, exact, before, after, replacement)
    if span is None:
        return None
    replacement = _folded(replacement)
    places = reading.places(span)
    said = _spliced(source, places, html.escape(replacement, quote=False))
    while True:
        fewer = _EMPTIED.sub(_GONE, said)
        if fewer == said:
            break
        said = fewer
    changed = rendering.clean(said.replace(_GONE, ""))
    wanted = _folded(text[: span.start] + replacement + text[span.end :])
    return changed if rendering.plain(changed) == wanted else None


def replace_text(source: str, exact: str, before: str, after: str, replacement: str) -> str | None:
    """As `replace`, in a plain text."""
    reading = _Reading.of_text(source)
    span = _to_be_replaced(reading.text, exact, before, after, replacement)
    if span is None:
        return None
    return _spliced(source, reading.places(span), _folded(replacement)).replace(_GONE, "").strip()


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after these characters of a plain text, as far as it is kept."""
    return text[max(0, start - BESIDE) : start], text[end : end + BESIDE]


def _to_be_replaced(text: str, exact: str, before: str, after: str, replacement: str) -> Span | None:
    if stands_text(text, exact, before, after, replacement):
        return None
    span = find_text(text, exact, before, after)
    if span is None or _folded(replacement):
        return span
    between = (span.start == 0 or text[span.start - 1] == " ") and text[span.end : span.end + 1] == " "
    return Span(span.start, span.end + between)  # with one of the two spaces that would be left


def _spliced(source: str, places: list[tuple[int, int]], replacement: str) -> str:
    """The replacement in the first place, and a mark in each that is taken out."""
    parts, end = [], 0
    for number, (begin, beyond) in enumerate(places):
        parts += [source[end:begin], _GONE if number or not replacement else replacement]
        end = beyond
    return "".join([*parts, source[end:]])


def _found(text: str, exact: str, before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Where the words stand between all of their neighbours, and where one neighbour is enough to know them by."""
    exact, before, after = _folded(exact), _tight(before), _tight(after)
    whole: list[Span] = []
    half: list[Span] = []
    at = text.find(exact) if exact else -1
    while at >= 0:
        span = Span(at, at + len(exact))
        is_after, is_before = _begins(text, span.end, after), _ends(text, span.start, before)
        if is_before and is_after and ((before or after) or _is_apart(text, span)):
            whole.append(span)
        elif _is_apart(text, span) and ((is_before and len(before) >= TELLING) or (is_after and len(after) >= TELLING)):
            half.append(span)
        at = text.find(exact, at + 1)
    return whole, half


def _only(found: list[Span]) -> Span | None:
    return found[0] if len(found) == 1 else None


def _is_apart(text: str, span: Span) -> bool:
    """No part of longer words."""
    outside = text[span.start - 1 : span.start] if span.start else "", text[span.end : span.end + 1]
    inside = text[span.start], text[span.end - 1]
    return not any(one.isalnum() and other.isalnum() for one, other in zip(outside, inside, strict=True))


def _ends(text: str, at: int, with_what: str) -> bool:
    """Spaces say nothing: between two paragraphs, a browser has none."""
    return _tight(text[max(0, at - 2 * len(with_what) - 1) : at]).endswith(with_what)


def _begins(text: str, at: int, with_what: str) -> bool:
    return _tight(text[at : at + 2 * len(with_what) + 1]).startswith(with_what)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _tight(text: str) -> str:
    return "".join(text.split())
