"""Words that have to go for legal reasons: the one exception to "never changed".

What was written is blanked wherever it stands. Its row stays, with its number, its writer, its time and its hashes, and
so does the chain; an event says who did it and why, in public where readers ever saw the words. The database lets
through this change alone, and only once that event is there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import events, going_live, moments, picture_uses, plans, previewing, rendering
from .models import Draft, Event, PassageNote, Post, ReviewRequest, Revision, Schedule, Suggestion, Update
from .refusals import NotAllowed, WrongState

MOST = 500  # versions at once
_TEXTS = "headline standfirst body summary section excerpt note".split()
_LISTS = "tags byline sources".split()


def remove(
    piece: Post | Update,
    revisions: Iterable[Revision],
    *,
    by: AbstractBaseUser,
    reason: str,
    public_reason: str,
    sentences: Sequence[Event] = (),
    at: datetime | None = None,
) -> Post | Update:
    """Blank the words of these versions of a piece. What readers see of it is withdrawn first. Gives the piece.

    `reason` is for colleagues, `public_reason` for readers; both must say something. `sentences` are events of the
    post whose notes have to go as well: a correction may repeat what was wrong. Unsaved words on the piece, links to
    it, suggestions and notes on these versions, and plans for them go, too. Pictures stay in the library. Raises
    NotAllowed, WrongState, Unacceptable.
    """
    at = at or timezone.now()
    reason, public_reason = rendering.clean_text(reason), rendering.clean_text(public_reason)
    if not by.has_perm("blog.remove_words_post"):
        raise NotAllowed(_("Your account may not do this."))
    if not reason or not public_reason:
        raise WrongState(_("Say why, for colleagues and for readers."))
    with transaction.atomic():
        piece = events.lock(piece)
        chosen = _chosen(piece, revisions)
        told = _sentences(piece, [*sentences, *_copied_notes(chosen)])
        seen = set(Event.objects.of(piece).public().filter(revision__in=chosen).values_list("revision_id", flat=True))
        keys = {one.pk for one in chosen}
        takes_down = piece.live_id in keys
        if takes_down:
            hide = going_live.hide_update if isinstance(piece, Update) else going_live.hide
            hide(piece, by=by, at=at, note=reason, public_note=public_reason)
        # What is taken down comes back by hand; and there is no change any more of words that are gone.
        planned = plans.planned(piece).values()
        rows = [row for row in planned if takes_down or row.revision_id in keys or row.over_id in keys]
        plans.drop(piece, rows, by=by, at=at, because="remove")
        for number, revision in enumerate(chosen):
            details = {"sentences": [one.number for one in told]} if told and not number else {}
            _leave_event(piece, revision, by, at, reason, public_reason, revision.pk in seen, details)
        _blank(chosen, told)
        picture_uses.refresh(events.lock(piece))  # from what is there now: our copy still holds the words
        _let_go(piece, chosen, by, at)
        post = piece.post
        post.notices = moments.state(moments.acts_of(post.pk)).notices
        post.save(update_fields=["notices", *events.COUNTED])
        own = ["stage", "step", "public_sequence"] if isinstance(piece, Update) else ["stage", "step"]
        piece.save(update_fields=own)
        if seen:
            events.readers_see_a_change(post)
        return piece


def holding(piece: Post | Update, words: str) -> list[Revision]:
    """The versions of a piece that hold these words anywhere, whatever their case; the oldest first."""
    wanted = rendering.same_name(" ".join(words.split()))
    found = Revision.objects.of(piece).order_by("number").iterator(100)
    return [one for one in found if wanted and wanted in rendering.same_name(_all_of(one))]


def told_of(revisions: Iterable[Revision]) -> dict[int, Event]:
    """Of those among these versions whose words were removed, the event that says so, by the key of the version."""
    blank = [one.pk for one in revisions if one is not None and one.is_blank()]
    if not blank:
        return {}
    found = Event.objects.filter(verb="remove", revision__in=blank).order_by("number")
    return {event.revision_id: event for event in found}


@dataclass
class Removed:
    """What was removed of a post: keys of its wordings, numbers of events whose notes went."""

    revisions: set[int] = field(default_factory=set)
    sentences: set[int] = field(default_factory=set)


def of_posts(posts: Iterable[Post]) -> dict[int, Removed]:
    """What was removed of these posts, by their keys; most have none."""
    found: dict[int, Removed] = {}
    for event in Event.objects.filter(post__in=posts, verb="remove"):
        removed = found.setdefault(event.post_id, Removed())
        removed.revisions.add(event.revision_id)
        removed.sentences.update(event.details.get("sentences", []))
    return found


def is_bare(revision: Revision) -> bool:
    """Is there no word left of it?"""
    return not any(getattr(revision, name) for name in (*_TEXTS, *_LISTS, "image", "words"))


def _all_of(revision: Revision) -> str:
    said = [getattr(revision, name) for name in _TEXTS if name not in ("body", "summary")]
    said += [rendering.plain(revision.body), revision.body, rendering.plain(revision.summary)]
    said += [*revision.tags, *(str(one) for one in (*revision.byline, *revision.sources, revision.image))]
    return " ".join(" ".join(said).split())


def _chosen(piece: Post | Update, revisions: Iterable[Revision]) -> list[Revision]:
    keys = {one.pk for one in revisions}
    chosen = list(Revision.objects.of(piece).filter(pk__in=keys).order_by("number"))
    if len(chosen) != len(keys):
        raise WrongState(_("That version belongs to another piece."))
    if not chosen:
        raise WrongState(_("Choose the versions whose words have to go."))
    if len(chosen) > MOST:
        raise WrongState(_("Choose %(most)d versions at most.") % {"most": MOST})
    if told_of(chosen):
        raise WrongState(_("The words of one of them have been removed already."))
    return chosen


def _sentences(piece: Post | Update, sentences: Sequence[Event]) -> list[Event]:
    keys = {one.pk for one in sentences}
    found = list(Event.objects.filter(post=piece.post.pk, pk__in=keys).exclude(verb="remove").order_by("number"))
    if len(found) != len(keys):
        raise WrongState(_("That sentence belongs to another piece."))
    return found


def _copied_notes(revisions: list[Revision]) -> list[Event]:
    """The note of a version stands in the event that says it was written, too; why its plan failed may quote it."""
    return list(Event.objects.filter(verb__in=["write", "fail_plan"], revision__in=revisions).exclude(note=""))


def _leave_event(
    piece: Post | Update,
    revision: Revision,
    by: AbstractBaseUser,
    at: datetime,
    reason: str,
    public_reason: str,
    public: bool,
    details: dict[str, list[int]],
) -> None:
    waits = (Post.Stage.REVIEW, Post.Stage.CHANGES, Post.Stage.APPROVED)
    newest = revision.pk == piece.head_id and piece.stage in waits
    stage = Post.Stage.DRAFT if newest else piece.stage
    words = {"note": reason, "public_note": public_reason}
    events.add(piece, "remove", by=by, at=at, stage=stage, revision=revision, public=public, details=details, **words)


def _blank(revisions: list[Revision], sentences: list[Event]) -> None:
    """By hand: nothing of ours changes these tables, and a trigger lets nothing else through."""
    columns = (
        [f"{name} = ''" for name in _TEXTS] + [f"{name} = '[]'" for name in _LISTS] + ["image = '{}'", "words = 0"]
    )
    with connection.cursor() as cursor:
        for revision in revisions:
            cursor.execute(f"UPDATE blog_revision SET {', '.join(columns)} WHERE id = %s", [revision.pk])
        for event in sentences:
            cursor.execute("UPDATE blog_event SET note = '', public_note = '' WHERE id = %s", [event.pk])


def _let_go(piece: Post | Update, revisions: list[Revision], by: AbstractBaseUser, at: datetime) -> None:
    """Copies of the words that are no history."""
    own = {"post": piece.post.pk, "update": piece.pk if isinstance(piece, Update) else None}
    Draft.objects.filter(**own).exclude(place__startswith="new-").delete()  # a new update is another piece
    planned = [Schedule.State.DUE, Schedule.State.RUNNING]
    Schedule.objects.filter(**own, revision__in=revisions).exclude(state__in=planned).update(words={}, last_error="")
    ReviewRequest.objects.filter(**own, revision__in=revisions).update(note="")
    previewing.end_all(piece, by=by, at=at)
    made = Suggestion.objects.filter(**own).filter(Q(revision__in=revisions) | Q(resolved__in=revisions))
    made.filter(state=Suggestion.State.OPEN).update(state=Suggestion.State.DECLINED, decided_at=at)
    made.update(exact="", before="", after="", replacement="", remark="")
    notes = PassageNote.objects.filter(**own, revision__in=revisions)
    PassageNote.objects.filter(Q(pk__in=notes.values("pk")) | Q(answers__in=notes.values("pk"))).update(text="")
    notes.update(exact="", before="", after="")
