"""WordPress' classic texts: an empty line begins a paragraph, a single newline is a line break."""

import re
from collections.abc import Iterator
from html import escape

from .scanning import sections

_AS_IT_IS = re.compile(r"<(pre|script|style|textarea|select)\b[^<>]{0,1000}>", re.IGNORECASE)
_BLOCK = (
    "address|article|aside|blockquote|caption|center|col|colgroup|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h[1-6]|header|hr|legend|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_BLOCK_TAG = re.compile(rf"(<(/?)({_BLOCK})\b[^<>]*>)", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")
_COMMENT = re.compile(r"<!--")
_MARK = re.compile(r"<!--\s{0,20}(?:more|nextpage|noteaser)\b[^<>]{0,500}-->")
_CODE = re.compile(r"<code>", re.IGNORECASE)
_BREAK_TWICE = re.compile(r"<br ?/?>\s*<br ?/?>", re.IGNORECASE)
_ADDRESS_ALONE = re.compile(r"https?://[^\s<>\"']+")
STRUCTURE = frozenset("ul ol dl table thead tbody tfoot tr colgroup".split())
HOLDS_TEXT = frozenset("p h1 h2 h3 h4 h5 h6 dt figcaption caption summary address legend".split())
HOLDS_EITHER = frozenset("li td th dd figure".split())
EMPTY = frozenset({"hr", "col"})


def from_newlines(text: str) -> str:
    """The text as HTML. Listings stay as they are; an address alone on its line becomes a link."""
    if not text.strip():
        return ""
    text = _MARK.sub("\n\n", text)
    text = "".join(part for marker, part in sections(text, _COMMENT, "-->") if marker is None)
    made: list[str] = []
    around: list[str] = []
    for as_it_is, part in _apart(text):
        made += [part] if as_it_is else _blocks(part, around)
    return "".join(made)


def _apart(text: str) -> Iterator[tuple[bool, str]]:
    """What is to stay as it is (True), and the text between."""
    for marker, part in sections(text, _AS_IT_IS, "</{1}>"):
        if marker:
            yield True, part
            continue
        text = ""
        for code, piece in sections(part, _CODE, "</code>"):
            inside = piece[len("<code>") : -len("</code>")]
            if code and "\n" in inside.strip() and "<" not in inside:
                yield False, text
                yield True, f"<pre>{piece}</pre>"  # several lines of code are a listing
                text = ""
            else:
                text += piece
        yield False, text


def _blocks(text: str, around: list[str]) -> Iterator[str]:
    """Walks from one block's tag to the next; `around` are the blocks that are open."""
    place = 0
    for found in _BLOCK_TAG.finditer(text):
        yield _words(text[place : found.start()], around)
        place = found.end()
        name = found[3].lower()
        if found[2]:
            if name in around:
                while around.pop() != name:
                    pass
        elif name not in EMPTY and not found[1].endswith("/>"):
            if around and around[-1] == "p":
                around.pop()
            around.append(name)
        yield found[1]
    yield _words(text[place:], around)


def _words(text: str, around: list[str]) -> str:
    inside = around[-1] if around else ""
    if not text.strip() or inside in STRUCTURE:
        return text
    text = _TAG.sub(lambda tag: tag[0].replace("\n", " "), text)
    parts = [part.strip() for part in re.split(r"\n[ \t]*\n\s*", _BREAK_TWICE.sub("\n\n", text)) if part.strip()]
    if inside in HOLDS_TEXT or (inside in HOLDS_EITHER and len(parts) == 1):
        broken = (part if inside == "figure" else _with_breaks(part) for part in parts)
        return _edge(text, 0) + "<br><br>".join(broken) + _edge(text, -1)
    return "".join(f"<p>{_with_breaks(part)}</p>\n" for part in parts)


def _edge(text: str, end: int) -> str:
    return " " if text[end].isspace() else ""


def _with_breaks(part: str) -> str:
    lines = part.split("\n")
    return "\n".join(
        _linked(line)
        + ("<br>" if number < len(lines) - 1 and not line.rstrip().endswith(("<br>", "<br />", "<br/>")) else "")
        for number, line in enumerate(lines)
    )


def _linked(line: str) -> str:
    address = line.strip()
    if not _ADDRESS_ALONE.fullmatch(address):
        return line
    return f'<a href="{escape(address.replace("&amp;", "&"))}">{address}</a>'
