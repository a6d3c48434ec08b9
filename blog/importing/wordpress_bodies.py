"""What WordPress keeps of a text is not yet HTML: blocks between comments, shortcodes, newlines for paragraphs."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from django.utils.translation import gettext as _

from blog import rendering

from . import paragraphs
from .records import Piece
from .scanning import sections

MOST_NESTED_BLOCKS = 5
_DELIMITER = re.compile(r"<!--\s{0,20}(/?)wp:([a-z][a-z0-9/_-]{0,100})")
_MARK = re.compile(r"<!--\s{0,20}(?:more|nextpage|noteaser)\b[^<>]{0,500}-->")
_KEPT_AS_IS = re.compile(r"<(pre|script|style)\b[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]{1,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\]]+))")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|avif|tiff?)(?:\?.*)?$", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"'<>\[\]]+")
LANGUAGES = (
    "actionscript3 applescript bash c coldfusion cpp csharp css delphi diff erlang fsharp go groovy html java javafx "
    "javascript js latex matlab objc perl php plain powershell py python r rb ruby scala shell sql swift text vb vbnet "
    "xml yaml"
).split()
LISTINGS = frozenset({"sourcecode", "code", *LANGUAGES})
_LISTING = re.compile(rf"(?<!\[)\[({'|'.join(sorted(LISTINGS))})\b[^\[\]<>]{{0,300}}\]", re.IGNORECASE)
PLAYERS = frozenset(
    "audio dailymotion embed facebook flickr flv googlevideo instagram kickstarter podcast scribd slideshare "
    "soundcloud spotify ted tweet twitter video videopress vimeo vine wpvideo youtube".split()
)
# Forms, lists and buttons that a plug-in drew at the moment of reading: there is nothing to keep.
DRAWN = re.compile(
    r"(?:archives|contact-?form[\w-]*|contact-field|contact|display-posts|donate|gravityform|jetpack[\w_-]*|mc4wp_form"
    r"|ninja_form|playlist|polldaddy|recent_posts|simple-payment|sitemap|slideshow|wpforms?)$"
)
_SHORTCODE = re.compile(
    r"\[(\[?)(/?)([a-zA-Z][\w-]*)((?:\s|=)(?:[^\[\]\"']|\"[^\"]*\"|'[^']*')*)?(/?)\](\]?)",
)


@dataclass
class Media:
    """The attachments of all files: galleries name them by number."""

    pictures: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # id → address, caption, alt
    of_piece: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    blocks: dict[str, str] = field(default_factory=dict)  # reusable blocks

    def add_picture(self, key: str, parent: str, address: str, caption: str, alt: str) -> None:
        if _WEB.fullmatch(address) and _PICTURE_FILE.search(address):
            self.pictures[key] = (address, caption, alt)
            self.of_piece[parent].append(key)


def to_html(body: str, media: Media, piece: Piece) -> str:
    """A WordPress body as HTML. What was dropped because only WordPress could draw it is noted on the piece.

    Raises rendering.TooBig for what is too large to be cleaned, before anything is done with it.
    """
    if len(body) > rendering.LONGEST_BODY:
        rendering.measure(body)
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    body = "".join(_listing(marker, part) for marker, part in sections(body, _LISTING, "[/{1}]"))
    made = "".join(_dialects(body, media, 0))
    number = piece.source_id.rpartition("#")[2]
    dropped: list[str] = []
    done = _Shortcodes(media, number, dropped).replace(made)
    if dropped:
        names = ", ".join(dict.fromkeys(dropped))
        piece.remarks.append(_("Left out, because only WordPress could draw it: %(names)s.") % {"names": names})
    return done


def _dialects(body: str, media: Media, depth: int) -> Iterator[str]:
    """Blocks as they are, without their delimiters; what stands outside of any block, in paragraphs."""
    place = level = 0
    for start, end, closing, name, details, alone in _delimiters(body):
        yield paragraphs.from_newlines(body[place:start]) if not level else _MARK.sub("", body[place:start])
        place = end
        if alone:
            yield from _reused(name, details, media, depth)
        elif closing:
            level = max(0, level - 1)
        else:
            level += 1
            yield _cover(name, details, body[place : place + 400])
    yield paragraphs.from_newlines(body[place:]) if not level else _MARK.sub("", body[place:])


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


def _listing(marker: re.Match | None, part: str) -> str:
    """Code in a shortcode; WordPress.com keeps it escaped, plug-ins do not."""
    if marker is None:
        return part
    code = part[len(marker[0]) : -len(f"[/{marker[1]}]")]
    return f"<pre><code>{escape(unescape(code).strip(chr(10)), quote=False)}</code></pre>"


def _reused(name: str, details: str, media: Media, depth: int) -> Iterator[str]:
    """A block kept once and shown in many places. All other blocks without content are drawn by WordPress."""
    if name != "block" or depth >= MOST_NESTED_BLOCKS:
        return
    content = media.blocks.get(str(_json(details).get("ref", "")), "")
    yield from _dialects(content, media, depth + 1)


def _cover(name: str, details: str, following: str) -> str:
    """A cover's picture, where it stands in the block's settings only."""
    address = _json(details).get("url", "") if name == "cover" else ""
    if not isinstance(address, str) or "<img" in following or not _PICTURE_FILE.search(address):
        return ""
    return f'<figure><img src="{escape(address)}" alt=""></figure>'


def _json(text: str) -> dict:
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


class _Shortcodes:
    """Replaces the shortcodes of one body."""

    def __init__(self, media: Media, number: str, dropped: list[str]):
        self.media, self.number, self.dropped = media, number, dropped

    def replace(self, html: str) -> str:
        """Everywhere but in listings, where a shortcode is an example of one."""
        return "".join(
            part if marker else self._in_text(part) for marker, part in sections(html, _KEPT_AS_IS, "</{1}>")
        )

    def _in_text(self, html: str) -> str:
        done, place = [], 0
        while found := _SHORTCODE.search(html, place):
            done.append(html[place : found.start()])
            place = found.end()
            if found[1] and found[6]:
                done.append(escape(f"[{found[2]}{found[3]}{found[4] or ''}{found[5]}]", quote=False))
                continue
            text, place = self._one(found, html)
            done.append(text)
        return "".join([*done, html[place:]])

    def _one(self, found: re.Match, html: str) -> tuple[str, int]:
        """What stands for one shortcode, and where the text goes on after it."""
        name, words, end = found[3].lower(), found[4] or "", found.end()
        outer = (found[1], found[6])  # a bracket that is text of its own
        if found[2]:
            closes = name in PLAYERS or name in LISTINGS or name in ("caption", "wp_caption") or DRAWN.match(name)
            return ("" if closes else found[0]), end
        inner, after = self._inside(found, html)
        if name in ("caption", "wp_caption") and inner is not None:
            text, end = _caption(words, inner), after
        elif name == "gallery":
            text = self._gallery(words)
        elif name in PLAYERS and (address := _WEB.search(unescape(words + " " + (inner or "")))):
            text, end = f'<div><iframe src="{escape(address[0])}"></iframe></div>', after
        elif DRAWN.match(name) or (name in PLAYERS and words):
            self.dropped.append(f"[{name}]")
            text, end = "", after
        elif _ATTRIBUTE.search(unescape(words)) and not words.startswith("="):
            self.dropped.append(f"[{name}]")
            text = inner or ""
            end = after
        else:
            return found[0], end
        return f"{outer[0]}{text}{outer[1]}", end

    def _inside(self, found: re.Match, html: str) -> tuple[str | None, int]:
        closing = f"[/{found[3]}]"
        start = found.end()
        if found[5] or (end := html.find(closing, start)) < 0:
            return None, start
        return html[start:end], end + len(closing)

    def _gallery(self, words: str) -> str:
        wanted = _attributes(words).get("ids") or _attributes(words).get("include") or ""
        keys = re.findall(r"\d+", wanted) or self.media.of_piece.get(self.number, [])
        return "".join(_figure(*self.media.pictures[key]) for key in keys if key in self.media.pictures)


def _caption(words: str, inner: str) -> str:
    """The old form has the caption as an attribute, the new one as text after the picture."""
    found = re.search(r"(?:<a\b[^<>]{0,2000}>\s{0,20})?<img\b[^<>]{0,4000}>(?:\s{0,20}</a>)?", inner, re.IGNORECASE)
    if not found:
        return inner
    words_below = unescape(_attributes(words).get("caption", "")) or inner[found.end() :]
    words_below = re.sub(r"^(?:\s|<br ?/?>|</p>)+", "", words_below)
    return f"<figure>{found[0]}<figcaption>{words_below}</figcaption></figure>"


def _figure(address: str, caption: str, alt: str) -> str:
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(address)}" alt="{escape(alt)}">{below}</figure>'


def _attributes(words: str) -> dict[str, str]:
    text = words.replace("&quot;", '"').replace("&#8221;", '"').replace("&#8243;", '"')
    return {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(text)}
