"""The blocks of a text one after the other, as an editor counts paragraphs, with the words of each. Knows no models."""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from . import canonical

LONGEST_SHOWN = 80  # characters of a passage that are quoted to say where something is
HEADINGS = frozenset({"h2", "h3", "h4"})
_WORDS_END = frozenset(canonical.BLOCKS) | {"br", "img"}


class Link(NamedTuple):
    """A link of a block: where it leads, and what it says (the text of its pictures too)."""

    href: str
    words: str


class Block(NamedTuple):
    """One block of a text: its number from 1, what it is, its words with a line for each block inside, its links."""

    number: int
    element: etree._Element
    words: str
    links: list[Link]


def blocks_of(body: str) -> list[Block]:
    """The outermost blocks of clean HTML. Takes time in proportion to its length."""
    if not body:
        return []
    return [Block(number, *_read(element)) for number, element in enumerate(canonical.parsed(body), 1)]


def shown(words: str) -> str:
    """The beginning of a passage on one line, at most LONGEST_SHOWN characters."""
    words = " ".join(words[: 4 * LONGEST_SHOWN].split())
    return words if len(words) <= LONGEST_SHOWN else f"{words[: LONGEST_SHOWN - 1].rstrip()}…"


def said_in(element: etree._Element) -> str:
    """The words of an element, and those of its pictures, on one line."""
    return " ".join("".join(_said(element)).split())


def _said(element: etree._Element) -> Iterator[str]:
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            yield f" {one.get('alt', '')} " if one.tag == "img" else one.text or ""
        elif one is not element:
            yield one.tail or ""


def _read(block: etree._Element) -> tuple[etree._Element, str, list[Link]]:
    words: list[str] = []
    for event, element in etree.iterwalk(block, events=("start", "end")):
        if element.tag in _WORDS_END:
            words.append("\n")
        if event == "start":
            words.append(element.text or "")
        elif element is not block:
            words.append(element.tail or "")
    links = [Link(link.get("href", ""), said_in(link)) for link in block.iter("a") if link.get("href")]
    return block, "".join(words), links
