"""Rights of people: what is kept about somebody can be had, and can be erased; addresses go by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from .models import Comment


@dataclass(frozen=True)
class Person:
    """Who is meant: by e-mail, by account, or as who wrote a comment. Exactly one is given."""

    email: str = ""
    user: AbstractBaseUser | None = None
    comment: Comment | None = None


@dataclass(frozen=True)
class Erased:
    """What was (or would be) blanked, by number."""

    comments: int = 0
    visible: int = 0


def erase(person: Person, *, by: AbstractBaseUser | None, at: datetime | None = None, dry_run: bool = False) -> Erased:
    """Blank everything that is kept about a person; threads keep their shape."""
    raise NotImplementedError


def export(person: Person) -> dict[str, Any]:
    """All that is kept about a person, as plain JSON."""
    raise NotImplementedError


def purge(days: int, *, now: datetime | None = None, progress: Callable[[int], object] = lambda rows: None) -> Any:
    """Blank addresses and e-mails that are older than `days`."""
    raise NotImplementedError
