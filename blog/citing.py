"""Citations in a text: links to the numbered sources of its piece, `#s1` as it is typed and `#t-s1` as it is kept."""

import re
from collections.abc import Mapping

_CITATION = re.compile(
    r"""(<a\b[^>]*?\bhref\s*=\s*["']?\#(?:t-(?:u\d+-)?)?s)([1-9]\d{0,3})(?!\d)([^>]*>)(.*?)(</a>)""",
    re.IGNORECASE | re.DOTALL,
)
_ITS_NUMBER = re.compile(r"((?:<[^>]*>|[^\w<])*)(\d+)((?:<[^>]*>|[^\w<])*)\Z")


def follow(text: str, places: Mapping[int, int | None]) -> str:
    """The text with its citations led to where each source stands now; of one that was taken away, the link goes.

    `places` has the new number for an old one, None for none; what it does not name stays. A citation whose words are
    nothing but its number shows the new one, or goes with its link.
    """
    if all(old == new for old, new in places.items()):
        return text

    def move(found: re.Match) -> str:
        begin, old, rest, words, end = found.groups()
        new = places.get(int(old), int(old))
        number = _ITS_NUMBER.match(words)
        is_its_number = bool(number) and number[2] == old
        if new is None:
            return "" if is_its_number else words
        return f"{begin}{new}{rest}{f'{number[1]}{new}{number[3]}' if is_its_number else words}{end}"

    return _CITATION.sub(move, text)
