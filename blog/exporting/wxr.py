"""WordPress' own XML, element by element: an RSS file with more in it. Written as it is made, nothing is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from blog.rendering import CONTROLS

_BEGINNING = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- A WordPress eXtended RSS file. In WordPress: Tools, Import, WordPress, then choose this file. -->
<rss version="2.0"
\txmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:wp="http://wordpress.org/export/1.2/">
"""


class Writer:
    """Writes one file. Everything is XML that any parser takes: signs that XML cannot hold are left out."""

    def __init__(self, out: TextIO):
        self.out = out
        self._within = 0

    def begin(self) -> None:
        self.out.write(_BEGINNING)

    def end(self) -> None:
        self.out.write("</rss>\n")

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """An element round what is written meanwhile."""
        self._line(f"<{name}>")
        self._within += 1
        yield
        self._within -= 1
        self._line(f"</{name}>")

    def text(self, name: str, value: str | int, **attributes: str) -> None:
        """An element with a plain value: a number, an address, a date."""
        self._line(f"<{name}{_spelt(attributes)}>{escape(_clear(str(value)))}</{name}>")

    def words(self, name: str, value: str, **attributes: str) -> None:
        """An element with words of people, as WordPress wraps them. Its own end mark in them is split in two."""
        self._line(f"<{name}{_spelt(attributes)}>{_cdata(value)}</{name}>")

    def meta(self, key: str, value: str) -> None:
        """One of those pairs in which WordPress keeps what it has no element for."""
        with self.inside("wp:postmeta"):
            self.words("wp:meta_key", key)
            self.words("wp:meta_value", value)

    def _line(self, line: str) -> None:
        self.out.write("\t" * self._within + line + "\n")


def _cdata(value: str) -> str:
    return f"<![CDATA[{_clear(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _spelt(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_clear(value))}" for name, value in attributes.items())


def _clear(value: str) -> str:
    # A parser reads a lone \r as \n: written so, the words are the same for everybody.
    return CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
