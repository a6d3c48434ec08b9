"""Words that have to go for legal reasons: the one exception to "never changed".

What was written is blanked wherever it stands. Its row stays, with its number, its writer, its time and its hashes, and
so does the chain; an event says who did it and why, in public where readers ever saw the words. The database lets
through this change alone, and only once that event is there.

A sentence is what somebody said about an act: the notes of its event, and what its details say in words (SAID).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import events, going_live, moments, picture_uses, plans, previewing, rendering, search, telling
from .models import (
    Draft,
    Event,
    Outgoing,
    PassageNote,
    Post,
    PreviewLink,
    ReviewRequest,
    Revision,
    Schedule,
    Suggestion,
    Update,
)
from .refusals import NotAllowed, WrongState

MOST = 500  # versions at once
# In the details of an event: the words of a promise, why warnings were passed over, for whom a link is
SAID = ("words", "why", "label")
_WITHOUT_WORDS = {
    "postgresql": "details - '{words,why,label}'::text[]",
    "sqlite": "json_remove(details, '$.words', '$.why', '$.label')",
}
_QUOTING = "note public_note why reason exact text".split()  # in plans and mails: what may repeat what was said
_TEXTS = "headline standfirst body summary section excerpt note".split()
_LISTS = "tags byline sources".split()


def remove(
    piece: Post | Update,
    revisions: Iterable[Revision] = (),
    *,
    by: AbstractBaseUser,
    reason: str,
    public_reason: str,
    sentences: Sequence[Event] = (),
    at: datetime | None = None,
) -> Post | Update:
    """Blank the words of these versions of a piece. What readers see of it is withdrawn first. Gives the piece.

    `reason` is for colleagues, `public_reason` for readers; both must say something. `sentences` are events of the
    post whose sentences have to go, too, or alone: a correction may repeat what was wrong. Unsaved words on the piece,
    links to it, suggestions and notes on these versions, plans for them, and what is to be mailed about it go as well.
    Pictures stay in the library. Raises NotAllowed, WrongState, Unacceptable.
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
        told = _sentences(piece, sentences)
        if not (chosen or told):
            raise WrongState(_("Choose the versions or the sentences that have to go."))
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
        copies, readers_were_told = _copied_notes(chosen), any(one.public or one.verb == "promise" for one in told)
        why = {"by": by, "at": at, "note": reason, "public_note": public_reason}
        if told:
            _leave_event(piece, None, told, public=readers_were_told, **why)
        for revision in chosen:
            _leave_event(piece, revision, copies, public=revision.pk in seen, **why)
        _blank(chosen, [*told, *copies])
        picture_uses.refresh(events.lock(piece))  # from what is there now: our copy still holds the words
        if chosen:
            _let_go(piece, chosen, by, at)
            search.let_go()
        _let_copies_go(piece, chosen, [*told, *copies])
        post, state = piece.post, moments.state(moments.acts_of(piece.post.pk))
        post.notices, post.promise = state.notices, state.promise
        post.save(update_fields=["notices", "promise", *events.COUNTED])
        own = ["stage", "step", "public_sequence"] if isinstance(piece, Update) else ["stage", "step"]
        piece.save(update_fields=own)
        if seen or readers_were_told:
            events.readers_see_a_change(post)
        return piece


def holding(piece: Post | Update, words: str) -> list[Revision]:
    """The versions of a piece that hold these words anywhere, whatever their case; the oldest first."""
    wanted = rendering.same_name(" ".join(words.split()))
    found = Revision.objects.of(piece).order_by("number").iterator(100)
    return [one for one in found if wanted and wanted in rendering.same_name(_all_of(one))]


def sentence_of(event: Event) -> str:
    """What was said about an act, in one line; "" where nothing was."""
    return " · ".join(_said(event))


def is_silent(event: Event) -> bool:
    """Is there no sentence left of it?"""
    return not (event.note or event.public_note or event.details.keys() & set(SAID))


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
        if event.revision_id:
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
    return [one for one in found if not is_silent(one)]


def _said(event: Event) -> list[str]:
    said = [event.public_note, event.note, *(str(event.details.get(name, "")) for name in SAID)]
    return list(dict.fromkeys(text for text in said if text))


def _copied_notes(revisions: list[Revision]) -> list[Event]:
    """The note of a version stands in the event that says it was written, too; why its plan failed may quote it."""
    return list(Event.objects.filter(verb__in=["write", "fail_plan"], revision__in=revisions).exclude(note=""))


