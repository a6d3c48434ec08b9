"""What somebody has to do with the words of a piece: the question behind who may edit, read and approve."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.utils.translation import gettext as _

from . import rounds
from .models import Event, Post, Revision, Update
from .rounds import Round


class Writer:
    """A person as a writer of a piece. Each question is asked once, and only where it matters."""

    def __init__(self, piece: Post | Update, user: AbstractBaseUser):
        self.piece, self.user = piece, user

    @classmethod
    def of_each(cls, updates: Sequence[Update], user: AbstractBaseUser) -> list[Self]:
        """The same person as a writer of each of these updates of a story, with all the answers, in a few questions."""
        written = Revision.objects.filter(update__in=updates, by=user).order_by().values_list("update")
        last = dict(written.annotate(Max("number")))
        acts = Event.objects.filter(update__in=updates, revision__in=[update.head_id for update in updates])
        public = set(acts.filter(verb="publish").values_list("revision_id", flat=True))
        found = [cls(update, user) for update in updates]
        for one, way in zip(found, Round.of_each(updates), strict=True):
            one.last, one.was_public = last.get(one.piece.pk, 0), one.piece.head_id in public
            one.round, one.groups = way, found[0].groups if one.piece.step else frozenset()
            if one.piece.post.pk == found[0].piece.post.pk:
                one.asks = found[0].asks
        return found

    @cached_property
    def last(self) -> int:
        """The newest wording that this person wrote, by its number; 0 where there is none."""
        written = Revision.objects.of(self.piece).filter(by=self.user)
        return written.aggregate(Max("number"))["number__max"] or 0

    @cached_property
    def was_public(self) -> bool:
        """Was exactly the newest wording public before?"""
        acts = Event.objects.of(self.piece)
        return acts.filter(revision=self.piece.head_id, verb__in=["publish", "adopt"]).exists()

    @cached_property
    def round(self) -> Round:
        """The round of review that the piece is on."""
        return Round(self.piece)

    @cached_property
    def groups(self) -> frozenset[int]:
        """The groups that this person is in."""
        return frozenset(self.user.groups.values_list("pk", flat=True))

    @cached_property
    def asks(self) -> bool:
        """Is what this piece says approved before it is published?"""
        return rounds.asks_for_approval(self.piece.post)

    def may_edit(self) -> bool:
        """May this person change the words? `workflow.may_edit` has the rule."""
        user = self.user
        return user.has_perm("blog.change_post") and (user.has_perm("blog.edit_any_post") or self.last > 0)

    def is_held(self) -> bool:
        """Has the newest wording still to be approved? Not where it is, or where exactly it was public before."""
        piece, Stage = self.piece, Post.Stage
        if piece.stage == Stage.APPROVED or (piece.stage == Stage.WITHDRAWN and self.was_public):
            return False
        return self.asks

    def wrote_unseen(self) -> bool:
        """Did this person write any wording that nobody else has answered for yet?"""
        return self.last > seen_up_to(self.piece)

    def why_not_at_this_step(self, *, four_eyes: bool) -> str:
        """Why this person may not approve the step that the piece is at; "" where nothing speaks against it."""
        step = self.round.step
        if step is None:
            return ""
        if not (self.user.is_superuser or step.group in self.groups):
            return _("“%(step)s” is for the group %(group)s.") % {"step": step.name, "group": step.group_name}
        said = next((act for act in self.round.approvals if act.by_id == self.user.pk), None)
        if four_eyes and said is not None:
            return _("You have approved “%(step)s”: somebody else has to approve the next step.") % {
                "step": said.details.get("name", "")
            }
        return ""


def seen_up_to(piece: Post | Update) -> int:
    """The number of the last wording that somebody else than its writers answers for: the live one, or none (0).

    What was published without approval counts from the day on which somebody has looked over it.
    """
    if piece.glass_id is not None:
        return piece.glass.details["since"]
    return piece.live.number if piece.live_id else 0


def may_read_drafts(user: AbstractBaseUser, piece: Post | Update) -> bool:
    """May this person read wordings that readers have not seen? `readable_by` has the rule.

    Those of an update are read by who wrote any of it, and by who may read the drafts of its post.
    """
    if isinstance(piece, Update) and Writer(piece, user).last:
        return True
    return Post.objects.readable_by(user).filter(pk=piece.post.pk).exists()
