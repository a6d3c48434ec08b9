"""Which mails somebody of the house gets: a switch for each kind, and nobody sets another's."""

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import telling
from ..models import Muted


class MailForm(forms.Form):
    """The kinds of mail that somebody wants."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Write to me when"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, user):
        self.user = user
        muted = set(Muted.objects.filter(user=user).values_list("kind", flat=True))
        kinds = telling.labels()
        super().__init__(data, initial={"wanted": [kind for kind, _label in kinds if kind not in muted]})
        self.fields["wanted"].choices = kinds

    def save(self):
        """Mute what is not ticked, and nothing else of those that are asked about."""
        asked = [kind for kind, _label in self.fields["wanted"].choices]
        unwanted = [kind for kind in asked if kind not in self.cleaned_data["wanted"]]
        with transaction.atomic():
            Muted.objects.filter(user=self.user, kind__in=asked).exclude(kind__in=unwanted).delete()
            rows = [Muted(user=self.user, kind=kind) for kind in unwanted]
            Muted.objects.bulk_create(rows, ignore_conflicts=True)  # two windows at once


def show(request):
    """The switches of who looks."""
    form = MailForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds for mails that are still to be sent, too."))
        return HttpResponseRedirect(reverse("admin:mail_settings"))
    context = admin.site.each_context(request) | {"title": _("Mails to me"), "form": form}
    return TemplateResponse(request, "admin/mail_settings.html", context, status=400 if form.is_bound else 200)


admin.site.add_page("mail/", show, "mail_settings", gettext_lazy("Mails to me"), "blog.view_post")
