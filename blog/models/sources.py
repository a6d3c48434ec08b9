"""From whom readers were told what: the sources of live wordings, and whether their addresses still answer."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .labels import address
from .posts import Post
from .updates import Update


class CitedSource(models.Model):
    """One source of a live wording, to be looked up by outlet or address: an index, written by `indexing` alone."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="cited")
    update = models.ForeignKey(Update, models.CASCADE, null=True, related_name="cited")
    position = models.PositiveSmallIntegerField()
    outlet = models.CharField(max_length=500, blank=True)
    outlet_slug = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(null=True)
    published_at = models.DateTimeField()  # of the piece

    class Meta:
        indexes = [
            models.Index(fields=["outlet_slug", "-published_at", "-id"], name="cited_by_outlet"),
            models.Index(fields=["url"], condition=~Q(url=""), name="cited_by_url"),
        ]

    def __str__(self) -> str:
        return f"{self.outlet}: {self.title}"

    def get_outlet_url(self) -> str:
        return address("outlet", self.outlet_slug)


class CheckedLinkQuerySet(models.QuerySet):
    def gone(self) -> Self:
        return self.filter(state=CheckedLink.State.GONE)


class CheckedLink(models.Model):
    """What came of visiting an address that sources name."""

    class State(models.TextChoices):
        FINE = "fine", _("Answers")
        GONE = "gone", _("Gone")
        UNSURE = "unsure", _("No clear answer")
        REFUSED = "refused", _("Not visited")

    url = models.CharField(_("web address"), max_length=500, unique=True)
    state = models.CharField(_("state"), max_length=7, choices=State)
    code = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(_("visited"))
    fine_at = models.DateTimeField(null=True)  # when it last answered
    failing_since = models.DateTimeField(null=True)

    objects = CheckedLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("checked link")
        verbose_name_plural = _("checked links")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.url
