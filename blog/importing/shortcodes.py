"""WordPress' shortcodes: captions and galleries become figures, code a listing, players a frame (which becomes a link).

What a plug-in drew at the moment of reading is not in an export: its shortcode goes, and the editor is told.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape, unescape

from .scanning import sections

LANGUAGES = (
    "actionscript3 applescript bash c coldfusion cpp csharp css delphi diff erlang fsharp go groovy html java javafx "
    "javascript js latex matlab objc perl php plain powershell py python r rb ruby scala shell sql swift text vb vbnet "
    "xml yaml"
).split()
CAPTIONS = frozenset({"caption", "wp_caption"})
PLAYERS = frozenset(
    "audio dailymotion embed facebook flickr flv googlevideo instagram kickstarter podcast scribd slideshare "
    "soundcloud spotify ted tweet twitter video videopress vimeo vine wpvideo youtube".split()
)
DRAWN = re.compile(
    r"(?:archives|contact-?form[\w-]*|contact-field|contact|display-posts|donate|gravityform|jetpack[\w_-]*|mc4wp_form"
    r"|ninja_form|playlist|polldaddy|recent_posts|simple-payment|sitemap|slideshow|wpforms?)$"
)
LONGEST_INSIDE = 10_000  # characters between a shortcode and its end; what is further away belongs to another one
_LISTING = re.compile(rf"(?<!\[)\[(sourcecode|code|{'|'.join(LANGUAGES)})\b[^\[\]<>]{{0,300}}\]", re.IGNORECASE)
_KEPT_AS_IS = re.compile(r"<(pre|script|style)\b[^<>]{0,1000}>", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[(\[?)(/?)([a-zA-Z][\w-]*)((?:\s|=)(?:[^\[\]\"']|\"[^\"]*\"|'[^']*')*)?(/?)\](\]?)")
_CLOSING = re.compile(r"\[/([a-zA-Z][\w-]*)\]")
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]{1,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\]]+))")
_LINKED_PICTURE = re.compile(r"(?:<a\b[^<>]{0,2000}>\s{0,20})?<img\b[^<>]{0,4000}>(?:\s{0,20}</a>)?", re.IGNORECASE)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|avif|tiff?)(?:\?.*)?$", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"'<>\[\]]+")


@dataclass
class Media:
    """The attachments of all files: galleries name them by number."""

    pictures: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # id → address, caption, alt
    of_piece: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    blocks: dict[str, str] = field(default_factory=dict)  # reusable blocks

    def add_picture(self, key: str, parent: str, address: str, caption: str, alt: str) -> None:
        if _WEB.fullmatch(address) and is_picture(address):
            self.pictures[key] = (address, caption, alt)
            self.of_piece[parent].append(key)


def is_picture(address: str) -> bool:
    return bool(_PICTURE_FILE.search(address))


def with_listings(text: str) -> str:
    """Code in shortcodes as `<pre>`, before newlines mean anything. WordPress.com keeps it escaped, plug-ins do not."""
    return "".join(
        part if marker is None else _listing(part[len(marker[0]) : -len(f"[/{marker[1]}]")])
        for marker, part in sections(text, _LISTING, "[/{1}]")
    )


def replaced(html: str, media: Media, number: str) -> tuple[str, list[str]]:
    """The HTML without shortcodes, and the names of those that were dropped. `number` is the post's: for galleries.

    In listings a shortcode is an example of one, and stays; "[[name]]" was always meant to be read.
    """
    page = _Page(html, media, number)
    parts = sections(html, _KEPT_AS_IS, "</{1}>")
    return "".join(part if marker else page.without_shortcodes(part) for marker, part in parts), list(page.dropped)


class _Page:
    def __init__(self, html: str, media: Media, number: str):
        self.media, self.number = media, number
        self.closed = {name.lower() for name in _CLOSING.findall(html)}
        self.dropped: dict[str, None] = {}

    def without_shortcodes(self, html: str) -> str:
        done, place = [], 0
        while found := _SHORTCODE.search(html, place):
            text, after = self._one(found, html)
            done += [html[place : found.start()], text]
            place = after
        return "".join([*done, html[place:]])

    def _one(self, found: re.Match[str], html: str) -> tuple[str, int]:
        """What stands in a shortcode's place, and where the text goes on after it."""
        before, closing, name, words, _slash, behind = found.groups(default="")
        if before and behind:
            return escape(found[0][1:-1], quote=False), found.end()
        inside, after = self._inside(found, html)
        text = None
        if not closing:
            text = self._meaning(name.lower(), words, inside)
        if text is None:
            after = found.end()
            text = (
                ""
                if self._is_one(name.lower(), words, closing)
                else found[0][len(before) : len(found[0]) - len(behind)]
            )
        return f"{before}{text}{behind}", after

    def _meaning(self, name: str, words: str, inside: str | None) -> str | None:
        """Of those we know; None for the others."""
        if name in CAPTIONS and inside is not None:
            return _caption(words, inside)
        if name == "gallery":
            return self._gallery(words) + (inside or "")
        if name in PLAYERS and (address := _WEB.search(unescape(f"{words} {inside or ''}"))):
            return f'<div><iframe src="{escape(address[0])}"></iframe></div>'
        if DRAWN.match(name):
            self.dropped[f"[{name}]"] = None
            return ""
        return None

    def _is_one(self, name: str, words: str, closing: str) -> bool:
        """A word in brackets is a shortcode when it has attributes or is closed somewhere; else it is only that."""
        if closing or name in self.closed or _ATTRIBUTE.match(unescape(words).strip()):
            if not closing:
                self.dropped[f"[{name}]"] = None
            return True
        return False

    def _inside(self, found: re.Match[str], html: str) -> tuple[str | None, int]:
        """What stands between a shortcode and its end, where that is near and no other shortcode stands between."""
        start, closing = found.end(), f"[/{found[3]}]"
        end = html.find(closing, start, start + LONGEST_INSIDE) if found[3].lower() in self.closed else -1
        if end < 0 or found[5] or f"[{found[3]}" in html[start:end]:
            return None, start
        return html[start:end], end + len(closing)

    def _gallery(self, words: str) -> str:
        wanted = _attributes(words).get("ids") or _attributes(words).get("include") or ""
        keys = re.findall(r"\d+", wanted) or self.media.of_piece.get(self.number, [])
        return "".join(_figure(*self.media.pictures[key]) for key in keys if key in self.media.pictures)


def _listing(code: str) -> str:
    return f"<pre><code>{escape(unescape(code).strip(chr(10)), quote=False)}</code></pre>"


def _caption(words: str, inside: str) -> str:
    """The old form has the caption as an attribute, the new one as text after the picture."""
    found = _LINKED_PICTURE.search(inside)
    if not found:
        return inside
    below = unescape(_attributes(words).get("caption", "")) or inside[found.end() :]
    below = re.sub(r"^(?:\s|<br ?/?>|</p>)+", "", below)
    return f"<figure>{found[0]}<figcaption>{below}</figcaption></figure>"


def _figure(address: str, caption: str, alt: str) -> str:
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(address)}" alt="{escape(alt)}">{below}</figure>'


def _attributes(words: str) -> dict[str, str]:
    text = words.replace("&quot;", '"').replace("&#8221;", '"').replace("&#8243;", '"')
    return {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(text)}
