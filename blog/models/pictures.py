"""Uploaded images."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """An uploaded image, decoded and written anew: nothing of the sender's file but its picture is kept."""

    file = models.FileField(_("file"), upload_to="pictures", max_length=200)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.TextField(_("alternative text"), blank=True)
    is_decorative = models.BooleanField(_("decorative"), default=False)  # says nothing: needs no alternative text
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    focus_x = models.PositiveSmallIntegerField(default=50)  # what has to stay in sight when it is cut: per cent
    focus_y = models.PositiveSmallIntegerField(default=50)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt or self.file.name
