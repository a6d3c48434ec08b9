"""The rules of the house: plain words and numbers that a moderator sets, no patterns."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog.models import Post

from .. import words


class HouseRules(models.Model):
    """One row, made by a migration. How long comments stay open is `Edition.discussion_days`: pages depend on it."""

    class Policy(models.TextChoices):
        OPEN = Post.Discussion.OPEN.value, Post.Discussion.OPEN.label
        KNOWN = Post.Discussion.KNOWN.value, Post.Discussion.KNOWN.label
        WAITS = Post.Discussion.WAITS.value, Post.Discussion.WAITS.label
        CLOSED = Post.Discussion.CLOSED.value, Post.Discussion.CLOSED.label

    policy = models.CharField(_("readers see at once"), max_length=6, choices=Policy, default=Policy.KNOWN)
    most_links = models.PositiveSmallIntegerField(
        _("links"), default=2, help_text=_("A comment with more links waits.")
    )
    flood_count = models.PositiveSmallIntegerField(
        _("many at a time"),
        default=10,
        help_text=_("So many comments of one writer within an hour; further ones wait."),
    )
    limit_count = models.PositiveSmallIntegerField(
        _("most in ten minutes"),
        default=5,
        help_text=_("From one internet address; further ones are refused for a while."),
    )
    limit_seconds = models.PositiveSmallIntegerField(
        _("seconds between two"), default=15, help_text=_("From one internet address.")
    )
    keep_days = models.PositiveSmallIntegerField(
        _("days that addresses are kept"), default=90, help_text=_("E-mail and internet addresses of commenters.")
    )
    note = models.CharField(
        _("above the form"), max_length=300, blank=True, help_text=_("Who reads comments, and when.")
    )
    rules_path = models.CharField(_("page with the rules"), max_length=200, blank=True, help_text=_("/comment-rules/"))

    class Meta:
        verbose_name = _("house rules")
        verbose_name_plural = _("house rules")
        default_permissions = ("change", "view")

    def __str__(self) -> str:
        return str(_("House rules"))

    def policy_under(self, post: Post) -> str:
        """What a piece says of its comments, or the house. Pages have none unless they say so themselves."""
        if post.discussion:
            return post.discussion
        return self.policy if post.kind == Post.Kind.POST else self.Policy.CLOSED


class ListedWord(models.Model):
    """A word or some words; a comment that has them waits. Letters count, capitals and accents do not."""

    word = models.CharField(_("word or words"), max_length=100)
    folded = models.CharField(max_length=200, unique=True, editable=False)
    list_name = models.CharField(_("list"), max_length=50, blank=True, help_text=_("E.g. advertising."))

    class Meta:
        verbose_name = _("listed word")
        verbose_name_plural = _("listed words")
        ordering = ["list_name", "word"]

    def __str__(self) -> str:
        return self.word

    def save(self, *args, **kwargs) -> None:
        self.folded = words.fold(self.word)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "folded"}
        super().save(*args, **kwargs)


class KnownSite(models.Model):
    """A site that comments have linked to: seen in one that readers saw, or trusted or not by a moderator."""

    class Verdict(models.TextChoices):
        SEEN = "seen", _("seen before")
        TRUSTED = "trusted", _("trusted")
        REFUSED = "refused", _("comments with it wait")

    host = models.CharField(_("site"), max_length=253, unique=True)
    verdict = models.CharField(_("verdict"), max_length=7, choices=Verdict, default=Verdict.SEEN)

    class Meta:
        verbose_name = _("site linked to")
        verbose_name_plural = _("sites linked to")
        ordering = ["host"]

    def __str__(self) -> str:
        return self.host


class BanQuerySet(models.QuerySet):
    def in_force(self, now: datetime | None = None) -> Self:
        return self.filter(until__gt=now or timezone.now(), lifted_at=None)


class Ban(models.Model):
    """Somebody may not comment for a while. Of an internet address only its key is known; it ends as others do."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("Account")
        ADDRESS = "address", _("Internet address")
        NAME = "name", _("Name")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    value = models.CharField(max_length=200)  # key of the account, `Comment.address`, or the name's skeleton
    label = models.CharField(_("who"), max_length=200)  # for moderators: the account, the name, "as comment 123"
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(_("by"), max_length=150)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_name = models.CharField(max_length=150, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        default_permissions = ("add", "change", "view")
        indexes = [models.Index(fields=["kind", "value"], condition=Q(lifted_at=None), name="bans_in_force")]

    def __str__(self) -> str:
        return self.label

    def is_in_force(self, now: datetime) -> bool:
        return self.lifted_at is None and self.until > now
