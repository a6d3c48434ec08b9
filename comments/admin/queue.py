"""The queue: what moderators read, oldest first, and the pages on which they decide."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..models import Comment
from ..moderation import MODERATES
from . import answering, deciding, erasing, fixing, looking, reading, responding, suggesting, tabs, together


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    """Django's list and form are not used: the list is the queue, and a comment's page says all that is known of it."""

    view_on_site = False

    def get_urls(self):
        pages = [
            ("", self.changelist_view, "changelist"),
            ("together/", self.together_view, "together"),
            ("undo/", self.undo_view, "undo"),
            ("<int:object_id>/change/", self.change_view, "change"),
            ("<int:object_id>/decide/", self.decide_view, "decide"),
            ("<int:object_id>/suggest/", self.suggest_view, "suggest"),
            ("<int:object_id>/fix/", self.fix_view, "fix"),
            ("<int:object_id>/erase/", self.erase_view, "erase"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=f"comments_comment_{name}")
            for route, view, name in pages
        ]

    # Who may: moderators, and nobody else

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(MODERATES)

    has_change_permission = has_module_permission = has_view_permission

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    # Pages

    @method_decorator(require_safe)
    def changelist_view(self, request, extra_context=None):
        self._check(request)
        return TemplateResponse(request, "admin/comments/comment/queue.html", self._context(request) | _list(request))

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        self._check(request)
        return looking.page(request, self._comment(object_id), self._context(request))

    @method_decorator(require_POST)
    def decide_view(self, request, object_id):
        self._check(request)
        responding.check_place(request)
        comment = self._comment(object_id)
        if request.POST.get("verb") == "answer":
            return answering.answer(request, comment, self._context(request))
        return deciding.decide(request, comment)

    def suggest_view(self, request, object_id):
        self._check(request)
        return suggesting.page(request, self._comment(object_id), self._context(request))

    @method_decorator(require_POST)
    def fix_view(self, request, object_id):
        self._check(request)
        return fixing.decide(request, self._comment(object_id), self._context(request))

    def erase_view(self, request, object_id):
        self._check(request)
        return erasing.page(request, self._comment(object_id), self._context(request))

    @method_decorator(require_POST)
    def undo_view(self, request):
        self._check(request)
        responding.check_place(request)
        return deciding.undo(request)

    def together_view(self, request):
        self._check(request)
        return together.page(request, self._context(request))

    def _check(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _comment(self, key):
        comment = reading.for_reading(Comment.objects.filter(pk=key)).first()
        if comment is None:
            raise Http404
        return comment

    def _context(self, request):
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "reasons": reading.options(),
            "together": reverse("admin:comments_comment_together"),
            "ban": reverse("admin:comments_ban_add"),
        }


def _list(request):
    """One list of the queue from a place on, with all that there is to know of what stands in it."""
    tab = tabs.wanted(request.GET.get("q"))
    after = request.GET.get("after")
    rows, spelt = tab.part(after)
    comments = list(reading.for_reading(rows)[: tabs.SIZE + 1])
    shown = reading.items(comments[: tabs.SIZE])
    for item, following in zip(shown, comments[1:], strict=False):
        item.following = following.pk
    counts = tabs.counts(request)
    return {
        "title": _("Comments to moderate"),
        "tab": tab,
        "after": after,
        "tabs": [(one, tabs.in_words(counts[one.key])) for one in tabs.TABS.values()],
        "items": shown,
        "next_place": spelt(shown[-1].comment) if len(comments) > tabs.SIZE else "",
        "longest": tab.longest_waiting(),
        "last": responding.last_decision(request),
        "now": timezone.now(),
        "queue": reverse("admin:comments_comment_changelist"),
    }
