"""WordPress' comments: text with some HTML in it, and a state that is never raised."""

import re
from collections.abc import Callable
from html import escape

from lxml import etree

from . import paragraphs
from .cleaning import Cleaner, kept_id
from .elements import child_text, children
from .records import Archive, Person
from .remarks import Fate, Remark

# Whatever is not in here waits for a moderator.
FATES = {
    "1": Fate.SHOWN,
    "approve": Fate.SHOWN,
    "approved": Fate.SHOWN,
    "0": Fate.WAITING,
    "hold": Fate.WAITING,
    "spam": Fate.SPAM,
    "trash": Fate.HIDDEN,
    "post-trashed": Fate.HIDDEN,
}
PINGS = frozenset({"pingback", "trackback"})
_TAG = re.compile(r"(<[^<>]*>)")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\^{|}]+", re.IGNORECASE)
_AFTER_ADDRESS = "?!.,:;*_~'\"’”…)]"
_NO_LINKS_IN = frozenset({"a", "pre", "code"})


class Comments:
    """The comments of one file on their way into the archive. `writer` tells which author of the blog wrote one."""

    def __init__(
        self,
        archive: Archive,
        file: int,
        site: str,
        writer: Callable[[str, str, str], Person | None],
        cleaner: Cleaner,
    ):
        self.discussion, self.writers = archive.discussion, archive.writers
        self.file, self.site, self.writer, self.cleaner = file, site, writer, cleaner

    def read(self, item: etree._Element, piece: str) -> None:
        """All that stand in an item; `piece` is its name in the archive, "" where it is none that is brought in."""
        for entry in children(item, "comment"):
            state = child_text(entry, "comment_approved") or "(none)"
            self.discussion.add(self._remark(entry, piece, state), state, known=state in FATES)

    def _remark(self, entry: etree._Element, piece: str, state: str) -> Remark:
        name, email = child_text(entry, "comment_author"), child_text(entry, "comment_author_email")
        kind = child_text(entry, "comment_type").lower()
        fate, parent = FATES.get(state, Fate.WAITING), child_text(entry, "comment_parent")
        if kind in PINGS:
            self.discussion.pings += 1
        elif kind not in ("", "comment"):
            fate = fate if fate in (Fate.SPAM, Fate.HIDDEN) else Fate.WAITING  # of a plug-in: orders, reviews, notes
            self.discussion.unknown[f"type: {kind[:40]}"] += 1
        written_at = self.cleaner.gmt(child_text(entry, "comment_date_gmt")) or self.cleaner.local(
            child_text(entry, "comment_date")
        )
        person = self.writer(child_text(entry, "comment_user_id"), email, name) if kind not in PINGS else None
        return Remark(
            key=self._key(child_text(entry, "comment_id")),
            parent=self._key(parent) if parent.strip("0") else "",
            piece=piece,
            fate=fate,
            written_at=written_at.isoformat() if written_at else "",
            name=self.cleaner.signature(name),
            html=child_text(entry, "comment_content"),
            email=email,
            address=child_text(entry, "comment_author_IP"),
            writer=self._known(person) if person else "",
            is_ping=kind in PINGS,
            file=self.file,
        )

    def _known(self, person: Person) -> str:
        self.writers[person.name] = person.name
        return person.name

    def _key(self, number: str) -> str:
        return kept_id(f"{self.site}#{number}") if number else ""


def to_html(text: str) -> str:
    """A comment as WordPress showed it: newlines are paragraphs and breaks, bare addresses are links."""
    html = paragraphs.from_newlines(text.replace("\r\n", "\n").replace("\r", "\n"))
    return linked(html) if "://" in html else html


def linked(html: str) -> str:
    """The HTML with links of its bare addresses."""
    made: list[str] = []
    around: list[str] = []
    for part in _TAG.split(html):
        if part.startswith("<"):
            name = re.match(r"</?([a-zA-Z]*)", part)[1].lower()
            if name in _NO_LINKS_IN:
                if not part.startswith("</"):
                    around.append(name)
                elif name in around:
                    around.remove(name)
        elif not around:
            part = _ADDRESS.sub(_link, part)
        made.append(part)
    return "".join(made)


def _link(found: re.Match) -> str:
    address = found[0].rstrip(_AFTER_ADDRESS)
    spelt = escape(address.replace("&amp;", "&"))
    return f'<a href="{spelt}">{address}</a>{found[0][len(address) :]}'
