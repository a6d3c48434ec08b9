"""The field for a time of day where the site is, which asks when the clocks leave open what is meant."""

from datetime import datetime
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import BaseTemporalField
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import local_times
from ..templatetags.writethru import spelt


class Typed(NamedTuple):
    """What came with a form: the time as it was typed, and the instant that was chosen for it, or shown."""

    text: str
    exact: str = ""


class LocalTimeInput(forms.DateTimeInput):
    """A time without its zone. `offered` are the instants that it may mean, as buttons below it."""

    def __init__(self, attrs=None):
        super().__init__({"type": "datetime-local"} | (attrs or {}), format="%Y-%m-%dT%H:%M")
        self.offered = []

    def format_value(self, value):
        if isinstance(value, Typed):
            return value.text
        if isinstance(value, datetime) and timezone.is_aware(value):
            value = timezone.localtime(value)
        return super().format_value(value)

    def value_from_datadict(self, data, files, name):
        text = (data.get(name) or "").strip()
        return Typed(text, data.get(f"{name}-exact", "")) if text else ""

    def render(self, name, value, attrs=None, renderer=None):
        field = super().render(name, value, attrs, renderer)
        if self.offered:
            id_ = (attrs or {}).get("id", name)
            rows = (
                (f"{name}-exact", instant.isoformat(), f"{id_}-{number}", words)
                for number, (instant, words) in enumerate(self.offered)
            )
            row = '<p class="pick"><input type="radio" name="{}" value="{}" id="{}"> <label for="{}">{}</label></p>'
            picks = format_html_join("", row, ((one, exact, id_, id_, words) for one, exact, id_, words in rows))
            return format_html('{}<fieldset class="which"><legend>{}</legend>{}</fieldset>', field, _("Which?"), picks)
        exact = value.isoformat() if isinstance(value, datetime) else getattr(value, "exact", "")
        if not exact:
            return field
        return format_html('{}<input type="hidden" name="{}-exact" value="{}">', field, name, exact)


class LocalTimeField(forms.DateTimeField):
    """An instant, typed as the clocks of the site show it.

    A time that came twice, or not at all, because the clocks were put back or forward is refused with the two that may
    be meant; whoever sends the form again with one of them has said which.
    """

    widget = LocalTimeInput
    default_error_messages = {"invalid": gettext_lazy("Write the time as 2026-03-12 18:42.")}

    def prepare_value(self, value):
        return value

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value if timezone.is_aware(value) else timezone.make_aware(value)
        text, exact = value if isinstance(value, Typed) else (value, "")
        typed = self._read(text)
        if timezone.is_aware(typed):
            return typed
        try:
            choices = local_times.meant(typed, timezone.get_current_timezone())
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        chosen = _chosen(exact, typed, choices)
        if chosen is None and len(choices) > 1:
            self._refuse(typed, choices)
        self.widget.offered = []
        return chosen or choices[0]

    def _read(self, text):
        try:
            typed = parse_datetime(text) or BaseTemporalField.to_python(self, text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not 1 < typed.year < 9999:  # there are zones in which it is in no year
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed

    def _refuse(self, typed, choices):
        self.widget.offered = list(zip(choices, _in_words(typed, choices), strict=True))
        time = {"time": spelt(timezone.make_aware(typed), "moment")}
        if _shows(choices[0], typed):
            raise ValidationError(_("The clocks were put back: %(time)s came twice. Say which one you mean.") % time)
        raise ValidationError(_("The clocks were put forward: there was no %(time)s. Choose another time.") % time)


def _chosen(exact, typed, choices):
    """The instant that came with the form, if it is one that the typed time can mean."""
    try:
        instant = datetime.fromisoformat(exact)
    except ValueError:
        return None
    if timezone.is_naive(instant):
        return None
    return instant if instant in choices or _shows(instant, typed) else None


def _shows(instant, typed):
    try:
        shown = timezone.localtime(instant)
    except OverflowError:
        return False
    return shown.replace(tzinfo=None, second=0, microsecond=0) == typed.replace(second=0, microsecond=0, fold=0)


def _in_words(typed, choices):
    local = [timezone.localtime(one) for one in choices]
    style = "clock" if all(one.date() == typed.date() for one in local) else "moment"
    times = [spelt(one, style) for one in choices]
    if not _shows(choices[0], typed):
        return times
    if any(one.dst() for one in local):  # the clocks were put back from summer to winter
        return [
            _("%(time)s summer time") % {"time": times[0]},
            _("%(time)s winter time") % {"time": times[1]},
        ]
    return [
        _("%(time)s, the first time") % {"time": times[0]},
        _("%(time)s, the second time") % {"time": times[1]},
    ]
