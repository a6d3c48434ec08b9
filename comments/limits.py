"""How much one internet address may do here: what the house rules say (threat T-25)."""

from datetime import datetime, timedelta

from blog.models import Allowance, TooFast, address_key

from .models import HouseRules

__all__ = ["TooFast", "address_key", "hold", "take"]


def take(key: str, at: datetime) -> None:
    """Count one more thing that this address does, by the house rules. Raises TooFast, and then nothing is counted.

    Nothing is counted for an address that is not known: `judging` lets no comment from there pass unread.
    """
    if not key:
        return
    rules = HouseRules.objects.only("limit_count", "limit_seconds").get(pk=1)
    Allowance.objects.take(key, at, most=rules.limit_count, pause=timedelta(seconds=rules.limit_seconds))


def hold(key: str, at: datetime) -> Allowance:
    """The row of an address, locked until the transaction ends; a new one where it has none."""
    return Allowance.objects.hold(key, at)
