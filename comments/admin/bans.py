"""Bans at the desk: who may not comment for a while, why, until when; and of an internet address nothing but that."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blog.models import name_of
from blog.rendering import Unacceptable

from .. import moderation, names
from ..models import Ban, Comment

LASTS = {
    "1": gettext_lazy("A day"),
    "7": gettext_lazy("A week"),
    "30": gettext_lazy("A month"),
    "365": gettext_lazy("A year"),
}


class BanForm(forms.Form):
    """Who, for how long, and why: whoever wrote a certain comment, or somebody who is named."""

    kind = forms.ChoiceField(label=gettext_lazy("Who"), widget=forms.RadioSelect)
    who = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    days = forms.ChoiceField(
        label=gettext_lazy("How long"), choices=list(LASTS.items()), widget=forms.RadioSelect, initial="7"
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Whoever is banned and tries to comment is told it."),
    )

    def __init__(self, *args, comment: Comment | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.comment = comment
        self.account = _account(pk=comment.user_id) if comment else None
        self.fields["kind"].choices = self._writer() if comment else self._named()
        if comment:
            del self.fields["who"]

    def clean(self):
        cleaned = super().clean()
        if not self.comment and cleaned.get("kind") == Ban.Kind.ACCOUNT:
            self.account = _account(username=cleaned.get("who"))
            if cleaned.get("who") and self.account is None:
                self.add_error("who", _("Nobody has an account of this name."))
        return cleaned

    def ban(self, by) -> Ban:
        """Do what the form says. Raises what the verbs raise."""
        until = timezone.now() + timedelta(days=int(self.cleaned_data["days"]))
        what = {"until": until, "reason": self.cleaned_data["reason"], "by": by}
        match self.cleaned_data["kind"]:
            case Ban.Kind.ACCOUNT:
                return moderation.ban_account(self.account, **what)
            case Ban.Kind.ADDRESS:
                return moderation.ban_address(self.comment, **what)
        return moderation.ban_name(self.comment.name if self.comment else self.cleaned_data["who"], **what)

    def _writer(self) -> list[tuple[str, str]]:
        """What is known of who wrote the comment."""
        known = []
        if self.account is not None:
            known.append((Ban.Kind.ACCOUNT, _("The account of %(name)s") % {"name": name_of(self.account)}))
        if self.comment.address:
            known.append((Ban.Kind.ADDRESS, _("Whoever writes from the same internet address")))
        if names.skeleton(self.comment.name):
            look = _("Whoever writes as %(name)s, or under a name that looks like it")
            known.append((Ban.Kind.NAME, look % {"name": self.comment.name}))
        return known

    def _named(self) -> list[tuple[str, str]]:
        return [
            (Ban.Kind.NAME, _("Whoever writes under this name, or one that looks like it")),
            (Ban.Kind.ACCOUNT, _("The account with this user name")),
        ]


def _account(**which):
    return get_user_model().objects.filter(**which).first()


class IsInForce(admin.SimpleListFilter):
    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request, model_admin):
        return [("yes", _("In force")), ("no", _("Over"))]

    def queryset(self, request, queryset):
        in_force = Ban.objects.in_force().values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=in_force)
            case "no":
                return queryset.exclude(pk__in=in_force)
        return queryset


@admin.register(Ban)
class BanAdmin(admin.ModelAdmin):
    """A list; a page to add one, and a page of each, from which it can be lifted. A ban never changes otherwise."""

    view_on_site = False
    show_full_result_count = False
    list_display = ["label", "kind", "reason", "at", "until", "by_name", "standing"]
    list_filter = [IsInForce, "kind"]
    ordering = ["-until", "-pk"]
    list_per_page = 100

    def get_urls(self):
        pages = [
            ("", self.changelist_view, "changelist"),
            ("add/", self.add_view, "add"),
            ("<int:object_id>/change/", self.change_view, "change"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=f"comments_ban_{name}") for route, view, name in pages
        ]

    # Who may: moderators, and nobody else

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(moderation.MODERATES)

    has_change_permission = has_module_permission = has_view_permission

    def has_add_permission(self, request):
        return self.has_view_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    # Pages

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Bans")})

    def add_view(self, request, form_url="", extra_context=None):
        self._check(request)
        comment = _comment_in(request)
        sent = request.POST if request.method == "POST" else None
        form = BanForm(sent, comment=comment)
        if form.is_valid():
            try:
                ban = form.ban(by=request.user)
            except (moderation.ModerationError, Unacceptable) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("%(who)s may not comment any more.") % {"who": ban.label})
                return HttpResponseRedirect(_way_back(comment))
        context = {"title": _("Ban the writer") if comment else _("Ban somebody"), "form": form, "comment": comment}
        context["way_back"] = _way_back(comment)
        return self._page(request, "add", context, status=200 if sent is None else 400)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What a ban is; sent, the form lifts it."""
        self._check(request)
        ban = self.get_object(request, object_id)
        if ban is None:
            raise Http404
        if request.method == "POST":
            try:
                moderation.lift(ban, by=request.user)
                messages.success(request, _("%(who)s may comment again.") % {"who": ban.label})
            except moderation.WrongState as refusal:
                messages.warning(request, str(refusal))
            return HttpResponseRedirect(reverse("admin:comments_ban_changelist"))
        context = {"title": ban.label, "ban": ban, "standing": self.standing(ban)}
        return self._page(request, "ban", context | {"in_force": ban.is_in_force(timezone.now())})

    @admin.display(description=gettext_lazy("in force"))
    def standing(self, ban):
        if ban.lifted_at is not None:
            return _("Lifted by %(name)s") % {"name": ban.lifted_by_name}
        return _("In force") if ban.is_in_force(timezone.now()) else _("Over")

    def _check(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request, name, context, status=200):
        context = self.admin_site.each_context(request) | {"opts": self.opts, "subtitle": None} | context
        return TemplateResponse(request, f"admin/comments/ban/{name}.html", context, status=status)


def _comment_in(request):
    """The comment whose writer is to be banned, if the address of the page names one."""
    written = request.GET.get("comment", "")
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= 18):
        raise Http404
    comment = Comment.objects.filter(pk=int(written)).first()
    if comment is None:
        raise Http404
    return comment


def _way_back(comment):
    if comment is None:
        return reverse("admin:comments_ban_changelist")
    return reverse("admin:comments_comment_change", args=[comment.pk])
