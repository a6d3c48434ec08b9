"""What leaves the building: who is told, and what could not be said."""

import secrets

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_tasks_db.admin import DBTaskResult

from .. import outbox, rendering, visiting
from ..forms import acceptable
from ..models import Outgoing, Webhook
from ..templatetags.writethru import moment
from .people import ForAdministrators

# What waits and what failed is told by the rows; the queue only wakes who sends them.
admin.site.unregister(DBTaskResult)


class WebhookForm(forms.ModelForm):
    """An address on the open internet; the secret is made here, and shown to who sets it up at the other end."""

    class Meta:
        model = Webhook
        fields = ["name", "url", "secret", "is_active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["secret"].initial = secrets.token_urlsafe(32)
        self.fields["secret"].help_text = _("Signs each call. The other end has to know it.")

    def clean_name(self):
        return acceptable(rendering.clean_line, self.cleaned_data["name"], 100)

    def clean_url(self):
        url = acceptable(rendering.clean_line, self.cleaned_data["url"], 500)
        if not visiting.host_of(url):
            raise ValidationError(_("Write an address as https://partner.example/hook, without a port."))
        return url

    def clean_secret(self):
        secret = acceptable(rendering.clean_line, self.cleaned_data["secret"], 100)
        if len(secret) < 16:
            raise ValidationError(_("Take at least 16 characters."))
        return secret


@admin.register(Webhook)
class WebhookAdmin(ForAdministrators, admin.ModelAdmin):
    form = WebhookForm
    list_display = ["name", "url", "is_active", "made_at"]
    actions = None


@admin.register(Outgoing)
class OutgoingAdmin(ForAdministrators, admin.ModelAdmin):
    """What waits, and what was given up and why. Nothing is written here by hand; what failed may be tried again."""

    list_display = ["key", "kind", "state", "attempts", "due", "last_error"]
    list_filter = ["state", "kind"]
    list_display_links = None
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["try_again"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("What leaves the building")})

    @admin.display(description=gettext_lazy("due"), ordering="due_at")
    def due(self, row):
        return moment(row.due_at)

    @admin.action(description=gettext_lazy("Try again what was given up"), permissions=["view"])
    def try_again(self, request, rows):
        many = outbox.try_again(rows)
        said = ngettext("%(many)d waits again.", "%(many)d wait again.", many)
        messages.success(request, said % {"many": many})
