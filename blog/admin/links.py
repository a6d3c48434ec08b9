"""Addresses that sources name: which of them are gone, and what leans on each."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import CheckedLink, CitedSource
from ..templatetags.writethru import moment

MOST_NAMED = 5  # pieces that lean on one address


@admin.register(CheckedLink)
class CheckedLinkAdmin(admin.ModelAdmin):
    """A list to be worked through: what is gone comes first. `manage.py check_links` writes it, and nobody else."""

    list_display = ["address", "state_pill", "said", "failing", "pieces", "visited"]
    list_display_links = None
    list_filter = ["state"]
    search_fields = ["url"]
    search_help_text = gettext_lazy("Part of an address")
    actions = None
    list_per_page = 50
    show_full_result_count = False
    empty_value_display = ""

    def get_queryset(self, request):
        return CheckedLink.objects.cited().worst_first()

    def get_urls(self):
        return [one for one in super().get_urls() if one.name and one.name.endswith("_changelist")]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Addresses that sources name")})

    def get_changelist_instance(self, request):
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        leaning: dict[str, dict] = {link.url: {} for link in page.result_list}
        for source in CitedSource.objects.public().naming(list(leaning)).newest_first().for_lists():
            leaning[source.url].setdefault((source.post_id, source.update_id), source)
        for link in page.result_list:
            link.leaning = list(leaning[link.url].values())
        return page

    @admin.display(description=gettext_lazy("address"), ordering="url")
    def address(self, link):
        return format_html(
            '<a href="{}" rel="external noreferrer" target="_blank" dir="ltr">{}</a>', link.url, link.url
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, link):
        return format_html('<span class="pill pill-{}">{}</span>', link.state, link.get_state_display())

    @admin.display(description=gettext_lazy("what it said"))
    def said(self, link):
        return link.note or link.code

    @admin.display(description=gettext_lazy("since"), ordering="failing_since")
    def failing(self, link):
        return moment(link.failing_since, "short with year")

    @admin.display(description=gettext_lazy("visited"), ordering="checked_at")
    def visited(self, link):
        return moment(link.checked_at, "short with year")

    @admin.display(description=gettext_lazy("what leans on it"))
    def pieces(self, link):
        named = format_html_join("", "<li>{}</li>", ((_piece(source),) for source in link.leaning[:MOST_NAMED]))
        more = len(link.leaning) - MOST_NAMED
        rest = format_html("<li>{}</li>", _("and %(count)d more") % {"count": more}) if more > 0 else ""
        return format_html('<ul class="leaning">{}{}</ul>', named, rest)


def _piece(source):
    desk = reverse("admin:blog_post_change", args=[source.post_id])
    headline = source.post.live.headline
    if source.update is None:
        return format_html('<a href="{}" dir="auto">{}</a>', desk, headline)
    page = reverse("admin:blog_post_update", args=[source.post_id, source.update.number])
    return format_html('<a href="{}" dir="auto">{}</a> ({})', page, headline, moment(source.update.happened_at))
