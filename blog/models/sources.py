"""From whom readers were told what: the sources of live wordings, and whether their addresses still answer."""

import hashlib
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .. import rendering
from .labels import address
from .posts import Place, Post
from .updates import Update

_LONGEST_NAME = 100  # of an outlet's part in its address; a longer one is cut


@lru_cache(maxsize=4096)
def outlet_slug(outlet: str) -> str:
    """The part of an address that stands for an outlet; empty for none.

    Found from the name alone, so that no table of outlets has to be kept right: names with the same letters and digits
    are one outlet, whatever their case and punctuation ("St. Ann's", "St Anns"). What an address cannot hold of the
    letters (vowel signs of Indian scripts, nothing but signs, more than a hundred) is told apart by a hash.
    """
    name = rendering.same_name(outlet).strip()
    slug = unicodedata.normalize("NFC", slugify(name, allow_unicode=True))
    is_whole = 0 < len(slug) <= _LONGEST_NAME and not any(unicodedata.category(sign)[0] == "M" for sign in name)
    if is_whole or not name:
        return slug
    return f"{slug[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("-")


class CitedSourceQuerySet(models.QuerySet):
    """Which sources. Every row is of a live wording, and is reached through its live post all the same."""

    def public(self) -> Self:
        # Row by row: a list of everything that is live would be made for the few that a page shows.
        return self.filter(Exists(Post.objects.live().filter(pk=OuterRef("post"))))

    def with_outlet(self) -> Self:
        return self.exclude(outlet_slug="")

    def of_outlet(self, slug: str) -> Self:
        return self.filter(outlet_slug=slug)

    def naming(self, urls: list[str]) -> Self:
        """Those that name one of these addresses."""
        return self.exclude(url="").filter(url__in=urls)

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def before(self, place: Place) -> Self:
        """Those that come after this place in a list with the newest first."""
        return self.filter(published_at__lte=place.published_at).filter(
            Q(published_at__lt=place.published_at) | Q(published_at=place.published_at, pk__lt=place.pk)
        )

    def for_lists(self) -> Self:
        """With what a line in a list shows of the piece: headline and address."""
        shown = ["post__kind", "post__slug", "post__published_on", "post__published_at", "post__live__headline"]
        own = ["position", "outlet", "outlet_slug", "title", "url", "at", "published_at"]
        return self.select_related("post__live", "update").only(
            *own, *shown, "update__number", "update__happened_at", "update__post"
        )


class CitedSource(models.Model):
    """One source of a live wording, to be looked up by outlet or address: an index, written by `indexing` alone."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="cited")
    update = models.ForeignKey(Update, models.CASCADE, null=True, related_name="cited")
    position = models.PositiveSmallIntegerField()
    outlet = models.CharField(max_length=500, blank=True)
    outlet_slug = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(null=True)
    published_at = models.DateTimeField()  # of the piece

    objects = CitedSourceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["outlet_slug", "-published_at", "-id"], name="cited_by_outlet"),
            models.Index(fields=["url"], condition=~Q(url=""), name="cited_by_url"),
        ]

    def __str__(self) -> str:
        return f"{self.outlet}: {self.title}"

    def get_absolute_url(self) -> str:
        """Where it stands on the page of its piece."""
        page = self.post.get_absolute_url()
        if self.update is None:
            return f"{page}#t-s{self.position}"
        return f"{page}?u={self.update.number}#t-{self.update.anchor}-s{self.position}"

    def get_outlet_url(self) -> str:
        return address("outlet", self.outlet_slug)

    def day(self) -> date:
        """The day its piece was published, where the site is."""
        return timezone.localdate(self.published_at)

    def month(self) -> date:
        """The first day of that month: what lists are divided by."""
        return self.day().replace(day=1)

    def place(self) -> Place:
        return Place(self.published_at, self.pk)


class CheckedLinkQuerySet(models.QuerySet):
    def gone(self) -> Self:
        return self.filter(state=CheckedLink.State.GONE)

    def dead(self, broken: int) -> Self:
        """Gone, or with a server that said that it is at fault: a code from `broken` on."""
        return self.filter(Q(state=CheckedLink.State.GONE) | Q(state=CheckedLink.State.UNSURE, code__gte=broken))

    def cited(self) -> Self:
        """Those that something public leans on."""
        return self.filter(Exists(CitedSource.objects.public().filter(url=OuterRef("url"))))

    def worst_first(self) -> Self:
        """Gone, then without an answer, then not visited; the longest first."""
        states = [CheckedLink.State.GONE, CheckedLink.State.UNSURE, CheckedLink.State.REFUSED]
        order = [When(state=state, then=Value(place)) for place, state in enumerate(states)]
        return self.order_by(Case(*order, default=Value(len(states))), "failing_since", "url")


class CheckedLink(models.Model):
    """What came of visiting an address that sources name."""

    class State(models.TextChoices):
        FINE = "fine", _("Answers")
        GONE = "gone", _("Gone")
        UNSURE = "unsure", _("No clear answer")
        REFUSED = "refused", _("Not visited")

    url = models.CharField(_("web address"), max_length=500, unique=True)
    state = models.CharField(_("state"), max_length=7, choices=State)
    code = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(_("visited"))
    fine_at = models.DateTimeField(null=True)  # when it last answered
    failing_since = models.DateTimeField(null=True)

    objects = CheckedLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("checked link")
        verbose_name_plural = _("checked links")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.url
