"""Cuts a text at markers in one pass: a marker that is never closed must not cost a second look at all the rest."""

import re
from collections.abc import Iterator


def sections(text: str, opening: re.Pattern[str], closing: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """What stands outside (None) and inside of the sections, in order; inside includes both markers.

    `closing` may name a group of `opening`: "</{1}>" ends at the tag that was opened. What is never closed is outside.
    """
    folded = text.lower()
    if len(folded) != len(text):  # some letters have a longer small form: then only small markers are found
        folded = text
    never: set[str] = set()
    place = outside = 0
    while found := opening.search(text, place):
        place = found.end()
        ending = closing.format(found[0], *found.groups()).lower()
        if ending in never:
            continue
        end = folded.find(ending, place)
        if end < 0:
            never.add(ending)
            continue
        place = end + len(ending)
        yield None, text[outside : found.start()]
        yield found, text[found.start() : place]
        outside = place
    yield None, text[outside:]
