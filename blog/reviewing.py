"""Who is asked to look at a piece, and who hears what came of it. For `workflow`, whose verbs hold the post.

A request is one open row for a piece. It ends with the event that answers it or takes the piece out of review
(`ReviewRequestQuerySet.follow`), in that event's transaction, whoever caused it.
"""

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import events, rendering, telling
from .models import Event, Post, ReviewRequest, Revision, Update, name_of
from .refusals import WrongState
from .rounds import Round, Step
from .writers import seen_up_to

Asked = AbstractBaseUser | Group | None  # None: the step's group; without steps, anybody who reviews


def open_request(piece: Post | Update) -> ReviewRequest | None:
    """What is asked about this piece now."""
    asked = ReviewRequest.objects.of(piece).open().select_related("to_user", "to_group", "revision")
    return asked.first()


def reviewers(piece: Post | Update, step: Step | None, before: Iterable[Event] = ()) -> QuerySet:
    """Everybody who could approve the newest wording at this step (None: it has none). `before` approved earlier ones.

    Administrators could at any step; nobody asks them in the name of a group.
    """
    may = Q(groups__permissions__codename="review_post") | Q(user_permissions__codename="review_post")
    found = get_user_model().objects.filter(is_active=True, is_staff=True).filter(may | Q(is_superuser=True))
    if step is not None:
        found = found.filter(Q(is_superuser=True) | Q(pk__in=_members(step.group)))
    if settings.FOUR_EYES:
        found = found.exclude(pk__in=_unseen(piece).exclude(by=None).values("by"))
        found = found.exclude(pk__in=[act.by_id for act in before if act.by_id])
    return found.distinct().order_by("pk")


def groups_to_ask(piece: Post | Update, step: Step | None) -> QuerySet:
    """The groups with somebody in them who could approve it. At a step, its own alone."""
    able = reviewers(piece, step).filter(is_superuser=False)
    found = Group.objects.filter(user__in=able.order_by().values("pk"))
    return (found if step is None else found.filter(pk=step.group)).distinct().order_by("name")


def check(piece: Post | Update, step: Step | None, to: Asked, due_at: datetime | None) -> None:
    """Raises WrongState where nobody could answer what is asked, or the time for it has passed."""
    if due_at is not None and due_at <= timezone.now():
        raise WrongState(_("The time until when it is to be looked at has passed."))
    if isinstance(to, Group):
        if not groups_to_ask(piece, step).filter(pk=to.pk).exists():
            raise WrongState(_("Nobody in “%(name)s” could approve it.") % {"name": to.name})
    elif to is not None and not reviewers(piece, step).filter(pk=to.pk).exists():
        raise WrongState(_("%(name)s could not approve it.") % {"name": name_of(to)})


def check_steps(piece: Post | Update, steps: Sequence[Step], to: Asked) -> None:
    """Raises WrongState where a round could not be gone through to its end by the people that there are now.

    With four eyes on, each step takes somebody else: there have to be enough of them.
    """
    able = []
    for step in steps:
        found = reviewers(piece, step)
        if to is not None and not isinstance(to, Group) and not able:
            found = found.filter(pk=to.pk)
        # Of as many as there are steps, one is left whoever takes the others.
        able.append(list(found.values_list("pk", flat=True)[: len(steps)]))
        if not able[-1]:
            raise _nobody(step)
    if settings.FOUR_EYES and all(len(set(people)) < len(steps) for people in itertools.product(*able)):
        names = ", ".join(f"“{step.name}”" for step in steps)
        said = _("There are not enough people to approve %(steps)s: each takes somebody else.")
        raise WrongState(said % {"steps": names})


def nobody_left(piece: Post | Update, way: Round) -> WrongState | None:
    """Why the step at which a piece is waits for nobody: its people have left, or wrote or approved the words."""
    if piece.stage != Post.Stage.REVIEW or way.step is None or reviewers(piece, way.step, way.approvals).exists():
        return None
    return _nobody(way.step)


