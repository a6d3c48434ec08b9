"""How much one internet address may do, counted in the database: exact for all workers together (threat T-25).

Of an address only a key is kept. Whoever writes or reports counts first thing in the transaction: `take` locks the row
of the address until the transaction ends, and what is refused is undone with everything else.
"""

import ipaddress
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from .models import Allowance, HouseRules

WINDOW = timedelta(minutes=10)
KEPT = timedelta(days=1)
SWEPT_AT_ONCE = 100


class TooFast(Exception):
    """This address has to wait until `again_at`."""

    def __init__(self, again_at: datetime):
        super().__init__(again_at)
        self.again_at = again_at


def address_key(address: str) -> str:
    """What is kept of an internet address: a key that says nothing of it; "" for none.

    All of an IPv6 /64 has one: it is what a household gets, to take any address of.
    """
    if not address:
        return ""
    return salted_hmac("comments.addresses", _household(address), algorithm="sha256").hexdigest()


def _household(address: str) -> str:
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return str(number.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(number) >> 64 << 64))
    return str(number)


def take(key: str, at: datetime) -> None:
    """Count one more thing that this address does, by the house rules. Raises TooFast, and then nothing is counted.

    Nothing is counted for an address that is not known: `judging` lets no comment from there pass unread.
    """
    if not key:
        return
    rules = HouseRules.objects.only("limit_count", "limit_seconds").get(pk=1)
    row = hold(key, at)
    if at >= row.began_at + WINDOW:
        row.began_at, row.used = at, 0
    again_at = _again_at(row, rules)
    if again_at and at < again_at:
        raise TooFast(again_at)
    row.used, row.last_at = row.used + 1, at
    row.save(update_fields=["began_at", "used", "last_at"])


def hold(key: str, at: datetime) -> Allowance:
    """The row of an address, locked until the transaction ends; a new one where it has none."""
    row, is_new = Allowance.objects.select_for_update().get_or_create(address=key, defaults={"began_at": at})
    if is_new:
        sweep(at)
    return row


def sweep(at: datetime) -> None:
    """Forget addresses that did nothing for a day, a few at a time."""
    old = Allowance.objects.filter(began_at__lt=at - KEPT).order_by("began_at")
    # Whoever holds one of them is about to use it, and must not be waited for by somebody who holds a row as well.
    rows = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    if rows:
        Allowance.objects.filter(pk__in=rows).delete()


def _again_at(row: Allowance, rules: HouseRules) -> datetime | None:
    """When this address may do something again; None for at once."""
    waits = []
    if row.last_at:
        waits.append(row.last_at + timedelta(seconds=rules.limit_seconds))
    if row.used >= rules.limit_count:
        waits.append(row.began_at + WINDOW)
    return max(waits, default=None)
