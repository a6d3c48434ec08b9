"""Who needs something besides the password to work at the desk: a code from a device, or a passkey."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

Type = Authenticator.Type
# Each of them, also without the others, changes at once what readers see, or who may do so
ASKED_OF = [
    *(f"blog.{may}_post" for may in ("publish", "break_glass", "withdraw", "remove_words", "adopt")),
    *("auth.add_user", "auth.change_user", "auth.change_group"),
]
OF_ITS_OWN = [Type.TOTP, Type.WEBAUTHN]  # codes on paper are for the day on which these are lost


def is_required(user: AbstractBaseUser) -> bool:
    """Does this site ask it of this person? It does of those who may do any of ASKED_OF, unless it is switched off."""
    return settings.SECOND_FACTOR_REQUIRED and any(user.has_perm(may) for may in ASKED_OF)


def is_missing(user: AbstractBaseUser) -> bool:
    """Has this person to set one up before doing anything else?"""
    return is_required(user) and not _of(user).exists()


def may_go(authenticator: Authenticator) -> bool:
    """May this one be taken away by whom it belongs to? Not the last one of somebody who needs one."""
    if authenticator.type not in OF_ITS_OWN or not is_required(authenticator.user):
        return True
    return _of(authenticator.user).exclude(pk=authenticator.pk).exists()


def take_away(user: AbstractBaseUser) -> int:
    """The device is lost, and the codes on paper with it: next time the password is enough. Gives how many went."""
    return Authenticator.objects.filter(user=user).delete()[0]


def _of(user: AbstractBaseUser) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=user, type__in=OF_ITS_OWN)
