"""Uploaded pictures."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import pictures, rendering
from ..forms import PostForm, acceptable
from ..models import Picture
from ..rendering import Unacceptable
from .things import ThingAdmin


class PictureWordsForm(forms.ModelForm):
    """The words that go with a picture."""

    alt = forms.CharField(
        label=gettext_lazy("Alternative text"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=PostForm.base_fields["image_alt"].help_text,
    )

    class Meta:
        model = Picture
        fields = ["alt", "credit"]

    def clean_alt(self):
        return acceptable(rendering.clean_line, self.cleaned_data["alt"], 1000)

    def clean_credit(self):
        return acceptable(rendering.clean_line, self.cleaned_data["credit"], 200)


class PictureForm(PictureWordsForm):
    """A picture to keep. `stored` is the row, once the form is valid."""

    by = None  # whoever sends it
    upload = forms.FileField(
        label=gettext_lazy("Picture"),
        allow_empty_file=True,
        help_text=PostForm.base_fields["image_upload"].help_text,
        widget=forms.FileInput(attrs=PostForm.base_fields["image_upload"].widget.attrs),
    )
    field_order = ["upload"]

    def clean(self):
        cleaned = super().clean()
        if {"upload", "alt", "credit"} <= cleaned.keys():
            words = {"alt": cleaned["alt"], "credit": cleaned["credit"]}
            try:
                self.stored = pictures.store(cleaned["upload"], by=self.by, **words)
            except Unacceptable as refusal:
                self.add_error("upload", str(refusal))
        return cleaned


@admin.register(Picture)
class PictureAdmin(ThingAdmin):
    """A picture itself never changes; its text and credit are what the next piece that takes it begins with."""

    list_display = ["thumbnail", "alt", "credit", "size", "added_at", "added_by"]
    list_display_links = ["thumbnail", "alt"]
    list_select_related = ["added_by"]
    list_per_page = 24
    search_fields = ["alt", "credit"]

    def get_fields(self, request, obj=None):
        return ["thumbnail", "alt", "credit", "size", "added_at", "added_by"] if obj else ["upload", "alt", "credit"]

    def get_readonly_fields(self, request, obj=None):
        return ["thumbnail", "size", "added_at", "added_by"] if obj else []

    def get_form(self, request, obj=None, change=False, **options):
        made = super().get_form(request, obj, change, **options | {"form": PictureWordsForm if obj else PictureForm})
        made.by = request.user
        return made

    def save_form(self, request, form, change):
        written = super().save_form(request, form, change)
        return written if change else form.stored

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["alt", "credit"])

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, picture):
        return format_html(
            '<img class="thumbnail" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            picture.file.url,
            picture.alt or _("no alternative text"),
            picture.width,
            picture.height,
        )

    @admin.display(description=gettext_lazy("size"))
    def size(self, picture):
        return f"{picture.width} × {picture.height}"
