"""What a rule found in a comment, and every link, marked in the text as it was typed."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_LINK = r"(?:https?://|www\.)[^\s<>\"]+"


def marked(text: str, words: list[str]) -> SafeString:
    """The text with <mark> around links and around these words; all else of it is escaped, inside marks as well."""
    pattern = _pattern(text, words)
    parts, end = [], 0
    for hit in pattern.finditer(text):
        parts += [(text[end : hit.start()], ""), ("", hit.group())]
        end = hit.end()
    parts.append((text[end:], ""))
    return format_html_join("", "{}{}", ((plain, _mark(hit)) for plain, hit in parts))


def _mark(words: str) -> SafeString | str:
    return format_html("<mark>{}</mark>", words) if words else ""


def _pattern(text: str, words: list[str]) -> re.Pattern:
    """The words stand in the text as they are given; where they stand as whole words too, only there."""
    found = []
    for word in sorted(filter(None, words), key=len, reverse=True):
        whole = rf"(?<!\w){re.escape(word)}(?!\w)"
        found.append(whole if re.search(whole, text, re.IGNORECASE) else re.escape(word))
    return re.compile("|".join([*found, _LINK]), re.IGNORECASE)
