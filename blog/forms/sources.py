"""The rows of sources: where something is known from."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import revisions
from ..models import CheckedLink
from .times import LocalTimeField


class SourceForm(forms.Form):
    """A row: where something is known from."""

    outlet = forms.CharField(label=gettext_lazy("Outlet"), max_length=200, required=False)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=500, required=False)
    url = forms.URLField(label=gettext_lazy("Web address"), max_length=500, required=False, assume_scheme="https")
    at = LocalTimeField(label=gettext_lazy("Time"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stored = self.initial
        self.initial = dict(self.stored)  # the row of the revision stays as it is
        self.address = self.stored.get("url", "")
        if at := self.initial.get("at"):
            self.initial["at"] = datetime.fromisoformat(at).replace(second=0, microsecond=0)

    def clean_url(self):
        url = self.cleaned_data["url"]
        if url and not url.lower().startswith(("http://", "https://")):
            raise ValidationError(_("A web address begins with http:// or https://."))
        return url

    def source(self) -> dict[str, str]:
        """The row as a revision keeps it; one that nobody touched just as it was."""
        if not self.has_changed():
            return self.stored
        row = {part: self.cleaned_data.get(part) or "" for part in ("outlet", "title", "url", "at")}
        if row["at"] and row["at"] == self.initial.get("at"):
            row["at"] = self.stored["at"]  # to the second; the field shows minutes
        elif row["at"]:
            row["at"] = row["at"].isoformat()
        return row if any(row.values()) else {}


class SourceRows(forms.BaseFormSet):
    """All rows; `gone` has those of the stored addresses that no longer answer."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        urls = [row["url"] for row in self.initial or () if row.get("url")]
        self.gone = CheckedLink.objects.gone().in_bulk(urls, field_name="url") if urls else {}


SourceFormSet = forms.formset_factory(SourceForm, SourceRows, extra=3, max_num=revisions.MOST_SOURCES, absolute_max=200)
