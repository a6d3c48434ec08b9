"""How often somebody may try what opens an account: counted in the database, exact for all workers (threat T-52).

An attempt is counted before it is looked at, and given back when it was right. So as many as are made at the same
moment are counted, and nobody clears his wrong ones by being right about an account of his own in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from .models import Allowance, TooFast, address_key

__all__ = ["Attempt", "TooFast", "give_back", "take", "use_once"]

AT_ONCE = timedelta(0)
# In ten minutes: for one account from one address, from one address for all accounts, for one account from anywhere
LIMITS = {
    "password": (5, 20, 50),
    "code": (5, 20, 10),  # who gets this far knows the password
    "reset": (3, 10, 3),
}


@dataclass(frozen=True)
class Attempt:
    """One that was counted, under these keys."""

    keys: tuple[str, ...]


def take(what: str, account: str, address: str, at: datetime) -> Attempt:
    """Count one attempt at an account, whether there is such an account or not.

    `what` is one of LIMITS, `account` as it was typed, `address` where it comes from; "" is an address that is not
    known, and then the account alone is counted. Raises TooFast, and then nothing is counted.
    """
    from_here, from_address, at_account = LIMITS[what]
    household = address_key(address)
    limits = {_key(what, account, ""): at_account}
    if household:
        limits |= {_key(what, account, household): from_here, _key(what, "", household): from_address}
    else:
        limits = {_key(what, account, ""): from_here}
    with transaction.atomic():
        for key in sorted(limits):  # in one order, or two attempts wait for each other
            Allowance.objects.take(key, at, most=limits[key], pause=AT_ONCE)
    return Attempt(tuple(sorted(limits)))


def give_back(attempt: Attempt, at: datetime) -> None:
    """It was right: it counts no longer."""
    with transaction.atomic():
        for key in attempt.keys:
            Allowance.objects.give_back(key, at)


def use_once(what: str, account: str, secret: str, at: datetime) -> bool:
    """Is this the first time within ten minutes that this secret is used for this account? Of two at once, one is."""
    try:
        with transaction.atomic():
            Allowance.objects.take(_key(what, account, secret), at, most=1, pause=AT_ONCE)
    except TooFast:
        return False
    return True


def _key(*parts: str) -> str:
    words = "\0".join(part.upper().casefold().strip() for part in parts)
    return salted_hmac("guesses", words, algorithm="sha256").hexdigest()
