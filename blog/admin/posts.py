"""Pieces: the list, and the way to the pages on which they are written."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Exists, OuterRef, Q
from django.forms import CheckboxInput
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from .. import search, workflow
from ..models import Author, Post, Story
from ..templatetags.writethru import moment
from . import comparing, completing, history, removing, reviewing, running, sharing, steps, updates, writing

MOST_FOUND = 2_000
LONG = ["body", "sources", "image"]  # what a list does not show


class Writer(admin.SimpleListFilter):
    """Whose name stands above it, for what is live; and the pieces of who looks."""

    title = _("author")
    parameter_name = "author"

    def lookups(self, request, model_admin):
        authors = Author.objects.filter(Exists(Post.authors.through.objects.filter(author=OuterRef("pk"))))[:50]
        return [("me", _("Written by me")), *((author.slug, author.name) for author in authors)]

    def queryset(self, request, posts):
        if self.value() == "me":
            return posts.written_by(request.user)
        return posts.filter(authors__slug=self.value()) if self.value() else posts


class OfStory(admin.SimpleListFilter):
    title = _("story")
    parameter_name = "story"

    def lookups(self, request, model_admin):
        return list(Story.objects.values_list("slug", "title")[:50])

    def queryset(self, request, posts):
        return posts.filter(story__slug=self.value()) if self.value() else posts


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    """Django's list of pieces. Its form, its deletion and its log are not used: `writing` and `history` have ours."""

    list_display = ["headline", "stage_pill", "kind", "byline", "section_name", "updated"]
    list_filter = ["stage", "kind", OfStory, Writer]
    search_fields = ["shown_headline"]  # what nobody may read, nobody finds
    date_hierarchy = "published_on"
    ordering = ["-pk"]
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    view_on_site = False
    empty_value_display = ""
    search_help_text = _("Words of the headline")

    def get_queryset(self, request):
        posts = Post.objects.as_shown_to(request.user).select_related("head", "live")
        return posts.defer(*(f"{which}__{words}" for which in ("head", "live") for words in LONG))

    def get_search_results(self, request, queryset, search_term):
        """What readers see as it stands is looked up by its words; of the rest, which is little, headlines are read.

        Of what has such words the newest MOST_FOUND are shown: who has as many says more words.
        """
        words = search.in_headlines(search_term)
        if words is None:
            return super().get_search_results(request, queryset, search_term)
        settled = Q(stage=Post.Stage.PUBLISHED, kind=Post.Kind.POST)  # nothing newer than what readers see
        moving, _duplicates = super().get_search_results(request, queryset.exclude(settled), search_term)
        # Looked up once, for the list and its count: the index is the dear part where a word is common.
        newest = list(words.order_by("-published_at", "-post").values_list("post", flat=True)[:MOST_FOUND])
        known = Q(settled, pk__in=newest) | Q(pk__in=moving.order_by().values("pk"))
        return queryset.filter(known), False

    def get_urls(self):
        here = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("completion/", self.admin_site.admin_view(completing.names), name=f"{here}_completion"),
            path(
                "<int:object_id>/restore/<int:number>/",
                self.admin_site.admin_view(self.restore_view),
                name=f"{here}_restore",
            ),
        ]
        for address, view, name in [
            ("compare/", self.compare_view, "compare"),
            ("read/<int:number>/", self.read_view, "read"),
            ("notes/", self.notes_view, "notes"),
            ("promise/", self.promise_view, "promise"),
            ("share/", self.share_view, "share"),
            ("remove/", self.remove_view, "remove"),
            ("updates/", self.add_update_view, "add_update"),
            ("updates/<int:number>/", self.update_view, "update"),
            ("updates/<int:number>/act/", self.act_on_update_view, "act_on_update"),
        ]:
            view = self.admin_site.admin_view(view)
            own.append(path(f"<int:object_id>/{address}", view, name=f"{here}_{name}"))
        return [*own, *(one for one in super().get_urls() if one.name != f"{here}_delete")]

    # Who may: `workflow` and the permissions of the groups say

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or workflow.may_edit(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    # Pages

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural.capitalize()})

    def add_view(self, request, form_url="", extra_context=None):
        return writing.begin(self, request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return writing.go_on(self, request, object_id)

    def history_view(self, request, object_id, extra_context=None):
        return history.show(self, request, object_id)

    def compare_view(self, request, object_id):
        return comparing.show(request, self, object_id)

    def read_view(self, request, object_id, number):
        return reviewing.read(self, request, object_id, number)

    @method_decorator(require_POST)
    def notes_view(self, request, object_id):
        return reviewing.note(self, request, object_id)

    @method_decorator(require_POST)
    def restore_view(self, request, object_id, number):
        return history.restore(self, request, object_id, number)

    def share_view(self, request, object_id):
        return sharing.show(self, request, object_id)

    def promise_view(self, request, object_id):
        return running.promise(self, request, object_id, writing.page_with)

    def remove_view(self, request, object_id):
        return removing.page(self, request, object_id)

    def add_update_view(self, request, object_id):
        return updates.add(self, request, object_id)

    def update_view(self, request, object_id, number):
        return updates.go_on(self, request, object_id, number)

    def act_on_update_view(self, request, object_id, number):
        return updates.act(self, request, object_id, number)

    def get_actions(self, request):
        return steps.actions_for(request.user)

    # The list's columns

    def shown(self, post):
        """The newest wording; of somebody else's piece the one that readers see, for who may not read drafts."""
        return post.live if post.hides_draft else post.head

    def action_checkbox(self, post):
        label = _("Select “%(headline)s”") % {"headline": self.shown(post).headline}
        return CheckboxInput({"class": "action-select", "aria-label": label}, lambda value: False).render(
            ACTION_CHECKBOX_NAME, str(post.pk)
        )

    @admin.display(description=_("headline"), ordering="shown_headline")
    def headline(self, post):
        return self.shown(post).headline

    @admin.display(description=_("stage"), ordering="stage")
    def stage_pill(self, post):
        pill = format_html('<span class="pill pill-{}">{}</span>', post.stage, post.get_stage_display())
        if not post.has_newer_draft():
            return pill
        return format_html('{} <span class="pill pill-published">{}</span>', pill, _("older wording live"))

    @admin.display(description=_("byline"))
    def byline(self, post):
        return self.shown(post).byline_text()

    @admin.display(description=_("section"))
    def section_name(self, post):
        return self.shown(post).section

    @admin.display(description=_("updated"), ordering="head__created_at")
    def updated(self, post):
        return moment(self.shown(post).created_at)
