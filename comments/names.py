"""Names that look alike."""

from .words import fold


def skeleton(name: str) -> str:
    """What names that look alike have in common."""
    return fold(name).replace(" ", "")


def looks_like_staff(name: str, *, user=None) -> bool:
    """Would readers take this name for that of somebody of the house?"""
    return False
