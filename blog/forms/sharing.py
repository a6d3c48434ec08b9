"""For whom a link to an unpublished wording is, and how long it lasts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import previewing, rendering
from .texts import acceptable


class ShareForm(forms.Form):
    """What is asked before a link is made."""

    label = forms.CharField(
        label=_("For whom"),
        max_length=200,
        help_text=_("A name by which colleagues know it again: lawyer, Mr Oduya, the council’s press office."),
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=previewing.MOST_DAYS,
        initial=previewing.DAYS,
        help_text=_("After that the link shows nothing. It can be ended before."),
    )

    def clean_label(self):
        return acceptable(rendering.clean_line, self.cleaned_data["label"], 200)
