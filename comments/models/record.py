"""What was done to comments, and how they read before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from blog.models import AppendOnly

from .threads import Comment, Reason


class ModerationAct(models.Model):
    """One act on a comment. Rows are only ever added; `by_name` is empty for what the writer did."""

    class Verb(models.TextChoices):
        APPROVE = "approve", _("approved")
        HOLD = "hold", _("held")
        REMOVE = "remove", _("removed")
        BIN = "bin", _("put to spam")
        UNDO = "undo", _("undone")
        SETTLE = "settle", _("left as it is")
        EDIT = "edit", _("changed by the writer")
        WITHDRAW = "withdraw", _("withdrawn by the writer")
        ERASE = "erase", _("erased for the writer")
        SUGGEST = "suggest", _("made a suggestion")

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="acts")
    verb = models.CharField(max_length=8, choices=Verb)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=11, choices=Reason, default="", blank=True)
    note = models.CharField(max_length=500, blank=True)  # for colleagues
    state_before = models.CharField(max_length=9, choices=Comment.State)
    state_after = models.CharField(max_length=9, choices=Comment.State)
    reason_before = models.CharField(max_length=11, choices=Reason, default="", blank=True)
    decided_before = models.DateTimeField(null=True)  # what `Comment.decided_at` was
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    batch = models.UUIDField(null=True)  # what was decided together

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = _("act of moderation")
        verbose_name_plural = _("acts of moderation")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="acts_together")]

    def __str__(self) -> str:
        return f"{self.comment_id}: {self.verb}"

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError("acts of moderation never change")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs) -> None:
        raise TypeError("acts of moderation are never deleted")


class Wording(models.Model):
    """How a comment read before its writer changed it; for moderators. Goes when the writer's words are erased."""

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="wordings")
    text = models.TextField()
    html = models.TextField()
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.comment_id} until {self.until}"
