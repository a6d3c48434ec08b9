"""Stories and what is known of them.

Two tables hold the truth: a `Revision` is something that was written, an `Event` something that was done. Both only
ever grow, and the database refuses who tries otherwise. Everything else here is a pointer or an index that can be
checked against them (`manage.py verify`).
"""

import uuid
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from . import rendering


@lru_cache(maxsize=4096)
def address(name: str, *parts: str) -> str:
    """`reverse`, remembered: a list of twenty posts has sixty addresses, which was a third of the time to draw it."""
    return reverse(f"blog:{name}", args=parts)


SLUG = RegexValidator(r"^[\w-]+\Z", _("Use letters, numbers, hyphens and underscores only."))


class Author(models.Model):
    """A byline: somebody of the house, or a guest without an account."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.CharField(_("slug"), max_length=150, unique=True, validators=[SLUG])
    biography = models.TextField(_("biography"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("account"),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address("author", self.slug)


class Tag(TagBase):
    """What a story is about. `folded` makes "Élection" and "élection" one tag on every database."""

    description = models.TextField(_("description"), blank=True, help_text=_("One sentence, above its stories."))
    folded = models.CharField(max_length=400, unique=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def save(self, *args, **kwargs) -> None:
        self.folded = rendering.same_name(self.name)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "folded"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return address("tag", self.slug)


class TaggedPost(ItemBase):
    """Which live stories carry a tag; with the time, so that a tag's page is read off an index."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged")
    content_object = models.ForeignKey("Post", models.CASCADE, related_name="tagged")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="one_tag_once_a_post")]
        indexes = [models.Index(fields=["tag", "-published_at", "-content_object"], name="tag_newest_first")]


