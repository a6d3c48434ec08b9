"""How staff get to the desk: django-allauth, with the rules of this house (threats T-52, T-53).

Accounts are given by administrators: nobody signs up, and no address has to be confirmed. Attempts are counted by
`guesses`, in the database, by account and address together; allauth's own counters, which each worker has for itself,
are switched off. Mails go through the outbox.
"""

import base64
import hashlib
import logging
from contextlib import contextmanager
from datetime import timedelta

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.forms import CharField, ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import account_mail, guesses, second_factor
from .addresses import is_path_of_ours
from .visitors import address_of

logger = logging.getLogger(__name__)

WRONG = lazy("No account of this desk has this name and this password. Both are case-sensitive.")


class Accounts(DefaultAccountAdapter):
    """What allauth asks about accounts."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "incorrect_password": lazy("That is not your password."),
        "enter_current_password": lazy("That is not your password."),
        "invalid_password_reset": lazy("This address cannot be used any more."),
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return address_of(request) or "unknown"

    def is_ajax(self, request):
        # Forms come as forms. One script asks one thing: for the challenge that a passkey signs.
        return request.method == "GET" and request.path == reverse("mfa_login_webauthn")

    def is_safe_url(self, url):
        return bool(url) and is_path_of_ours(url)

    def authenticate(self, request, **credentials):
        """The account, if the password is right and it may work at the desk. Raises ValidationError after too many."""
        attempt = count("password", credentials["username"])
        user = authenticate(request, username=credentials["username"], password=credentials["password"])
        if user is None or not user.is_staff:
            return None
        guesses.give_back(attempt, timezone.now())
        return user

    def pre_login(self, request, user, **kwargs):
        """A passkey opens no account that was closed, or that is not staff's."""
        if user.is_active and user.is_staff:
            return None
        messages.error(request, WRONG)
        return HttpResponseRedirect(reverse("account_login"))

    def get_password_change_redirect_url(self, request):
        return reverse("mfa_index")

    def get_logout_redirect_url(self, request):
        return reverse("account_login")

    def send_mail(self, template_prefix, email, context):
        raise NotImplementedError(f"{template_prefix} is sent by `account_mail`, and never within a request")

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        account_mail.tell_of_change(user, template_prefix.rpartition("/")[2])


class SecondFactors(DefaultMFAAdapter):
    """What allauth asks about second factors. Their secrets stand in the database under a key made of SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": lazy("That code is not right. Codes of an app change every half minute, and open once."),
        "cannot_delete_authenticator": lazy(
            "Whoever publishes here needs a second factor. Set up another one first, then this one can go."
        ),
    }

    def _get_site_name(self):
        return settings.SITE_NAME

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # Nothing that anybody types is right then; `manage.py forget_second_factor` helps.
            logger.error("A second factor cannot be read: SECRET_KEY is not the one under which it was written")
            return base64.b32encode(hashlib.sha1(encrypted_text.encode()).digest()).decode()

    def can_read(self, encrypted_text: str) -> bool:
        """Was it written under the SECRET_KEY of now? After a move it may not have been."""
        try:
            _cipher().decrypt(encrypted_text.encode())
        except InvalidToken:
            return False
        return True

    def can_delete_authenticator(self, authenticator):
        return second_factor.may_go(authenticator)

    def generate_authenticator_name(self, user, kind):
        number = Authenticator.objects.filter(user=user, type=kind).count() + 1
        return _("Passkey %(number)d") % {"number": number}


def _cipher():
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"second factors" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def count(what, account):
    """Count an attempt that comes with this request. Raises ValidationError with the time to come back at."""
    request, now = context.request, timezone.now()
    try:
        return guesses.take(what, account, address_of(request), now)
    except guesses.TooFast as refusal:
        request.refused_until = refusal.again_at
        logger.warning("Too many attempts at an account (%s)", what)
        at = time_format(timezone.localtime(refusal.again_at + timedelta(minutes=1)), "H:i")
        raise ValidationError(_("Too many attempts. The next one is possible at %(time)s.") % {"time": at}) from refusal


class CountedCode:
    """A code from an app or from paper: guesses are counted, and none opens twice, whichever worker is asked."""

    def clean_code(self):
        name, now = self.user.get_username(), timezone.now()
        attempt = count("code", name)
        code = super().clean_code()
        is_new = guesses.use_once("used code", name, "".join(code.split()), now)
        if not is_new:
            raise SecondFactors().validation_error("incorrect_code")
        guesses.give_back(attempt, now)
        return code


class CodeForm(CountedCode, AuthenticateForm):
    pass


class CodeAgainForm(CountedCode, ReauthenticateForm):
    pass


class OfAPasskey:
    """What a script sends as a passkey's answer is looked into before it is believed: anybody may send anything."""

    def clean_credential(self):
        with anything_else_is_wrong():
            return super().clean_credential()


class PasskeyForm(OfAPasskey, LoginWebAuthnForm):
    pass


class PasskeyAsSecondForm(OfAPasskey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(OfAPasskey, ReauthenticateWebAuthnForm):
    pass


class NewPasskeyForm(AddWebAuthnForm):
    name = CharField(label=lazy("What you call it"), max_length=100, required=False)

    def clean(self):
        with anything_else_is_wrong():
            return super().clean()


@contextmanager
def anything_else_is_wrong():
    """The library that reads a passkey's answer fails in many ways at what is none."""
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:
        logger.warning("What was sent as a passkey is none: %s", type(error).__name__)
        raise ValidationError(_("That is no answer of a passkey.")) from error


class NewPasswordForm(ChangePasswordForm):
    def clean_oldpassword(self):
        attempt = count("password", self.user.get_username())
        password = super().clean_oldpassword()
        guesses.give_back(attempt, timezone.now())
        return password


class LostPasswordForm(ResetPasswordForm):
    """Says nothing of whether there is such an account, and takes as long either way."""

    def clean_email(self):
        email = self.cleaned_data["email"]
        count("reset", email)
        return email

    def save(self, request, **kwargs):
        account_mail.ask_for_password(self.cleaned_data["email"])
        return self.cleaned_data["email"]
