"""What WordPress keeps of a text is not yet HTML: blocks between comments, newlines for paragraphs, shortcodes."""

import json
import re
from collections.abc import Iterator
from html import escape

from django.utils.translation import gettext as _

from blog import rendering

from . import paragraphs, shortcodes
from .records import Piece
from .shortcodes import Media

MOST_NESTED_BLOCKS = 5
_DELIMITER = re.compile(r"<!--\s{0,20}(/?)wp:([a-z][a-z0-9/_-]{0,100})")
_MARK = re.compile(r"<!--\s{0,20}(?:more|nextpage|noteaser)\b[^<>]{0,500}-->")


def to_html(body: str, media: Media, piece: Piece) -> str:
    """A WordPress body as HTML. What was dropped because only WordPress could draw it is noted on the piece.

    Raises rendering.TooBig for what is too large to be cleaned, before anything is done with it.
    """
    if len(body) > rendering.LONGEST_BODY:
        rendering.measure(body)
    body = shortcodes.with_listings(body.replace("\r\n", "\n").replace("\r", "\n"))
    number = piece.source_id.rpartition("#")[2].partition("~")[0]
    html, dropped = shortcodes.replaced("".join(_dialects(body, media, 0)), media, number)
    if dropped:
        names = ", ".join(dropped)
        piece.remarks.append(_("Left out, because only WordPress could draw it: %(names)s.") % {"names": names})
    return html


def _dialects(body: str, media: Media, depth: int) -> Iterator[str]:
    """Blocks as they are, without their delimiters; what stands outside of any block, in paragraphs."""
    place = level = 0
    for start, end, closing, name, details, alone in _delimiters(body):
        yield _MARK.sub("", body[place:start]) if level else paragraphs.from_newlines(body[place:start])
        place = end
        if alone:
            yield from _reused(name, details, media, depth)
        elif closing:
            level = max(0, level - 1)
        else:
            level += 1
            yield _cover(name, details, body[place : place + 400])
    yield _MARK.sub("", body[place:]) if level else paragraphs.from_newlines(body[place:])


def _delimiters(body: str) -> Iterator[tuple[int, int, bool, str, str, bool]]:
    """Where each begins and ends; closing or not; of which block; its settings; whether it stands alone."""
    place = 0
    while found := _DELIMITER.search(body, place):
        end = body.find("-->", found.end())
        if end < 0:
            return
        details = body[found.end() : end].strip()
        alone = details.endswith("/")
        yield found.start(), end + 3, bool(found[1]), found[2], details.removesuffix("/").strip(), alone
        place = end + 3


def _reused(name: str, details: str, media: Media, depth: int) -> Iterator[str]:
    """A block kept once and shown in many places. All other blocks without content are drawn by WordPress."""
    if name != "block" or depth >= MOST_NESTED_BLOCKS:
        return
    content = media.blocks.get(str(_settings(details).get("ref", "")), "")
    yield from _dialects(content, media, depth + 1)


def _cover(name: str, details: str, following: str) -> str:
    """A cover's picture, where it stands in the block's settings only."""
    address = _settings(details).get("url", "") if name == "cover" else ""
    if not isinstance(address, str) or "<img" in following or not shortcodes.is_picture(address):
        return ""
    return f'<figure><img src="{escape(address)}" alt=""></figure>'


def _settings(text: str) -> dict:
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
