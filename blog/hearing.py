"""What somebody who hears a text, or only its headings and links, would not understand. Knows no models.

The one form of texts mends what a machine can mend (`accessible`); this is what only its writer can.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from .passages import HEADINGS, Block, said_in, shown

# What a link is called that says nothing on its own
_SAYS_NOTHING = frozenset(
    "here|click here|click|link|this|this link|more|read more|this page|this article|website|hier|klick hier|"
    "hier klicken|mehr|weiterlesen|ici|cliquez ici|lire la suite|lien|aquí|haga clic aquí|leer más|enlace|aqui|"
    "clique aqui|leia mais|saiba mais".split("|")
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\Z", re.IGNORECASE)
_FILE_NAME = re.compile(r"\S*(?:\.(?:jpe?g|png|gif|webp|avif)|(?:IMG|DSC|DSCN|P)[_-]?\d{3,})\Z", re.IGNORECASE)
_CAPITALS = re.compile(r"[^\W\d_]+")
LONGEST_ADDRESS = 40  # characters that one may be expected to listen to
LONGEST_FILE_NAME = 100  # characters
SHOUTED = 6  # words in capitals, one after the other
_UPLOAD = re.compile(r"/pictures/[0-9a-f]{2}/([0-9a-f]{64})", re.ASCII)


class Flaw(NamedTuple):
    """What is wrong (a name), in which block, and the words or the name of the file by which it is found there."""

    what: str
    number: int
    words: str
    upload: str = ""  # the hash of a picture of our own


def undescribed(blocks: list[Block]) -> Iterator[Flaw]:
    """Pictures without an alternative text, or with the name of a file for one. Whether one is decorative, the library
    of pictures knows."""
    for block in blocks:
        for picture in block.element.iter("img"):
            if needs_words(picture.get("alt", "")):
                yield bare_picture(picture.get("src", ""), block.number)


def bare_picture(src: str, number: int = 0) -> Flaw:
    """The flaw that a picture has which nothing is said of."""
    upload = _UPLOAD.search(src[:300])
    return Flaw("picture", number, file_of(src), upload[1] if upload else "")


def needs_words(alt: str) -> bool:
    """Does an alternative text say nothing of what the picture shows?"""
    alt = alt.strip()
    return not alt or (len(alt) <= LONGEST_FILE_NAME and bool(_FILE_NAME.match(alt)))


def file_of(src: str) -> str:
    """The end of a picture's address, by which an editor knows it."""
    if src.startswith("data:"):
        return shown(src)
    return src.partition("?")[0].rstrip("/").rpartition("/")[2][-60:] or shown(src)


def out_of_order(blocks: list[Block]) -> Iterator[Flaw]:
    """Headings that say nothing, leave a level out, or have no text under them."""
    level, last = 1, None
    for block in blocks:
        if block.element.tag not in HEADINGS:
            if last is not None and (block.words.strip() or len(block.element)):
                last = None
            continue
        here = int(block.element.tag[1])
        words = shown(said_in(block.element))
        if last is not None and here <= level:
            yield Flaw("bare", last.number, shown(last.words))
        if not words:
            yield Flaw("empty", block.number, "")
        elif here > level + 1:
            yield Flaw("skips", block.number, words)
        level, last = here, block
    if last is not None:
        yield Flaw("bare", last.number, shown(last.words))


def unclear(blocks: list[Block]) -> Iterator[Flaw]:
    """Links that say nothing by themselves, tables without headings, paragraphs that only look like headings."""
    for block in blocks:
        for link in block.links:
            name = link.words.strip(" .…»›>→").casefold()
            if not name:
                yield Flaw("silent", block.number, shown(link.href))
            elif name in _SAYS_NOTHING:
                yield Flaw("vague", block.number, link.words)
            elif len(name) > LONGEST_ADDRESS and _ADDRESS.match(name):
                yield Flaw("address", block.number, shown(link.words))
        for table in block.element.iter("table"):
            if next(table.iter("th"), None) is None and next(table.iter("td"), None) is not None:
                yield Flaw("table", block.number, shown(said_in(table)))
        if _only_looks_like_a_heading(block.element):
            yield Flaw("bold", block.number, shown(block.words))
        elif block.element.tag != "pre" and (words := _shouted(block.words)):
            yield Flaw("capitals", block.number, words)


def _only_looks_like_a_heading(element: etree._Element) -> bool:
    """A short paragraph that is bold from its first to its last letter, and no sentence."""
    if element.tag != "p" or len(element) != 1 or element[0].tag != "strong":
        return False
    if (element.text or "").strip() or (element[0].tail or "").strip() or len(element[0]):
        return False
    words = (element[0].text or "").strip()
    return 0 < len(words) <= 70 and not words.endswith((".", "!", "?", "…", ":", "”", '"', "»", "“"))


def _shouted(words: str) -> str:
    """The first run of words in capitals that is long enough to be no name."""
    began, count = -1, 0
    for match in _CAPITALS.finditer(words):
        if len(match[0]) > 1 and match[0].isupper():
            began, count = (began if count else match.start()), count + 1
            if count == SHOUTED:
                return shown(words[began : match.end()])
        elif len(match[0]) > 1:
            count = 0
    return ""
