"""`manage.py import_disqus FILE…`: comments that were kept at Disqus, under the posts that are here already."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from blog.importing import disqus, formats
from blog.importing.cleaning import kept_id
from blog.importing.disqus import Thread
from blog.importing.remarks import Remark
from blog.importing.report import Report
from blog.middleware import piece_at
from blog.models import Post
from comments.importing import EARLIEST
from comments.management.import_command import DiscussedImport, Place, accounts_of
from comments.models import Comment


class Command(DiscussedImport):
    help = (
        "Brings in the comments that were kept at Disqus (Admin, Export: the .xml.gz that comes by mail), each under "
        "the post that its thread's old address leads to. Bring in the posts first."
    )
    format = disqus

    def write(self, told: Report, account_of: Callable[[], AbstractBaseUser]) -> None:
        pieces = PiecesOfThreads(told)
        self.discuss(told, pieces)
        told.unmatched = [
            {"address": thread.address, "title": thread.title, "comments": self.unplaced[thread.key]}
            for thread in told.archive.threads.values()
            if self.unplaced[thread.key]
        ]
        nowhere = sum(many for key, many in self.unplaced.items() if key not in told.archive.threads)
        if nowhere:
            told.unmatched.append({"address": "", "title": "", "comments": nowhere})


class PiecesOfThreads:
    """Where threads stand: by the address of their page, through the redirects."""

    def __init__(self, told: Report):
        self.threads: dict[str, Thread] = told.archive.threads
        self.accounts = accounts_of(told.archive.writers.values())
        self.found: dict[str, Post | None] = {}

    def find(self, key: str) -> Place | None:
        thread = self.threads.get(key)
        post = next(filter(None, map(self._at, thread.paths)), None) if thread else None
        if post is None:
            return None
        people = frozenset(author.name for author in post.authors.all())
        return _UnderPost(post.pk, post.published_at or EARLIEST, people, self.accounts, of=post)

    def _at(self, path: str) -> Post | None:
        if path not in self.found:
            self.found[path] = piece_at(path)
        return self.found[path]


@dataclass(frozen=True)
class _UnderPost(Place):
    of: Post | None = None

    def writer(self, name: str | None) -> tuple[str, int | None]:
        """Anybody may have begun a thread: only who signed the post as well is its author."""
        return super().writer(name) if name in self.people else super().writer(None)

    def here(self, remarks: list[Remark]) -> dict[str, int]:
        """What WordPress had as well: by its number there, or said by one of that name in that second."""
        site = self.of.source_id.rpartition("#")[0] if self.of.source == formats.WORDPRESS else ""
        rows = Comment.objects.under(self.of).exclude(source__in=["", formats.DISQUS]).order_by()
        by_name, by_moment = {}, {}
        for pk, name, said_by, at in rows.values_list("pk", "source_id", "name", "created_at").iterator():
            by_name[name] = pk
            by_moment[said_by.casefold(), at.replace(microsecond=0)] = pk
        found = {}
        for remark in remarks:
            pk = by_name.get(kept_id(f"{site}#{remark.other_key}")) if remark.other_key and site else None
            if pk is None and remark.name and remark.written_at:
                pk = by_moment.get((remark.name.casefold(), remark.moment().replace(microsecond=0)))
            if pk is not None:
                found[remark.key] = pk
        return found
