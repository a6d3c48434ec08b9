"""Addresses that lead elsewhere. Those of moved pieces come by themselves."""

from django import forms
from django.contrib import admin
from django.contrib.redirects.admin import RedirectAdmin as DjangosRedirectAdmin
from django.contrib.redirects.models import Redirect
from django.contrib.sites.admin import SiteAdmin
from django.contrib.sites.models import Site
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .. import addresses, rendering
from ..forms import acceptable

assert SiteAdmin  # imported, so that it has registered by now what the settings say already
admin.site.unregister(Site)
admin.site.unregister(Redirect)


class RedirectForm(forms.ModelForm):
    """Paths in the spelling in which they are looked up: who copies one from a browser copies it encoded."""

    class Meta:
        model = Redirect
        fields = ["site", "old_path", "new_path"]

    def clean_old_path(self):
        return _path_of_ours(self.cleaned_data["old_path"])

    def clean_new_path(self):
        path = self.cleaned_data["new_path"]
        return path and _path_of_ours(path)


def _path_of_ours(path):
    path = acceptable(rendering.clean_line, path, addresses.LONGEST_FORWARDED)
    if not addresses.is_path_of_ours(path):
        raise ValidationError(_("Write a path of this site, as /2012/05/old-name/: a redirect leads nowhere else."))
    return addresses.spelt(path)


@admin.register(Redirect)
class RedirectAdmin(DjangosRedirectAdmin):
    form = RedirectForm
    view_on_site = False
    list_filter = []
    show_full_result_count = False
