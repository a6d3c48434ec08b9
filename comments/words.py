"""Words of texts as they are compared: capitals, accents and signs that nobody sees do not count.

Scripts without spaces between words (Chinese, Japanese, Thai …) are compared sign by sign.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters by their kind, and nothing to see
_MARKS, _CONTROLS = {"Mn", "Mc", "Me"}, {"Cf", "Cc"}
# The scripts written without spaces; their vowel signs are gone when this is asked.
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1980-\u19df\u1a20-\u1aaf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaadf\uf900-\ufaff\U00020000-\U000323af"
)
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W_{_WITHOUT_SPACES}]+")


class Found(NamedTuple):
    """A place in a text where listed words stand."""

    folded: str  # as in the list
    written: str  # as in the text


def is_seen(sign: str) -> bool:
    """Is there anything to see of this sign, if only an accent?"""
    return unicodedata.category(sign) not in _CONTROLS and sign not in _FILLERS


@lru_cache(maxsize=20_000)
def fold_sign(sign: str) -> str:
    """One sign without case and accents; nothing for an accent by itself, or for what nobody sees."""
    if sign.isspace():
        return " "  # the end of a line as well: it is a control character, and ends a word
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    return "".join(one for one in small if is_seen(one) and unicodedata.category(one) not in _MARKS)


def fold(text: str) -> str:
    """The words of a text in small letters without accents, with single spaces between them: "Élan!" is "elan"."""
    return " ".join(_WORD.findall("".join(map(fold_sign, text))))


def find(text: str, listed: list[str]) -> list[Found]:
    """Which of the listed words (folded) stand in a text, whole and in their order, each with how it is written there.

    In the order of the list, each once.
    """
    small, places = _with_places(text)
    hits = list(_WORD.finditer(small))
    line = f" {' '.join(hit.group() for hit in hits)} "
    found = []
    for entry in listed:
        at = line.find(f" {entry} ") if entry else -1
        if at >= 0:
            first = line.count(" ", 0, at)
            last = first + entry.count(" ")
            start, end = places[hits[first].start()], _end_of_sign(text, places[hits[last].end() - 1])
            found.append(Found(entry, text[start:end]))
    return found


def _end_of_sign(text: str, place: int) -> int:
    """Where the sign at this place ends, with its accents."""
    end = place + 1
    while end < len(text) and unicodedata.category(text[end]) in _MARKS:
        end += 1
    return end


def _with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its signs the place in the text that it comes from."""
    small, places = [], []
    for place, sign in enumerate(text):
        folded = fold_sign(sign)
        small.append(folded)
        places += [place] * len(folded)
    return "".join(small), places
