"""Addresses of others that want to hear when something happens."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Webhook(models.Model):
    """Somebody's address that is told of every change that readers could see, signed with a secret that both know."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("web address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name
