"""What a text needs so that those who hear it find their way. Part of the one form; knows no models.

Headings below the headline begin at the second level and leave none out; a table's heading that says nothing is a
cell; a picture has an alternative text, if an empty one, and a link that is only a picture has a name.
"""

import re
from urllib.parse import unquote, urlsplit

from lxml import etree

from .nodes import Node

HEADINGS = ("h2", "h3", "h4")
BLANK = " \t\n\r\f\xa0"
LONGEST_NAME = 100  # characters
_SIZE = re.compile(r"[-_]\d{2,5}x\d{2,5}\Z")


def mend(root: etree._Element) -> None:
    """Make it so, in place. Twice is once."""
    _order_headings(root)
    for cell in list(root.iter("th")):
        if not _says(cell):
            cell.tag = "td"
            cell.attrib.pop("scope", None)
    for picture in root.iter("img"):
        picture.set("alt", picture.get("alt", ""))
    name_links(root)


def name_links(root: etree._Element) -> None:
    """A link that is only a picture has a name: its title, or the name of the picture's file."""
    for link in root.iter("a"):
        pictures = list(link.iter("img"))
        if pictures and link.get("href") and not _says(link):
            pictures[0].set("alt", link.get("title", "").strip(BLANK) or _from_address(pictures[0].get("src", "")))


def _order_headings(root: etree._Element) -> None:
    """A level is how many larger headings a heading stands under, whatever number it was given."""
    above: list[str] = []
    for heading in root.iter(*HEADINGS):
        while above and above[-1] >= heading.tag:
            above.pop()
        above.append(heading.tag)
        heading.tag = HEADINGS[len(above) - 1]


def _says(element: etree._Element) -> bool:
    """Is there anything in it to be read out?"""
    words: list[Node] = [*element.itertext(), *(picture.get("alt", "") for picture in element.iter("img"))]
    return bool("".join(words).strip(BLANK))


def _from_address(src: str) -> str:
    """The name of a picture's file, as words: the last resort of somebody who hears a link."""
    try:
        path = "" if src.startswith("data:") else unquote(urlsplit(src).path)
    except ValueError:
        path = ""
    name = path.rstrip("/").rpartition("/")[2].rpartition(".")[0] or path.rstrip("/").rpartition("/")[2]
    name = "".join(sign if sign.isprintable() else " " for sign in _SIZE.sub("", name))
    return " ".join(re.sub(r"[-_+.\s]+", " ", name).split())[:LONGEST_NAME].strip() or "image"
