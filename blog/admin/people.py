"""Bylines, and the accounts behind them."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import account_mail, second_factor
from ..models import Author
from .things import ThingAdmin

# Addresses are not confirmed here, and what opens an account is its owner's.
admin.site.unregister([Group, User, EmailAddress, Authenticator])


@admin.register(Author)
class AuthorAdmin(ThingAdmin):
    fields = ["name", "slug", "biography", "user"]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "slug", "user"]
    list_select_related = ["user"]
    search_fields = ["name"]

    def get_readonly_fields(self, request, obj=None):
        # Whose byline a piece gets by itself is a matter of accounts.
        own = () if request.user.is_superuser else ("user",)
        return (*super().get_readonly_fields(request, obj), *own)


class ForAdministrators:
    """Accounts and what they may do are given by administrators alone: nobody raises himself or another (T-43)."""

    view_on_site = False

    def has_module_permission(self, request):
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_add_permission(self, request):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_delete_permission(self, request, obj=None):
        return self.has_module_permission(request)


@admin.register(User)
class UserAdmin(ForAdministrators, DjangosUserAdmin):
    """An account that has done anything is closed rather than deleted; its name stands in every history either way."""

    list_display = ["username", "first_name", "last_name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (_("May do"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("When"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = []
    actions = ["forget_second_factors"]

    @admin.action(description=_("Take lost second factors away"), permissions=["change"])
    def forget_second_factors(self, request, people):
        """Whoever has lost his device signs in with the password, and sets up another."""
        changed = [user for user in people if second_factor.take_away(user)]
        for user in changed:
            account_mail.tell_of_change(user, "taken_away")
        told = ngettext(
            "%(count)d account opens with its password again.",
            "%(count)d accounts open with their passwords again.",
            len(changed),
        )
        messages.success(request, told % {"count": len(changed)})

    def formfield_for_manytomany(self, field, request=None, **options):
        # Two lists with arrows between them cannot be used by everybody; ticks can.
        return super().formfield_for_manytomany(field, request, **options | {"widget": CheckboxSelectMultiple})


@admin.register(Group)
class GroupAdmin(ForAdministrators, DjangosGroupAdmin):
    filter_horizontal = []

    def formfield_for_manytomany(self, field, request=None, **options):
        found = Permission.objects.select_related("content_type").order_by("content_type__model", "codename")
        options |= {"widget": CheckboxSelectMultiple, "queryset": found}
        return super().formfield_for_manytomany(field, request, **options)
