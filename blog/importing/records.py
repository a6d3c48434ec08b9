"""What an export holds, in our own words: plain values which know no table."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from lxml import etree

from .reading import Document
from .remarks import Discussion


class Standing(StrEnum):
    """Where a piece will stand here. Nothing but what was public there is public here."""

    LIVE = "live"
    DRAFT = "draft"
    REVIEW = "review"
    SPIKED = "spiked"


@dataclass(frozen=True)
class Person:
    """A byline. `login` is the name of the account there, empty where it was none or an e-mail address."""

    name: str
    login: str = ""
    paths: tuple[str, ...] = ()  # the addresses of his page there


@dataclass(frozen=True)
class Label:
    """A label, tag or category; `paths` are the addresses its page had."""

    name: str
    paths: tuple[str, ...] = ()


@dataclass
class Piece:
    """A post or page as the export has it. Its body stays in the file until it is written: see `Archive.bodies`."""

    kind: str
    source_id: str
    state: str  # in the source's own word
    standing: Standing
    headline: str
    slug: str
    file: str
    line: int
    standfirst: str = ""
    labels: list[Label] = field(default_factory=list)
    section: str = ""
    people: list[Person] = field(default_factory=list)
    published_at: datetime | None = None
    paths: list[str] = field(default_factory=list)  # every path it answered at, the first one best
    host: str = ""  # where these paths were
    month_paths: list[str] = field(default_factory=list)  # addresses of its month's archive
    remarks: list[str] = field(default_factory=list)  # for the editor who opens it

    @property
    def site(self) -> str:
        """Where addresses without a host lead from it; "" where nobody knows."""
        return f"http://{self.host}/" if self.host else ""


def scheduled(moment: datetime | None) -> str:
    """What an editor is told of a piece that was to appear by itself."""
    when = moment.strftime("%Y-%m-%d %H:%M UTC") if moment else _("an unknown time")
    return _("It was scheduled for %(when)s; it does not publish itself here.") % {"when": when}


@dataclass
class Archive:
    """All that was found in the files, but for the bodies: counted, cleaned, and nothing of it written."""

    source: str
    documents: list[Document]
    repairs: Counter[str]
    body_of: Callable[[etree._Element], str]  # finds the body in an entry
    html_of: Callable[[str, Piece], str] = lambda body, piece: body  # from the source's dialect to HTML
    pieces: dict[tuple[int, int], Piece] = field(default_factory=dict)  # by document and entry
    posts: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    discussion: Discussion = field(default_factory=Discussion)
    writers: dict[str, str] = field(default_factory=dict)  # `Remark.writer` → name, of those who wrote the blog
    skipped: Counter[str] = field(default_factory=Counter)
    written_at: datetime | None = None  # when the export was made, as it says itself
    feeds: list[str] = field(default_factory=list)  # paths at which the whole site's feed was

    def add(self, place: tuple[int, int], piece: Piece) -> None:
        """Count a piece and keep it. Of a piece that is in two files, or twice in one, the first is kept.

        Two different pieces with one id in one file (hand-made exports have them) are two pieces.
        """
        (self.posts if piece.kind == "post" else self.pages)[piece.state] += 1
        looks = (place[0], piece.kind, piece.headline, piece.slug, piece.published_at)
        before = self._ids[piece.source_id]
        if looks in before or any(one[0] != place[0] for one in before):
            self.skipped["same piece twice"] += 1
            return
        before.append(looks)
        if len(before) > 1:
            self.repairs["same-id-for-two-pieces"] += 1
            piece.source_id = f"{piece.source_id[:190]}~{len(before)}"
        self.pieces[place] = piece

    def bodies(self) -> Iterator[tuple[Piece, str]]:
        """Every piece with its body in the source's dialect, in the order of the files, read once more."""
        for number, document in enumerate(self.documents):
            for entry, element in enumerate(document.entries()):
                piece = self.pieces.get((number, entry))
                if piece is not None:
                    yield piece, self.body_of(element)

    def __post_init__(self) -> None:
        self._ids: dict[str, list[tuple]] = defaultdict(list)
