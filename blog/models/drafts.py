"""Words that nobody has saved yet, and who is at a piece just now. Neither is history, and neither is ever public."""

import html
import re
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from .posts import Post
from .record import Revision
from .updates import Update

LONGEST_TITLE = 120

_NOT_READ = {"based_on", "began_empty", "since", "seen", "image_choice", "story", "discussion", "change", "story_type"}
_TAG = re.compile(r"<[^<>]*>")


def words_of(text: str) -> list[str]:
    """The words of a text as it was typed, without markup."""
    return html.unescape(_TAG.sub(" ", text)).split()


def is_read(name: str) -> bool:
    """Does a field of this name hold words of a person?"""
    return name not in _NOT_READ and "_FORMS" not in name and not name.startswith("kept-")


def in_words(name: str) -> str:
    """What a field is called, from the name that its form gives it."""
    return " ".join(re.split("[-_]", name)).capitalize()


class DraftQuerySet(models.QuerySet):
    def of(self, user) -> Self:
        """What this person typed and did not save, the newest first."""
        return self.filter(user=user).order_by("-saved_at", "-pk")

    def offered(self) -> Self:
        """Those that nobody put away."""
        return self.filter(away_at=None)


class Draft(models.Model):
    """One person's unsaved words on one piece: written over freely, gone when they are saved.

    `place` says what they are for: "post-12", "update-34" ("live-post-12", "live-update-34" for what readers are to see
    beside the draft), and for what does not exist yet "new-post", "new-page" or "new-update-12". `form` is the key of
    the opened form in which they were typed: two windows of one person have a row each, so that neither writes over
    the other's words.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    place = models.CharField(max_length=60)
    form = models.CharField(max_length=32)
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="+")
    update = models.ForeignKey(Update, models.CASCADE, null=True, related_name="+")
    based_on = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    fields = models.JSONField(default=dict)  # of the form, as they were typed: name to list of texts
    counter = models.PositiveBigIntegerField(default=0)  # of the form that sent it: an older answer never wins
    saved_at = models.DateTimeField()
    away_at = models.DateTimeField(null=True)  # since when its writer wants to see it no more

    objects = DraftQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "place", "form"], name="one_draft_a_form")]
        indexes = [models.Index(fields=["saved_at"], name="drafts_oldest")]

    def __str__(self) -> str:
        return self.place

    def get_absolute_url(self) -> str:
        """The same, with these words in the form."""
        page = self.page()
        end = "#new-update" if self.place.startswith("new-update") else ""
        return f"{page}{'&' if '?' in page else '?'}words={self.pk}{end}"

    def is_for_readers(self) -> bool:
        """Is it a change of what readers see, to be published beside the draft?"""
        return self.place.startswith("live-")

    def title(self) -> str:
        """What to call it: the headline that was typed, or how the text begins; "" where it has neither."""
        fields = {name.removeprefix("update-"): texts for name, texts in self.fields.items()}
        for name in ("headline", "body"):
            words = " ".join(words_of("".join(fields.get(name, ()))[: LONGEST_TITLE * 20]))
            if words:
                return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1].rstrip()}…"
        return ""

    def to_read(self) -> list[tuple[str, str]]:
        """(name of the field, text) of what was typed, as it is."""
        typed = [(name.removeprefix("update-"), "\n".join(texts)) for name, texts in self.fields.items()]
        return [(in_words(name), text) for name, text in typed if text.strip() and is_read(name)]

    def page(self) -> str:
        """The address of the form at the desk that these words are for."""
        end = "?live=1" if self.is_for_readers() else ""
        if self.update:
            return f"{reverse('admin:blog_post_update', args=[self.post_id, self.update.number])}{end}"
        if self.post_id:
            return f"{reverse('admin:blog_post_change', args=[self.post_id])}{end}"
        return f"{reverse('admin:blog_post_add')}{'?kind=page' if self.place == 'new-page' else ''}"


class Presence(models.Model):
    """Somebody has a piece open at the desk. Says it to colleagues, and holds nobody up."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, related_name="+")
    update = models.ForeignKey(Update, models.CASCADE, null=True, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True)  # None: looks

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "post"], condition=Q(update=None), name="once_at_a_post"),
            models.UniqueConstraint(fields=["user", "update"], name="once_at_an_update"),
        ]
        indexes = [models.Index(fields=["post", "seen_at"], name="who_is_here")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.post_id}"
