"""Disqus: comments that stood under the pages of another site, by threads which know those pages' addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from . import formats, wordpress_comments
from .cleaning import Cleaner, kept_id, path_of
from .elements import child, child_text, local
from .reading import Document
from .records import Archive
from .refusals import Refused
from .remarks import Discussion, Fate, Remark

_INTERNALS = "http://disqus.com/disqus-internals"
_ID = f"{{{_INTERNALS}}}id"
_ADDRESS = re.compile(r"https?://\S+")
_OF_WORDPRESS = re.compile(r"wp_id=(\d+)")
_BLOCK = re.compile(r"<(?:p|br|blockquote|ul|ol|pre|div)\b", re.IGNORECASE)


@dataclass
class Thread:
    """The comments of one address of a page. Of one page there may be several threads."""

    key: str
    address: str
    title: str
    paths: list[str] = field(default_factory=list)  # under which the page may be known here, the best first
    comments: int = 0


@dataclass
class Threads(Archive):
    """An archive that holds comments alone; `Remark.piece` names their thread."""

    threads: dict[str, Thread] = field(default_factory=dict)


def read(documents: Sequence[Document], cleaner: Cleaner) -> Threads:
    """Everything in these files. Raises Refused when one of them is no Disqus export."""
    archive = Threads(
        formats.DISQUS, list(documents), cleaner.repairs, body_of=lambda entry: "", discussion=Discussion(to_html)
    )
    for document in documents:
        formats.require(document, formats.DISQUS)
        for element in document.parts("thread"):
            _keep_thread(archive, element)
    for number, document in enumerate(documents):
        found = 0
        for element in document.parts("post"):
            _keep_post(archive, element, number, cleaner)
            found += 1
        if not found and not any(local(one) == "thread" for one in document.parts("thread")):
            raise Refused(document.name, "there are neither threads nor comments in it")
    return archive


def _keep_thread(archive: Threads, element: etree._Element) -> None:
    key, address, own = element.get(_ID, ""), child_text(element, "link"), child_text(element, "id")
    if not key or (key in archive.threads and archive.threads[key].address):
        return
    # The page's own name for it is free text: often another address of the page, as WordPress' plug-in writes it.
    known = [address, *_ADDRESS.findall(own), *([own] if own.startswith("/") else [])]
    paths = dict.fromkeys(path for one in known if (path := path_of(one)))
    author = child(element, "author")
    if author is not None and (username := child_text(author, "username")):
        archive.writers[username] = child_text(author, "name")  # who put Disqus on the page
    archive.threads[key] = Thread(key, address, child_text(element, "title")[:200], list(paths))


def _keep_post(archive: Threads, element: etree._Element, file: int, cleaner: Cleaner) -> None:
    state, fate = _state(element)
    gone = fate == Fate.GONE
    thread = _referred(element, "thread")
    if thread in archive.threads:
        archive.threads[thread].comments += 1
    author, other = child(element, "author"), _OF_WORDPRESS.fullmatch(child_text(element, "id"))
    written_at = cleaner.moment(child_text(element, "createdAt"))
    archive.discussion.add(
        Remark(
            key=kept_id(element.get(_ID, "")),
            parent=kept_id(_referred(element, "parent")),
            piece=thread,
            fate=fate,
            written_at=written_at.isoformat() if written_at else "",
            name="" if gone or author is None else cleaner.signature(child_text(author, "name")),
            html="" if gone else child_text(element, "message"),
            email="" if gone or author is None else child_text(author, "email"),
            address="" if gone else child_text(element, "ipAddress"),
            writer="" if gone or author is None else child_text(author, "username"),
            other_key=other[1] if other else "",
            file=file,
        ),
        state,
    )


def _state(element: etree._Element) -> tuple[str, Fate]:
    """Deleted goes before spam, as Disqus counts it. Of what was deleted the words do not come in."""
    if _yes(element, "isDeleted"):
        return "deleted", Fate.GONE
    if _yes(element, "isSpam"):
        return "spam", Fate.SPAM
    if child_text(element, "isApproved").lower() == "false":
        return "unapproved", Fate.WAITING
    return "approved", Fate.SHOWN


def _yes(element: etree._Element, name: str) -> bool:
    return child_text(element, name).lower() in ("true", "1")


def _referred(element: etree._Element, name: str) -> str:
    found = child(element, name)
    return found.get(_ID, "") if found is not None else ""


def to_html(message: str) -> str:
    """A message as Disqus showed it; what came in from elsewhere may be plain text."""
    return message if _BLOCK.search(message) else wordpress_comments.to_html(message)
