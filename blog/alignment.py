"""The words of two texts, and where they differ, in a time that grows with the length of the texts.

Each word knows whether it begins a sentence (where a capital says nothing) and whether somebody else is quoted by it.
"""

import re
from collections.abc import Iterable, Sequence
from html import unescape
from typing import NamedTuple

from .sequences import Work, aligned
from .vocabulary import TITLES, small_words

_BLOCK = re.compile(
    r"</?(?:p|h[1-6]|li|ul|ol|dl|dt|dd|pre|figure|figcaption|caption|table|t[hdr]|summary|br|hr)\b[^>]*>"
)
_QUOTE_BEGINS = re.compile(r"<(?:blockquote|q)\b[^>]*>")
_QUOTE_ENDS = re.compile(r"</(?:blockquote|q)>")
_ELEMENT = re.compile(r"<[^>]*>")
_HREF = re.compile(r'<a\s[^>]*?\bhref="([^"]*)"')
_OPEN, _SHUT = "\ue000", "\ue001"  # where a quoting element begins and ends

_WORD = re.compile(
    r"(?P<link>(?:https?://|www\.)[^\s\"”“»«)\]]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|\d{4}-\d\d?-\d\d?(?!\d)"
    r"|(?P<number>(?:(?<![\w.,-])[-−])?\d+(?:[.,:/\u00a0\u202f'’]\d+)*(?:(?:st|nd|rd|th)\b)?)"
    r"|per\s+cent\b|\b[ap]\.\s?m\b|\bU\.[SK]\b"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
    r"|°[CF]?|[%‰€$£¥½¼¾⅓⅔²³]",
    re.IGNORECASE,
)
_MARKS = re.compile(rf"[“”„‟\"«»‹›「」『』‘‚'’{_OPEN}{_SHUT}\n]")
_ENDS = {"“": "”“", "„": '“”"‟', "”": "”", '"': '"”', "«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』"}
_SINGLE = "'’‘"  # what closes a single mark
_STOP = re.compile(r"[.!?…:\n“”„\"«»‹›(\[•–—]|\ue000")


class Word(NamedTuple):
    """One word, number, sign or address of a text."""

    text: str  # with one kind of apostrophe
    start: int
    end: int
    opens: bool  # a capital is no sign of a name here
    quoted: bool


class Text(NamedTuple):
    """A text taken apart."""

    plain: str
    words: list[Word]
    links: list[str]


class Hunk(NamedTuple):
    """Words that differ: from `old_start` to before `old_end` in the one, likewise in the other."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def read(source: str, *, is_html: bool) -> Text:
    """The words of a plain text, or of clean HTML with its links."""
    source = source.replace(_OPEN, " ").replace(_SHUT, " ")
    if not is_html:
        return Text(source, _words(source), [])
    links = [unescape(address) for address in _HREF.findall(source)]
    marked = _BLOCK.sub("\n", _QUOTE_ENDS.sub(f"{_SHUT}\n", _QUOTE_BEGINS.sub(_OPEN, source)))
    plain = unescape(_ELEMENT.sub("", marked))
    return Text(plain, _words(plain), links)


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Where two lists of words differ, in order."""
    return [Hunk(*run[1:]) for run in aligned(old, new, Work()) if not run.same]


def _words(plain: str) -> list[Word]:
    quoted = _quoted(plain)
    words: list[Word] = []
    last, spans = 0, iter(quoted)
    span = next(spans, None)
    for match in _WORD.finditer(plain):
        start, end = match.span()
        while span is not None and span[1] <= start:
            span = next(spans, None)
        opens = not words or _is_a_start(plain[last:start], words[-1].text)
        text = match[0].replace("’", "'")
        words.append(Word(text, start, end, opens, span is not None and span[0] <= start))
        last = end
    return _without_title_case(plain, words)


def _is_a_start(between: str, before: str) -> bool:
    """Does a sentence begin behind what stands between two words?"""
    stops = set(_STOP.findall(between))
    if stops == {"."} and between.startswith("."):
        return len(before) > 1 and before.casefold() not in TITLES and not before.isdecimal()
    return bool(stops)


def _quoted(plain: str) -> list[tuple[int, int]]:
    """Where somebody is quoted: from, to; in order and apart. What is not closed is quoted to the end of its block."""
    spans: list[tuple[int, int]] = []
    deep, begin, ends = 0, -1, ""  # elements open; where a mark opened, and what closes it
    element_begin = -1
    for match in _MARKS.finditer(plain):
        sign, at = match[0], match.start()
        if sign == _OPEN:
            element_begin, deep = (at if not deep else element_begin), deep + 1
        elif sign == _SHUT:
            deep = max(0, deep - 1)
            if not deep and element_begin >= 0:
                spans.append((element_begin, at))
        elif sign == "\n":
            if ends and ends != _SINGLE:
                spans.append((begin, at))
            begin, ends = -1, ""
        elif ends:
            if sign in ends and not (sign in "'’" and _is_inside_a_word(plain, at)):
                spans.append((begin, at))
                begin, ends = -1, ""
        elif sign in "'‘‚":
            if _opens(plain, at) and not plain[at + 1].isdecimal():  # the '90s
                closing = _closing(plain, at, "‘’'" if sign == "‚" else "'" if sign == "'" else "’'")
                begin, ends = (at, _SINGLE) if closing else (-1, "")
        elif sign in _ENDS and not (sign in '"”' and not _opens(plain, at)):
            begin, ends = at, _ENDS[sign]
    if ends and ends != _SINGLE:
        spans.append((begin, len(plain)))
    if deep and element_begin >= 0:
        spans.append((element_begin, len(plain)))
    return _joined(spans)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _opens(plain: str, at: int) -> bool:
    """Could a mark that looks the same at both ends open a quotation here?"""
    before, after = plain[at - 1 : at], plain[at + 1 : at + 2]
    return not before.isalnum() and before not in tuple(".,!?;%") and bool(after) and not after.isspace()


def _closing(plain: str, at: int, signs: str) -> bool:
    """Does a single mark that opens here close again within a sentence or two?"""
    for index in range(at + 2, min(len(plain), at + 600)):
        sign = plain[index]
        if sign == "\n":
            return False
        if sign in signs and not _is_inside_a_word(plain, index):
            return True
    return False


def _is_inside_a_word(plain: str, at: int) -> bool:
    return plain[at + 1 : at + 2].isalnum()


def _without_title_case(plain: str, words: list[Word]) -> list[Word]:
    """The same, where in a line In Which Every Word Has One a capital says nothing."""
    changed, start, ordinary = list(words), 0, small_words()
    while start < len(words):
        end = start + 1
        while end < len(words) and "\n" not in plain[words[end - 1].end : words[end].start]:
            end += 1
        long = [word.text for word in words[start:end] if len(word.text) > 3 and word.text[0].isalpha()]
        long = [text for text in long if text.casefold() not in ordinary]
        if len(long) > 3 and sum(text[0].isupper() for text in long) >= 0.9 * len(long):
            changed[start:end] = [word._replace(opens=True) for word in words[start:end]]
        start = end
    return changed
