"""An optional opinion from outside: Akismet, asked only where a key is set, and never inside a transaction."""

from .judging import Draft

HAM, SPAM, AWAY = "ham", "spam", "away"


def ask(draft: Draft, *, address: str = "", agent: str = "", referrer: str = "") -> str | None:
    """What the service says of a comment: HAM, SPAM, AWAY where it did not answer; None where none is asked."""
    return None
