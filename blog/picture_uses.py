"""Where a picture is used: in the newest wording of a piece, in the one that readers see.

An index, so that the library need not read bodies: it is written when a wording is, and when readers are shown or
shown no longer one. `verify` compares it with the wordings, `rebuild_indexes` makes it again.
"""

from collections.abc import Iterable, Iterator

from . import renditions
from .models import Picture, PictureUse, Post, Revision, Update

Use = tuple[int, int | None, bool, bool]  # picture, update, in the newest wording, in that of readers


def hashes_in(revision: Revision) -> set[str]:
    """The hashes of the pictures of ours that a wording shows."""
    texts = [revision.body, revision.summary, (revision.image or {}).get("src", "")]
    return set().union(*(renditions.hashes_in(text) for text in texts))


def refresh(piece: Post | Update) -> None:
    """Make the index say what the newest and the live wording of a locked piece show."""
    known = PictureUse.objects.filter(post=piece.post, update=piece if isinstance(piece, Update) else None)
    wanted = _uses(piece, _found([piece]))
    stale = []
    for row in known:
        use = said_of(row)
        if use in wanted:
            wanted.discard(use)
        else:
            stale.append(row.pk)
    if stale:
        PictureUse.objects.filter(pk__in=stale).delete()
    if wanted:
        PictureUse.objects.bulk_create(_row(piece.post.pk, use) for use in sorted(wanted, key=str))


def rows_of(posts: Iterable[Post]) -> list[PictureUse]:
    """The rows of new posts, not saved yet."""
    posts = list(posts)
    numbers = _found(posts)
    return [_row(post.pk, use) for post in posts for use in _uses(post, numbers)] if numbers else []


def make_again(post: Post) -> None:
    """The same for a locked post and all its updates."""
    refresh(post)
    for update in post.updates.select_related("head", "live").order_by("number"):
        update.post = post
        refresh(update)


def expected(heads: Iterable[tuple[int | None, Iterable[str], Iterable[str]]], pictures: dict[str, int]) -> set[Use]:
    """What the index has to say of a post: for (update, hashes in its newest wording, hashes in its live one)."""
    uses: set[Use] = set()
    for update, head, live in heads:
        head, live = set(head), set(live)
        uses |= {(pictures[one], update, one in head, one in live) for one in head | live if one in pictures}
    return uses


def of_posts(posts: Iterable[Post]) -> dict[int, set[Use]]:
    """What the index says of these posts, by their keys; nothing of a post that shows none."""
    uses: dict[int, set[Use]] = {}
    for row in PictureUse.objects.filter(post__in=list(posts)):
        uses.setdefault(row.post_id, set()).add(said_of(row))
    return uses


def said_of(row: PictureUse) -> Use:
    return row.picture_id, row.update_id, row.in_head, row.in_live


def numbers_of(hashes: Iterable[str]) -> dict[str, int]:
    """Which pictures there are of these."""
    hashes = list(hashes)
    return dict(Picture.objects.filter(sha256__in=hashes).values_list("sha256", "pk")) if hashes else {}


def _uses(piece: Post | Update, pictures: dict[str, int]) -> set[Use]:
    number = piece.pk if isinstance(piece, Update) else None
    head, live = (hashes_in(one) if one else set() for one in (piece.head, piece.live))
    return expected([(number, head, live)], pictures)


def _found(pieces: Iterable[Post | Update]) -> dict[str, int]:
    return numbers_of(set().union(*(hashes_in(one) for piece in pieces for one in _wordings(piece))))


def _wordings(piece: Post | Update) -> Iterator[Revision]:
    return (one for one in (piece.head, piece.live) if one)


def _row(post: int, use: Use) -> PictureUse:
    picture, update, in_head, in_live = use
    return PictureUse(picture_id=picture, post_id=post, update_id=update, in_head=in_head, in_live=in_live)
