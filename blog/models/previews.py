"""Links by which somebody without an account may read one wording for a while."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .posts import Post
from .record import Revision, name_of
from .updates import Update


class PreviewLinkQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Neither ended nor revoked."""
        return self.filter(revoked_at=None, ends_at__gt=Now())

    def of(self, piece: Post | Update) -> Self:
        """Those to a wording of an update; of a post, those to any wording on its page, its updates' too."""
        if isinstance(piece, Update):
            return self.filter(post=piece.post_id, revision__update=piece.pk)
        return self.filter(post=piece.pk)

    def revoke(self, by, at: datetime) -> int:
        """End what is still open, and give how many that were. The post is locked."""
        return self.open().update(revoked_at=at, revoked_by_name=name_of(by))


class PreviewLink(models.Model):
    """An address that nobody can guess. Only the hash of its secret part is kept."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="preview_links")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=200, blank=True)  # for whom it is
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by_name = models.CharField(max_length=150, blank=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["post", "-id"], name="links_of_a_post")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.label}"


class PreviewVisit(models.Model):
    """Somebody came by a preview link."""

    link = models.ForeignKey(PreviewLink, models.CASCADE, related_name="visits")
    at = models.DateTimeField()
    address = models.CharField(max_length=64)  # hashed: tells two visitors apart, and nothing else
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["link", "-at"], name="visits_of_a_link")]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.at}"
