"""From a comment to words of the piece above it, and to a suggestion that a moderator makes of it."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext as _

from blog.models import Post, Revision, Suggestion, Update, name_of
from blog.rendering import plain

from . import placing, posting, typos
from .models import Comment, ModerationAct, Reason
from .moderation import DECIDABLE, MODERATES, NotAllowed, WrongState

Part = Suggestion.Part

_END_OF_BLOCK = re.compile(r"(?<=</p>)|(?<=</h[234]>)|(?<=</li>)|(?<=</blockquote>)|(?<=</tr>)|(?<=</pre>)")


class Place(NamedTuple):
    """Words of a public wording: which, and where in the plain text of one of its parts."""

    update: Update | None
    revision: Revision
    part: str
    text: str  # of the whole part, with white space folded
    start: int
    end: int

    @property
    def exact(self) -> str:
        return self.text[self.start : self.end]


class Pointed(NamedTuple):
    """What a comment points at, and what it says should stand there ("" where it does not say)."""

    place: Place
    replacement: str


class _Piece(NamedTuple):
    """A paragraph, or a part without paragraphs, with where it begins in the whole of the part."""

    update: Update | None
    revision: Revision
    part: str
    text: str
    begins: int
    paragraph: str


def looked_for(comment: Comment) -> Pointed | None:
    """The words that a comment says something is wrong with: in the update that it was written on, else anywhere."""
    pieces = list(_pieces(comment.post))
    of_update = [piece for piece in pieces if piece.update and piece.update.pk == comment.update_id]
    return _found(comment.text, of_update) or _found(comment.text, pieces)


def places_of(post: Post, exact: str, *, most: int = 2) -> list[Place]:
    """Where these very words stand in what readers see of a post, up to so many places."""
    exact = " ".join(exact.split())
    found: list[Place] = []
    if not exact:
        return found
    for update, revision, part, text in _parts(post):
        start = text.find(exact)
        while start >= 0 and len(found) < most:
            found.append(Place(update, revision, part, text, start, start + len(exact)))
            start = text.find(exact, start + 1)
    return found


def make_suggestion(
    comment: Comment, suggest: Callable[[], Suggestion], *, by: AbstractBaseUser, at: datetime | None = None
) -> Suggestion:
    """Keep that a suggestion came of a comment, and who said so. `suggest` makes it, in the same transaction.

    Raises NotAllowed, WrongState (where one came of it already, or the comment says nothing any more), and whatever
    `suggest` raises; then nothing is left behind.
    """
    if not by.has_perm(MODERATES):
        raise NotAllowed(_("Your account may not do this."))
    at = at or timezone.now()

    def making() -> Suggestion:
        now = placing.hold([comment.pk])[comment.pk]
        if now.reason == Reason.ERASED or now.state not in DECIDABLE:
            raise WrongState(_("It is at “%(state)s”.") % {"state": now.get_state_display()})
        if now.suggestion_id is not None:
            raise WrongState(_("A suggestion was made of it already."))
        now.suggestion = suggest()
        now.save(update_fields=["suggestion"])
        ModerationAct.objects.create(
            comment=now,
            verb=ModerationAct.Verb.SUGGEST,
            by=by,
            by_name=name_of(by),
            at=at,
            state_before=now.state,
            state_after=now.state,
            decided_before=now.decided_at,
        )
        return now.suggestion

    return posting.in_transaction(making)


def _found(said: str, pieces: list[_Piece]) -> Pointed | None:
    passages = [typos.Passage("update" if piece.update else piece.part, piece.paragraph) for piece in pieces]
    found = typos.find(said, passages)
    if found is None:
        return None
    piece = pieces[found.passage]
    place = Place(
        piece.update, piece.revision, piece.part, piece.text, piece.begins + found.start, piece.begins + found.end
    )
    return Pointed(place, found.replacement)


def _pieces(post: Post) -> Iterator[_Piece]:
    for update, revision, part, text in _parts(post):
        if part != Part.BODY:
            yield _Piece(update, revision, part, text, 0, text)
            continue
        begins = 0
        for block in filter(None, map(plain, _END_OF_BLOCK.split(revision.body))):
            at = text.find(block, begins)
            if at >= 0:
                yield _Piece(update, revision, part, text, at, block)
                begins = at + len(block)


def _parts(post: Post) -> Iterator[tuple[Update | None, Revision, str, str]]:
    """All that readers see of a post, part by part, as plain text."""
    if not post.is_live():
        return
    for update, revision in [(None, post.live), *_updates(post)]:
        for part in (Part.HEADLINE, Part.STANDFIRST, Part.SUMMARY, Part.BODY):
            source = getattr(revision, part)
            text = plain(source) if part in {Part.SUMMARY, Part.BODY} else " ".join(source.split())
            if text:
                yield update, revision, part, text


def _updates(post: Post) -> Iterator[tuple[Update, Revision]]:
    for update in Update.objects.filter(post=post).live().select_related("live").newest_first():
        update.post = post
        yield update, update.live
