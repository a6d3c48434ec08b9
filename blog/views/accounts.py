"""The pages on which staff sign in and look after their accounts: allauth's, in the look of the desk."""

from functools import wraps

from allauth.account.views import LoginView, PasswordChangeView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from .. import second_factor
from ..middleware import NOT_USED

PASSKEYS = NOT_USED.replace("publickey-credentials-get=()", "publickey-credentials-get=(self)")


def entrance(view):
    """A page for who is not signed in yet."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        return _furnished(request, view(request, *args, **kwargs))

    return answer


def own(view):
    """A page of one's own account: for who may work at the desk."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        if not admin.site.has_permission(request):
            there = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('account_login')}?{there}")
        return _furnished(request, view(request, *args, **kwargs))

    return answer


def _furnished(request, response):
    """With what the desk's templates need; never kept; and with a status that says when a form was refused."""
    add_never_cache_headers(response)
    response.headers["Permissions-Policy"] = PASSKEYS
    if getattr(response, "is_rendered", True):
        return response
    found = response.context_data or {}
    for form in (found.get("form"), found.get("webauthn_form")):
        for field in form.fields.values() if form is not None else ():
            field.widget.attrs.pop("placeholder", None)  # it says again what the label says
    response.context_data = admin.site.each_context(request) | {"must": second_factor.is_missing(request.user)} | found
    if request.method == "POST" and response.status_code == 200:
        until = getattr(request, "refused_until", None)
        response.status_code = 429 if until else 400
    return response


class SignIn(LoginView):
    """Whoever is signed in and may not work at the desk is asked as if he were not."""

    def dispatch(self, request, *args, **kwargs):
        self.stranger = ""
        if request.user.is_authenticated and not admin.site.has_permission(request):
            self.stranger = request.user.get_username()
            request.user = AnonymousUser()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"stranger": self.stranger}


class NewPassword(PasswordChangeView):
    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_usable_password():
            messages.error(request, _("This account has no password that could be changed."))
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().dispatch(request, *args, **kwargs)


class RemovePasskey(RemoveWebAuthnView):
    def form_valid(self, form):
        if not second_factor.may_go(self.get_object()):
            messages.error(
                self.request,
                _("Whoever publishes here needs a second factor. Set up another one first, then this one can go."),
            )
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().form_valid(form)


def passkeys(request):
    """They are listed with all else that opens the account."""
    return HttpResponseRedirect(reverse("mfa_index"))
