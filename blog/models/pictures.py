"""Uploaded images, and which wordings show them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from .posts import Place, Post
from .updates import Update


class PictureQuerySet(models.QuerySet):
    """Which pictures."""

    def described(self) -> Self:
        """Those that a piece may take."""
        return self.exclude(alt="", is_decorative=False)

    def undescribed(self) -> Self:
        return self.filter(alt="", is_decorative=False)

    def saying(self, words: str) -> Self:
        """Those in whose alternative text, credit or licence every one of the words stands, whatever its case."""
        found = self
        for word in words.split()[:10]:
            # SQLite knows the case of English letters alone.
            spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
            matches = Q()
            for spelling in sorted(spellings):
                for column in ("alt", "credit", "licence"):
                    matches |= Q(**{f"{column}__icontains": spelling})
            found = found.filter(matches)
        return found

    def newest_first(self) -> Self:
        return self.order_by("-added_at", "-pk")

    def before(self, place: Place) -> Self:
        """Those that come after this place in a list with the newest first."""
        return self.filter(added_at__lte=place.published_at).filter(
            Q(added_at__lt=place.published_at) | Q(added_at=place.published_at, pk__lt=place.pk)
        )


class Picture(models.Model):
    """An uploaded image, decoded and written anew: nothing of the sender's file but its picture is kept."""

    file = models.FileField(_("file"), upload_to="pictures", max_length=200)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.TextField(_("alternative text"), blank=True)
    is_decorative = models.BooleanField(_("decorative"), default=False)  # says nothing: needs no alternative text
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    focus_x = models.PositiveSmallIntegerField(default=50)  # what has to stay in sight when it is cut: per cent
    focus_y = models.PositiveSmallIntegerField(default=50)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)

    objects = PictureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-added_at", "-id"], name="pictures_newest_first")]
        ordering = ["-added_at", "-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return Truncator(self.alt).chars(80) or self.file.name

    def place(self) -> Place:
        """Where it stands in a list with the newest first."""
        return Place(self.added_at, self.pk)

    @property
    def focus(self) -> tuple[int, int]:
        return self.focus_x, self.focus_y

    def is_described(self) -> bool:
        """May a piece take it? It says what it shows, or that there is nothing to say."""
        return bool(self.alt) or self.is_decorative


class PictureUse(models.Model):
    """A picture in a wording that is the newest of its piece, or that readers see: an index of `picture_uses`."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="uses")
    post = models.ForeignKey(Post, models.CASCADE, related_name="+")
    update = models.ForeignKey(Update, models.CASCADE, null=True, related_name="+")
    in_head = models.BooleanField()  # the newest wording shows it
    in_live = models.BooleanField()  # what readers see shows it

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["picture", "post"], condition=Q(update=None), name="one_use_of_a_picture_in_a_post"
            ),
            models.UniqueConstraint(fields=["picture", "update"], name="one_use_of_a_picture_in_an_update"),
        ]

    def __str__(self) -> str:
        return f"{self.picture_id} in {self.post_id}"
