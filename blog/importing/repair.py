"""Mends export files that are not well-formed, by small named steps that lose nothing.

A parser in recovering mode is never asked: on one real file it came back with a tenth of the posts and no error.
Every step works on the text outside CDATA sections and comments, in one pass, whatever the text.
"""

import re
from collections.abc import Callable, Iterator

KNOWN_PREFIXES = {
    "app": "http://purl.org/atom/app#",
    "atom": "http://www.w3.org/2005/Atom",
    "blogger": "http://schemas.google.com/blogger/2018",
    "cc": "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dsq": "http://www.disqus.com/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "gd": "http://schemas.google.com/g/2005",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "openSearch": "http://a9.com/-/spec/opensearchrss/1.0/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "wp": "http://wordpress.org/export/1.2/",
}
# What WordPress always wraps in one CDATA section: inside, only "]]>" and the closing tag together end it.
ALWAYS_CDATA = (
    "content:encoded",
    "excerpt:encoded",
    "wp:comment_content",
    "wp:comment_author",
    "wp:meta_value",
    "wp:cat_name",
    "wp:tag_name",
    "wp:term_name",
    "title",
    "message",
    "description",
)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONFLICT = re.compile(r"^(?:<<<<<<< |>>>>>>> )", re.MULTILINE)
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,8}|#x[0-9a-fA-F]{1,8}|amp|lt|gt|quot|apos);)")
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_BARE_VALUE = re.compile(r"(\s[\w:.-]+=)([^\s\"'<>/]+)")
_PREFIX_USED = re.compile(r"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=")
_PREFIX_DECLARED = re.compile(r"xmlns:([\w.-]+)\s*=")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(?!!|\?)([A-Za-z_][\w:.-]*)[^<>]*>")


def conflict_line(text: str) -> int | None:
    """The line on which somebody's merge went wrong: such a file holds two versions of the same words."""
    found = _CONFLICT.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def steps() -> list[tuple[str, Callable[[str], str]]]:
    """The ladder, in the order it is climbed. After each step the file is read again, strictly."""
    return [
        ("strip-junk-around-root", strip_junk),
        ("drop-control-chars", drop_control_characters),
        ("declare-missing-prefixes", declare_prefixes),
        ("wrap-fragment", wrap_fragment),
        ("escape-nested-cdata-end", escape_nested_cdata_ends),
        ("quote-attributes", quote_attributes),
        ("escape-bare-ampersands", escape_ampersands),
    ]


def strip_junk(text: str) -> str:
    """Text before the first tag and after the last one; line numbers stay."""
    bare = text.strip()
    if not bare or (bare[0] == "<" and bare[-1] == ">"):
        return text
    start, end = text.find("<"), text.rfind(">")
    if start < 0 or end < start:
        return text
    return "\n" * text.count("\n", 0, start) + text[start : end + 1]


def drop_control_characters(text: str) -> str:
    """Control characters, and references to them, which XML cannot hold at all."""
    return _outside_cdata(NOT_XML.sub("", text), lambda part: _REFERENCE.sub(_only_characters, part))


def _only_characters(found: re.Match) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    if number > 0x10FFFF or NOT_XML.match(chr(number)):
        return ""
    return found[0]


def declare_prefixes(text: str) -> str:
    """Prefixes that are used and not declared on the root, which real exporters forgot for years."""
    root = _ROOT.search(text)
    if not root:
        return text
    declared = {*_PREFIX_DECLARED.findall(root[0]), "xml", "xmlns"}
    used: set[str] = set()
    for markup, part in _parts(text):
        if markup:
            for tag in _TAG.findall(part) + re.findall(r"</[A-Za-z][^<>]*>", part):
                used.update(a or b for a, b in _PREFIX_USED.findall(tag))
    added = "".join(
        f' xmlns:{prefix}="{KNOWN_PREFIXES.get(prefix, "urn:undeclared:" + prefix)}"'
        for prefix in sorted(used - declared)
    )
    place = root.start() + 1 + len(root[1])
    return text[:place] + added + text[place:]


def wrap_fragment(text: str) -> str:
    """A bare list of <item>s, cut out of an export by hand."""
    body = _XML_DECLARATION.sub("", text, count=1)
    if not re.match(r"\s*<item\b", body):
        return text
    used = ("atom", "content", "dc", "excerpt", "wfw", "wp")
    declared = "".join(f' xmlns:{prefix}="{KNOWN_PREFIXES[prefix]}"' for prefix in used)
    return f'<rss version="2.0"{declared}><channel>{body}</channel></rss>'


def escape_nested_cdata_ends(text: str) -> str:
    """Bodies that hold a CDATA end of their own: ad scripts do."""
    for element in ALWAYS_CDATA:
        text = _escape_ends_in(text, f"<{element}><![CDATA[", f"]]></{element}>", f"</{element}>")
    return text


def _escape_ends_in(text: str, opening: str, closing: str, tag: str) -> str:
    done, place = [], 0
    while (start := text.find(opening, place)) >= 0:
        start += len(opening)
        end = text.find(closing, start)
        if end < 0:
            break
        inner = text[start:end]
        done.append(text[place:start])
        if tag in inner:  # the neighbour is broken as well: left to the parser, which will name its line
            place = start
            continue
        # What WordPress escaped itself stays as it is.
        whole = inner.replace("]]]]><![CDATA[>", "]]>").replace("]]>", "]]]]><![CDATA[>")
        done.append(whole)
        place = end
    done.append(text[place:])
    return "".join(done)


def quote_attributes(text: str) -> str:
    """Quotes round values that have none, in tags that have no quotes at all."""

    def quoted(tag: re.Match) -> str:
        if '="' in tag[0] or "='" in tag[0]:
            return tag[0]
        return _BARE_VALUE.sub(r'\1"\2"', tag[0])

    return _outside_cdata(text, lambda part: _TAG.sub(quoted, part))


def escape_ampersands(text: str) -> str:
    """`&amp;` for every & that begins no entity."""
    return _outside_cdata(text, lambda part: _BARE_AMPERSAND.sub("&amp;", part))


def _outside_cdata(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(part) if markup else part for markup, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Cuts into what is markup and what stands in CDATA sections and comments (False)."""
    place = 0
    while True:
        cdata, comment = text.find("<![CDATA[", place), text.find("<!--", place)
        starts = [start for start in (cdata, comment) if start >= 0]
        if not starts:
            yield True, text[place:]
            return
        start = min(starts)
        ending = "]]>" if start == cdata else "-->"
        end = text.find(ending, start)
        if end < 0:
            yield True, text[place:]
            return
        yield True, text[place:start]
        yield False, text[start : end + 3]
        place = end + 3
