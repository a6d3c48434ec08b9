"""Would the site run? Asked of a database that was brought back into a temporary place, and is thrown away."""

import logging
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import identify_hasher
from django.test import Client, override_settings
from django.urls import reverse

from blog import pictures, search
from blog.archiving import contents
from blog.models import Picture, Post
from blog.renditions import Kept
from blog.signing_in import SecondFactors

LOOKED_FOR = 20  # stories
_PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # collected or not


def what_is_wrong(rows: dict[str, int], say: Callable[[str], object]) -> list[str]:
    """What would not do; `say` hears of each thing that does. Accounts are changed to try them: only in a copy."""
    wrong = []
    tried = [(_counts(rows), "Counts"), (_pictures(), "Pictures"), (_accounts(), "Accounts and second factors")]
    tried += [(_search(), "Search"), (_pages(), "Pages"), (_sign_in(), "Sign-in")]
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # what goes wrong is said here
    with override_settings(STORAGES=settings.STORAGES | _PLAIN):
        for found, what in tried:
            known = len(wrong)
            wrong += found
            if len(wrong) == known:
                say(f"{what}: fine.")
    return wrong


def _counts(rows: dict[str, int]) -> Iterator[str]:
    for part in contents.of_backup():
        if (here := part.all_rows().count()) != rows[part.name]:
            yield f"{part.name}: {here} rows are here, and {rows[part.name]} came."


def _pictures() -> Iterator[str]:
    for picture in Picture.objects.order_by("pk").iterator():
        kept = Kept.named(picture.file.name)
        missing = pictures.missing(kept) if kept else []
        if missing or not picture.file.storage.exists(picture.file.name):
            yield f"picture {picture.pk}: {(missing or [picture.file.name])[0]} is missing (complete_pictures makes it)"


def _accounts() -> Iterator[str]:
    for user in get_user_model().objects.filter(is_active=True).order_by("pk").iterator():
        if user.has_usable_password():
            try:
                identify_hasher(user.password)
            except ValueError:
                yield f"account {user.get_username()}: nothing here knows how its password is kept"
    adapter = SecondFactors()
    for row in Authenticator.objects.exclude(type="webauthn").select_related("user").order_by("pk"):
        kept = [row.data[name] for name in ("secret", "seed") if name in row.data]
        if not all(map(adapter.can_read, kept)):
            yield (
                f"account {row.user.get_username()}: its second factor was written under another SECRET_KEY than the "
                "one that is set here"
            )


def _search() -> Iterator[str]:
    for post in Post.objects.live().stories().newest_first().select_related("live")[:LOOKED_FOR]:
        words = search.words_of(post.live.headline)[: search.LONGEST_QUERY]
        if words.strip() and search.parse(words) and not search.find(words).total:
            yield f"post {post.pk} is not found by its headline"


def _client() -> Client:
    return Client(SERVER_NAME=urlsplit(settings.SITE_URL).hostname, raise_request_exception=False)


def _pages() -> Iterator[str]:
    newest = list(Post.objects.live().newest_first().select_related("live")[:3])
    for address in (reverse("blog:home"), *(post.get_absolute_url() for post in newest)):
        if (status := _client().get(address, secure=True).status_code) != 200:
            yield f"{address} answers {status}"


def _sign_in() -> Iterator[str]:
    """Somebody of the desk gets a new password, in this copy, and signs in with it."""
    staff = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("-is_superuser", "pk").first()
    if staff is None:
        yield "there is no account that may use the desk"
        return
    password = secrets.token_urlsafe()
    staff.set_password(password)
    staff.save(update_fields=["password"])
    client = _client()
    answer = client.post(
        reverse("account_login"), {"login": staff.get_username(), "password": password}, secure=True, follow=True
    )
    # With a second factor its page comes before the desk.
    if answer.status_code != 200 or not answer.redirect_chain:
        yield f"nobody can sign in: {answer.request['PATH_INFO']} answers {answer.status_code}"
