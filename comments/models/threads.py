"""A comment, and which comments: what readers see of a thread is said here and nowhere else."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from mptt.querysets import TreeQuerySet

from blog.models import Post, Revision, Suggestion, Update

CHANGEABLE = timedelta(minutes=15)  # how long a writer may change or withdraw a comment
POSITION = frozenset(
    "post post_id parent parent_id reply_to reply_to_id tree_id lft rght level conversation_at".split()
)


class Reason(models.TextChoices):
    """Why a comment was removed: by deed, not by person. Readers, the writer and the queue are told the same."""

    PERSON = "person", _("about a person, not the subject")
    SUBJECT = "subject", _("off the subject")
    ADVERTISING = "advertising", _("advertising")
    UNLAWFUL = "unlawful", _("unlawful")
    REPEATS = "repeats", _("repeats another comment")
    ERASED = "erased", _("erased for the writer")


class Spot(NamedTuple):
    """Where a comment stands among all of a post: conversations by time, each from its first comment downwards."""

    conversation_at: datetime
    tree_id: int
    lft: int


class CommentQuerySet(TreeQuerySet):
    """Which comments. Rows change by verbs; their places in the tree by `posting` alone."""

    def under(self, post: Post | int) -> Self:
        return self.filter(post=post)

    def visible(self) -> Self:
        """Those whose words readers may see."""
        return self.filter(state=Comment.State.VISIBLE)

    def placed(self) -> Self:
        """Those that have a place in the thread that readers see: the visible ones, and what is left of others."""
        return self.filter(placed=True)

    def roots(self) -> Self:
        """First comments of conversations. By level: with "parent is null" SQLite would read all roots of the site."""
        return self.filter(level=0)

    def oldest_first(self) -> Self:
        return self.order_by("conversation_at", "tree_id", "lft")

    def newest_conversation_first(self) -> Self:
        return self.order_by("-conversation_at", "-tree_id", "lft")

    def in_order_of_writing(self) -> Self:
        return self.order_by("created_at", "pk")

    def waiting(self) -> Self:
        """New ones that a moderator has to read before others do."""
        return self.filter(state=Comment.State.WAITING)

    def held(self) -> Self:
        """Those that a moderator put aside for a colleague."""
        return self.filter(state=Comment.State.HELD)

    def reported(self) -> Self:
        """Those of which readers said something that nobody has looked at yet."""
        return self.filter(reports__gt=0)

    def spam(self) -> Self:
        return self.filter(state=Comment.State.SPAM)

    def decided(self) -> Self:
        """Those on which a moderator ever decided."""
        return self.filter(decided_at__isnull=False)

    def written_by(self, writer: str) -> Self:
        """All of one writer, by the key of `Comment.writer`."""
        return self.filter(writer=writer).exclude(writer="")

    def sent_from(self, address: str) -> Self:
        """All from one internet address, by the key of `Comment.address`."""
        return self.filter(address=address).exclude(address="")

    def update(self, **values: Any) -> int:
        if POSITION.intersection(values):
            _refuse()
        return super().update(**values)

    def delete(self) -> NoReturn:
        raise TypeError("comments are removed by comments.moderation and leave a row")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()


class ThreadManager(TreeManager.from_queryset(CommentQuerySet)):
    """django-mptt's reading side. Its writing side numbers without gaps and loses comments when two write at once."""

    def insert_node(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    def move_node(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    def rebuild(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse("manage.py rebuild_threads mends what is broken")

    partial_rebuild = build_tree_nodes = delay_mptt_updates = disable_mptt_updates = insert_node
    _move_node = _manage_space = _create_tree_space = _close_gap = _create_space = insert_node
    _inter_tree_move_and_close_gap = _make_child_root_node = _make_sibling_of_root_node = insert_node
    _move_child_node = _move_root_node = _mptt_update = bulk_create = insert_node


class Comment(MPTTModel):
    """One comment. `text` is what was typed, `html` what is shown: made once, when it was written."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        HELD = "held", _("Held")
        VISIBLE = "visible", _("Visible")
        REMOVED = "removed", _("Removed")
        WITHDRAWN = "withdrawn", _("Withdrawn by the writer")
        SPAM = "spam", _("Spam")

    class Badge(models.TextChoices):
        NONE = "", ""
        AUTHOR = "author", _("Author")
        STAFF = "staff", _("Editor")

    post = models.ForeignKey(Post, models.DO_NOTHING, related_name="+", db_index=False)
    parent = TreeForeignKey(
        "self", models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False, editable=False
    )  # without a name for the other side, which would write past what is refused here
    # Declared here, they are wide enough for gaps, and without indexes that nobody uses
    tree_id = models.BigIntegerField(editable=False)
    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    level = models.PositiveSmallIntegerField(editable=False)
    conversation_at = models.DateTimeField(editable=False)  # when the first comment of the conversation was written
    reply_to = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, related_name="+", db_index=False, editable=False
    )  # the comment that was answered, where the tree is too deep to hold the answer below it

    name = models.CharField(_("name"), max_length=80, blank=True)
    email = models.CharField(max_length=254, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    badge = models.CharField(max_length=6, choices=Badge, default=Badge.NONE, blank=True)
    text = models.TextField(_("comment"), blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    placed = models.BooleanField(default=False)
    reason = models.CharField(max_length=11, choices=Reason, default="", blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)  # when readers first saw it
    decided_at = models.DateTimeField(null=True)  # when a moderator last decided
    # What it was written on: the wording of the post's own text, and the update that was on the screen, if one was
    revision = models.ForeignKey(Revision, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    update = models.ForeignKey(Update, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    # What a moderator made of it
    suggestion = models.ForeignKey(Suggestion, models.DO_NOTHING, null=True, related_name="+", db_index=False)

    writer = models.CharField(max_length=64, blank=True)  # who wrote, without saying who: `writers.writer_key`
    address = models.CharField(max_length=64, blank=True)  # where from, likewise: `limits.address_key`
    facts = models.JSONField(default=list)  # what the first verdict was made of: `judging`
    reports = models.PositiveIntegerField(default=0)  # of readers, not looked at yet
    form_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form sent again
    source = models.CharField(max_length=100, blank=True)
    source_id = models.CharField(max_length=200, blank=True)

    objects = ThreadManager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        default_permissions = ("view",)
        permissions = [
            ("moderate_comment", _("Can approve, hold and remove comments")),
            ("erase_comment", _("Can erase what a person wrote")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(lft__lt=models.F("rght")), name="edges_in_order"),
            models.CheckConstraint(
                condition=Q(parent__isnull=False) | Q(level=0, lft=1, tree_id=models.F("id")), name="roots_begin_a_tree"
            ),
            models.CheckConstraint(condition=Q(parent__isnull=True) | Q(level__gte=1, lft__gt=1), name="below_a_root"),
            models.UniqueConstraint(fields=["parent", "lft"], name="one_comment_a_place"),
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source=""), name="comment_imported_once"
            ),
            models.CheckConstraint(condition=~Q(state="visible") | Q(placed=True), name="what_is_visible_is_placed"),
        ]
        indexes = [
            models.Index(fields=["tree_id", "lft"], name="tree_in_order"),
            models.Index(fields=["post", "level", "created_at", "id"], name="roots_of_a_post"),
            models.Index(
                fields=["post", "conversation_at", "tree_id", "lft"],
                condition=Q(placed=True),
                name="thread_oldest_first",
            ),
            models.Index(
                fields=["post", "-conversation_at", "-tree_id", "lft"],
                condition=Q(placed=True),
                name="thread_newest_first",
            ),
            # One for each: SQLite does not see that "waiting" is one of several.
            *(
                models.Index(fields=["created_at", "id"], condition=Q(state=state), name=f"comments_{state}")
                for state in ("waiting", "held", "spam")
            ),
            models.Index(fields=["created_at", "id"], condition=Q(reports__gt=0), name="comments_reported"),
            models.Index(fields=["decided_at", "id"], condition=Q(decided_at__isnull=False), name="comments_decided"),
            models.Index(fields=["shown_at", "id"], condition=Q(state="visible"), name="comments_shown"),
            models.Index(
                fields=["post", "shown_at", "id"], condition=Q(state="visible"), name="comments_shown_of_post"
            ),
            models.Index(fields=["writer", "state"], condition=~Q(writer=""), name="comments_of_writer"),
            models.Index(fields=["address", "created_at"], condition=~Q(address=""), name="comments_from_address"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    def get_absolute_url(self) -> str:
        """The post's address with the page that holds this comment, and its place there. Needs `post`."""
        return f"{self.post.get_absolute_url()}?c={self.pk}#c{self.pk}"

    def spot(self) -> Spot:
        return Spot(self.conversation_at, self.tree_id, self.lft)

    def is_visible(self) -> bool:
        return self.state == self.State.VISIBLE

    def answered_id(self) -> int | None:
        """The comment that this one answers; in a very deep thread not the one it stands below."""
        return self.reply_to_id or self.parent_id

    def changeable_until(self) -> datetime:
        return self.created_at + CHANGEABLE

    def is_changeable(self, now: datetime) -> bool:
        """May its writer still change or withdraw it? For a quarter of an hour, while no moderator has decided."""
        open_states = (self.State.WAITING, self.State.VISIBLE)
        return self.state in open_states and self.decided_at is None and now < self.changeable_until()

    # What django-mptt works out from numbers without gaps

    def is_leaf_node(self) -> bool:
        return not Comment.objects.filter(parent=self).exists()  # get_children asks this

    def get_descendant_count(self) -> int:
        return self.get_descendants().count()

    def get_leafnodes(self, include_self: bool = False) -> models.QuerySet:
        below = self.get_descendants(include_self=include_self)
        return below.exclude(pk__in=Comment.objects.filter(tree_id=self.tree_id).exclude(parent=None).values("parent"))

    # What it would do to the tree

    def insert_at(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    move_to = insert_at

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if self._state.adding or not fields or POSITION.intersection(fields):
            _refuse("a comment that is there is saved with update_fields, without its place")
        models.Model.save(self, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("comments are removed by comments.moderation and leave a row")


def _refuse(why: str = "comments get their places in threads from comments.posting alone") -> NoReturn:
    raise TypeError(why)
