"""Words that somebody typed and did not save: kept while they are typed, offered back, gone once they are saved.

They are no versions: nobody but their writer sees them, and nothing else reads them. Each opened form has a key and a
row of its own, and counts what it sends. So an answer that comes late never wins over newer words, and two windows of
one person never write over each other: both are offered.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import revisions
from .models import Draft, Event, Post, Revision, Update
from .models.drafts import words_of
from .rendering import Unacceptable
from .workflow import NotAllowed

LARGEST = 1_500_000  # characters of a form; the longest text that can be saved is shorter
MOST_FIELDS = 900
MOST_FORMS = 20  # of one person at one place, and then the oldest have to be looked at
KEPT = timedelta(days=90)
KEPT_AWAY = timedelta(days=30)

Fields = dict[str, list[str]]

_PLACE = re.compile(r"((?:live-)?(?:post|update)|new-update)-([0-9]{1,18})|new-(?:post|page)", re.ASCII)
_FORM = re.compile(r"[A-Za-z0-9_-]{8,32}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


@dataclass(frozen=True)
class Kept:
    """What came of it: the row (None where there is none), and whether the words were `older` than those in it."""

    draft: Draft | None
    older: bool = False


def place_of(piece: Post | Update, *, live: bool = False) -> str:
    """Where the words for a piece that is there are kept; `live`: those that readers are to see beside its draft."""
    place = f"update-{piece.pk}" if isinstance(piece, Update) else f"post-{piece.pk}"
    return f"live-{place}" if live else place


def place_of_new(kind: str = Post.Kind.POST, *, story: Post | None = None) -> str:
    """Where the words for a piece that is not there yet are kept: a post, a page, or an update of this `story`."""
    return f"new-update-{story.pk}" if story else f"new-{kind}"


def keep(
    user: AbstractBaseUser,
    place: str,
    form: str,
    counter: int,
    fields: Fields,
    *,
    took: tuple[int, int] | None = None,
    now: datetime | None = None,
) -> Kept:
    """Keep the fields of a form as they were typed. Writes nothing where they stand there already.

    `counter` is that of the form, and grows. `took` names the draft (its number and counter) that the form was filled
    from: its words are in this form now, so it becomes the form's, unless somebody typed in it since. Raises
    Unacceptable for what is no form of ours, NotAllowed where this person may write nothing there, `revisions.Removed`
    where the words that the form was opened with have been removed since.
    """
    fields = _acceptable(place, form, counter, fields)
    now = now or timezone.now()
    post, update = _things(user, place)
    with transaction.atomic():
        own = Draft.objects.filter(user=user, place=place)
        draft = own.filter(form=form).first()
        if draft is not None and (draft.fields == fields or counter <= draft.counter):
            return Kept(draft, older=draft.fields != fields)
        based_on = _based_on(post, update, fields, draft)
        typed = {"fields": fields, "counter": counter, "based_on_id": based_on, "saved_at": now, "away_at": None}
        is_new = draft is None or based_on != draft.based_on_id
        if draft is None and took and own.filter(pk=took[0], counter=took[1]).update(form=form, **typed):
            _refuse_removed(based_on, fields)
            return Kept(own.get(form=form))
        if draft is None:
            if own.offered().count() >= MOST_FORMS:
                raise Unacceptable(_("Too many forms hold unsaved words of yours for this piece. Look at those first."))
            draft = Draft(user=user, place=place, form=form, post_id=post, update_id=update, **typed)
            Draft.objects.bulk_create([draft], ignore_conflicts=True)  # the same form may have come a moment before
        if is_new:
            _refuse_removed(based_on, fields)
        if own.filter(form=form, counter__lt=counter).update(**typed):
            draft.fields, draft.counter, draft.saved_at = fields, counter, now
            return Kept(draft)
        draft = own.filter(form=form).first()
        if draft is None:
            raise Unacceptable(_("These words were saved, or taken away, at this very moment."))
        return Kept(draft, older=draft.counter > counter)


def drop(user: AbstractBaseUser, place: str, form: str, counter: int, *, took: tuple[int, int] | None = None) -> None:
    """The words of this form, as far as `counter`, need not be kept any more: they are saved, or taken back.

    Within the transaction that saves them. Words typed later, or in another form, stay.
    """
    own = Draft.objects.filter(user=user, place=place)
    own.filter(form=form, counter__lte=counter).delete()
    if took:
        own.filter(pk=took[0], counter=took[1]).delete()


def offered(user: AbstractBaseUser, places: Sequence[str], *, but: Sequence[str] = ()) -> list[Draft]:
    """What this person typed at these places and neither saved nor put away, newest first, but for open forms."""
    found = Draft.objects.of(user).offered().filter(place__in=places).exclude(form__in=but)
    return list(found.select_related("based_on").defer("based_on__body", "based_on__sources")[:MOST_FORMS])


def put_away(user: AbstractBaseUser, number: int, *, now: datetime | None = None) -> Draft | None:
    """Offer these words no more. They can be brought back for a while. None where this person has no such words."""
    return _mark(user, number, now or timezone.now())


def bring_back(user: AbstractBaseUser, number: int) -> Draft | None:
    """Offer words again that were put away."""
    return _mark(user, number, None)


def forget_old(now: datetime | None = None) -> int:
    """Delete what nobody asked for in a long time: gives how many."""
    now = now or timezone.now()
    old = Draft.objects.filter(saved_at__lt=now - KEPT) | Draft.objects.filter(away_at__lt=now - KEPT_AWAY)
    return old.delete()[0]


def words_apart(old: str, new: str) -> tuple[int, int]:
    """How many words the one text has that the other has not: (new, gone)."""
    before, after = Counter(words_of(old)), Counter(words_of(new))
    return (after - before).total(), (before - after).total()


def _mark(user: AbstractBaseUser, number: int, away_at: datetime | None) -> Draft | None:
    own = Draft.objects.filter(user=user, pk=number)
    own.update(away_at=away_at)
    return own.first()


def _acceptable(place: str, form: str, counter: int, fields: Fields) -> Fields:
    """The fields with one kind of line end. Raises Unacceptable for what no form of ours sends, and for too much."""
    is_form = _PLACE.fullmatch(place) and _FORM.fullmatch(form) and 0 < counter < 2**53
    if not is_form or not all(_NAME.fullmatch(name) for name in fields):
        raise Unacceptable(_("This is no form of the desk."))
    texts = [text for texts in fields.values() for text in texts]
    if max(len(fields), len(texts)) > MOST_FIELDS or sum(map(len, texts)) > LARGEST:
        raise Unacceptable(_("This is more than can be kept before it is saved."))
    try:
        whole = "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise Unacceptable(_("It holds characters that are not text.")) from error
    if b"\0" in whole:
        raise Unacceptable(_("It holds characters that are not text."))
    return {name: [text.replace("\r\n", "\n") for text in texts] for name, texts in fields.items()}


def _things(user: AbstractBaseUser, place: str) -> tuple[int | None, int | None]:
    """The numbers of the post and the update of a place. Raises NotAllowed where this person has nothing to write.

    Whether it can be saved is asked when it is saved; what was typed until then is kept.
    """
    match = _PLACE.fullmatch(place)
    assert match
    what, number = match[1], match[2]
    if not user.has_perm("blog.change_post" if number else "blog.add_post"):
        raise NotAllowed(_("Your account may not do this."))
    if not number:
        return None, None
    is_update = what.endswith("update") and not what.startswith("new-")
    if is_update:
        post = Update.objects.filter(pk=number).values_list("post", flat=True).first()
        seen = Post.objects.visible_to(user).filter(pk=post).exists()
    else:
        post = int(number)
        seen = Post.objects.visible_to(user).filter(pk=post).exists()
    if not seen:
        raise NotAllowed(_("This piece is not here."))
    return post, int(number) if is_update else None


def _based_on(post: int | None, update: int | None, fields: Fields, draft: Draft | None) -> int | None:
    """The revision that the form was opened with, by its number; known without asking where it has not changed."""
    number = _number(fields)
    if draft is not None and number == _number(draft.fields):
        return draft.based_on_id
    if post is None or not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    revisions = Revision.objects.filter(post=post, update=update, number=int(number))
    return revisions.values_list("pk", flat=True).first()


def _refuse_removed(based_on: int | None, fields: Fields) -> None:
    """Once the row is written: it holds the post, so that no removal comes in between."""
    if based_on is None or _first(fields, "began_empty") == "True":
        return
    if Event.objects.filter(verb="remove", revision=based_on).exists():
        raise revisions.Removed


def _number(fields: Fields) -> str:
    return _first(fields, "based_on")


def _first(fields: Fields, name: str) -> str:
    """What a field of a form holds, be it of a post or of an update."""
    return next((texts[0] for one in (name, f"update-{name}") if (texts := fields.get(one))), "")
