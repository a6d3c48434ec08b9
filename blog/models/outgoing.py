"""What must leave the building: written by `outbox` in the transaction of the act that causes it, sent afterwards."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingQuerySet(models.QuerySet):
    """What is to be sent. By the database's clock: several machines may send, and theirs differ."""

    def waiting(self) -> Self:
        return self.filter(state=Outgoing.State.WAITING)

    def due(self) -> Self:
        """What waits, has come to its time, and is not in anybody's hands; the longest due first."""
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        return self.waiting().filter(free, due_at__lte=Now()).order_by("due_at", "pk")

    def failed(self) -> Self:
        return self.filter(state=Outgoing.State.FAILED)


class Outgoing(models.Model):
    """One thing to be sent. `key` names it to the receiver and to us: it is written, and sent, once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing")
        verbose_name_plural = _("outgoing")
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="outgoing_due"),
        ]

    def __str__(self) -> str:
        return self.key
