"""What somebody has to do with the words of a piece: the question behind who may edit, read and approve."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max

from .models import Event, Post, Revision, Update


class Writer:
    """A person as a writer of a piece. Each question is asked once, and only where it matters."""

    def __init__(self, piece: Post | Update, user: AbstractBaseUser):
        self.piece, self.user = piece, user

    @classmethod
    def of_each(cls, updates: Sequence[Update], user: AbstractBaseUser) -> list[Self]:
        """The same person as a writer of each of these updates, with all the answers, in two questions."""
        written = Revision.objects.filter(update__in=updates, by=user).order_by().values_list("update")
        last = dict(written.annotate(Max("number")))
        acts = Event.objects.filter(update__in=updates, revision__in=[update.head_id for update in updates])
        public = set(acts.filter(verb="publish").values_list("revision_id", flat=True))
        found = [cls(update, user) for update in updates]
        for one in found:
            one.last, one.was_public = last.get(one.piece.pk, 0), one.piece.head_id in public
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

    def wrote_unseen(self) -> bool:
        """Did this person write any wording that readers have not seen yet?"""
        return self.last > (self.piece.live.number if self.piece.live_id else 0)


def may_read_drafts(user: AbstractBaseUser, piece: Post | Update) -> bool:
    """May this person read wordings that readers have not seen? `readable_by` has the rule.

    Those of an update are read by who wrote any of it, and by who may read the drafts of its post.
    """
    if isinstance(piece, Update) and Writer(piece, user).last:
        return True
    return Post.objects.readable_by(user).filter(pk=piece.post.pk).exists()
