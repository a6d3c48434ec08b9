"""What the pages of authors, tags, stories and pictures share: named things that pieces refer to."""

from django.contrib import admin

from .. import events
from ..models import Story


class ThingAdmin(admin.ModelAdmin):
    """Things that live pieces name are never deleted at the desk, and their addresses stay what they are."""

    view_on_site = False
    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural.capitalize()})

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("slug",) if obj else ()))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            events.readers_see_other_names(obj if isinstance(obj, Story) else None)
