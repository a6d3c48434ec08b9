"""Typed text → clean HTML, one-line text, plain text, excerpt. Knows no models.

`clean` is the only road by which HTML gets into a revision, and its last step is the cleaner: nothing is built or
changed after it, and reading never renders. It also puts HTML into one form (paragraphs are `<p>`, bold is
`<strong>`, no empty blocks), so that the same words are the same text and only a changed word makes a new revision.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

import nh3
from lxml import etree
from lxml import html as lxml_html

LONGEST_BODY = 400_000  # characters; the cleaner's worst cases grow with the square of it
DEEPEST_NESTING = 100  # open elements; a real story has about ten

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
UNWRAPPED = frozenset("div center section article main header footer aside nav hgroup picture noscript".split())
HOLDS_TEXT = frozenset("p h2 h3 h4 pre summary figcaption caption dt".split())  # inline content only
HOLDS_EITHER = frozenset("li td th dd".split())  # inline content, or blocks
HOLDS_BLOCKS = frozenset("blockquote details".split())
STRUCTURE = frozenset("ul ol dl table thead tbody tfoot tr".split())  # no text of their own

EVERYWHERE = {"lang", "dir", "id"}
ATTRIBUTES = {
    "a": {"href", "title", "hreflang", "name"},
    "img": {"src", "alt", "width", "height", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "reversed"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "abbr": {"title"},
    "details": {"open"},
}
SCHEMES = {"http", "https", "mailto", "tel", "data"}
DROPPED_WHOLE = {
    "script",
    "style",
    "template",
    "title",
    "textarea",
    "select",
    "svg",
    "math",
    "object",
    "iframe",
}

# An id in a text must not be one of the page's own; links inside the text follow it.
ID_PREFIX = "t-"
SMALL_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]{1,60000}\Z")
WHOLE_NUMBER = re.compile(r"\d{1,5}\Z")

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
SELF_CLOSING = frozenset(
    "p li dt dd td th tr thead tbody tfoot option br img hr input wbr area base col embed link meta param source track".split()
)
BLANK = " \t\n\r\f\xa0"


Node = str | etree._Element


class Unacceptable(ValueError):
    """A text that cannot be kept as it is; the message says why, for the person who typed it."""


class TooBig(Unacceptable):
    """A text longer or more deeply nested than can be cleaned in reasonable time."""


def clean(source: str) -> str:
    """The same text as HTML that is safe to send and in our one form. `clean(clean(x)) == clean(x)`.

    Raises TooBig above LONGEST_BODY characters or DEEPEST_NESTING open elements (threat T-36).
    """
    source = CONTROLS.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    if not source.strip(BLANK):
        return ""
    measure(source)
    return _STRICT.clean(_one_form(_LOOSE.clean(source))).strip()


def measure(source: str) -> None:
    """Raises TooBig for what must not be parsed at all: longer or deeper than any text of people."""
    if len(source) > LONGEST_BODY:
        raise TooBig(f"The text has {len(source):,} characters; {LONGEST_BODY:,} is the most that is taken.")
    if _nesting(source) > DEEPEST_NESTING:
        raise TooBig(f"The text has more than {DEEPEST_NESTING} elements inside one another.")


def clean_line(text: str, longest: int = 500) -> str:
    """A one-line text (headline, name, label): NFC, single spaces, nothing invisible.

    Raises Unacceptable when it holds control characters or is longer than `longest` characters.
    """
    text = re.sub(r"[ \t\r\n\u2028\u2029]+", " ", unicodedata.normalize("NFC", text)).strip()
    if CONTROLS.search(text):
        raise Unacceptable("It holds characters that cannot be shown (control characters).")
    text = INVISIBLE.sub("", text)
    if len(text) > longest:
        raise Unacceptable(f"It has {len(text)} characters; {longest} is the most that is taken.")
    return text


def clean_text(text: str, longest: int = 5_000) -> str:
    """A plain text of several lines (standfirst, note). Raises Unacceptable as `clean_line` does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(clean_line(line, longest) for line in lines).strip()
    if len(text) > longest:
        raise Unacceptable(f"It has {len(text)} characters; {longest} is the most that is taken.")
    return text


def plain(source: str) -> str:
    """The words of clean HTML, blocks set apart by spaces."""
    spaced = re.sub(
        r"<(?:/(?:p|h[234]|li|blockquote|pre|figcaption|caption|t[hd]|tr|d[td]|summary)|br|hr)>", " ", source
    )
    return " ".join(unescape(re.sub(r"<[^>]*>", "", spaced)).split())