class Story(models.Model):
    """Posts that tell one story over days."""

    title = models.CharField(_("title"), max_length=200)
    slug = models.CharField(_("slug"), max_length=200, unique=True, validators=[SLUG])
    summary = models.TextField(_("summary"), blank=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["title"]
        verbose_name = _("story")
        verbose_name_plural = _("stories")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("story", self.slug)


class Picture(models.Model):
    """An uploaded image, decoded and written anew: nothing of the sender's file but its picture is kept."""

    file = models.FileField(_("file"), upload_to="pictures", max_length=200)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.TextField(_("alternative text"), blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt or self.file.name


class Place(NamedTuple):
    """Where a page of a list ends: lists are continued from a key, never from a count."""

    published_at: datetime
    pk: int


def _sees_all(user) -> bool:
    return user.has_perm("blog.edit_any_post") or user.has_perm("blog.review_post")


def _pieces_of(user) -> models.QuerySet:
    return Revision.objects.filter(by=user).values("post_id")


_IN_LISTS = [
    *"kind slug stage published_on published_at updated_at story section__name section__slug".split(),
    *(f"live__{part}" for part in ("headline", "excerpt", "section", "byline", "image", "words")),
]


class PostQuerySet(models.QuerySet):
    """Which posts. "Public" is said here, in `live`, and nowhere else."""

    def live(self) -> Self:
        """What readers may see: somebody published a wording, and nobody withdrew it since."""
        return self.filter(live__isnull=False)

    def stories(self) -> Self:
        return self.filter(kind=Post.Kind.POST)

    def pages(self) -> Self:
        return self.filter(kind=Post.Kind.PAGE)

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def oldest_first(self) -> Self:
        return self.order_by("published_at", "pk")

    def before(self, place: Place) -> Self:
        """Those that come after this place in a list with the newest first."""
        # The first condition says nothing new; it lets SQLite start in the middle of its index.
        return self.filter(published_at__lte=place.published_at).filter(
            Q(published_at__lt=place.published_at) | Q(published_at=place.published_at, pk__lt=place.pk)
        )

    def after(self, place: Place) -> Self:
        """Those that come after this place in a list with the oldest first."""
        return self.filter(published_at__gte=place.published_at).filter(
            Q(published_at__gt=place.published_at) | Q(published_at=place.published_at, pk__gt=place.pk)
        )

    def on_day(self, day: date) -> Self:
        return self.filter(published_on=day)

    def in_month(self, year: int, month: int) -> Self:
        last = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else date.max
        return self.filter(published_on__gte=date(year, month, 1), published_on__lt=last)

    def in_year(self, year: int) -> Self:
        return self.filter(published_on__gte=date(year, 1, 1), published_on__lte=date(year, 12, 31))

    def latest_day(self, *, before: date) -> date | None:
        """The last day before this one on which something was published."""
        days = self.filter(published_on__lt=before).order_by("-published_on")
        return days.values_list("published_on", flat=True).first()

    def earliest_day(self, *, after: date) -> date | None:
        """The first day after this one on which something was published."""
        days = self.filter(published_on__gt=after).order_by("published_on")
        return days.values_list("published_on", flat=True).first()

    def by_day(self) -> dict[date, int]:
        """How many on each day that has any, in order."""
        days = self.order_by("published_on").values_list("published_on")
        return dict(days.annotate(count=models.Count("pk")))

    def by_month(self) -> dict[date, int]:
        """How many in each month that has any, under its first day, in order."""
        months = self.annotate(month=TruncMonth("published_on")).order_by("month").values_list("month")
        return dict(months.annotate(count=models.Count("pk")))

    def tagged(self, tag: Tag) -> Self:
        return self.filter(tagged__tag=tag)

    def by_author(self, author: Author) -> Self:
        return self.filter(authors=author)

    def in_story(self, story: Story) -> Self:
        return self.filter(story=story)

    def for_lists(self) -> Self:
        """With what a line in a list shows, and nothing else: most of a wording is not read for a list."""
        return self.select_related("live", "section").only(*_IN_LISTS)

    def for_footer(self) -> Self:
        """Headline and address alone, of as many as a footer holds."""
        # Without the condition on the slug PostgreSQL reads every post to find the few pages.
        pages = self.exclude(slug="").oldest_first().select_related("live")
        return pages.only("kind", "slug", "published_on", "live__headline")[:12]

    def visible_to(self, user) -> Self:
        """What this person may see on the desk: own pieces and what is public; editors see all."""
        return self if _sees_all(user) else self.filter(Q(live__isnull=False) | Q(pk__in=_pieces_of(user)))

    def readable_by(self, user) -> Self:
        """Pieces whose newest wording this person may read, public or not: own ones; editors all."""
        return self if _sees_all(user) else self.written_by(user)

    def written_by(self, user) -> Self:
        """Pieces of which this person wrote any wording."""
        return self.filter(pk__in=_pieces_of(user))

    def with_newer_drafts(self) -> Self:
        """What readers see, and is being worked on behind that."""
        return self.live().exclude(stage=Post.Stage.PUBLISHED)

    def latest_first(self) -> Self:
        """Whatever was written last on top."""
        return self.order_by("-head__created_at", "-pk")


class Post(models.Model):
    """A story's address, its settings, and where it stands. Its words are its revisions."""

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PAGE = "page", _("Page")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        CHANGES = "changes", _("Changes requested")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        SPIKED = "spiked", _("Spiked")

    class Coverage(models.TextChoices):
        NONE = "none", _("Not rolling")
        ROLLING = "rolling", _("Running story")
        ENDED = "ended", _("Coverage ended")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.POST)
    slug = models.CharField(_("slug"), max_length=200, blank=True, validators=[SLUG])
    published_on = models.DateField(null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    updated_at = models.DateTimeField(null=True, editable=False)
    head = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+", editable=False)
    live = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+", editable=False)
    stage = models.CharField(_("stage"), max_length=9, choices=Stage, default=Stage.DRAFT, editable=False)
    coverage = models.CharField(max_length=7, choices=Coverage, default=Coverage.NONE, editable=False)
    next_update_at = models.DateTimeField(null=True, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    story = models.ForeignKey(
        Story, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("story")
    )
    section = models.ForeignKey(Tag, models.PROTECT, null=True, related_name="+", editable=False)
    authors = models.ManyToManyField(Author, related_name="posts", editable=False)
    tags = TaggableManager(through=TaggedPost, blank=True)
    source = models.CharField(max_length=100, blank=True, editable=False)
    source_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = PostQuerySet.as_manager()

    last_event_hash: str | None = None  # of the copy in hand; set by `events`

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [
            ("edit_any_post", _("Can change other people's pieces")),
            ("review_post", _("Can approve pieces and ask for changes")),
            ("publish_post", _("Can publish")),
            ("withdraw_post", _("Can withdraw what is public")),
            ("adopt_post", _("Can bring in what was public elsewhere")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["published_on", "slug"], condition=Q(kind="post"), name="one_address_a_post"
            ),
            models.UniqueConstraint(fields=["slug"], condition=Q(kind="page") & ~Q(slug=""), name="one_address_a_page"),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source=""), name="imported_once"),
            models.CheckConstraint(
                condition=Q(live__isnull=True) | Q(published_at__isnull=False, published_on__isnull=False),
                name="what_is_live_has_a_date",
            ),
            models.CheckConstraint(condition=Q(live__isnull=True) | ~Q(slug=""), name="what_is_live_has_an_address"),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(kind="post", live__isnull=False),
                name="newest_first",
            ),
            models.Index(fields=["published_on"], condition=Q(kind="post", live__isnull=False), name="by_day"),
            models.Index(fields=["stage", "-id"], name="by_stage"),
        ]

    def __str__(self) -> str:
        return (self.head and self.head.headline) or str(_("(nothing written yet)"))

    def get_absolute_url(self) -> str:
        """The address readers know; before the first publication, the one of the preview."""
        if self.kind == self.Kind.PAGE and self.slug and self.published_on:
            return address("page", self.slug)
        if self.published_on:
            day = self.published_on
            return address("post", f"{day.year:04}", f"{day.month:02}", f"{day.day:02}", self.slug)
        return reverse("blog:preview", args=[self.key, self.head.number])

    def is_live(self) -> bool:
        return self.live_id is not None

    def has_newer_draft(self) -> bool:
        """Is something newer than what readers see being worked on?"""
        return self.live_id is not None and self.head_id != self.live_id

    def month(self) -> date | None:
        """The first day of the month it was published in: what lists are divided by."""
        return self.published_on and self.published_on.replace(day=1)

    def place(self) -> Place:
        return Place(self.published_at, self.pk)


