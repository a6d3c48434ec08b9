"""Names that look alike, and names that only somebody of the house should have (threat T-59).

Two names look alike when Unicode says so (UTS #39, "confusable") or when only capitals, accents, spaces and signs
between words tell them apart. `confusables.txt` is Unicode's table; no library that is kept up makes skeletons of it.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import pgettext

from blog.models import Author

from . import words

ROLES = "admin administrator author editor moderator newsroom publisher staff webmaster"


class Likeness(NamedTuple):
    """What a name looks like: `kind` is PERSON, SITE or ROLE, `whose` the name that it could be taken for."""

    kind: str
    whose: str


PERSON, SITE, ROLE = "person", "site", "role"


def skeleton(name: str) -> str:
    """What names that look alike have in common. For comparing only; "" for a name in which there is nothing to see."""
    return "".join(_look(name))


def looks_like_staff(name: str, *, user: Any = None) -> bool:
    """Would readers take this name for that of somebody of the house? `user` is the account it is used by, if any."""
    return likeness(name, user=user) is not None


def likeness(name: str, *, user: Any = None) -> Likeness | None:
    """Whom of the house, or what, readers would take this name for; None for nobody. Accounts of staff may."""
    if user is not None and user.is_staff:
        return None
    looks = [_look(name), _look_of_small(name)]
    for kind, whose, parts_count in _names_of_the_house(user):
        for look, of_house in zip(looks, (_look(whose), _look_of_small(whose)), strict=True):
            if of_house and _is_like(look, of_house, parts_count):
                return Likeness(kind, whose)
    return None


def _is_like(look: tuple[str, ...], other: tuple[str, ...], parts_count: bool) -> bool:
    """Is it the same, however it is spaced? Or, where parts count, do its words stand among the other's?"""
    if "".join(look) == "".join(other):
        return True
    return parts_count and f" {' '.join(other)} " in f" {' '.join(look)} "


def _names_of_the_house(user: Any) -> list[tuple[str, str, bool]]:
    """(kind, name, does it count as a part of a name as well?). "Edith" alone is anybody's name, "Edith Marsh" not."""
    people = []
    for username, first, last in _staff().values_list("username", "first_name", "last_name"):
        people += [username, f"{first} {last}".strip()]
    bylines = Author.objects.all()
    if user is not None:
        bylines = bylines.exclude(user_id=user.pk)
    people += bylines.values_list("name", flat=True)
    # Translators: words, with spaces between them, that only staff should have in their names, in your language.
    roles = dict.fromkeys(f"{ROLES} {pgettext('names of staff', 'admin editor moderator')}".split())
    return [
        *((PERSON, person, len(person.split()) > 1) for person in people if person),
        (SITE, settings.SITE_NAME, True),
        *((ROLE, role, True) for role in roles),
    ]


def _staff() -> Any:
    return get_user_model().objects.filter(is_staff=True).order_by("pk")


@lru_cache(maxsize=10_000)
def _look(name: str) -> tuple[str, ...]:
    """The words of a name as they look."""
    seen = _prototypes(unicodedata.normalize("NFD", name)).casefold()
    seen = _prototypes(unicodedata.normalize("NFKD", seen).casefold())
    # I is l to Unicode, and i is I to whoever does not mind capitals.
    parts = tuple(words.fold(seen).replace("i", "l").split())
    return parts or tuple(seen.split())


@lru_cache(maxsize=10_000)
def _look_of_small(name: str) -> tuple[str, ...]:
    """The same of the name in small letters: a Greek capital may look like a Latin one where the small does not."""
    return _look(name.casefold())


def _prototypes(text: str) -> str:
    table = _confusables()
    return "".join(table.get(sign, sign) for sign in text if words.is_seen(sign))


@cache
def _confusables() -> dict[str, str]:
    """{sign: what it looks like}"""
    table = {}
    for line in (Path(__file__).parent / "confusables.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            prototype, signs = (map(_sign, part.split()) for part in line.split(";"))
            table |= dict.fromkeys(signs, "".join(prototype))
    return table


def _sign(number: str) -> str:
    return chr(int(number, 16))
