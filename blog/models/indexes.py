"""What can be made again from the record: the number of the edition, and the words that are searched."""

from django.db import models
from django.db.models import F

from .posts import Post


class EditionQuerySet(models.QuerySet):
    def has_changed_everywhere(self) -> None:
        """Something that stands on every page is another one now."""
        self.filter(pk=1).update(number=F("number") + 1, furniture=F("furniture") + 1)

    def lists_have_changed(self) -> None:
        """Something that is gathered from many pieces is another one now; pages of pieces are not."""
        self.filter(pk=1).update(number=F("number") + 1)


class Edition(models.Model):
    """One row: how often what readers could see has changed. A page drawn at this number is good until it moves."""

    number = models.PositiveBigIntegerField(default=0)
    furniture = models.PositiveBigIntegerField(default=0)
    discussion_days = models.PositiveSmallIntegerField(null=True, default=60)  # after the last update; null: for ever

    objects = EditionQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.number)


class SearchEntry(models.Model):
    """The words of a live story as the search engine gets them: an index, written by `search` alone.

    A migration adds what is the engine's own: a column and an index of PostgreSQL, or a table of SQLite's FTS5.
    """

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="search_entry")
    published_at = models.DateTimeField()
    headline = models.TextField()
    standfirst = models.TextField()
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["-published_at", "-post"], name="search_newest_first")]

    def __str__(self) -> str:
        return self.headline