def _nobody(step: Step) -> WrongState:
    return WrongState(_("Nobody could approve “%(step)s” (%(group)s).") % {"step": step.name, "group": step.group_name})


def ask(
    piece: Post | Update,
    step: Step | None,
    *,
    by: AbstractBaseUser,
    to: Asked = None,
    due_at: datetime | None = None,
    note: str = "",
    before: Iterable[Event] = (),
    at: datetime | None = None,
) -> ReviewRequest:
    """Open a request for the newest wording of a locked piece, and write down the mails to those who are asked."""
    if to is None and step is not None:
        to = Group.objects.filter(pk=step.group).first()  # gone: administrators see it among what is in review
    request = ReviewRequest.objects.create(
        post=piece.post,
        update=piece if isinstance(piece, Update) else None,
        revision=piece.head,
        step=piece.step,
        step_name=step.name if step else "",
        to_user=None if isinstance(to, Group) else to,
        to_group=to if isinstance(to, Group) else None,
        due_at=due_at,
        note=rendering.clean_text(note),
        by=by,
        by_name=name_of(by),
        asked_at=at or timezone.now(),
    )
    words = {"by": request.by_name, "note": request.note, "step": request.step_name, "version": piece.head.number}
    words |= {"due": date_format(timezone.localtime(due_at), _("j F Y, H:i")) if due_at else ""}
    # Where nobody is left of those who are asked, administrators hear of it; where there is none, who wrote it.
    people = list(_asked(request, piece, step, before)) or list(reviewers(piece, step, before))
    telling.tell("review_asked", [one for one in people if one.pk != by.pk], piece, str(request.pk), words)
    if not people:
        tell_of_standstill(piece, request)
    return request


def tell_of_standstill(piece: Post | Update, asked: ReviewRequest) -> None:
    """Write down that the writers are to hear that a step can be approved by nobody."""
    words = {"step": asked.step_name, "group": asked.to_group.name if asked.to_group else ""}
    telling.tell("review_stands", writers_of(piece), piece, str(asked.pk), words | {"version": piece.head.number})


def in_words(to: Asked, due_at: datetime | None) -> dict[str, Any]:
    """What an event keeps of a request."""
    said = {"to": to.name if isinstance(to, Group) else name_of(to), "due": events.spell(due_at) if due_at else ""}
    return {name: text for name, text in said.items() if text}


def tell_writers(kind: str, piece: Post | Update, event: Event) -> None:
    """Write down that those who wrote what was looked at are to hear of an event."""
    words = {"by": event.by_name, "note": event.note, "version": event.revision.number}
    people = [one for one in writers_of(piece) if one.pk != event.by_id]
    telling.tell(kind, people, piece, str(event.pk), words)


def tell_of_broken_glass(piece: Post | Update, event: Event) -> None:
    """Write down that everybody who publishes is to hear of what nobody has approved."""
    words = {"by": event.by_name, "reason": event.note, "version": event.revision.number}
    people = [one for one in telling.who_publish() if one.pk != event.by_id]
    telling.tell("glass_broken", people, piece, str(event.pk), words)


def writers_of(piece: Post | Update) -> QuerySet:
    """Who wrote the words that nobody has answered for yet; where there are none, who wrote the newest."""
    unseen = _unseen(piece).exclude(by=None)
    return get_user_model().objects.filter(Q(pk__in=unseen.values("by")) | Q(pk=piece.head.by_id)).order_by("pk")


def _asked(asked: ReviewRequest, piece: Post | Update, step: Step | None, before: Iterable[Event]) -> Iterable:
    if asked.to_user is not None:
        return [asked.to_user]
    able = reviewers(piece, step, before)
    if asked.to_group is not None:
        return able.filter(pk__in=_members(asked.to_group.pk))
    return able


def _members(group: int) -> QuerySet:
    return get_user_model().objects.filter(groups=group).values("pk")


def _unseen(piece: Post | Update) -> QuerySet[Revision]:
    return Revision.objects.of(piece).filter(number__gt=seen_up_to(piece))