def _leave_event(
    piece: Post | Update, revision: Revision | None, sentences: list[Event], *, public: bool, **why: Any
) -> None:
    """That the words of a version went, and what those of these events said that are about it; None: all of them."""
    waits = (Post.Stage.REVIEW, Post.Stage.CHANGES, Post.Stage.APPROVED)
    newest = revision is not None and revision.pk == piece.head_id and piece.stage in waits
    stage = Post.Stage.DRAFT if newest else piece.stage
    numbers = [one.number for one in sentences if revision is None or one.revision_id == revision.pk]
    details = {"sentences": numbers} if numbers else {}
    events.add(piece, "remove", stage=stage, revision=revision, public=public, details=details, **why)


def _blank(revisions: list[Revision], sentences: list[Event]) -> None:
    """By hand: nothing of ours changes these tables, and a trigger lets nothing else through."""
    columns = (
        [f"{name} = ''" for name in _TEXTS] + [f"{name} = '[]'" for name in _LISTS] + ["image = '{}'", "words = 0"]
    )
    without = _WITHOUT_WORDS[connection.vendor]
    said = f"UPDATE blog_event SET note = '', public_note = '', details = {without} WHERE id = %s"
    with connection.cursor() as cursor:
        for revision in revisions:
            cursor.execute(f"UPDATE blog_revision SET {', '.join(columns)} WHERE id = %s", [revision.pk])
        for event in sentences:
            cursor.execute(said, [event.pk])


def _let_go(piece: Post | Update, revisions: list[Revision], by: AbstractBaseUser, at: datetime) -> None:
    """What hangs on these versions, or may hold their words, and is no history."""
    own = {"post": piece.post.pk, "update": piece.pk if isinstance(piece, Update) else None}
    Draft.objects.filter(**own).exclude(place__startswith="new-").delete()  # a new update is another piece
    previewing.end_all(piece, by=by, at=at)
    made = Suggestion.objects.filter(**own).filter(Q(revision__in=revisions) | Q(resolved__in=revisions))
    made.filter(state=Suggestion.State.OPEN).update(state=Suggestion.State.DECLINED, decided_at=at)
    made.update(exact="", before="", after="", replacement="", remark="", reason="")
    notes = PassageNote.objects.filter(**own, revision__in=revisions)
    PassageNote.objects.filter(Q(pk__in=notes.values("pk")) | Q(answers__in=notes.values("pk"))).update(text="")
    notes.update(exact="", before="", after="")


def _let_copies_go(piece: Post | Update, revisions: list[Revision], told: list[Event]) -> None:
    """The same sentences where they were kept to be used, or to be mailed: plans, requests for review, mails, links.

    `told` are the events as they were.
    """
    texts = {text for one in told for text in _said(one)}
    post, keys = piece.post, {one.pk for one in revisions}
    update = piece.pk if isinstance(piece, Update) else None

    def repeats(text: Any) -> bool:
        return isinstance(text, str) and bool(text) and any(text in one or one in text for one in texts)

    for row in Schedule.objects.filter(post=post):
        over = row.state not in (Schedule.State.DUE, Schedule.State.RUNNING)
        whole = over and ({row.revision_id, row.over_id} & keys or row.event_id in {one.pk for one in told})
        blank = {name: "" for name, text in row.words.items() if name in _QUOTING and repeats(text)}
        words = {} if whole else row.words | blank
        error = "" if whole or repeats(row.last_error) else row.last_error
        if (words, error) != (row.words, row.last_error):
            Schedule.objects.filter(pk=row.pk).update(words=words, last_error=error)
    for request in ReviewRequest.objects.filter(post=post).exclude(note=""):
        if request.revision_id in keys or repeats(request.note):
            ReviewRequest.objects.filter(pk=request.pk).update(note="")
    for link in PreviewLink.objects.filter(post=post).exclude(label=""):
        if repeats(link.label):
            PreviewLink.objects.filter(pk=link.pk).update(label="")
    for mail in Outgoing.objects.filter(kind__in=telling.SUBJECTS, payload__post=post.pk):
        words = mail.payload["words"]
        if (revisions and mail.payload.get("update") == update) or any(map(repeats, map(words.get, _QUOTING))):
            payload = mail.payload | {"words": words | {name: "" for name in _QUOTING if name in words}}
            Outgoing.objects.filter(pk=mail.pk).update(payload=payload, last_error="")
            Outgoing.objects.filter(pk=mail.pk).exclude(state=Outgoing.State.SENT).update(state=Outgoing.State.DROPPED)
