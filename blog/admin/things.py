"""What the pages of authors, tags, stories and pictures share: named things that pieces refer to."""

from django import forms
from django.contrib import admin

from .. import events, rendering
from ..models import Story
from ..rendering import Unacceptable


class ThingForm(forms.ModelForm):
    """Its texts go where the words of pieces go, feeds among them, so they are tidied as those are."""

    def clean(self):
        cleaned = super().clean()
        for name, text in list(cleaned.items()):
            if not isinstance(text, str):
                continue
            has_lines = isinstance(self.fields[name].widget, forms.Textarea)
            try:
                cleaned[name] = (rendering.clean_text if has_lines else rendering.clean_line)(text)
            except Unacceptable as refusal:
                self.add_error(name, str(refusal))
        return cleaned


class ThingAdmin(admin.ModelAdmin):
    """Things that live pieces name are never deleted at the desk, and their addresses stay what they are."""

    form = ThingForm
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
