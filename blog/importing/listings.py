"""Program code as blogs hold it: line breaks and indentation are kept, colours are not.

Highlighters left a span round every word, a `<br>` at every line's end and a run of no-break spaces before it, in a
`<pre>`, or in any element at all whose style says "Courier".
"""

import re
from collections.abc import Iterator

from lxml import etree

_FIXED_WIDTH = re.compile(r"courier|consolas|monospace|lucida console|monaco|menlo", re.IGNORECASE)
_BLOCKS = frozenset("div p li tr blockquote".split())
_NO_LISTING = frozenset("img table ul h1 h2 h3 h4 h5 h6 iframe object embed pre figure".split())
_EDGE = "\x02"  # where a block begins or ends: one line's end, however many meet there
_EDGES = re.compile(r"\n?\x02+")
_INLINE_KEPT = frozenset("a strong b em i del ins mark sub sup".split())


def mend(root: etree._Element) -> None:
    """Make `<pre>` of what is program code, in place."""
    for listing in list(root.iter("pre")):
        _into_lines(listing)
    for element in list(root.iter("div", "p", "span", "font", "code", "tt", "blockquote")):
        if root in element.iterancestors() and _is_listing(element):
            _into_listing(element)


def _is_listing(element: etree._Element) -> bool:
    """Two lines or more in a typewriter's letters, and nothing that no listing has."""
    if any(above.tag == "pre" for above in element.iterancestors()):
        return False
    if element.tag not in ("code", "tt") and not _fixed_width(element):
        return False
    if any(one.tag in _NO_LISTING for one in element.iterdescendants()):
        return False
    return len(_lines(element)) > 1


def _fixed_width(element: etree._Element) -> bool:
    return bool(_FIXED_WIDTH.search(element.get("style", "")) or _FIXED_WIDTH.search(element.get("face", "")))


def _lines(element: etree._Element) -> list[str]:
    text = _EDGES.sub("\n", "".join(_text(element)))
    return [line for line in text.split("\n") if line.strip(" \t\xa0")]


def _text(element: etree._Element) -> Iterator[str]:
    """The text with its lines, before anything is changed. White space of the source is one space."""
    keeps = element.tag in ("code", "tt")
    yield (element.text or "") if keeps else re.sub(r"\s*\n\s*", " ", element.text or "")
    for child in element:
        if child.tag == "br":
            yield "\n"
        elif isinstance(child.tag, str):
            edge = _EDGE if child.tag in _BLOCKS else ""
            yield edge
            yield from _text(child)
            yield edge
        yield (child.tail or "") if keeps else re.sub(r"[ \t\r\f\v]*\n[ \t\r\f\v]*", " ", child.tail or "")


def _into_listing(element: etree._Element) -> None:
    text = _EDGES.sub("\n", "".join(_text(element))).replace("\xa0", " ").replace("\t", "    ")
    lines = [line.rstrip() for line in text.split("\n")]
    if element.tag not in ("code", "tt"):
        lines = [line[1:] if line.startswith(" ") and not line.startswith("  ") else line for line in lines]
    tail = element.tail
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    element.text, element.tail, element.tag = None, tail, "pre"
    code = etree.SubElement(element, "code")
    code.text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _into_lines(listing: etree._Element) -> None:
    """A `<pre>`: breaks and blocks inside it become lines, no-break spaces become spaces."""
    listing.attrib.clear()
    for child in list(listing.iterdescendants()):
        if not isinstance(child.tag, str):
            continue
        if child.tag == "br":
            _break_line(child)
        elif child.tag in _BLOCKS:
            child.tail = "\n" + (child.tail or "").removeprefix("\n")
            child.drop_tag()
        elif child.tag not in _INLINE_KEPT and child.tag not in ("code", "img"):
            child.drop_tag()
    for part in listing.iter():
        if part.text:
            part.text = part.text.replace("\xa0", " ")
        if part is not listing and part.tail:
            part.tail = part.tail.replace("\xa0", " ")


def _break_line(element: etree._Element) -> None:
    """A break that the source writes at its line's end is one line, not two."""
    tail = element.tail or ""
    element.tail = tail if tail.startswith(("\n", "\r\n")) else "\n" + tail
    element.drop_tag()
