"""What readers do besides writing: report, ask for mail."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog.models import Post

from .threads import Comment


class Report(models.Model):
    """A reader says that something is wrong with a comment. Reports gather; they do not hide."""

    class Reason(models.TextChoices):
        PERSON = "person", _("It attacks a person")
        SUBJECT = "subject", _("It is off the subject")
        ADVERTISING = "advertising", _("It is advertising")
        UNLAWFUL = "unlawful", _("It is against the law")
        OTHER = "other", _("Something else")

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=11, choices=Reason)
    words = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=64, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "address"],
                condition=Q(settled_at=None) & ~Q(address=""),
                name="one_open_report_an_address",
            )
        ]
        indexes = [models.Index(fields=["at"], condition=Q(settled_at=None), name="reports_open")]

    def __str__(self) -> str:
        return f"{self.comment_id}: {self.reason}"


class Subscription(models.Model):
    """Somebody asked for mail about answers to, and decisions on, own comments under a post. None before confirmed."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="+")
    email = models.CharField(max_length=254)
    token = models.CharField(max_length=43, unique=True, default=secrets.token_urlsafe, editable=False)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["email", "post"], name="one_subscription_a_thread")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.pk}"

    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None and self.ended_at is None


class Digest(models.Model):
    """How often a moderator wants to be told by mail what waits."""

    class Often(models.TextChoices):
        NEVER = "never", _("Never")
        HOURLY = "hourly", _("Every hour in which something waits")
        DAILY = "daily", _("Every day on which something waits")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    often = models.CharField(_("mail about what waits"), max_length=6, choices=Often, default=Often.DAILY)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.often