def excerpt(source: str, length: int = 220) -> str:
    """The first words of clean HTML as plain text, cut at a word, at most `length` characters and an ellipsis."""
    text = plain(source[: length * 40])
    if len(text) <= length:
        return text
    cut = text[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,;:–—-")
    return f"{cut}…"


def same_name(text: str) -> str:
    """What two spellings have in common when only their case differs: the key of a tag."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def _nesting(source: str) -> int:
    deepest = depth = 0
    for closing, name in TAG.findall(source):
        if name.lower() in SELF_CLOSING:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _attribute(element: str, name: str, value: str) -> str | None:
    if name == "id":
        value = re.sub(r"\s+", "-", value.strip())
        return None if not value else value if value.startswith(ID_PREFIX) else ID_PREFIX + value
    if name == "href" and value.startswith("#") and len(value) > 1:
        return value if value.startswith(f"#{ID_PREFIX}") else f"#{ID_PREFIX}{value[1:]}"
    if name == "href" and value.strip().lower().startswith("data:"):
        return None
    if name == "src" and value.strip().lower().startswith("data:"):
        return value if SMALL_PICTURE.match(value) else None
    if name in {"width", "height", "colspan", "rowspan", "start"}:
        return value if WHOLE_NUMBER.match(value) else None
    if name == "dir":
        return value.lower() if value.lower() in {"ltr", "rtl", "auto"} else None
    return value


_RULES = {
    "clean_content_tags": DROPPED_WHOLE,
    "attributes": {
        tag: EVERYWHERE | ATTRIBUTES.get(tag, set()) for tag in BLOCKS | INLINE | RENAMED.keys() | UNWRAPPED
    },
    "attribute_filter": _attribute,
    "url_schemes": SCHEMES,
    "link_rel": None,
    "strip_comments": True,
}


_LOOSE = nh3.Cleaner(tags=set(BLOCKS | INLINE | RENAMED.keys() | UNWRAPPED), **_RULES)
_STRICT = nh3.Cleaner(tags=set(BLOCKS | INLINE), **_RULES)


def _one_form(source: str) -> str:
    """Clean HTML with every kind of spelling → the one that we keep."""
    root = lxml_html.fragment_fromstring(source, create_parent="div")
    for element in list(root.iter(etree.Element)):
        element.tag = RENAMED.get(element.tag, element.tag)
        if "name" in element.attrib:
            element.set("id", element.get("id") or element.get("name"))
            del element.attrib["name"]
    for element in list(root.iterdescendants()):
        if element.tag in INLINE and element.tag != "a" and _has_block(element):
            element.drop_tag()
        elif element.tag == "a" and _has_block(element):
            _link_inside(element)
        elif element.tag == "img" and not element.get("src"):
            _remove(element)
        elif element.tag in {"span", "a"} and not element.attrib:
            element.drop_tag()
    _settle(root, top=True)
    parts = [lxml_html.tostring(child, encoding="unicode", with_tail=False) for child in root]
    return "\n".join(parts)


def _has_block(element: etree._Element) -> bool:
    return any(child.tag in BLOCKS or child.tag in UNWRAPPED for child in element.iterdescendants())


def _link_inside(link: etree._Element) -> None:
    """A link round blocks: the link goes, unless it holds a single picture, which then carries it."""
    pictures = [child for child in link.iterdescendants("img")]
    if len(pictures) == 1:
        picture = pictures[0]
        around = etree.Element("a", dict(link.attrib))
        around.tail, picture.tail = picture.tail, None
        picture.getparent().replace(picture, around)
        around.append(picture)
    link.drop_tag()


def _settle(element: etree._Element, *, top: bool = False) -> None:
    """Give every element the kind of content it is for, from the outside in."""
    tag = element.tag
    if tag == "pre":
        return
    if top or tag in HOLDS_BLOCKS or (tag in HOLDS_EITHER and _has_block(element)):
        _into_blocks(element)
    elif tag == "figure":
        _into_blocks(element, loose="figure")
    elif tag in STRUCTURE:
        element.text = None
        for child in element:
            child.tail = None
    elif tag in HOLDS_TEXT or tag in HOLDS_EITHER:
        for child in list(element.iterdescendants()):
            if child.tag in BLOCKS or child.tag in UNWRAPPED:
                _space_before(child)
                child.drop_tag()
        _trim(element)
    for child in list(element):
        if child.tag in BLOCKS:
            _settle(child)
            if _is_empty(child):
                _remove(child)
    if tag in HOLDS_EITHER and len(element) == 1 and element[0].tag == "p" and not element[0].attrib:
        element[0].drop_tag()
        _trim(element)


def _into_blocks(element: etree._Element, loose: str = "p") -> None:
    """Text and inline elements between blocks become paragraphs; two line breaks begin a new one."""
    pieces = list(_flattened(element, {}))
    for child in list(element):
        element.remove(child)
    element.text = None
    run: list[Node] = []
    of_run: dict[str, str] = {}
    for node, attributes in [*pieces, (None, {})]:
        if node is not None and (isinstance(node, str) or node.tag not in BLOCKS):
            if attributes != of_run:
                _close_run(element, run, of_run, loose)
                of_run = attributes
            run.append(node)
            continue
        _close_run(element, run, of_run, loose)
        if node is not None:
            for name in attributes.keys() - node.attrib.keys():
                node.set(name, attributes[name])
            element.append(node)


def _close_run(element: etree._Element, run: list[Node], attributes: dict[str, str], loose: str) -> None:
    """Make paragraphs of the inline content gathered so far; a figure holds its picture without one."""
    for part in _paragraphs(run):
        if not any(not isinstance(node, str) or node.strip(BLANK) for node in part):
            continue
        picture = all(
            not node.strip(BLANK) if isinstance(node, str) else node.tag in {"img", "a", "br"} for node in part
        )
        if loose == "figure" and picture:
            _append(element, [node for node in part if not isinstance(node, str) and node.tag != "br"])
        else:
            _append(etree.SubElement(element, "p", attributes), part)
    run.clear()


def _flattened(element: etree._Element, inherited: dict[str, str]) -> Iterator[tuple[Node | None, dict[str, str]]]:
    """The content without what only wraps; what a wrapper says of direction and language goes on its content.

    None stands where a wrapper begins or ends: a paragraph never runs across it.
    """
    if element.text:
        yield element.text, inherited
    for child in list(element):
        tail, child.tail = child.tail, None
        if child.tag in UNWRAPPED:
            own = {name: child.attrib[name] for name in ("dir", "lang") if name in child.attrib}
            yield None, {}
            yield from _flattened(child, inherited | own)
            yield None, {}
        else:
            yield child, inherited
        if tail:
            yield tail, inherited


def _paragraphs(run: list[Node]) -> Iterator[list[Node]]:
    """Split a run of inline content where two line breaks follow each other."""
    part: list[Node] = []
    breaks: list[Node] = []
    for node in run:
        if (not isinstance(node, str) and node.tag == "br") or (
            breaks and isinstance(node, str) and not node.strip(BLANK)
        ):
            breaks.append(node)
        else:
            if sum(not isinstance(one, str) for one in breaks) > 1:
                yield part
                part = []
            else:
                part += breaks
            breaks = []
            part.append(node)
    yield part


def _append(element: etree._Element, nodes: list[Node]) -> None:
    for node in nodes:
        if not isinstance(node, str):
            element.append(node)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + node
        else:
            element.text = (element.text or "") + node
    _trim(element)


def _trim(element: etree._Element) -> None:
    """No white space and no line break at the ends of a block."""
    if element.tag == "pre":
        return
    if element.text:
        element.text = element.text.lstrip(" \t\n\r\f")
    while len(element) and element[0].tag == "br" and not (element.text or "").strip():
        element.text = ((element.text or "") + (element[0].tail or "")).lstrip(" \t\n\r\f")
        element.remove(element[0])
    while len(element) and element[-1].tag == "br" and not (element[-1].tail or "").strip():
        element.remove(element[-1])
    if len(element) and element[-1].tail:
        element[-1].tail = element[-1].tail.rstrip(" \t\n\r\f")
    elif not len(element) and element.text:
        element.text = element.text.rstrip(" \t\n\r\f")


def _is_empty(element: etree._Element) -> bool:
    if element.tag in {"hr", "td", "th"}:
        return False
    if any(child.tag in {"img", "hr", "td", "th"} or child.get("id") for child in element.iter()):
        return False
    return not "".join(element.itertext()).strip(BLANK)


def _space_before(element: etree._Element) -> None:
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "").rstrip() + " "
    elif element.getparent() is not None and element.getparent().text:
        element.getparent().text = element.getparent().text.rstrip() + " "


def _remove(element: etree._Element) -> None:
    """Take an element out and leave what follows it."""
    element.drop_tree()
