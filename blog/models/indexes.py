"""What can be made again from the record: the number of the edition, and the words that are searched."""

from django.db import models

from .posts import Post


class Edition(models.Model):
    """One row: how often what readers could see has changed. A page drawn at this number is good until it moves."""

    number = models.PositiveBigIntegerField(default=0)
    furniture = models.PositiveBigIntegerField(default=0)

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
