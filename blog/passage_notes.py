"""Notes of colleagues on exact words of a wording: they stay with these words, or say that they have changed since.

A note is never moved to other words than those that it was made about. They are looked for in the newest wording; where
what stood beside them has changed as well, they are followed from one wording to the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import anchors, events, pointing, rendering, reviewing, telling, workflow, writers
from .anchors import Span
from .models import PassageNote, Post, Revision, Update, name_of
from .refusals import NotAllowed, WrongState
from .rendering import Unacceptable

LONGEST = 5_000  # characters of a note
MOST_FOLLOWED = 50  # wordings through which words are followed
PARTS = ("headline", "standfirst", "summary", "body")


@dataclass
class Sight:
    """A note as it looks against the newest wording: `span` is where its words stand, None where they have changed."""

    note: PassageNote
    span: Span | None
    answers: list[PassageNote] = field(default_factory=list)

    def place(self) -> tuple[int, int]:
        """What notes are sorted by: the order of their words; those whose words have changed come last."""
        return (PARTS.index(self.note.part), self.span.start) if self.span else (len(PARTS), self.note.pk)


def add(
    piece: Post | Update,
    revision: Revision,
    *,
    by: AbstractBaseUser,
    part: str,
    exact: str,
    text: str,
    before: str = "",
    after: str = "",
    at: datetime | None = None,
) -> PassageNote:
    """Leave a note on words of a wording. Who wrote the piece hears of it. The same one sent twice is one.

    `before` and `after` tell which words are meant that stand there more than once. Raises NotAllowed, Unacceptable;
    NotThere for words that do not stand in that wording, or nothing says which.
    """
    text = _said(text)
    pointed = pointing.pointed_at(revision, part, exact=exact, before=before, after=after, replacement="")
    del pointed["replacement"]
    with transaction.atomic():
        piece = _held(piece, by)
        if revision.post_id != piece.post.pk or revision.update_id != _update_of(piece):
            raise WrongState(_("That version belongs to another piece."))
        note = PassageNote(post=piece.post, update_id=_update_of(piece), revision=revision, part=part, **pointed)
        return _kept(note, piece, text, by, at)


def answer(note: PassageNote, *, by: AbstractBaseUser, text: str, at: datetime | None = None) -> PassageNote:
    """Answer a note. Who made it, and who wrote the piece, hear of it. Raises NotAllowed, WrongState, Unacceptable."""
    text = _said(text)
    with transaction.atomic():
        piece = _held(note.update or note.post, by)
        first = PassageNote.objects.get(pk=note.answers_id or note.pk)
        if first.done_at:
            raise WrongState(_("%(name)s has marked this note as done.") % {"name": first.done_by_name})
        columns = "part exact before after".split()
        words = {name: getattr(first, name) for name in columns}
        same = {"post": piece.post, "update_id": _update_of(piece), "revision_id": first.revision_id}
        return _kept(PassageNote(**same, answers=first, **words), piece, text, by, at)


def finish(note: PassageNote, *, by: AbstractBaseUser, at: datetime | None = None) -> PassageNote:
    """Mark a note as done, by who made it or may change the piece. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        piece = _held(note.update or note.post, by)
        note = PassageNote.objects.get(pk=note.pk)
        if not may_finish(by, note, piece):
            raise NotAllowed(_("Who made the note, or may change the piece, marks it as done."))
        if note.done_at or note.answers_id:
            raise WrongState(_("%(name)s has marked this note as done.") % {"name": note.done_by_name})
        note.done_at, note.done_by_name = at or timezone.now(), name_of(by)
        note.save(update_fields=["done_at", "done_by_name"])
        return note


def may_finish(user: AbstractBaseUser, note: PassageNote, piece: Post | Update) -> bool:
    """May this person say that there is nothing more to do about a note?"""
    return note.by_id == user.pk or workflow.may_edit(user, piece)


