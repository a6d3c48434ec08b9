"""Makes what is found by tag, byline, word, source and picture from the rows that have come in."""

from collections.abc import Iterator

from blog import indexing, picture_uses, rendering, search
from blog.models import Author, CitedSource, PictureUse, Post, SearchEntry, TaggedPost, Update

AT_A_TIME = 200  # posts


def make() -> None:
    """Of all posts; there are no such rows yet."""
    authors = dict(Author.objects.values_list("slug", "pk"))
    for posts in _chunks():
        live = [post for post in posts if post.is_live()]
        tags = indexing.tags_by_name(name for post in live for name in post.live.tags)
        for post in live:
            own = {tags[rendering.same_name(name)].pk: tags[rendering.same_name(name)] for name in post.live.tags}
            TaggedPost.objects.bulk_create(indexing.tagged_rows(post, list(own.values())))
        _sign(live, authors)
        SearchEntry.objects.bulk_create(search.entries(live))
        CitedSource.objects.bulk_create(row for post in live for row in indexing.cited_rows(post))
        _show(posts)


def _chunks() -> Iterator[list[Post]]:
    known = 0
    while posts := list(Post.objects.filter(pk__gt=known).select_related("head", "live").order_by("pk")[:AT_A_TIME]):
        yield posts
        known = posts[-1].pk


def _sign(posts: list[Post], authors: dict[str, int]) -> None:
    signed = {(post.pk, authors[one["slug"]]) for post in posts for one in post.live.byline if one["slug"] in authors}
    through = Post.authors.through
    through.objects.bulk_create(through(post_id=post, author_id=author) for post, author in sorted(signed))


def _show(posts: list[Post]) -> None:
    """Which pictures the newest and the live wordings show."""
    pieces = [*posts, *Update.objects.filter(post__in=posts).select_related("head", "live").order_by("pk")]
    shown = []
    for piece in pieces:
        update = piece.pk if isinstance(piece, Update) else None
        hashes = [picture_uses.hashes_in(one) if one else set() for one in (piece.head, piece.live)]
        if any(hashes):
            shown.append((piece.post_id if update else piece.pk, (update, *hashes)))
    numbers = picture_uses.numbers_of({one for _post, (_update, *both) in shown for part in both for one in part})
    rows = []
    for post, one in shown:
        for picture, update, in_head, in_live in sorted(picture_uses.expected([one], numbers), key=str):
            rows.append(
                PictureUse(picture_id=picture, post_id=post, update_id=update, in_head=in_head, in_live=in_live)
            )
    PictureUse.objects.bulk_create(rows)
