"""The desk: where pieces are written and published. Django's own admin, in the look of the house.

Its first page says what waits for the person who looks at it.
"""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import second_factor
from .models import CheckedLink, Post, Suggestion, Update
from .views import unsent

SHOWN = 6  # pieces in each list of the first page
Stage = Post.Stage


class Desk(admin.AdminSite):
    site_title = gettext_lazy("Desk")
    site_header = gettext_lazy("Desk")
    index_title = gettext_lazy("Desk")
    enable_nav_sidebar = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pages = []

    def add_page(self, route, view, name):
        """A page that belongs to no one table: `admin:name`. Its view asks who may see it; staff is asked before."""
        self._pages.append((route, view, name))

    def get_urls(self):
        own = [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]
        # Nobody needs a way from a number to an address that does not ask who may see the thing.
        return [*own, *(one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site")]

    def admin_view(self, view, cacheable=False):
        def inner(request, *args, **kwargs):
            refuse_what_was_made_up(request)
            if second_factor.is_missing(request.user) and request.resolver_match.url_name != "logout":
                return HttpResponseRedirect(reverse("mfa_index"))
            return view(request, *args, **kwargs)

        asked = super().admin_view(inner, cacheable)

        @wraps(asked)
        def losing_no_words(request, *args, **kwargs):
            if not self.has_permission(request) and unsent.is_of_the_desk(request):
                return unsent.not_lost(request)
            return asked(request, *args, **kwargs)

        return losing_no_words

    def login(self, request, extra_context=None):
        """There is one page on which to sign in; what links to the admin's leads there."""
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{reverse('account_login')}?{query}" if query else reverse("account_login"))

    def password_change(self, request, extra_context=None):
        return HttpResponseRedirect(reverse("account_change_password"))

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
        "now_at": timezone.now(),
        "running": running_now(seen),
        "waiting_updates": _waiting_updates(user, seen),
        "suggested": Suggestion.objects.open().count() if user.has_perm("blog.view_suggestion") else 0,
        "gone": CheckedLink.objects.gone().cited().count() if user.has_perm("blog.view_checkedlink") else 0,
        "recent": seen.live().stories().newest_first().for_lists()[:SHOWN],
    }


def running_now(posts):
    """(post, how late its promise is) for what is still going on: the longest overdue first, then the newest."""
    now = timezone.now()
    late = list(posts.overdue(now).select_related("live").defer("live__body", "live__sources"))
    others = posts.rolling().exclude(pk__in=[post.pk for post in late]).newest_first().select_related("live")
    on_time = others.defer("live__body", "live__sources")[: max(SHOWN - len(late), 0)]
    return [(post, lateness(now - post.next_update_at)) for post in late] + [(post, "") for post in on_time]


def lateness(time) -> str:
    """How long a promise is overdue, in the largest unit that says something."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(count)d minute late", "%(count)d minutes late", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d hour late", "%(count)d hours late", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d day late", "%(count)d days late", minutes // 1440) % {"count": minutes // 1440}


def _waiting_updates(user, posts):
    found = Update.objects.waiting_for(user).filter(post__in=posts.order_by().values("pk")).order_by("-head_id")
    found = found.select_related("head", "post__live", "post__head")
    long = ("head__body", "head__sources", "post__live__body", "post__head__body")
    return found.defer(*long)[:SHOWN]


def _for_desk(posts):
    return posts.select_related("head").defer("head__body", "head__sources")[:SHOWN]
