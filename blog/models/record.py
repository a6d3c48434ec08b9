"""What was written and what was done: rows that are only ever added."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from .posts import Place, Post
from .updates import Update


def name_of(user: AbstractBaseUser | None) -> str:
    """The name under which somebody's acts are kept, also when the account is gone."""
    if user is None:
        return ""
    return (user.get_full_name() or user.get_username())[:150]


class AppendOnly(models.QuerySet):
    """Rows that are only ever added. The database has the same rule, for those who do not ask Django."""

    def of(self, piece: Post | Update) -> Self:
        """Those of a post's own text, or of one of its updates."""
        if isinstance(piece, Update):
            return self.filter(post=piece.post_id, update=piece.pk)
        return self.filter(post=piece.pk, update=None)

    def public(self) -> Self:
        """Events that readers could see."""
        return self.filter(public=True)

    def corrections(self) -> Self:
        """Events that told readers of a mistake in what they see now: on a live post, in a piece with live words."""
        # EXISTS, for with IN SQLite goes from post to post and not down the index of corrections.
        shown = self.filter(Exists(Post.objects.live().filter(pk=OuterRef("post"))))
        # The sentence of one may have been removed, and then nothing is told.
        shown = shown.public().filter(kind=Revision.Kind.CORRECTION).exclude(public_note="")
        return shown.filter(Q(update=None) | Q(update__live__isnull=False))

    def without_approval(self) -> Self:
        """Publications that nobody had approved."""
        return self.filter(verb="publish", details__glass=True)

    def newest_first(self) -> Self:
        """Events by their time, the last on top."""
        return self.order_by("-at", "-pk")

    def before(self, place: Place) -> Self:
        """Events that come after this place with the newest first."""
        # The first condition says nothing new; it lets SQLite start in the middle of its index.
        return self.filter(at__lte=place.published_at).filter(
            Q(at__lt=place.published_at) | Q(at=place.published_at, pk__lt=place.pk)
        )

    def update(self, **kwargs):
        raise TypeError(f"{self.model._meta.verbose_name_plural} never change")

    def delete(self):
        raise TypeError(f"{self.model._meta.verbose_name_plural} are never deleted")


class Kept(models.Model):
    """What revisions and events share: a number without gaps in their post, who, when, and the chain."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="%(class)ss")
    update = models.ForeignKey(Update, models.PROTECT, null=True, related_name="%(class)ss")  # None: the post's own
    number = models.PositiveIntegerField()
    # Who did it is told after the account has gone: the name is kept, and no constraint holds the account back.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    chain_hash = models.CharField(max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError(f"{self._meta.verbose_name_plural} never change")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs) -> None:
        raise TypeError(f"{self._meta.verbose_name_plural} are never deleted")


class Revision(Kept):
    """One saved wording: all that a reader would see, so that previewing version 7 shows exactly version 7."""

    class Kind(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TYPO = "typo", _("Typo")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        CORRECTION = "correction", _("Correction")

    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    note = models.TextField(blank=True)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.DRAFT)
    headline = models.CharField(max_length=500)
    standfirst = models.TextField(blank=True)
    body = models.TextField(blank=True)
    summary = models.TextField(blank=True)  # where things stand: above the updates
    happened_at = models.DateTimeField(null=True)  # of an update: the time it shows
    tags = models.JSONField(default=list)
    section = models.CharField(max_length=100, blank=True)
    byline = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    image = models.JSONField(default=dict)
    excerpt = models.TextField(blank=True)
    words = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="revisions_are_numbered")]

    def __str__(self) -> str:
        return f"{self.number}: {self.headline}"

    def is_blank(self) -> bool:
        """Does it say nothing at all? So does what was removed (`removal`): nobody else gets such words published."""
        return not (self.headline or self.standfirst or self.body)

    def reading_minutes(self) -> int:
        """Minutes to read it at 220 words a minute, at least one."""
        return max(1, round(self.words / 220))

    def byline_text(self) -> str:
        return ", ".join(person["name"] for person in self.byline)


class Event(Kept):
    """One thing that was done to a post."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    stage_before = models.CharField(max_length=9, blank=True)
    stage_after = models.CharField(max_length=9, choices=Post.Stage)
    kind = models.CharField(max_length=13, blank=True, choices=Revision.Kind)
    note = models.TextField(blank=True)
    public_note = models.TextField(blank=True)
    public = models.BooleanField(default=False)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="events_are_numbered")]
        indexes = [
            models.Index(fields=["-at", "-id"], condition=Q(kind="correction", public=True), name="corrections"),
            models.Index(fields=["-at", "-id"], name="record"),
            models.Index(fields=["by_name", "-at", "-id"], name="record_of_person"),
            models.Index(fields=["verb", "-at", "-id"], name="record_of_verb"),
            models.Index(
                fields=["-at", "-id"], condition=Q(verb="publish", details__glass=True), name="record_of_glass"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.verb}"

    def place(self) -> Place:
        return Place(self.at, self.pk)
