"""Search, made again from what readers see: what says something else is named, and put right while the site runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

from . import events, search
from .models import Post, SearchEntry

AT_A_TIME = 200  # posts


@dataclass
class Searched:
    """What was found: posts looked at, those found by other words or not at all, and whether the engine agrees."""

    posts: int = 0
    wrong: int = 0
    engine_wrong: bool = False

    def is_well(self) -> bool:
        return not self.wrong and not self.engine_wrong


def rebuild(*, check: bool = False, told: Callable[[int], object] = lambda posts: None) -> Searched:
    """Make the words by which posts are found those that readers see, each under the lock of its post.

    With `check` nothing is changed. `told` hears how many more posts have been looked at. It can be stopped at any
    time: what was put right stays so.
    """
    found = Searched()
    for posts in _chunks():
        entries = {entry.post_id: entry for entry in SearchEntry.objects.filter(post__in=posts)}
        for post in posts:
            if _said(_due(post)) != _said(entries.get(post.pk)):
                found.wrong += check or _put_right(post)
        found.posts += len(posts)
        told(len(posts))
    found.engine_wrong = not _engine_agrees()
    if found.engine_wrong and not check:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO blog_search(blog_search) VALUES ('rebuild')")
    return found


def _chunks() -> Iterator[list[Post]]:
    known = 0
    while posts := list(Post.objects.filter(pk__gt=known).select_related("live").order_by("pk")[:AT_A_TIME]):
        yield posts
        known = posts[-1].pk


def _due(post: Post) -> SearchEntry | None:
    return next(iter(search.entries([post])), None) if post.is_live() else None


def _said(entry: SearchEntry | None) -> tuple | None:
    return (*search.text_of(entry), entry.published_at) if entry else None


def _put_right(post: Post) -> bool:
    """Once more under lock: somebody may have published it since it was read. Was there something to put right?"""
    with transaction.atomic():
        post = events.lock(post)
        if _said(_due(post)) == _said(SearchEntry.objects.filter(post=post).first()):
            return False
        search.index(post) if post.is_live() else search.remove(post)
        return True


def _engine_agrees() -> bool:
    """Has SQLite's table of words what the entries say? PostgreSQL makes the words of each row itself."""
    if connection.vendor != "sqlite":
        return True
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO blog_search(blog_search, rank) VALUES ('integrity-check', 1)")
    except DatabaseError as error:
        if "malformed" in str(error) or "corrupt" in str(error):
            return False
        raise
    return True
