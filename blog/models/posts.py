"""A post, and which posts: what is public is said here and nowhere else."""

import uuid
from datetime import date, datetime, timedelta
from typing import NamedTuple, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from .labels import SLUG, AsLists, Author, Story, StoryType, Tag, TaggedPost, address
from .reception import Tally


class Place(NamedTuple):
    """Where a page of a list ends: lists are continued from a key, never from a count."""

    published_at: datetime
    pk: int


def public_address(slug: str, day: date | None) -> str:
    """Where readers find a post of this day, or the page of that slug when there is no day."""
    if day is None:
        return address("page", slug)
    return address("post", f"{day.year:04}", f"{day.month:02}", f"{day.day:02}", slug)


def discussion_ends_at(changed_at: datetime | None, days: int | None) -> datetime | None:
    return changed_at + timedelta(days=days) if changed_at is not None and days is not None else None


def labels_of(post: models.OuterRef) -> dict[str, models.Subquery]:
    """`tag_labels` and `author_labels` for a query: name and slug of each tag and byline's page of a post, or None."""
    names = {"all": AsLists("name", "slug")}
    tags = Tag.objects.filter(tagged__content_object=post).order_by().values("tagged__content_object")
    authors = Author.objects.filter(posts=post).order_by().values("posts")
    return {
        "tag_labels": models.Subquery(tags.annotate(**names).values("all")),
        "author_labels": models.Subquery(authors.annotate(**names).values("all")),
    }


def sees_all(user) -> bool:
    """Does this person read everything at the desk, drafts of others included?"""
    return user.has_perm("blog.edit_any_post") or user.has_perm("blog.review_post")


def _pieces_of(user) -> models.QuerySet:
    return Post.objects.filter(revisions__by=user, revisions__update=None).values("pk")


