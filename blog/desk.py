"""The desk: where pieces are written and published. Django's own admin, in the look of the house.

Its first page says what waits for the person who looks at it.
"""

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Post

SHOWN = 6  # pieces in each list of the first page
Stage = Post.Stage


class Desk(admin.AdminSite):
    site_title = gettext_lazy("Desk")
    site_header = gettext_lazy("Desk")
    index_title = gettext_lazy("Desk")
    enable_nav_sidebar = False

    def get_urls(self):
        # Nobody needs a way from a number to an address that does not ask who may see the thing.
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def admin_view(self, view, cacheable=False):
        def inner(request, *args, **kwargs):
            refuse_what_was_made_up(request)
            return view(request, *args, **kwargs)

        return super().admin_view(inner, cacheable)

    def each_context(self, request):
        return super().each_context(request) | {"may_write": request.user.has_perm("blog.add_post")}

    def index(self, request, extra_context=None):
        context = self.each_context(request) | {"title": self.index_title, "subtitle": None}
        if request.user.has_perm("blog.view_post"):
            context |= overview(request.user)
        return TemplateResponse(request, "admin/index.html", context | (extra_context or {}))


def refuse_what_was_made_up(request):
    """Answer with 400 where Django's pages would pass on to the database what no link and no form of ours sends.

    Control characters in an address do not come this far: `middleware.plain_addresses` has them.
    """
    # A pattern may be broken, or made to run for hours.
    if any(name.endswith("regex") for name in request.GET):
        raise BadRequest("a filter by pattern")
    if not all(number.isdecimal() and len(number) < 19 for number in request.POST.getlist("_selected_action")):
        raise BadRequest("not a number of a row")


def overview(user):
    """Counts and lists for the first page: what waits for this person, and what else goes on."""
    seen = Post.objects.visible_to(user)
    counts = dict(seen.order_by().values_list("stage").annotate(Count("pk")))
    drafts = Post.objects.written_by(user).filter(stage=Stage.DRAFT)
    readable = Post.objects.readable_by(user)
    lists = [
        (_("Waits for you"), seen.waiting_for(user), _("Nothing waits for you.")),
        (_("In review"), readable.filter(stage=Stage.REVIEW), _("Nothing is in review.")),
        (_("Your drafts"), drafts, _("You have no drafts.")),
        (
            _("Newer drafts behind what readers see"),
            readable.with_newer_drafts(),
            _("Readers see the newest of everything."),
        ),
    ]
    return {
        "cards": [
            (label, counts.get(stage, 0), stage)
            for stage, label in Stage.choices
            if stage in {Stage.DRAFT, Stage.REVIEW, Stage.CHANGES, Stage.APPROVED, Stage.PUBLISHED}
        ],
        "lists": [(title, _for_desk(posts.latest_first()), empty) for title, posts, empty in lists],
        "recent": seen.live().stories().newest_first().for_lists()[:SHOWN],
    }


def _for_desk(posts):
    return posts.select_related("head").defer("head__body", "head__sources")[:SHOWN]
