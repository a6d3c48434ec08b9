"""Review: who is asked to look, in which order, and what they say about which words."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Case, Exists, OuterRef, PositiveIntegerField, Q, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .posts import Post
from .record import Event, Revision
from .updates import Update


class ReviewStep(models.Model):
    """One of the one to three steps through which stories of a type are approved, in order, each by a group."""

    story_type = models.ForeignKey("StoryType", models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=60)
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name=_("group"))

    class Meta:
        ordering = ["story_type", "position"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["story_type", "position"], name="steps_are_numbered"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="one_to_three_steps"),
        ]

    def __str__(self) -> str:
        return self.name


def since(glass: str) -> Cast:
    """For a query: the last wording that somebody answered for before the glass was broken, by its number."""
    return Cast(KeyTextTransform("since", f"{glass}__details"), PositiveIntegerField())


def to_look_over(pieces: models.QuerySet, user) -> models.QuerySet:
    """Of these posts or updates, what was published without approval and this person may look over.

    That is who reviews, and neither wrote these words nor published them.
    """
    if not user.has_perm("blog.review_post"):
        return pieces.none()
    own = {"update": OuterRef("pk")} if pieces.model is Update else {"post": OuterRef("pk"), "update": None}
    above = Revision.objects.filter(**own, by=user, number__gt=OuterRef("since"))
    wrote = above.filter(number__lte=OuterRef("glass__revision__number"))
    broke = Event.objects.filter(**own, by=user, verb="publish", details__glass=True)
    broke = broke.filter(revision__number__gt=OuterRef("since"))
    pieces = pieces.filter(glass__isnull=False).alias(since=since("glass"))
    return pieces.exclude(Exists(wrote)).exclude(Exists(broke))


def _seen() -> Case:
    """For requests: as `writers.seen_up_to`, of the piece."""
    of_update = Coalesce(since("update__glass"), "update__live__number", 0)
    of_post = Coalesce(since("post__glass"), "post__live__number", 0)
    return Case(When(update__isnull=False, then=of_update), default=of_post)


class ReviewRequestQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(outcome="")

    def of(self, piece: Post | Update) -> Self:
        if isinstance(piece, Update):
            return self.filter(post=piece.post_id, update=piece.pk)
        return self.filter(post=piece.pk, update=None)

    def waiting_for(self, user) -> Self:
        """Open, asked of this person, of a group of his or of anybody who reviews; and he may approve what it is about.

        Nobody is told that his own words wait for him; with four eyes on, none since readers last saw an answer for
        them, and no second step of a round in which he has approved one.
        """
        if not user.has_perm("blog.review_post"):
            return self.none()
        # At a step whose group is gone, administrators stand in for it.
        anybody = Q(to_user=None, to_group=None) if user.is_superuser else Q(to_user=None, to_group=None, step=0)
        mine = Q(to_user=user) | Q(to_group__in=user.groups.all()) | anybody
        found = self.open().filter(mine).exclude(revision__by=user)
        if not settings.FOUR_EYES:
            return found
        piece, same = {"of": Coalesce("update", 0)}, {"post": OuterRef("post"), "of": OuterRef("of")}
        wrote = Revision.objects.alias(**piece).filter(**same, by=user, number__gt=OuterRef("seen"))
        # Whoever approves a step is who asks for the next one.
        of_words = ReviewRequest.objects.filter(revision=OuterRef("revision"))
        round_began = of_words.filter(step=1).order_by("-pk").values("pk")[:1]
        approved = of_words.filter(by=user, step__gt=1, pk__gte=round_began)
        return found.alias(seen=_seen(), **piece).exclude(Exists(wrote)).exclude(Exists(approved))

    def follow(self, event: Event) -> None:
        """End the open request of a piece where the event answers it, or takes the piece out of review."""
        review = Post.Stage.REVIEW
        if event.stage_before != review or (event.stage_after == review and event.verb != "approve"):
            return
        answers = {"approve": ReviewRequest.Outcome.APPROVED, "request_changes": ReviewRequest.Outcome.CHANGES}
        asked = self.open().filter(post=event.post_id, update=event.update_id)
        outcome = answers.get(event.verb, ReviewRequest.Outcome.ENDED)
        asked.update(outcome=outcome, ended_at=event.at, ended_by_name=event.by_name)


class ReviewRequest(models.Model):
    """Somebody is asked to look at one wording: a person, a group, or whoever reviews. One is open for a piece."""

    class Outcome(models.TextChoices):
        OPEN = "", _("Open")
        APPROVED = "approved", _("Approved")
        CHANGES = "changes", _("Changes asked for")
        ENDED = "ended", _("No longer needed")  # taken back, published, changed, or put away meanwhile

    post = models.ForeignKey(Post, models.PROTECT, related_name="review_requests")
    update = models.ForeignKey(Update, models.PROTECT, null=True, related_name="review_requests")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField(default=0)  # of the story's type; 0: it has no steps
    step_name = models.CharField(max_length=60, blank=True)
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    to_group = models.ForeignKey(Group, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=150, blank=True)

    objects = ReviewRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=Q(update=None, outcome=""), name="one_review_a_post"),
            models.UniqueConstraint(fields=["update"], condition=Q(outcome=""), name="one_review_an_update"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(outcome=""), name="reviews_open")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.revision_id}"

    @property
    def is_late(self) -> bool:
        """Has the time passed until when it was to be looked at?"""
        return self.due_at is not None and self.due_at <= timezone.now()


class PassageNote(models.Model):
    """What a colleague says about exact words of a wording. It stays with the words through edits (`anchors`)."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="passage_notes")
    update = models.ForeignKey(Update, models.PROTECT, null=True, related_name="passage_notes")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")  # in which the words were pointed at
    answers = models.ForeignKey("self", models.PROTECT, null=True, related_name="answered")
    part = models.CharField(max_length=10, default="body")  # headline, standfirst, summary or body
    exact = models.TextField()
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["post", "id"], name="notes_of_a_post")]

    def __str__(self) -> str:
        return self.text[:60]


class Muted(models.Model):
    """A kind of mail that somebody of the house does not want."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted")
    kind = models.CharField(max_length=40)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="muted_once")]

    def __str__(self) -> str:
        return self.kind
