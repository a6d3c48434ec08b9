"""How often I am told by mail what waits: a page for each moderator, about nobody else."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from .. import digests
from ..models import Digest


class DigestForm(forms.Form):
    often = forms.ChoiceField(choices=Digest.Often, widget=forms.RadioSelect)


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    """One page, and no list of what others chose."""

    def get_urls(self):
        return [path("", self.admin_site.admin_view(self.choice), name="comments_digest_changelist")]

    def get_model_perms(self, request):
        return {}  # no entry of its own: the queue leads here

    def choice(self, request):
        if not request.user.has_perm("comments.moderate_comment"):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else None
        form = DigestForm(sent, initial={"often": digests.often(request.user)})
        if form.is_valid():
            digests.choose(request.user, form.cleaned_data["often"])
            messages.success(request, _("This is kept."))
            return HttpResponseRedirect(reverse("admin:comments_digest_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": _("Mail about what waits"),
            "subtitle": None,
            "form": form,
            "earliest": f"{digests.EARLIEST:02}:00",
        }
        return TemplateResponse(
            request, "admin/comments/digest/choice.html", context, status=200 if sent is None else 400
        )
