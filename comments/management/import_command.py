"""What the import commands do with comments, once the pieces that they stand under are here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from tqdm import tqdm

from blog.importing.records import Archive, Piece
from blog.importing.remarks import Fate, Remark
from blog.importing.report import Report
from blog.management.import_command import ImportCommand
from blog.models import Author, Post
from comments.importing import EARLIEST, Record, bring_in
from comments.models import Comment

STATES = {
    Fate.SHOWN: Comment.State.VISIBLE,
    Fate.WAITING: Comment.State.WAITING,
    Fate.HIDDEN: Comment.State.REMOVED,
    Fate.SPAM: Comment.State.SPAM,
    Fate.GONE: Comment.State.REMOVED,
}
HIDE, SHOW, SKIP = "hide", "show", "skip"


@dataclass(frozen=True)
class Place:
    """A piece here, with what has to be known of it for the comments under it."""

    post_id: int  # 0 in a dry run, where the piece is not here yet
    written_at: datetime  # for comments whose time nobody knows
    people: frozenset[str] = frozenset()  # who signed it
    accounts: Mapping[str, int | None] = field(default_factory=dict)  # of those who wrote the blog

    def writer(self, name: str | None) -> tuple[str, int | None]:
        """Badge and account of one of the blog's own authors; of everybody else there is none."""
        if name is None:
            return Comment.Badge.NONE, None
        badge = Comment.Badge.AUTHOR if name in self.people else Comment.Badge.STAFF
        return badge, self.accounts.get(name.casefold())

    def here(self, remarks: list[Remark]) -> dict[str, int]:
        """The keys of those among these that came in from another source already."""
        return {}


class Pieces:
    """Where comments stand that an archive holds together with their pieces."""

    def __init__(self, told: Report):
        archive = told.archive
        self.fallback = archive.written_at or EARLIEST
        self.pieces: dict[str, Piece] = {}
        for piece in archive.pieces.values():
            for name in (piece.source_id, *piece.paths):
                self.pieces.setdefault(name, piece)
        here = Post.objects.filter(source=archive.source).values_list("source_id", "pk")
        self.keys = dict(here.iterator())
        if told.dry_run:
            left_out = {one.id for one in told.pieces_skipped}
            to_come = {piece.source_id for piece in archive.pieces.values()} - left_out
            self.keys = dict.fromkeys(to_come, 0) | self.keys
        self.accounts = accounts_of(archive.writers.values())

    def find(self, name: str) -> Place | None:
        """The place of comments that stand under what the archive calls so; None where it is not here."""
        piece = self.pieces.get(name)
        if piece is None or piece.source_id not in self.keys:
            return None
        people = frozenset(person.name for person in piece.people)
        return Place(self.keys[piece.source_id], piece.published_at or self.fallback, people, self.accounts)


def accounts_of(names: Iterable[str]) -> dict[str, int | None]:
    """The accounts of those who have a byline under these names."""
    authors = Author.objects.filter(name__in=set(names)).values_list("name", "user_id")
    return {name.casefold(): user_id for name, user_id in authors}


class DiscussedImport(ImportCommand):
    """Pieces first, then what was said under them. A child says in `format` which module reads its files."""

    def handle(self, *, pings: str = HIDE, **options) -> None:
        self.pings = pings
        super().handle(**options)

    def write(self, told: Report, account_of: Callable[[], AbstractBaseUser]) -> None:
        super().write(told, account_of)
        self.discuss(told, Pieces(told))

    def discuss(self, told: Report, places: "Pieces") -> None:
        """Bring in all comments of the archive, each under the piece that `places` knows for it."""
        archive, counted, self.unplaced = told.archive, Counter(), Counter()
        with tqdm(total=archive.discussion.count(), unit=" comments", disable=None, leave=False) as bar:
            for name, many in archive.discussion.pieces():
                place = places.find(name)
                if place is None:
                    counted["without_post"] += many
                    self.unplaced[name] += many
                    bar.update(many)
                    continue
                for part in archive.discussion.under(name):
                    counted += self._bring_in_part(part, place, told)
                    bar.update(len(part))
        told.comments = dict(counted)

    def _bring_in_part(self, part: list[Remark], place: "Place", told: Report) -> Counter:
        wanted = [remark for remark in part if self.pings != SKIP or not remark.is_ping]
        outcome = bring_in(
            self._records(wanted, place, told.archive),
            source=told.archive.source,
            post_of=lambda _name: place.post_id,
            here=place.here(wanted),
            dry_run=told.dry_run,
        )
        return Counter(vars(outcome)) + Counter(passed_over=len(part) - len(wanted))

    def _records(self, part: list[Remark], place: "Place", archive: Archive) -> Iterator[Record]:
        for remark in part:
            fate = remark.fate
            if remark.is_ping and self.pings == HIDE and fate == Fate.SHOWN:
                fate = Fate.HIDDEN
            badge, user_id = place.writer(archive.writers.get(remark.writer))
            yield Record(
                source_id=remark.key,
                post="",
                written_at=remark.moment() or place.written_at,
                name=remark.name,
                html=archive.discussion.html_of(remark.html),
                email=remark.email,
                address=remark.address,
                answers="" if remark.is_ping else remark.parent,
                state=STATES[Fate(fate)],
                badge=badge,
                user_id=user_id,
            )
