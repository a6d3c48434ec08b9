"""Whom to ask for a review, until when; and a note on some words."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import passage_notes, reviewing, rounds
from ..models import Post, Update, name_of
from ..pointing import LONGEST_EXACT
from .times import LocalTimeField

ANYBODY = ""
MOST_PEOPLE = 200  # who are offered by name


class ReviewForm(forms.Form):
    """Who is asked, until when, and what is said to them."""

    to = forms.ChoiceField(label=gettext_lazy("Who is to look at it"), required=False)
    due_at = LocalTimeField(label=gettext_lazy("Until"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What they should know"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data=None, *, piece: Post | Update, by):
        super().__init__(data, prefix="submit", label_suffix="")
        self.steps = rounds.steps_of(piece.post)
        first = self.steps[0] if self.steps else None
        self.fields["to"].choices = [(ANYBODY, first.group_name if first else _("Anybody who reviews"))]
        groups, people = self._offered(piece, first, by)
        if groups and not first:
            self.fields["to"].choices.append((_("Groups"), groups))
        if people:
            self.fields["to"].choices.append((_("People"), people))

    def _offered(self, piece, step, by):
        people = [one for one in reviewing.reviewers(piece, step)[:MOST_PEOPLE] if one.pk != by.pk]
        groups = reviewing.groups_to_ask(piece, step)
        return (
            [(f"group-{group.pk}", group.name) for group in groups],
            [(f"user-{one.pk}", name_of(one)) for one in people],
        )

    def clean_to(self):
        what, _sep, number = self.cleaned_data["to"].partition("-")
        if not number:
            return None
        found = (Group if what == "group" else get_user_model()).objects.filter(pk=int(number)).first()
        if found is None:
            raise ValidationError(_("That account or group is not there any more."))
        return found


class NoteForm(forms.Form):
    """Words of a version, and what somebody has to say of them."""

    part = forms.ChoiceField(
        label=gettext_lazy("Where they stand"),
        choices=[
            ("body", gettext_lazy("Text")),
            ("headline", gettext_lazy("Headline")),
            ("standfirst", gettext_lazy("Standfirst")),
            ("summary", gettext_lazy("Where things stand")),
        ],
    )
    exact = forms.CharField(
        label=gettext_lazy("The words"),
        help_text=gettext_lazy("Mark them in the text, or copy them from there."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "maxlength": LONGEST_EXACT * 2}),
        error_messages={"required": gettext_lazy("Say which words you mean. You can copy them.")},
    )
    before = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    after = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Your note"),
        max_length=passage_notes.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say something about these words.")},
    )

    def __init__(self, data=None, *, parts=passage_notes.PARTS):
        super().__init__(data, prefix="note", label_suffix="")
        self.fields["part"].choices = [(part, label) for part, label in self.fields["part"].choices if part in parts]
