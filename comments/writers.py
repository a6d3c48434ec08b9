"""Who wrote a comment, without saying who: one key for all comments of one writer."""

import json
from typing import Any

from django.utils.crypto import salted_hmac

from .names import skeleton


def writer_key(*, user: Any = None, name: str = "", email: str = "", address: str = "") -> str:
    """64 letters that are the same for all comments of one writer; "" where nothing is known of who it is."""
    if user is not None and user.is_authenticated:
        return _key("account", user.pk)
    look = skeleton(name)
    if email:
        return _key("mail", email.strip().casefold(), look)
    if address and look:
        return _key("address", address, look)
    return ""


def _key(*parts: Any) -> str:
    return salted_hmac("comments.writers", json.dumps(parts), algorithm="sha256").hexdigest()
