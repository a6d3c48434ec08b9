"""The account in whose name an import is done when nobody else's is given."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Permission

from blog.workflow import NotAllowed

USERNAME = "importer"
NEEDED = ("adopt_post", "change_post")


def importer() -> AbstractBaseUser:
    """An account that nobody can sign in to, with only the permissions that an import needs; made on demand.

    Raises NotAllowed when a person has that name.
    """
    users = get_user_model().objects
    user = users.filter(username=USERNAME).first()
    if user is None:
        user = users.create_user(USERNAME, password=None)
    elif user.has_usable_password():
        raise NotAllowed(f"“{USERNAME}” is somebody's own account: say with --by in whose name this is done.")
    if not all(user.has_perm(f"blog.{codename}") for codename in NEEDED):
        user.user_permissions.add(*Permission.objects.filter(content_type__app_label="blog", codename__in=NEEDED))
        user = users.get(pk=user.pk)  # permissions are remembered with the instance
    return user


def named(username: str) -> AbstractBaseUser:
    """Somebody's account. Raises NotAllowed when there is none, or when it may not bring in stories."""
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise NotAllowed(f"There is no account “{username}”.")
    if not all(user.has_perm(f"blog.{codename}") for codename in NEEDED):
        raise NotAllowed(f"The account “{username}” may not bring in what was public elsewhere.")
    return user
