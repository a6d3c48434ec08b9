"""What comes back from readers, as far as pages of stories show it: counted by whoever keeps the discussion."""

import threading
from typing import NamedTuple

from django.db import connection, models
from django.db.models import OuterRef, Subquery, Sum

SLOTS = 32  # so that those who write at the same time do not queue for one row
AT_ONCE = 500  # rows in one statement
WHOLE_SITE = 0  # in place of a post's key: how often any tally has changed


class Numbers(NamedTuple):
    """What a discussion adds up to."""

    visible: int
    shown: int
    version: int


class TallyManager(models.Manager):
    def count(self, post_id: int, *, visible: int = 0, shown: int = 0) -> None:
        """Add to a post's numbers, and raise the versions by which kept pages know that they are old.

        Last in a transaction: the rows of this thread's slot stay locked until it ends.
        """
        self.count_many({post_id: (visible, shown)})

    def count_many(self, changes: dict[int, tuple[int, int]]) -> None:
        """As `count`, for several posts: {post: (visible, shown)}. One call for all, for the order of the rows."""
        slot = threading.get_native_id() % SLOTS
        # Every post before the whole site, so that nobody waits for somebody who is waiting.
        rows = [(post_id, slot, *changes[post_id]) for post_id in sorted(changes)] + [(WHOLE_SITE, slot, 0, 0)]
        with connection.cursor() as cursor:
            for start in range(0, len(rows), AT_ONCE):
                part = rows[start : start + AT_ONCE]
                places = ", ".join(["(%s, %s, %s, %s, 1)"] * len(part))
                cursor.execute(_COUNT.format(places), [value for row in part for value in row])

    def of(self, post_ids: list[int]) -> dict[int, int]:
        """How many comments readers see under each of these posts, for those that have any."""
        rows = self.filter(post_id__in=post_ids).values_list("post_id").annotate(visible=Sum("visible"))
        return {post: visible for post, visible in rows if visible}

    def visible_under(self, post_id: OuterRef) -> Subquery:
        """The same of one post, as a part of a query of posts."""
        return Subquery(self.filter(post_id=post_id).values("post_id").annotate(sum=Sum("visible")).values("sum"))

    def version_of_site(self) -> Subquery:
        """What moves when any of them does, as a part of a query."""
        return Subquery(self.filter(post_id=WHOLE_SITE).values("post_id").annotate(sum=Sum("version")).values("sum"))

    def of_post(self, post_id: int) -> Numbers:
        """The numbers of one post."""
        found = self.filter(post_id=post_id).aggregate(Sum("visible"), Sum("shown"), Sum("version"))
        return Numbers(found["visible__sum"] or 0, found["shown__sum"] or 0, found["version__sum"] or 0)


class Tally(models.Model):
    """How many comments stand under a post. A few rows a post, added up when read."""

    # No constraint: one more look at the post for each comment, and the whole site is none.
    post_id = models.PositiveBigIntegerField()
    slot = models.PositiveSmallIntegerField()
    visible = models.IntegerField(default=0)  # what readers see now; a slot alone may be below zero
    shown = models.IntegerField(default=0)  # what they ever got to see: never goes down
    version = models.PositiveBigIntegerField(default=0)

    objects = TallyManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post_id", "slot"], name="one_tally_a_slot")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.visible}"


_COUNT = """
    INSERT INTO blog_tally (post_id, slot, visible, shown, version) VALUES {}
    ON CONFLICT (post_id, slot) DO UPDATE SET visible = blog_tally.visible + excluded.visible,
        shown = blog_tally.shown + excluded.shown, version = blog_tally.version + 1
"""
