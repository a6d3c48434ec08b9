"""How much one internet address may do, counted in the database: exact for all workers together (threat T-25).

Of an address only a key is kept. Whoever writes or reports counts first thing in the transaction: `take` locks the row
of the address until the transaction ends, and what is refused is undone with everything else.
"""

import ipaddress
from datetime import datetime, timedelta

from django.db import models
from django.utils.crypto import salted_hmac

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
    return salted_hmac("addresses", _household(address), algorithm="sha256").hexdigest()


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


class AllowanceQuerySet(models.QuerySet):
    def take(self, key: str, at: datetime, *, most: int, pause: timedelta) -> None:
        """Count one more thing that this address does: `most` in ten minutes, with a `pause` between two.

        Raises TooFast, and then nothing is counted. Nothing is counted for an address that is not known ("").
        """
        if not key:
            return
        row = self.hold(key, at)
        if at >= row.began_at + WINDOW:
            row.began_at, row.used = at, 0
        # Without a pause nobody waits for it: of two at the same moment, either may be counted first.
        waits = [row.last_at + pause] if row.last_at and pause else []
        if row.used >= most:
            waits.append(row.began_at + WINDOW)
        if waits and at < max(waits):
            raise TooFast(max(waits))
        row.used, row.last_at = row.used + 1, at
        row.save(update_fields=["began_at", "used", "last_at"])

    def give_back(self, key: str, at: datetime) -> None:
        """One thing less that this address has done: it does not count."""
        row = self.hold(key, at)
        row.used = max(row.used - 1, 0)
        row.save(update_fields=["used"])

    def hold(self, key: str, at: datetime) -> "Allowance":
        """The row of an address, locked until the transaction ends; a new one where it has none."""
        row, is_new = self.select_for_update().get_or_create(address=key, defaults={"began_at": at})
        if is_new:
            self.sweep(at)
        return row

    def sweep(self, at: datetime) -> None:
        """Forget addresses that did nothing for a day, a few at a time."""
        old = self.filter(began_at__lt=at - KEPT).order_by("began_at")
        # Whoever holds one of them is about to use it, and must not be waited for by somebody who holds a row as well.
        rows = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE])
        if rows:
            self.filter(pk__in=rows).delete()


class Allowance(models.Model):
    """How much one internet address has done lately: the row that all workers count in."""

    address = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["began_at"], name="allowances_oldest")]

    def __str__(self) -> str:
        return f"{self.used} since {self.began_at}"
