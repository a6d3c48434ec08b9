"""The desk: where pieces are written and published. Django's own admin, in the look of the house.

Its first page is the board (`admin.board`): what is in which stage, and what waits for the person who looks at it.
"""

import re
from functools import wraps

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy, ngettext

from . import second_factor
from .views import unsent

_TOO_LARGE = re.compile(r"\d{19}")
_YEAR = re.compile(r"[12][0-9]{3}")  # one that has a beginning and an end in every zone


class Desk(admin.AdminSite):
    site_title = gettext_lazy("Desk")
    site_header = gettext_lazy("Desk")
    index_title = gettext_lazy("Desk")
    enable_nav_sidebar = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pages = []
        self._named = []
        self.first_page = None

    def add_page(self, route, view, name, label="", permission=""):
        """A page that belongs to no one table: `admin:name`. Its view asks who may see it; staff is asked before.

        With a label, every page of the desk leads there, for who has the permission.
        """
        self._pages.append((route, view, name))
        if label:
            self._named.append((f"admin:{name}", label, permission))

    def begin_with(self, view):
        """The page that is shown first to who may see pieces."""
        self.first_page = view

    def get_urls(self):
        own = [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]
        # Nobody needs a way from a number to an address that does not ask who may see the thing.
        return [*own, *(one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site")]

    def admin_view(self, view, cacheable=False):
        def inner(request, *args, **kwargs):
            refuse_what_was_made_up(request)
            if lacks_second_factor(request) and request.resolver_match.url_name != "logout":
                return HttpResponseRedirect(reverse("mfa_index"))
            return view(request, *args, **kwargs)

        asked = super().admin_view(inner, cacheable)

        @wraps(asked)
        def losing_no_words(request, *args, **kwargs):
            may = self.has_permission(request) and not lacks_second_factor(request)
            if not may and unsent.is_of_the_desk(request):
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
        user = request.user
        pages = [(reverse(name), label) for name, label, permission in self._named if user.has_perm(permission)]
        return super().each_context(request) | {
            "may_write": user.has_perm("blog.add_post"),
            "may_see_pieces": user.has_perm("blog.view_post"),
            "desk_pages": pages,
        }

    def index(self, request, extra_context=None):
        if request.user.has_perm("blog.view_post"):
            return self.first_page(request)
        context = self.each_context(request) | {"title": self.index_title, "subtitle": None}
        return TemplateResponse(request, "admin/index.html", context | (extra_context or {}))


def lacks_second_factor(request) -> bool:
    """Has this person to set one up first? Asked once a request."""
    if not hasattr(request, "lacks_second_factor"):
        request.lacks_second_factor = second_factor.is_missing(request.user)
    return request.lacks_second_factor


def refuse_what_was_made_up(request):
    """Answer with 400 where Django's pages would pass on to the database what no link and no form of ours sends.

    Control characters in an address do not come this far: `middleware.plain_addresses` has them.
    """
    for name, values in request.GET.lists():
        parts = name.split("__")
        # A pattern may be broken, or made to run for hours.
        if parts[-1].endswith("regex"):
            raise BadRequest("a filter by pattern")
        if len(parts) > 1 and any(map(_TOO_LARGE.search, values)):
            raise BadRequest("a filter by a number that no column holds")
        if not {"year", "iso_year"}.isdisjoint(parts) and not all(map(_YEAR.fullmatch, values)):
            raise BadRequest("a filter by no year")
    if not all(number.isdecimal() and len(number) < 19 for number in request.POST.getlist("_selected_action")):
        raise BadRequest("not a number of a row")


def lateness(time) -> str:
    """How long a promise is overdue, in the largest unit that says something."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(count)d minute late", "%(count)d minutes late", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d hour late", "%(count)d hours late", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d day late", "%(count)d days late", minutes // 1440) % {"count": minutes // 1440}
