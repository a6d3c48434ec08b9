"""Slugs and addresses: chosen once, kept for good, and forwarded when they change."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from urllib.parse import unquote

from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .models import SLUG, Post, Revision
from .rendering import Unacceptable

LONGEST_FORWARDED = 200  # characters that a redirect can hold
LONGEST_SLUG = LONGEST_FORWARDED - len("/2026/09/05//")  # so that whatever was public can be moved
LONGEST_MADE = 80  # characters of a slug made from a headline
MOST_ATTEMPTS = 50  # at a slug that others choose at the same moment

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")

# First parts of addresses that are the site's own: no page may have them, nor a number: /2012/ is a year. A test
# compares this with the URLs.
RESERVED = frozenset(
    "admin archive authors comments corrections feed healthz i18n media preview search shared sitemap sources static "
    "stories tags".split()
)


def settle(post: Post, revision: Revision) -> None:
    """Choose the slug of a piece that goes public for the first time, and save it with the date, which is set.

    Saved at once, because somebody else may be choosing the same: whose transaction ends first has it, and the other
    waits and takes the next.
    """
    wanted = post.slug or slug_for(revision.headline)
    for _attempt in range(MOST_ATTEMPTS):
        post.slug = _free(post, wanted)
        if _claim(post, ["slug", "published_on", "published_at"]):
            return
    raise Unacceptable(_("“%(slug)s” is taken.") % {"slug": wanted})


def day_at(moment: datetime) -> date:
    """The day that an address has for what is published at this moment: the day it is where the site is."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def slug_for(headline: str) -> str:
    """A slug that says what the headline says, in any script, cut at a word."""
    slug = slugify(headline, allow_unicode=True)
    if len(slug) > LONGEST_MADE:
        slug = slug[: LONGEST_MADE + 1].rsplit("-", 1)[0][:LONGEST_MADE]
    return slug.strip("-_") or "untitled"


def check(slug: str) -> None:
    """Raises Unacceptable when a text cannot be a slug."""
    try:
        SLUG(slug)
    except ValidationError as error:
        raise Unacceptable(error.messages[0]) from error
    if slug != unicodedata.normalize("NFC", slug):  # an address is read in this form
        raise Unacceptable(str(SLUG.message))
    if len(slug) > LONGEST_SLUG:
        raise Unacceptable(_("A slug has at most %(most)d characters.") % {"most": LONGEST_SLUG})


def first_free(kind: str, wanted: str, taken: Callable[[str], bool]) -> str:
    """The slug of a piece itself, or the first of slug-2, slug-3 … that is neither taken nor the site's own."""
    return numbered(wanted, lambda slug: (kind == Post.Kind.PAGE and _is_our_own(slug)) or taken(slug))


def numbered(wanted: str, taken: Callable[[str], bool]) -> str:
    """The slug itself, or the first of slug-2, slug-3 … that is not taken."""
    slug, number = wanted, 1
    while taken(slug):
        number += 1
        slug = f"{wanted[: LONGEST_SLUG - len(str(number)) - 1]}-{number}"
    return slug


def change(post: Post, slug: str) -> None:
    """Give a piece another slug and save it; who comes by an address that was public is sent on.

    Raises Unacceptable when the slug cannot be an address here, or is taken.
    """
    check(slug)
    if _free(post, slug) != slug:
        raise Unacceptable(_("“%(slug)s” is taken.") % {"slug": slug})
    before = post.get_absolute_url() if post.published_on else ""
    post.slug = slug
    if not _claim(post, ["slug"]):
        raise Unacceptable(_("“%(slug)s” is taken.") % {"slug": slug})
    if before:
        forward(before, post.get_absolute_url())


def forward(old: str, new: str) -> bool:
    """Send readers of one path on to another; says whether it could be kept.

    No chains (whatever led to the old path leads to the new one) and no circles. A path is kept decoded where it is
    not plain ASCII: a redirect holds 200 characters, and an encoded one has three to nine for each.
    """
    old, new = spelt(old), spelt(new)
    if len(old) > LONGEST_FORWARDED or len(new) > LONGEST_FORWARDED or old == new:
        return False
    ours = Redirect.objects.filter(site_id=settings.SITE_ID)
    ours.filter(old_path=new).delete()
    ours.filter(new_path=old).update(new_path=new)
    ours.update_or_create(old_path=old, defaults={"new_path": new, "site_id": settings.SITE_ID})
    return True


def forward_many(pairs: Iterable[tuple[str, str]]) -> tuple[int, list[str]]:
    """Forward the old paths of pieces that were brought in: how many were new, and those no redirect can hold.

    A path that is forwarded already stays as it is: somebody here may have decided so.
    """
    wanted: dict[str, str] = {}
    unkept = []
    for old, new in pairs:
        old, new = spelt(old), spelt(new)
        if old == new:
            continue
        if max(len(old), len(new)) > LONGEST_FORWARDED:
            unkept.append(old)
        else:
            wanted.setdefault(old, new)
    ours = Redirect.objects.filter(site_id=settings.SITE_ID, old_path__in=wanted)
    for known in ours.values_list("old_path", flat=True):
        del wanted[known]
    Redirect.objects.bulk_create(
        Redirect(site_id=settings.SITE_ID, old_path=old, new_path=new) for old, new in wanted.items()
    )
    return len(wanted), unkept


def spelt(path: str) -> str:
    """The spelling of a path under which redirects are kept and looked up."""
    decoded = unquote(path)
    if not decoded.isascii() and "\ufffd" not in decoded:
        return decoded
    way, mark, query = path.partition("?")
    return escape_uri_path(unquote(way)) + mark + query if "\ufffd" not in decoded else path


def is_path_of_ours(path: str) -> bool:
    """Does it lead to an address of this site, whatever a browser makes of it?"""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not _CONTROLS.search(unquote(path))


def check_free(kind: str, slug: str) -> None:
    """Raises Unacceptable when another page has this slug. Posts have an address only once they have a day."""
    if kind == Post.Kind.PAGE and slug and Post.objects.pages().filter(slug=slug).exists():
        raise Unacceptable(_("“%(slug)s” is taken.") % {"slug": slug})


def _is_our_own(slug: str) -> bool:
    return slug in RESERVED or slug.isdecimal()


def _claim(post: Post, columns: list[str]) -> bool:
    """Save the address; False when somebody has taken it in this moment."""
    try:
        with transaction.atomic():
            post.save(update_fields=columns)
    except IntegrityError:
        return False
    return True


def _free(post: Post, wanted: str) -> str:
    others = Post.objects.filter(kind=post.kind).exclude(pk=post.pk)
    if post.kind == Post.Kind.POST:
        if post.published_on is None:
            return wanted
        others = others.filter(published_on=post.published_on)
    return first_free(post.kind, wanted, lambda slug: others.filter(slug=slug).exists())
