"""One timestamped entry of a story that is still going on, and which entries."""

from datetime import datetime
from typing import NamedTuple, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .posts import Post, sees_all


class Spot(NamedTuple):
    """Where an update stands among those of its post: by the time it shows, and by number among equals."""

    happened_at: datetime
    number: int


class UpdateQuerySet(models.QuerySet):
    """Which updates. Readers get to them through a live post alone: "public" is `PostQuerySet.live`."""

    def shown(self) -> Self:
        """Those that readers see, and those of which they see that they were withdrawn."""
        return self.filter(published_at__isnull=False)

    def live(self) -> Self:
        """Those whose words readers see, on a live post."""
        return self.filter(live__isnull=False)

    def since_the_summary(self) -> Self:
        """Those whose words readers see, and first saw after the summary of the story was last changed."""
        never = Q(post__summary_at=None) & Q(published_at__gt=F("post__published_at"))
        return self.live().filter(never | Q(published_at__gt=F("post__summary_at")))

    def seen_by(self, user) -> Self:
        """What somebody sees at the desk who may not read the drafts of the post: what readers got, and own ones."""
        return self.filter(Q(published_at__isnull=False) | Q(pk__in=Update.objects.written_by(user).values("pk")))

    def written_by(self, user) -> Self:
        """Those of which this person wrote any wording."""
        return self.filter(pk__in=Update.objects.filter(revisions__by=user).values("pk"))

    def readable_by(self, user) -> Self:
        """Those whose newest wording this person may read: own ones, and those of posts whose drafts he reads."""
        if sees_all(user):
            return self
        own = Update.objects.written_by(user).values("pk")
        return self.filter(Q(post__in=Post.objects.readable_by(user).values("pk")) | Q(pk__in=own))

    def in_line(self) -> Self:
        """All but the pinned, which stand above them."""
        return self.filter(pinned=False)

    def key_moments(self) -> Self:
        return self.live().filter(key=True)

    def newest_first(self) -> Self:
        return self.order_by("-happened_at", "-number")

    def oldest_first(self) -> Self:
        return self.order_by("happened_at", "number")

    def before(self, spot: Spot) -> Self:
        """Those that come after this spot with the newest first."""
        return self.filter(happened_at__lte=spot.happened_at).filter(
            Q(happened_at__lt=spot.happened_at) | Q(happened_at=spot.happened_at, number__lt=spot.number)
        )

    def after(self, spot: Spot) -> Self:
        """Those that come after this spot with the oldest first."""
        return self.filter(happened_at__gte=spot.happened_at).filter(
            Q(happened_at__gt=spot.happened_at) | Q(happened_at=spot.happened_at, number__gt=spot.number)
        )


class Update(models.Model):
    """One entry of rolling coverage: a piece with wordings and stages of its own, at its post's address."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="updates")
    number = models.PositiveIntegerField()  # the post's counter when it was begun: that of its first event
    happened_at = models.DateTimeField()  # the time shown: of the live wording, before that of the newest
    published_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)  # when readers last got other words; a typo is nothing new
    head = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+")
    live = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+")
    stage = models.CharField(_("stage"), max_length=9, choices=Post.Stage, default=Post.Stage.DRAFT)
    pinned = models.BooleanField(_("pinned"), default=False)
    key = models.BooleanField(_("key moment"), default=False)
    step = models.PositiveSmallIntegerField(default=0)  # of the type of its story, in review; 0: none
    glass = models.ForeignKey("Event", models.PROTECT, null=True, related_name="+")  # broken, and nobody has looked yet
    withdrawal = models.ForeignKey("Event", models.PROTECT, null=True, related_name="+")
    public_sequence = models.PositiveIntegerField(default=0)  # of the last event about it that readers could see

    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="updates_are_numbered"),
            models.CheckConstraint(
                condition=Q(live__isnull=True) | Q(published_at__isnull=False), name="a_live_update_was_published"
            ),
            models.CheckConstraint(
                condition=Q(live__isnull=True) | Q(withdrawal__isnull=True), name="withdrawn_or_live"
            ),
        ]
        indexes = [
            models.Index(
                fields=["post", "pinned", "happened_at", "number"],
                condition=Q(published_at__isnull=False),
                name="updates_in_line",
            ),
            models.Index(fields=["post"], condition=Q(key=True, live__isnull=False), name="key_moments"),
            models.Index(fields=["stage", "-id"], name="updates_by_stage"),
        ]

    def __str__(self) -> str:
        return (self.head and (self.head.headline or self.head.excerpt)) or str(_("(nothing written yet)"))

    def get_absolute_url(self) -> str:
        """The post, opened at this update, on whatever page of it that is."""
        return f"{self.post.get_absolute_url()}?u={self.number}#{self.anchor}"

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return f"u{self.number}"

    def is_live(self) -> bool:
        return self.live_id is not None

    def has_newer_draft(self) -> bool:
        """Is something newer than what readers see being worked on?"""
        return self.live_id is not None and self.head_id != self.live_id

    def spot(self) -> Spot:
        return Spot(self.happened_at, self.number)
