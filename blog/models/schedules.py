"""Acts that are due later."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .posts import Post
from .record import Event, Revision
from .updates import Update


class ScheduleQuerySet(models.QuerySet):
    """Which acts. What is due is said by the database's clock: several machines may look, and theirs differ."""

    def planned(self) -> Self:
        """Still to be done, or being done."""
        return self.filter(state__in=[Schedule.State.DUE, Schedule.State.RUNNING])

    def due(self) -> Self:
        """Come to their time, and in nobody's hands; the longest due first."""
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        return self.planned().filter(free, due_at__lte=Now()).order_by("due_at", "pk")

    def in_turn(self) -> Self:
        """Without those of a post of which something else is due first: its acts are done in their order."""
        earlier = Schedule.objects.planned().filter(post=OuterRef("post"))
        first = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
        return self.exclude(Exists(earlier.filter(first)))

    def readable_by(self, user) -> Self:
        """Those of pieces whose newest wording this person may read."""
        own = Update.objects.written_by(user).values("pk")
        return self.filter(Q(post__in=Post.objects.readable_by(user).values("pk")) | Q(update__in=own))

    def before(self, moment: datetime) -> Self:
        """Planned until then, in their order."""
        return self.planned().filter(due_at__lt=moment).order_by("due_at", "pk")

    def in_trouble(self) -> Self:
        """What did not happen, and nobody has looked at yet."""
        return self.filter(state__in=[Schedule.State.FAILED, Schedule.State.MISSED], seen_at=None).order_by(
            "due_at", "pk"
        )

    def of(self, piece: Post | Update) -> Self:
        """Those of a post's own text, or of one of its updates."""
        if isinstance(piece, Update):
            return self.filter(post=piece.post_id, update=piece.pk)
        return self.filter(post=piece.pk, update=None)


class Schedule(models.Model):
    """One act that is due later, and what became of it. Each is done by itself; a failure stands with its words."""

    class Verb(models.TextChoices):
        PUBLISH = "publish", _("Publish")
        WITHDRAW = "withdraw", _("Withdraw")

    class State(models.TextChoices):
        DUE = "due", _("Planned")
        RUNNING = "running", _("Being done")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        MISSED = "missed", _("Missed")
        CANCELLED = "cancelled", _("Taken back")

    post = models.ForeignKey(Post, models.PROTECT, related_name="schedules")
    update = models.ForeignKey(Update, models.PROTECT, null=True, related_name="schedules")  # None: the post's own text
    verb = models.CharField(max_length=8, choices=Verb)
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")  # to be published
    over = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")  # live when it was planned
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(null=True)  # later than this it is missed, not done
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DUE)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    words = models.JSONField(default=dict)  # kind, note, public_note, warnings, why: as the verb takes them
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # done, failed, missed or taken back
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")  # what was done
    seen_at = models.DateTimeField(null=True)  # somebody has looked at its failure

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("planned act")
        verbose_name_plural = _("planned acts")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["post", "verb"],
                condition=Q(update=None, state__in=["due", "running"]),
                name="one_plan_a_verb_and_post",
            ),
            models.UniqueConstraint(
                fields=["update", "verb"], condition=Q(state__in=["due", "running"]), name="one_plan_a_verb_and_update"
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("due_at")), name="expires_after_it_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(verb="publish") | Q(revision__isnull=False), name="what_is_published_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state__in=["due", "running"]), name="schedule_due"),
            models.Index(fields=["due_at"], condition=Q(state__in=["failed", "missed"]), name="schedule_trouble"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.post_id} {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def piece(self) -> Post | Update:
        return self.update or self.post
