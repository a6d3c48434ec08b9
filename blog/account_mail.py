"""What people of the house are told by mail about their accounts: the way to a new password, and what was changed.

The link is made when the mail is, and stands nowhere. A row is written whether there is an account or not: who asks
learns nothing from the time that it takes.
"""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from . import outbox
from .models import Outgoing

# What was changed, by the name that allauth has for it, as it is said in the mail
CHANGES = {
    "password_changed": lazy("The password was changed."),
    "password_reset": lazy("The password was changed, with a link from a mail to this address."),
    "totp_activated": lazy("An authenticator app was set up as the second factor."),
    "totp_deactivated": lazy("The authenticator app is the second factor no longer."),
    "webauthn_added": lazy("A passkey was added."),
    "webauthn_removed": lazy("A passkey was removed."),
    "recovery_codes_generated": lazy("New recovery codes were made; the old ones open nothing any more."),
    "taken_away": lazy(
        "All second factors were taken away by who looks after the site: the password alone opens the account."
    ),
}


def ask_for_password(email: str) -> None:
    """Somebody says that this is his address, and that the password is lost. Each account of it gets a mail."""
    people = get_user_model().objects.filter(email__iexact=email, is_active=True, is_staff=True).order_by("pk")
    found = list(people.values_list("pk", flat=True)) or [None]
    with transaction.atomic():
        outbox.write(
            [Outgoing(kind="password_lost", key=f"password_lost:{uuid.uuid4()}", payload={"user": pk}) for pk in found]
        )


def tell_of_change(user: AbstractBaseUser, what: str) -> None:
    """Something about this account was changed: `what` is one of CHANGES."""
    payload = {"user": user.pk, "what": what}
    with transaction.atomic():
        outbox.write([Outgoing(kind="account_changed", key=f"account_changed:{uuid.uuid4()}", payload=payload)])


def password_lost(row: Outgoing) -> EmailMessage | None:
    """The link to where a new one is chosen; nothing where there is no such account, or none that has a password."""
    user = _person(row)
    if user is None or not (user.is_staff and user.has_usable_password()):
        return None
    parts = {"uidb36": int_to_base36(user.pk), "key": default_token_generator.make_token(user)}
    context = {
        "name": user.get_username(),
        "address": f"{settings.SITE_URL}{reverse('account_reset_password_from_key', kwargs=parts)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    return _letter(_("A new password for %(site)s"), "blog/mail/password_lost.txt", user, context)


def account_changed(row: Outgoing) -> EmailMessage | None:
    """One sentence on what was changed, and what to do if it was somebody else."""
    user = _person(row)
    if user is None:
        return None
    context = {
        "what": CHANGES[row.payload["what"]],
        "at": row.created_at,
        "address": f"{settings.SITE_URL}{reverse('mfa_index')}",
    }
    return _letter(_("Your account at %(site)s was changed"), "blog/mail/account_changed.txt", user, context)


KINDS = {"password_lost": password_lost, "account_changed": account_changed}


def _person(row: Outgoing) -> AbstractBaseUser | None:
    return get_user_model().objects.filter(pk=row.payload["user"], is_active=True).exclude(email="").first()


def _letter(subject: str, template: str, user: AbstractBaseUser, context: dict[str, Any]) -> EmailMessage:
    subject = subject % {"site": settings.SITE_NAME}
    context |= {"site": settings.SITE_NAME}
    return EmailMessage(subject, render_to_string(template, context), settings.DEFAULT_FROM_EMAIL, [user.email])
