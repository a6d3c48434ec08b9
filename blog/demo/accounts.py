"""The people of the demo: accounts in the site's groups, bylines, and passwords that can be found again."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, Group, User

from blog.models import Author

from . import Refused
from .pieces import table


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    username: str
    name: str
    role: str
    password: str  # empty where the account was there before: its password is its owner's


def people() -> list[dict[str, Any]]:
    return table("people")["people"]


def make(passwords: dict[str, str]) -> dict[str, User]:
    """Everybody by account name. Reporters who are there only to have written something have no password."""
    users = {}
    for person in people():
        user = None
        if "user" in person:
            user = User.objects.filter(username=person["user"]).first()
            if user:
                _fits(user, person)
            else:
                user = _new_user(person, passwords.get(person["user"]))
            users[person["user"]] = user
        if "byline" in person:
            Author.objects.create(name=person["name"], slug=person["byline"], biography=person["biography"], user=user)
    return users


def passwords_for_new() -> dict[str, str]:
    """A password for every account that is to be made: those kept from an earlier run, else new ones."""
    known = kept_passwords()
    names = [person["user"] for person in _who_sign_in()]
    there = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    return {name: known.get(name) or secrets.token_urlsafe(9) for name in names if name not in there}


def kept_passwords() -> dict[str, str]:
    """What `keep` wrote; nothing when it was never written, is gone or cannot be read."""
    try:
        return json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def keep(passwords: dict[str, str]) -> None:
    """Write the passwords beside the database, for the owner's eyes only, so that a later run can say them again."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(passwords, out, indent=1)
    new.replace(file)


def listed(passwords: dict[str, str]) -> list[Account]:
    """Those who can sign in, with the passwords that are known."""
    return [
        Account(person["user"], person["name"], person.get("group", "Administrator"), passwords.get(person["user"], ""))
        for person in _who_sign_in()
    ]


def _file() -> Path:
    return Path(settings.BASE_DIR) / "var" / "demo-passwords.json"


def _who_sign_in() -> list[dict[str, Any]]:
    return [person for person in people() if person.get("signs_in")]


def _new_user(person: dict[str, Any], password: str | None) -> User:
    first, _, last = person["name"].partition(" ")
    user = User(
        username=person["user"],
        first_name=first,
        last_name=last,
        email=f"{person['user']}@record.example",
        is_staff="group" in person or bool(person.get("superuser")),
        is_superuser=bool(person.get("superuser")),
    )
    user.set_password(password)  # none: nobody can sign in with it
    user.save()
    if "group" in person:
        user.groups.add(Group.objects.get(name=person["group"]))
    return user


def _fits(user: AbstractBaseUser, person: dict[str, Any]) -> None:
    """An account that is there already is used as it is; nobody is given more rights by a demo."""
    wanted = person.get("group")
    if user.is_superuser or (wanted and user.groups.filter(name=wanted).exists()):
        return
    raise Refused(
        f"An account “{user.username}” is there already and is not what the demo needs ({wanted or 'a superuser'})."
    )
