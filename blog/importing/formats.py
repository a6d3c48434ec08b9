"""Tells what a file is by what is in it, never by its name, and says what to do with one that belongs elsewhere."""

import re

from lxml import etree

from .elements import local, namespace
from .reading import Document
from .refusals import Refused

BLOGGER, WORDPRESS, DISQUS = "blogger", "wordpress", "disqus"
TAKEOUT = "http://schemas.google.com/blogger/2018"
KIND = "schemas.google.com/g/2005#kind"
WORDPRESS_EXPORT = re.compile(r"https?://(?:www\.)?wordpress\.org/export/")
_COMMANDS = {BLOGGER: "import_blogger", WORDPRESS: "import_wordpress", DISQUS: "import_disqus"}
_NAMES = {BLOGGER: "a Blogger export", WORDPRESS: "a WordPress export", DISQUS: "a Disqus export"}


def require(document: Document, wanted: str) -> None:
    """Raises Refused, with the name of the right command where there is one, unless the file is what is wanted."""
    found = recognise(document)
    if found != wanted:
        raise Refused(document.name, f"it is {_NAMES[found]}; use `manage.py {_COMMANDS[found]}` for it")


def recognise(document: Document) -> str:
    """BLOGGER, WORDPRESS or DISQUS. Raises Refused, saying what it is, for everything else."""
    root = document.root()
    name, spaces = local(root), set(root.nsmap.values())
    if name == "disqus" or "http://disqus.com" in spaces:
        return DISQUS
    if name == "feed":
        return BLOGGER
    if name in ("rss", "channel", "item"):
        if any(WORDPRESS_EXPORT.match(space or "") for space in spaces) or _has_wordpress_items(document):
            return WORDPRESS
        raise Refused(
            document.name, "it is a news feed (RSS), not an export; in WordPress it is made with Tools, Export"
        )
    raise Refused(document.name, f"it is neither a Blogger nor a WordPress export (its first element is <{name[:40]}>)")


def is_takeout(document: Document) -> bool:
    return TAKEOUT in document.root().nsmap.values()


def _has_wordpress_items(document: Document) -> bool:
    return any(_of_wordpress(part) for entry in document.entries() for part in entry)


def _of_wordpress(element: etree._Element) -> bool:
    return bool(WORDPRESS_EXPORT.match(namespace(element)))