class AppendOnly(models.QuerySet):
    """Rows that are only ever added. The database has the same rule, for those who do not ask Django."""

    def update(self, **kwargs):
        raise TypeError(f"{self.model._meta.verbose_name_plural} never change")

    def delete(self):
        raise TypeError(f"{self.model._meta.verbose_name_plural} are never deleted")


class Kept(models.Model):
    """What revisions and events share: a number without gaps in their post, who, when, and the chain."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="%(class)ss")
    number = models.PositiveIntegerField()
    # Who did it is told after the account has gone: the name is kept, and no constraint holds the account back.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    chain_hash = models.CharField(max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError(f"{self._meta.verbose_name_plural} never change")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs) -> None:
        raise TypeError(f"{self._meta.verbose_name_plural} are never deleted")


class Revision(Kept):
    """One saved wording: all that a reader would see, so that previewing version 7 shows exactly version 7."""

    class Kind(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TYPO = "typo", _("Typo")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        CORRECTION = "correction", _("Correction")

    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    note = models.TextField(blank=True)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.DRAFT)
    headline = models.CharField(max_length=500)
    standfirst = models.TextField(blank=True)
    body = models.TextField(blank=True)
    tags = models.JSONField(default=list)
    section = models.CharField(max_length=100, blank=True)
    byline = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    image = models.JSONField(default=dict)
    excerpt = models.TextField(blank=True)
    words = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="revisions_are_numbered")]

    def __str__(self) -> str:
        return f"{self.number}: {self.headline}"

    def reading_minutes(self) -> int:
        """Minutes to read it at 220 words a minute, at least one."""
        return max(1, round(self.words / 220))

    def byline_text(self) -> str:
        return ", ".join(person["name"] for person in self.byline)


class Event(Kept):
    """One thing that was done to a post."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    stage_before = models.CharField(max_length=9, blank=True)
    stage_after = models.CharField(max_length=9, choices=Post.Stage)
    kind = models.CharField(max_length=13, blank=True, choices=Revision.Kind)
    note = models.TextField(blank=True)
    public_note = models.TextField(blank=True)
    public = models.BooleanField(default=False)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="events_are_numbered")]

    def __str__(self) -> str:
        return f"{self.number}: {self.verb}"


class Edition(models.Model):
    """One row: how often what readers could see has changed. A page drawn at this number is good until it moves."""

    number = models.PositiveBigIntegerField(default=0)
    furniture = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


class SearchEntry(models.Model):
    """The words of a live story as the search engine gets them: an index, written by `search` alone.

    A migration adds what is the engine's own: a column and an index of PostgreSQL, or a table of SQLite's FTS5.
    """

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="search_entry")
    published_at = models.DateTimeField()
    headline = models.TextField()
    standfirst = models.TextField()
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["-published_at", "-post"], name="search_newest_first")]

    def __str__(self) -> str:
        return self.headline
