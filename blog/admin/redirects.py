"""Addresses that lead elsewhere. Those of moved pieces come by themselves."""

from django.contrib import admin
from django.contrib.redirects.admin import RedirectAdmin as DjangosRedirectAdmin
from django.contrib.redirects.models import Redirect
from django.contrib.sites.admin import SiteAdmin
from django.contrib.sites.models import Site

assert SiteAdmin  # imported, so that it has registered by now what the settings say already
admin.site.unregister(Site)
admin.site.unregister(Redirect)


@admin.register(Redirect)
class RedirectAdmin(DjangosRedirectAdmin):
    view_on_site = False
    list_filter = []
    show_full_result_count = False
