"""The record as a page, and as a table to take along."""

import logging
from datetime import datetime, timedelta

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from .. import paging, recording

logger = logging.getLogger(__name__)

SHOWN = 50


class Filter(forms.Form):
    """What of the record is looked for; days as the site has them."""

    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    verb = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    post = forms.CharField(
        label=gettext_lazy("Piece"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Its number, its slug or its address."),
    )
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, data):
        super().__init__(data)
        names = recording.people()
        asked = data.get("person", "")
        if asked and asked not in names:
            names.append(asked[:150])  # there is nothing under it, and the page says so
        self.fields["person"].choices = [("", _("Everybody")), *((name, name) for name in names)]
        verbs = recording.verbs()
        if data.get("verb", "") not in dict(verbs):
            verbs.append((data.get("verb", "")[:20], data.get("verb", "")[:20]))
        self.fields["verb"].choices = [("", _("Everything")), *(pair for pair in verbs if pair[0])]

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The last day lies before the first."))
        return cleaned

    def wanted(self):
        given = self.cleaned_data
        until = given["until"]
        return recording.Wanted(
            person=given["person"],
            verb=given["verb"],
            posts=recording.posts_named(given["post"]) if given["post"].strip() else None,
            since=_begin_of(given["since"]),
            until=_begin_of(until + timedelta(days=1)) if until and until.year < 9999 else None,
        )

    def query(self):
        """What stands in the address of this filter."""
        query = QueryDict(mutable=True)
        query.update({name: self.data[name] for name in self.fields if self.data.get(name)})
        return query


def _begin_of(day):
    if day is None or day.year < 2:  # before anything
        return None
    return timezone.make_aware(datetime(day.year, day.month, day.day))


@require_safe
def show(request):
    """The acts that are looked for, the newest first."""
    form = _asked(request)
    after = request.GET.get("after") or None
    part, status = None, 400
    if form.is_valid():
        found = recording.acts(form.wanted())
        if after:
            found = found.before(paging.read(after))
        rows = list(found[: SHOWN + 1])
        part = paging.Part(rows[:SHOWN], rows[SHOWN] if len(rows) > SHOWN else None, after is None)
        status = 200
    context = admin.site.each_context(request) | {
        "title": _("Record"),
        "form": form,
        "part": part,
        "query": form.query(),
        "is_narrowed": bool(form.query()),
    }
    return TemplateResponse(request, "admin/blog/record.html", context, status=status)


@require_safe
def take_along(request):
    """The same as a table."""
    form = _asked(request)
    if not form.is_valid():
        return show(request)
    logger.info("The record was taken along by account %d", request.user.pk)
    name = f"record-{timezone.localdate():%Y-%m-%d}.csv"
    answer = StreamingHttpResponse(recording.table(form.wanted()), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(request):
    if not recording.may_read(request.user):
        raise PermissionDenied
    return Filter(request.GET)


admin.site.add_page("record/", show, "record", label=gettext_lazy("Record"), permission="blog.review_post")
admin.site.add_page("record/file/", take_along, "record_file")