_IN_LISTS = [
    *"kind slug stage coverage published_on published_at updated_at story section__name section__slug".split(),
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

    def since(self, moment: datetime) -> Self:
        return self.filter(published_at__gte=moment)

    def at_address(self, slug: str, day: date | None = None) -> Self:
        """What is or ever was public under this slug: a post of that day, a page when there is no day."""
        published = self.filter(slug=slug, published_on__isnull=False)
        return published.pages() if day is None else published.stories().on_day(day)

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
        return self.select_related("live", "section").only(*_IN_LISTS).with_comment_count()

    def for_neighbours(self) -> Self:
        """With headline, address and gist, of the few that a post names."""
        shown = ["live__headline", "live__excerpt", "coverage"]
        return self.select_related("live").only("kind", "slug", "published_on", "published_at", *shown)

    def with_comment_count(self) -> Self:
        """`comment_count`: how many comments readers see under each; None where nobody ever wrote one."""
        return self.annotate(comment_count=Tally.objects.visible_under(OuterRef("pk")))

    def with_labels(self) -> Self:
        """With `tag_labels` and `author_labels`: what a page says of the tags and authors, in the same question."""
        return self.annotate(**labels_of(OuterRef("pk")))

    def for_footer(self) -> Self:
        """Headline and address alone, of as many as a footer holds."""
        # Without the condition on the slug PostgreSQL reads every post to find the few pages.
        pages = self.exclude(slug="").oldest_first().select_related("live")
        return pages.only("kind", "slug", "published_on", "live__headline")[:12]

    def visible_to(self, user) -> Self:
        """What this person may see on the desk: own pieces and what is public; editors see all."""
        return self if sees_all(user) else self.filter(Q(live__isnull=False) | Q(pk__in=_pieces_of(user)))

    def readable_by(self, user) -> Self:
        """Pieces whose newest wording this person may read, public or not: own ones; editors all."""
        return self if sees_all(user) else self.written_by(user)

    def as_shown_to(self, user) -> Self:
        """What this person may see. `hides_draft`: only the wording of readers; `shown_headline`: that of either."""
        if sees_all(user):  # nothing is asked of each row
            return self.annotate(hides_draft=Value(False), shown_headline=F("head__headline"))
        readable = Post.objects.readable_by(user).filter(pk=OuterRef("pk"))
        posts = self.visible_to(user).annotate(hides_draft=Q(live__isnull=False) & ~Exists(readable))
        of_readers = When(hides_draft=True, then="live__headline")
        return posts.annotate(shown_headline=Case(of_readers, default="head__headline"))

    def written_by(self, user) -> Self:
        """Pieces of which this person wrote any wording."""
        return self.filter(pk__in=_pieces_of(user))

    def rolling(self) -> Self:
        """What is still going on."""
        return self.live().filter(coverage=Post.Coverage.ROLLING)

    def overdue(self, now: datetime | None = None) -> Self:
        """Those that promised readers an update for a time that has passed, the longest overdue first."""
        return self.rolling().filter(next_update_at__lte=now or timezone.now()).order_by("next_update_at", "pk")

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

    class Discussion(models.TextChoices):
        """Which comments under a piece readers see at once."""

        HOUSE = "", _("As the house rules say")
        OPEN = "open", _("All, unless something speaks against one")
        KNOWN = "known", _("Those of known writers; a first comment waits")
        WAITS = "waits", _("None: a moderator reads each before")
        CLOSED = "closed", _("No new comments")

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
    coverage_began_at = models.DateTimeField(null=True, editable=False)  # when it first became a running story
    coverage_ended_at = models.DateTimeField(null=True, editable=False)  # None while it goes on
    next_update_at = models.DateTimeField(null=True, blank=True, editable=False)
    promise = models.CharField(max_length=200, blank=True, editable=False)  # the words of "next update at"
    summary_at = models.DateTimeField(null=True, editable=False)  # when readers last got another summary
    update_count = models.PositiveIntegerField(default=0, editable=False)  # updates whose words readers see
    notices = models.JSONField(default=list, editable=False)  # what readers are told of changes: `moments.Notice`
    discussion = models.CharField(
        _("comments"), max_length=6, choices=Discussion, default=Discussion.HOUSE, blank=True, editable=False
    )
    story_type = models.ForeignKey(
        StoryType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("type")
    )
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True, editable=False)
    step = models.PositiveSmallIntegerField(default=0, editable=False)  # of its type, in review; 0: none
    glass = models.ForeignKey("Event", models.PROTECT, null=True, related_name="+", editable=False)  # broken, unseen
    sequence = models.PositiveIntegerField(default=0, editable=False)
    public_sequence = models.PositiveIntegerField(default=0, editable=False)  # of the last event readers could see
    text_sequence = models.PositiveIntegerField(default=0, editable=False)  # of the last that changed its own text
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
    last_public_event: int | None = None  # that was added to this very copy

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [
            ("edit_any_post", _("Can change other people's pieces")),
            ("review_post", _("Can approve pieces and ask for changes")),
            ("publish_post", _("Can publish")),
            ("withdraw_post", _("Can withdraw what is public")),
            ("adopt_post", _("Can bring in what was public elsewhere")),
            ("discuss_post", _("Can say who may comment under what is public")),
            ("break_glass_post", _("Can publish in an emergency what nobody has approved")),
            ("remove_words_post", _("Can remove words for legal reasons")),
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
            models.Index(
                fields=["story", "published_at", "id"],
                condition=Q(kind="post", live__isnull=False, story__isnull=False),
                name="line_of_a_story",
            ),
            models.Index(fields=["stage", "-id"], name="by_stage"),
            models.Index(fields=["next_update_at"], condition=Q(coverage="rolling"), name="rolling"),
        ]

    def __str__(self) -> str:
        return (self.head and self.head.headline) or str(_("(nothing written yet)"))

    def get_absolute_url(self) -> str:
        """The address readers know; before the first publication, the one of the preview."""
        if self.published_on and self.slug:
            return public_address(self.slug, self.published_on if self.kind == self.Kind.POST else None)
        return reverse("blog:preview", args=[self.key, self.head.number])

    def get_history_url(self) -> str:
        """Where readers find every wording that was public. Only for what is or was."""
        return f"{public_address(self.slug, self.published_on if self.kind == self.Kind.POST else None)}history/"

    def get_difference_url(self, before: int | None, revision: int) -> str:
        """What publishing version `revision` over version `before` changed; None: what it began with."""
        versions = f"b={revision}" if before is None else f"a={before}&b={revision}"
        return f"{self.get_history_url()}?{versions}#d"

    def get_updates_url(self) -> str:
        """The feed of a running story. Only for what is public."""
        return f"{public_address(self.slug, self.published_on)}updates.atom"

    @property
    def post(self) -> Self:
        """Itself: the post of a piece, whether that is the post's own text or one of its updates."""
        return self

    def is_live(self) -> bool:
        return self.live_id is not None

    def is_rolling(self) -> bool:
        return self.coverage == self.Coverage.ROLLING

    def is_overdue(self, now: datetime | None = None) -> bool:
        """Was an update promised for a time that has passed?"""
        return self.next_update_at is not None and self.next_update_at <= (now or timezone.now())

    def has_newer_draft(self) -> bool:
        """Is something newer than what readers see being worked on?"""
        return self.live_id is not None and self.head_id != self.live_id

    def last_changed_at(self) -> datetime | None:
        """When readers last got something new here; a typo is nothing new."""
        return self.updated_at or self.published_at

    def discussion_ends_at(self, days: int | None) -> datetime | None:
        """Until when comments are taken, `days` after readers last got something new; None: for ever."""
        return discussion_ends_at(self.last_changed_at(), days)

    def month(self) -> date | None:
        """The first day of the month it was published in: what lists are divided by."""
        return self.published_on and self.published_on.replace(day=1)

    def place(self) -> Place:
        return Place(self.published_at, self.pk)
