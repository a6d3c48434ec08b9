"""How much one internet address may do, counted in the database: exact for all workers together."""

from datetime import datetime

from django.utils.crypto import salted_hmac


class TooFast(Exception):
    """This address has to wait until `again_at`."""

    def __init__(self, again_at: datetime):
        super().__init__(again_at)
        self.again_at = again_at


def address_key(address: str) -> str:
    """What is kept of an internet address: a key that says nothing of it. "" for none."""
    return salted_hmac("comments.addresses", address, algorithm="sha256").hexdigest() if address else ""


def hold(key: str, at: datetime) -> None:
    """Lock the row of an address until the transaction ends."""


def take(key: str, at: datetime) -> None:
    """Count one more thing that this address does. Raises TooFast."""
