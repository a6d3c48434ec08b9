"""Clean HTML in whatever spelling → the one form in which we keep it. Knows nothing of safety; `rendering` does.

The form: blocks at the top, each on its own line; text only in paragraphs and their like; bold is `<strong>`; white
space is single outside `<pre>`; nothing empty. It is what an editor in the browser gives back for it, so that opening
and saving a text changes nothing.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from . import accessible, renditions, spelling
from .nodes import Node, append, content, dissolve, last_of, taken_out
from .spelling import SPACE

BLOCKS = frozenset(
    "p h2 h3 h4 ul ol li blockquote pre figure figcaption table caption thead tbody tfoot tr th td hr dl dt dd "
    "details summary".split()
)
INLINE = frozenset(
    "a strong em u s del ins sub sup code kbd samp var q cite abbr mark small time span bdi bdo br img".split()
)
# Taken in, then turned into one of the above.
RENAMED = {
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "b": "strong",
    "i": "em",
    "strike": "s",
    "tt": "code",
    "big": "span",
    "font": "span",
    "acronym": "abbr",
    "dfn": "em",
    "address": "p",
}
UNWRAPPED = frozenset("div center section article main header footer aside nav hgroup picture".split())
HOLDS_TEXT = frozenset("p h2 h3 h4 pre summary figcaption caption dt".split())  # inline content only
HOLDS_EITHER = frozenset("li td th dd".split())  # inline content, or blocks
HOLDS_BLOCKS = frozenset("blockquote details figure".split())
# No text of their own: what may stand in them, and what anything else is put into.
STRUCTURE = {
    "ul": (frozenset({"li"}), "li"),
    "ol": (frozenset({"li"}), "li"),
    "dl": (frozenset({"dt", "dd"}), "dd"),
    "table": (frozenset({"caption", "thead", "tbody", "tfoot"}), "caption"),
    "thead": (frozenset({"tr"}), "tr"),
    "tbody": (frozenset({"tr"}), "tr"),
    "tfoot": (frozenset({"tr"}), "tr"),
    "tr": (frozenset({"th", "td"}), "td"),
}
# Parts that stand outside what they are part of: the whole that is made for them, or the block that they become.
WHOLE = {"li": "ul", "dt": "dl", "dd": "dl"}
BECOMES = dict.fromkeys("figcaption summary caption thead tbody tfoot tr th td".split(), "p")

BLANK = " \t\n\r\f\xa0"
_VOID_TAG = re.compile(r"<((?:br|hr|img)(?: [^<>]*)?)>")


def one_form(source: str) -> str:
    """The one form of what a cleaner has written (well-formed, with every attribute quoted and escaped)."""
    root = parsed(source)
    _rename(root)
    _remove_hollow(root)
    _lift_blocks(root)
    _remove_hollow(root)
    _settle(root, top=True)
    for block in list(root.iter(*HOLDS_TEXT, *HOLDS_EITHER)):
        if block.tag == "pre":
            spelling.keep_first_line_break(block)
        elif not any(child.tag in BLOCKS for child in block):
            spelling.squeeze(block)
    accessible.mend(root)
    renditions.mend(root)
    spelling.compose(root)
    return "\n".join(etree.tostring(child, encoding="unicode", method="html", with_tail=False) for child in root)


def parsed(source: str) -> etree._Element:
    """What a cleaner has written as a tree, exactly as it was written: a parser of HTML would move things again."""
    text = _VOID_TAG.sub(r"<\1/>", source).replace("&nbsp;", "\xa0")
    return etree.fromstring(f"<div>{text}</div>", etree.XMLParser(huge_tree=True, resolve_entities=False))


def _rename(root: etree._Element) -> None:
    ids: set[str] = set()
    for element in root.iterdescendants():
        element.tag = RENAMED.get(element.tag, element.tag)
        attributes = element.attrib
        if element.tag == "br":
            attributes.clear()
        if "name" in attributes:
            name = attributes.pop("name")
            attributes["id"] = attributes.get("id") or name
        if attributes.get("id") in ids:
            del attributes["id"]
        ids.add(attributes.get("id", ""))


def _lift_blocks(root: etree._Element) -> None:
    """No block stands in an inline element: bold round two paragraphs is two paragraphs of bold text."""
    holders: set[etree._Element] = set()
    ends = _paragraph_ends(root)
    for block in [*root.iterdescendants(*BLOCKS, *UNWRAPPED), *ends]:
        parent = block.getparent()
        while parent is not None and parent not in holders:
            holders.add(parent)
            parent = parent.getparent()
    gone = [one for one in root.iterdescendants(*INLINE) if one in holders]
    for holder in gone:
        if not any(above.tag == holder.tag for above in holder.iterancestors()):
            _embrace(holder, holder, holders, ends)
    dissolve(root, set(gone))


def _paragraph_ends(root: etree._Element) -> set[etree._Element]:
    """Line breaks that follow each other: they stand between two paragraphs, as blocks would."""
    ends: set[etree._Element] = set()
    for one in root.iterdescendants("br"):
        following = one.getnext()
        if following is not None and following.tag == "br" and not (one.tail or "").strip(BLANK):
            ends |= {one, following}
    return ends


def _embrace(
    element: etree._Element,
    pattern: etree._Element,
    holders: set[etree._Element],
    ends: set[etree._Element],
) -> None:
    """Put a copy of the inline element `pattern` round each run of inline content below `element`."""
    run: list[Node] = []
    for node in [*taken_out(element), None]:
        if node is None or (not isinstance(node, str) and (node in holders or node in ends or _is_block(node))):
            if _says_something(run) and not any(_holds(one, pattern.tag) for one in run):
                around = etree.SubElement(element, pattern.tag, dict(pattern.attrib))
                pattern.attrib.pop("id", None)  # only one element can have it
                append(around, run)
            else:
                append(element, run)
            run = []
            if node is not None:
                element.append(node)
                if node.tag not in {"pre", "hr", "br"}:
                    _embrace(node, pattern, holders, ends)
        else:
            run.append(node)


def _settle(element: etree._Element, *, top: bool = False) -> None:
    """Give every element the kind of content it is for, from the outside in."""
    tag = element.tag
    if tag == "pre":
        _break_lines(element)
        return
    if top or tag in HOLDS_BLOCKS or (tag in HOLDS_EITHER and any(_is_block(one) for one in element.iterdescendants())):
        _into_blocks(element)
    elif tag in STRUCTURE:
        _into_parts(element, *STRUCTURE[tag])
    elif tag in HOLDS_TEXT or tag in HOLDS_EITHER:
        dissolve(element, {one for one in element.iterdescendants() if _is_block(one)}, between=" ")
    if tag in {"table", "figure"}:
        _order(element)
    for child in list(element):
        if child.tag in BLOCKS:
            _settle(child)
            if _is_empty(child):
                element.remove(child)
    only = list(element) if tag in HOLDS_EITHER else []
    if len(only) == 1 and only[0].tag == "p" and not only[0].attrib:
        dissolve(element, set(only))


def _into_blocks(element: etree._Element) -> None:
    """Text and inline elements between blocks become paragraphs; two line breaks begin a new one."""
    pieces = list(_flattened(element, {}))
    for child in list(element):
        element.remove(child)
    element.text = None
    run: list[Node] = []
    of_run: dict[str, str] = {}
    made: set[etree._Element] = set()  # lists for items that had none
    for node, attributes in [*pieces, (None, {})]:
        if node is not None and (isinstance(node, str) or node.tag not in BLOCKS):
            if attributes != of_run:
                _close_run(element, run, of_run)
                of_run = attributes
            run.append(node)
            continue
        _close_run(element, run, of_run)
        if node is not None:
            for name in attributes:
                node.set(name, node.get(name, attributes[name]))
            _add_block(element, node, made)


def _add_block(element: etree._Element, block: etree._Element, made: set[etree._Element]) -> None:
    """Append a block; parts of a list without their list, and captions of nothing, become something that can stand."""
    tag = block.tag
    last = last_of(element)
    if tag in WHOLE:
        if last is None or last not in made or last.tag != WHOLE[tag]:
            last = etree.SubElement(element, WHOLE[tag])
            made.add(last)
        last.append(block)
        return
    at_home = (tag == "summary" and element.tag == "details" and last is None) or (
        tag == "figcaption" and element.tag == "figure"
    )
    if tag in BECOMES and not at_home:
        block.tag = BECOMES[tag]
        for name in set(block.attrib) - {"id", "lang", "dir"}:
            del block.attrib[name]
    element.append(block)


def _close_run(element: etree._Element, run: list[Node], attributes: dict[str, str]) -> None:
    """Make paragraphs of the inline content gathered so far; a figure holds its picture without one."""
    for part in _paragraphs(run):
        if not _says_something(part):
            continue
        picture = all(
            not node.strip(BLANK) if isinstance(node, str) else node.tag in {"img", "br"} or _is_linked_picture(node)
            for node in part
        )
        if element.tag == "figure" and picture:
            append(element, [node for node in part if not isinstance(node, str) and node.tag != "br"])
        else:
            append(etree.SubElement(element, "p", attributes), part)
    run.clear()


def _flattened(element: etree._Element, inherited: dict[str, str]) -> Iterator[tuple[Node | None, dict[str, str]]]:
    """The content without what only wraps; what a wrapper says of direction and language goes on its content.

    None stands where a wrapper begins or ends: a paragraph never runs across it.
    """
    for node in taken_out(element):
        if isinstance(node, str) or node.tag not in UNWRAPPED:
            yield node, inherited
        else:
            own = {name: node.attrib[name] for name in ("dir", "lang") if name in node.attrib}
            yield None, {}
            yield from _flattened(node, inherited | own)
            yield None, {}


def _paragraphs(run: list[Node]) -> Iterator[list[Node]]:
    """Split a run of inline content where two line breaks follow each other."""
    part: list[Node] = []
    breaks: list[Node] = []
    for node in [*run, None]:
        if node is not None and (not node.strip(BLANK) if isinstance(node, str) else node.tag == "br"):
            breaks.append(node)
            continue
        if sum(not isinstance(one, str) for one in breaks) > 1:
            yield part
            part = []
        else:
            part += breaks
        breaks = []
        if node is not None:
            part.append(node)
    yield part


def _into_parts(element: etree._Element, parts: frozenset[str], other: str) -> None:
    """A list or table holds its parts only; a loose list goes into the item before it, loose words into one more."""
    loose: etree._Element | None = None
    for node in _without_wrappers(element):
        if node is None:
            loose = None
        elif isinstance(node, str):
            if node.strip(BLANK) or loose is not None:
                loose = loose if loose is not None else etree.SubElement(element, other)
                append(loose, [node])
        elif node.tag in parts:
            element.append(node)
            loose = None
        else:
            last = last_of(element)
            if loose is None and node.tag in {"ul", "ol", "dl"} and last is not None and last.tag == other:
                loose = last
            loose = loose if loose is not None else etree.SubElement(element, other)
            append(loose, [node])


def _order(element: etree._Element) -> None:
    """A caption is the first thing of its table, or the first or last of its figure."""
    captions = element.findall("caption") if element.tag == "table" else element.findall("figcaption")
    for caption in captions[:1]:
        if element.tag == "table":
            element.insert(0, caption)
        elif caption.getprevious() is not None and caption.getnext() is not None:
            element.append(caption)
    for more in captions[1:]:
        append(captions[0], [" ", *taken_out(more)])
        element.remove(more)


def _without_wrappers(element: etree._Element) -> Iterator[Node | None]:
    """The content without what only wraps; None stands where a wrapper begins or ends."""
    for node in taken_out(element):
        if isinstance(node, str) or node.tag not in UNWRAPPED:
            yield node
        else:
            yield None
            yield from _without_wrappers(node)
            yield None


def _break_lines(pre: etree._Element) -> None:
    """Blocks inside preformatted text are its lines."""
    lines = {one for one in pre.iterdescendants() if _is_block(one)}
    if not lines:
        return
    written: list[Node] = []
    ends = False
    for node in content(pre, lines, between=None):
        if node is None:
            ends = bool(written)
            continue
        if ends and not _starts_line(node) and not _ends_line(written[-1]):
            written.append("\n")
        ends = False
        written.append(node)
    append(pre, written)


def _remove_hollow(root: etree._Element) -> None:
    """Inline elements that hold nothing or say nothing; the white space that stood in them stays."""
    gone: set[etree._Element] = set()
    empty: set[etree._Element] = set()
    for element in reversed(list(root.iterdescendants(*INLINE))):
        tag, attributes = element.tag, element.attrib
        hollow = not (element.text or "").strip(SPACE) and all(
            child in empty and not (child.tail or "").strip(SPACE) for child in element
        )
        if tag == "br" or (tag == "img" and attributes.get("src")):
            continue
        if hollow and "id" not in attributes:
            empty.add(element)
        elif tag not in {"span", "a", "img"} or attributes:
            continue
        gone.add(element)
    dissolve(root, gone)


def _is_block(element: etree._Element) -> bool:
    return element.tag in BLOCKS or element.tag in UNWRAPPED


def _is_empty(element: etree._Element) -> bool:
    if element.tag in {"hr", "td", "th"}:
        return False
    for child in element.iter():
        if child.tag in {"img", "hr", "td", "th"} or child.get("id"):
            return False
        if (child.text or "").strip(BLANK) or (child is not element and (child.tail or "").strip(BLANK)):
            return False
    return True


def _starts_line(node: Node) -> bool:
    return isinstance(node, str) and node.startswith("\n")


def _ends_line(node: Node) -> bool:
    return isinstance(node, str) and node.endswith("\n")


def _is_linked_picture(element: etree._Element) -> bool:
    return (
        element.tag == "a"
        and not "".join(element.itertext()).strip(BLANK)
        and next(element.iter("img"), None) is not None
    )


def _says_something(run: Iterable[Node]) -> bool:
    return any(node.strip(BLANK) if isinstance(node, str) else node.tag != "br" for node in run)


def _holds(node: Node, tag: str) -> bool:
    return not isinstance(node, str) and next(node.iter(tag), None) is not None
