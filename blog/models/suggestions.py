"""What somebody says should read otherwise."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .posts import Place, Post
from .record import Revision
from .updates import Update

LONGEST_REPLACEMENT = 500


class SuggestionQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(state=Suggestion.State.OPEN)

    def decided(self) -> Self:
        return self.exclude(state=Suggestion.State.OPEN)

    def oldest_first(self) -> Self:
        return self.order_by("made_at", "pk")

    def newest_first(self) -> Self:
        return self.order_by("-made_at", "-pk")

    def after(self, place: Place, *, newest_first: bool = False) -> Self:
        """Those that come after this place in the one order or the other."""
        word = "lt" if newest_first else "gt"
        beyond = Q(**{f"made_at__{word}": place.published_at})
        return self.filter(beyond | Q(**{"made_at": place.published_at, f"pk__{word}": place.pk}))

    def made_by(self, *, emails: Iterable[str], addresses: Iterable[str], names: Iterable[str]) -> Self:
        """Those of somebody who gave one of these e-mail addresses, or one of the names from one of these addresses."""
        gave = [Q(email__iexact=email) for email in emails if email]
        places = [address for address in addresses if address]
        gave.append(Q(address__in=places) & Q(credit__in=[name for name in names if name]))
        return self.filter(reduce(or_, gave)).order_by("pk")

    def forget(self, at: datetime) -> int:
        """Blank what tells of who made them, and what nobody has put into a text. Gives how many there were."""
        keys = list(self.values_list("pk", flat=True))
        rows = Suggestion.objects.filter(pk__in=keys)
        rows.open().update(state=Suggestion.State.DECLINED, decided_at=at)
        rows.exclude(state=Suggestion.State.APPLIED).update(replacement="")
        return rows.update(credit="", email="", address="", remark="")


class Suggestion(models.Model):
    """A proposed fix: exact words of a wording, with their neighbours, and what they should be. Plain text."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPLIED = "applied", _("Applied")
        DECLINED = "declined", _("Declined")

    class About(models.TextChoices):
        FACT = "fact", _("A fact")
        SPELLING = "spelling", _("Spelling or grammar")
        SOURCE = "source", _("A source")
        FAIRNESS = "fair", _("Something is missing or unfair")

    class Part(models.TextChoices):
        HEADLINE = "headline", _("Headline")
        STANDFIRST = "standfirst", _("Standfirst")
        SUMMARY = "summary", _("Where things stand")
        BODY = "body", _("Text")

    post = models.ForeignKey(Post, models.PROTECT, related_name="suggestions")
    update = models.ForeignKey(Update, models.PROTECT, null=True, related_name="suggestions")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")  # the wording that was read
    part = models.CharField(max_length=10, choices=Part, default=Part.BODY)
    exact = models.TextField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    replacement = models.CharField(max_length=LONGEST_REPLACEMENT, blank=True)
    about = models.CharField(max_length=8, choices=About, default=About.FACT)
    remark = models.TextField(blank=True)
    credit = models.CharField(max_length=100, blank=True)  # the name to thank; "" for none
    email = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=64, blank=True)  # key of the internet address
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    decided_by_name = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # why it was declined, for who made it
    resolved = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")  # the wording that has it

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", resolved__isnull=False) | ~Q(state="applied"),
                name="what_is_applied_is_in_a_wording",
            )
        ]
        indexes = [models.Index(fields=["made_at", "id"], condition=Q(state="open"), name="suggestions_open")]

    def __str__(self) -> str:
        return f"“{self.exact}” → “{self.replacement}”" if self.replacement else f"“{self.exact}”"

    def place(self) -> Place:
        """Where it stands in a list by time."""
        return Place(self.made_at, self.pk)
