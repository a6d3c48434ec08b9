"""Before anything is written: where each piece will stand, at which time, and what becomes of links to it."""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from blog import addresses, rendering
from blog.models import Post, public_address

from .cleaning import host_of
from .records import Archive, Piece, Standing

_COMMENT = re.compile(r"(?:c|comment-)\d+")
_NAMESPACE = uuid.UUID("6f1d7c1e-5d0b-4f0a-9c53-2f4c0c1b7a55")


@dataclass(frozen=True)
class _Place:
    """An address here: a day for posts, none for pages."""

    day: date | None
    slug: str

    def path(self) -> str:
        return public_address(self.slug, self.day)


class Plan:
    """Settles what depends on more than one piece. Made once, from all files and from what is here already."""

    def __init__(self, archive: Archive, now: datetime):
        self.archive, self.now = archive, now
        self.here = self._already_here()
        self._taken = self._addresses_taken()
        self._moved: dict[tuple[str, str], str] = {}
        for piece in archive.pieces.values():
            if piece.source_id in self.here:
                self._remember(piece, self.here[piece.source_id])
            else:
                self._settle(piece)

    def moved(self, piece: Piece, address: str) -> str | None:
        """Where a link in this piece leads now, when it leads to a piece that is brought in as well."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.scheme not in ("", "http", "https") or not parts.path.startswith("/"):
            return None
        host = host_of(address) or piece.host
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        new = self._moved.get((host, _plain(path))) or self._moved.get((host, _plain(parts.path)))
        return f"{new}#{_anchor(parts.fragment)}" if new and parts.fragment else new

    def _already_here(self) -> dict[str, str]:
        """Source id → address of what an earlier run brought in (empty while it is not live)."""
        known = Post.objects.filter(source=self.archive.source).only(
            "source_id", "kind", "slug", "published_on", "live"
        )
        return {post.source_id: post.get_absolute_url() if post.is_live() else "" for post in known}

    def _addresses_taken(self) -> set[_Place]:
        posts = Post.objects.stories().exclude(published_on=None).values_list("published_on", "slug")
        pages = Post.objects.pages().exclude(slug="").values_list("slug", flat=True)
        return {_Place(day, slug) for day, slug in posts} | {_Place(None, slug) for slug in pages}

    def _settle(self, piece: Piece) -> None:
        if piece.standing == Standing.LIVE:
            self._settle_time(piece)
        live = piece.standing == Standing.LIVE
        if piece.kind == "page" and piece.slug.isdecimal():
            piece.slug = f"page-{piece.slug}"  # /2012/ is a year
        if piece.kind == "post" and not live:
            return
        wanted = piece.slug or (addresses.slug_for(piece.headline) if live else "")
        if not wanted:
            return
        day = addresses.day_at(piece.published_at) if piece.kind == "post" else None
        piece.slug = addresses.first_free(piece.kind, wanted, lambda slug: _Place(day, slug) in self._taken)
        if piece.slug != wanted:
            self.archive.repairs["address-taken"] += 1
        place = _Place(day, piece.slug)
        self._taken.add(place)
        if live:
            self._remember(piece, place.path())

    def _settle_time(self, piece: Piece) -> None:
        if piece.published_at is None:
            self.archive.repairs["date-unknown"] += 1
            piece.published_at = min(self.archive.written_at or self.now, self.now)
        elif piece.published_at > self.now:
            piece.standing = Standing.DRAFT
            when = piece.published_at.strftime("%Y-%m-%d %H:%M UTC")
            piece.remarks.append(_("It is dated %(when)s, which is still to come.") % {"when": when})

    def _remember(self, piece: Piece, path: str) -> None:
        if path:
            for old in piece.paths:
                self._moved.setdefault((piece.host, _plain(old)), path)


def key_of(piece: Piece, source: str) -> uuid.UUID:
    """The same piece has the same key on every site and in every run."""
    return uuid.uuid5(_NAMESPACE, f"{source}:{piece.source_id}")


def _plain(path: str) -> str:
    """One spelling for a path with and without its last slash, encoded or not."""
    return unquote(path).rstrip("/") or "/"


def _anchor(fragment: str) -> str:
    """Comments keep their anchors; those inside a text have our prefix."""
    return fragment if _COMMENT.fullmatch(fragment) else f"{rendering.ID_PREFIX}{fragment}"