def open_notes(piece: Post | Update, revision: Revision | None = None) -> list[Sight]:
    """The notes on a piece that are not done, in the order of their words in a wording (by default the newest)."""
    revision = revision or piece.head
    notes = PassageNote.objects.filter(post=piece.post, update=_update_of(piece), done_at=None).order_by("pk")
    notes = list(notes.select_related("revision"))
    found = [Sight(note, None) for note in notes if note.answers_id is None]
    by_note = {sight.note.pk: sight for sight in found}
    for note in notes:
        if note.answers_id in by_note:
            by_note[note.answers_id].answers.append(note)
    for sight, span in zip(found, places([sight.note for sight in found], piece, revision), strict=True):
        sight.span = span
    return sorted(found, key=Sight.place)


def places(notes: Iterable[PassageNote], piece: Post | Update, revision: Revision) -> list[Span | None]:
    """Where the words of each of these notes stand in a wording of their piece; None where they have changed."""
    notes = list(notes)
    found = [anchors.find_surely(pointing.text_of(revision, note.part), *_words(note)) for note in notes]
    lost = [note for note, span in zip(notes, found, strict=True) if span is None]
    if not lost:
        return found
    between = Revision.objects.of(piece).filter(number__lte=revision.number)
    between = between.filter(number__gt=min(note.revision.number for note in lost)).order_by("-number")
    way = list(reversed(between.only("number", "post_id", "update_id", *PARTS)[:MOST_FOLLOWED]))
    texts: dict[str, list[tuple[int, str]]] = {}
    for part in {note.part for note in lost}:
        texts[part] = [(one.number, pointing.text_of(one, part)) for one in way]
    return [
        span or follow([text for number, text in texts[note.part] if number > note.revision.number], *_words(note))
        for note, span in zip(notes, found, strict=True)
    ]


def follow(texts: Iterable[str], exact: str, before: str, after: str) -> Span | None:
    """Where the words stand in the last of these texts, each an edit of the one before; None once they are lost."""
    span = None
    for text in texts:
        span = anchors.find_surely(text, exact, before, after)
        if span is None:
            return None
        before, after = anchors.around(text, span.start, span.end)
    return span


def _kept(note: PassageNote, piece: Post | Update, text: str, by: AbstractBaseUser, at: datetime | None) -> PassageNote:
    same = {name: getattr(note, name) for name in "post_id update_id revision_id part exact before after".split()}
    again = PassageNote.objects.filter(**same, answers=note.answers_id, text=text, by=by, done_at=None).first()
    if again is not None:
        return again
    note.text, note.by, note.by_name, note.made_at = text, by, name_of(by), at or timezone.now()
    note.save(force_insert=True)
    words = {"by": note.by_name, "exact": note.exact, "text": note.text, "is_answer": note.answers_id is not None}
    telling.tell("passage_note", _concerned(note, piece), piece, str(note.pk), words)
    return note


def _concerned(note: PassageNote, piece: Post | Update) -> list[AbstractBaseUser]:
    """Who wrote the piece; of an answer, also who made the note and who answered before."""
    people = {user.pk: user for user in reviewing.writers_of(piece)}
    if note.answers_id is not None:
        spoke = PassageNote.objects.filter(pk=note.answers_id) | PassageNote.objects.filter(answers=note.answers_id)
        people |= get_user_model().objects.in_bulk([pk for pk in spoke.values_list("by", flat=True) if pk])
    people.pop(note.by_id, None)
    return list(people.values())


def _held(piece: Post | Update, by: AbstractBaseUser) -> Post | Update:
    piece = events.lock(piece)
    if not writers.may_read_drafts(by, piece):
        raise NotAllowed(_("It is somebody else’s piece."))
    return piece


def _said(text: str) -> str:
    text = rendering.clean_text(text, LONGEST)
    if not text:
        raise Unacceptable(_("Say something about these words."))
    return text


def _update_of(piece: Post | Update) -> int | None:
    return piece.pk if isinstance(piece, Update) else None


def _words(note: PassageNote) -> tuple[str, str, str]:
    return note.exact, note.before, note.after
