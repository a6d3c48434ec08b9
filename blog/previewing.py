"""Links by which somebody without an account may read one wording for a while.

A link is a secret of 192 bits, made by the machine. It is given away once; kept is its SHA-256 alone, by which it is
looked up, so neither the database nor the time that an answer takes tells anything of it. There is no limit on trying:
nobody guesses one of 2^192. What is unknown, has ended and was revoked is one answer.

A link shows its one wording as long as it lasts, also when the piece goes on; it ends with its time, when somebody
revokes it, and when the piece is withdrawn or spiked, or words of it are removed. Whoever may read and change the piece
may make and end its links. Both are acts, and stand in the record; a visit is none, and is kept beside the link.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import events, rendering, workflow, writers
from .models import Post, PreviewLink, PreviewVisit, Revision, Update, address_key, name_of
from .refusals import NotAllowed, WrongState

DAYS, MOST_DAYS = 7, 60
MOST_LINKS = 50  # open at a time, for one post
MOST_VISITS = 500  # that are kept of one link
AGAIN = timedelta(minutes=1)  # within which the same visitor loads the same page, and is one visit
_BYTES = 24
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}\Z")  # what 24 bytes are in letters


class Shared(NamedTuple):
    """A link that was made, and the secret part of its address, which is known now and never again."""

    link: PreviewLink
    secret: str


def share(
    piece: Post | Update,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    label: str = "",
    days: int = DAYS,
    at: datetime | None = None,
) -> Shared:
    """Make a link to this wording of the piece, for `days`. `label` says for whom it is.

    Raises NotAllowed for who may not read and change the piece, WrongState for another piece's wording or another time.
    """
    at, label = at or timezone.now(), rendering.clean_line(label, 200)
    if not 1 <= days <= MOST_DAYS:
        raise WrongState(_("A link lasts one day at least and %(most)d at most.") % {"most": MOST_DAYS})
    secret = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        piece = events.lock(piece)
        if not may_share(by, piece):
            raise NotAllowed(_("Only who may read and change it may share it."))
        update = piece if isinstance(piece, Update) else None
        if revision.post_id != piece.post.pk or revision.update_id != (update and update.pk):
            raise WrongState(_("That version belongs to another piece."))
        if update and not piece.post.is_live():
            raise WrongState(_("The story that it belongs to is not public."))
        if PreviewLink.objects.of(piece.post).open().count() >= MOST_LINKS:
            raise WrongState(_("There are %(most)d links to it: end one first.") % {"most": MOST_LINKS})
        link = PreviewLink.objects.create(
            post=piece.post,
            revision=revision,
            secret_hash=hash_of(secret),
            label=label,
            by=by,
            by_name=name_of(by),
            made_at=at,
            ends_at=at + timedelta(days=days),
        )
        _note(piece, "share", link, by, at)
    return Shared(link, secret)


def revoke(link: PreviewLink, *, by: AbstractBaseUser, at: datetime | None = None) -> PreviewLink:
    """End a link before its time. One that has ended is left as it is. Raises NotAllowed as `share` does."""
    at = at or timezone.now()
    with transaction.atomic():
        piece = events.lock(link.revision.update or link.post)
        if not may_share(by, piece):
            raise NotAllowed(_("Only who may read and change it may share it."))
        if PreviewLink.objects.filter(pk=link.pk).revoke(by, at):
            _note(piece, "unshare", link, by, at)
    link.refresh_from_db()
    return link


def end_all(piece: Post | Update, *, by: AbstractBaseUser | None, at: datetime | None = None) -> int:
    """End every link to a locked piece, of a post also those to its updates, and give how many.

    For the verb that takes it away, whose event says why.
    """
    return PreviewLink.objects.of(piece).revoke(by, at or timezone.now())


def opened(secret: str) -> PreviewLink | None:
    """The link of this secret, if it is open and its wording may be shown; with its post and wording."""
    if not _SECRET.match(secret):
        return None
    links = PreviewLink.objects.open().select_related("post__story", "post__live", "revision__update__live")
    link = links.filter(secret_hash=hash_of(secret)).first()
    if link is None or (link.revision.update_id and not link.post.is_live()):
        return None
    return link


def visited(link: PreviewLink, *, address: str, agent: str, at: datetime | None = None) -> None:
    """Keep that somebody came. Of the internet address a key alone is kept; who loads it again is one visit."""
    at, key = at or timezone.now(), address_key(address)
    visits = PreviewVisit.objects.filter(link=link)
    if visits.filter(address=key, at__gt=at - AGAIN).exists() or visits.count() >= MOST_VISITS:
        return
    agent = " ".join(agent.split())[:200]
    PreviewVisit.objects.create(link=link, at=at, address=key, agent=rendering.CONTROLS.sub("", agent))


def may_share(user: AbstractBaseUser, piece: Post | Update) -> bool:
    """May this person make and end links to the piece?"""
    return workflow.may_edit(user, piece) and writers.may_read_drafts(user, piece)


def hash_of(secret: str) -> str:
    """What is kept of a secret. It is long and made by chance: no salt and no slow hash would add to that."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _note(piece: Post | Update, verb: str, link: PreviewLink, by: AbstractBaseUser, at: datetime) -> None:
    details = {"label": link.label, "until": events.spell(link.ends_at)}
    events.add(piece, verb, by=by, at=at, stage=piece.stage, revision=link.revision, details=details)
    piece.post.save(update_fields=["sequence"])
