"""What posts are gathered by: bylines, tags, stories."""

from functools import lru_cache

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, TagBase

from .. import rendering

SLUG = RegexValidator(r"^[\w-]+\Z", _("Use letters, numbers, hyphens and underscores only."))


@lru_cache(maxsize=4096)
def address(name: str, *parts: str) -> str:
    """`reverse`, remembered: a list of twenty posts has sixty addresses, which was a third of the time to draw it."""
    return reverse(f"blog:{name}", args=parts)


class AsLists(models.Aggregate):
    """Columns of many rows as a list of lists.

    Django's own JSONArray first asks SQLite whether it knows JSON, in a transaction that waits for writers.
    """

    output_field = models.JSONField()
    arity = None

    def as_sqlite(self, compiler, connection, **extra):
        template = "JSON_GROUP_ARRAY(JSON_ARRAY(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler, connection, **extra):
        template = "JSONB_AGG(JSONB_BUILD_ARRAY(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)


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


class Synonym(models.Model):
    """Another name of a tag: pieces that bear it are found under the tag. Words once written keep their own name."""

    folded = models.CharField(max_length=400, unique=True)
    name = models.CharField(_("name"), max_length=200)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="synonyms", verbose_name=_("tag"))
    act = models.ForeignKey("TagAct", models.SET_NULL, null=True, related_name="+")  # the merge or renaming it came of

    class Meta:
        ordering = ["name"]
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class TagAct(models.Model):
    """What was done to tags, with all that is needed to take it back."""

    class Verb(models.TextChoices):
        MERGE = "merge", _("Merged")
        RENAME = "rename", _("Renamed")

    verb = models.CharField(max_length=6, choices=Verb)
    name = models.CharField(max_length=200)  # of the tag that went, or the name that it had
    into = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} → {self.into}"


class StoryType(models.Model):
    """A kind of story of the house (news, opinion, obituary): says through which steps it is approved."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("story type")
        verbose_name_plural = _("story types")

    def __str__(self) -> str:
        return self.name
