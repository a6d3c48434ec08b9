"""How the texts of a body are spelt: white space, letters with accents, the order of attributes."""

import re
import unicodedata
from collections.abc import Iterator

from lxml import etree

from .nodes import dissolve

ATTRIBUTE_ORDER = " href src alt title width height "  # after all others, which go by the alphabet
SPACE = " \t\n\r\f"
_SPACES = re.compile(f"[{SPACE}]+")


def squeeze(block: etree._Element) -> None:
    """Single spaces, none at the ends of a block or of a line, and no line break at either end."""
    _drop_outer_breaks(block)
    after_space = True
    last: tuple[etree._Element, str] | None = None
    for holder, place in _texts(block):
        if place == "text" and holder.tag in {"br", "img"}:
            after_space = holder.tag == "br"
            last = None
            continue
        text = _SPACES.sub(" ", getattr(holder, place) or "")
        if after_space and text.startswith(" "):
            text = text[1:]
        setattr(holder, place, text)
        if text:
            after_space, last = text.endswith(" "), (holder, place)
    if last:
        setattr(last[0], last[1], getattr(*last).rstrip(SPACE))


def keep_first_line_break(pre: etree._Element) -> None:
    """Every parser drops a line break right after `<pre>`: one that is meant is written twice, for both to come."""
    if pre.text and pre.text.startswith("\n"):
        pre.text = "\n\n" + pre.text


def compose(root: etree._Element) -> None:
    """One spelling of each letter with its accents (NFC), and one order of attributes.

    Text by text: `>` and an accent must not become one sign.
    """
    for element in root.iter():
        for place in ("text", "tail"):
            text = getattr(element, place)
            if text and not text.isascii():
                setattr(element, place, unicodedata.normalize("NFC", text))
        attributes = sorted(element.attrib.items(), key=lambda one: (ATTRIBUTE_ORDER.find(f" {one[0]} "), one[0]))
        element.attrib.clear()
        for name, value in attributes:
            element.set(name, unicodedata.normalize("NFC", value))


def _texts(block: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """The places of all texts in a block, in reading order. For a line break or a picture, its place."""
    for event, element in etree.iterwalk(block, events=("start", "end")):
        if event == "start":
            yield element, "text"
        elif element is not block:
            yield element, "tail"


def _drop_outer_breaks(block: etree._Element) -> None:
    gone: set[etree._Element] = set()
    for child in block.iterchildren():
        if child.tag != "br" or (block.text or "").strip(SPACE):
            break
        gone.add(child)
        if (child.tail or "").strip(SPACE):
            break
    for child in block.iterchildren(reversed=True):
        if child.tag != "br" or (child.tail or "").strip(SPACE):
            break
        gone.add(child)
    dissolve(block, gone)
