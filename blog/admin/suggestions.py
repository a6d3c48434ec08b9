"""What readers say should read otherwise: a list to be worked through, and a page on which each is decided."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import checks, paging, pointing, revisions, rounds, suggestions, workflow
from ..models import Revision, Suggestion
from ..rendering import Unacceptable
from ..revisions import Content
from . import steps

SIZE = 20
Kind = Revision.Kind
KINDS = [(kind.value, kind.label) for kind in (Kind.TYPO, Kind.CLARIFICATION, Kind.UPDATE, Kind.CORRECTION)]


@admin.register(Suggestion)
class SuggestionAdmin(admin.ModelAdmin):
    """Django's list and form are not used: what is proposed is shown in its place, and decided by the verbs."""

    view_on_site = False

    def get_urls(self):
        pages = [
            ("", self.changelist_view, "changelist"),
            ("<int:object_id>/change/", self.change_view, "change"),
            ("<int:object_id>/apply/", self.apply_view, "apply"),
            ("<int:object_id>/decline/", self.decline_view, "decline"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=f"blog_suggestion_{name}") for route, view, name in pages
        ]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @method_decorator(require_safe)
    def changelist_view(self, request, extra_context=None):
        self._check(request)
        decided = request.GET.get("q") == "decided"
        rows = Suggestion.objects.decided().newest_first() if decided else Suggestion.objects.open().oldest_first()
        after = request.GET.get("after")
        if after is not None:
            rows = rows.after(paging.read(after), newest_first=decided)
        found = list(_for_reading(rows)[: SIZE + 1])
        shown = found[:SIZE]
        context = self._context(request) | {
            "title": _("Suggested corrections"),
            "decided": decided,
            "after": after,
            "waiting": Suggestion.objects.open().count(),
            "items": _items(shown, request.user),
            "next_place": paging.spell(shown[-1].place()) if len(found) > SIZE else "",
        }
        return TemplateResponse(request, "admin/blog/suggestion/list.html", context)

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        self._check(request)
        return self._page(request, self._suggestion(object_id))

    @method_decorator(require_POST)
    def apply_view(self, request, object_id):
        self._check(request)
        suggestion, kind = self._suggestion(object_id), request.POST.get("kind", "")
        note = request.POST.get("public_note", "") if kind != Kind.TYPO else ""  # a typo is quiet
        publish = "draft" not in request.POST
        try:
            passed = passed_over(suggestion, kind, request) if publish else []
            why = request.POST.get("publish-why", "") if passed else ""
            said = {"kind": kind, "public_note": note, "warnings": passed, "why": why}
            done = suggestions.apply(suggestion, by=request.user, publish=publish, **said)
        except (workflow.WorkflowError, Unacceptable) as refusal:
            return self._refused(request, suggestion, refusal)
        messages.success(request, _said(done))
        return HttpResponseRedirect(reverse("admin:blog_suggestion_changelist"))

    @method_decorator(require_POST)
    def decline_view(self, request, object_id):
        self._check(request)
        suggestion = self._suggestion(object_id)
        try:
            suggestions.decline(suggestion, by=request.user, reason=request.POST.get("reason", ""))
        except (workflow.WorkflowError, Unacceptable) as refusal:
            return self._refused(request, suggestion, refusal)
        messages.success(request, _("Declined. Whoever suggested it is told why, if an address was given."))
        return HttpResponseRedirect(reverse("admin:blog_suggestion_changelist"))

    def _refused(self, request, suggestion, refusal):
        """The page as it is now, with what was typed, and what speaks against it."""
        if isinstance(refusal, workflow.NotAllowed):
            raise PermissionDenied(str(refusal))
        asked = refusal if isinstance(refusal, steps.Doubtful) else None
        typed = {name: request.POST.get(name, "") for name in ("kind", "public_note", "reason", "publish-why")}
        status = 409 if isinstance(refusal, workflow.WorkflowError) else 400
        fresh = self._suggestion(suggestion.pk)
        trouble = {"asked": asked, "told": checks.keys(asked.warned)} if asked else {}
        return self._page(request, fresh, refused=str(refusal), typed=typed, status=status, **trouble)

    def _page(self, request, suggestion, *, typed=None, status=200, **trouble):
        [item] = _items([suggestion], request.user)
        if typed is not None:
            item["kind"], item["note"], item["reason"] = typed["kind"], typed["public_note"], typed["reason"]
            item["publish_why"] = typed["publish-why"]
        context = self._context(request) | {"title": _("Suggested correction"), "item": item} | trouble
        return TemplateResponse(request, "admin/blog/suggestion/page.html", context, status=status)

    def _check(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _suggestion(self, key):
        suggestion = _for_reading(Suggestion.objects.filter(pk=key)).first() if key < 2**63 else None
        if suggestion is None:
            raise Http404
        return suggestion

    def _context(self, request):
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "kinds": KINDS,
        }


def _for_reading(rows):
    rows = rows.select_related("post__live", "post__head", "update__live", "update__head", "revision", "resolved")
    return rows.annotate(has_steps=rounds.with_steps("post__story_type"))


def _items(found, user):
    public = suggestions.are_public(found)
    return [_item(suggestion, user) | {"is_public": suggestion.pk in public} for suggestion in found]


def _item(suggestion, user):
    """All that is shown of one suggestion, and whether this person may decide."""
    kind = suggestions.KINDS[suggestion.about]
    waits = suggestion.state == Suggestion.State.OPEN
    note = suggestions.note_for(suggestion) if kind == Kind.CORRECTION else suggestions.thanks_for(suggestion)
    return {
        "suggestion": suggestion,
        "sight": pointing.sight(suggestion) if waits else None,
        "why": pointing.why_withdrawn(suggestion.update or suggestion.post) if waits else "",
        "may": waits and suggestions.may_decide(user, suggestion),
        "publishes": suggestions.at_once(user, suggestion.post, suggestion.has_steps),
        "kind": kind,
        "note": note,
    }


def passed_over(suggestion, kind, request):
    """What speaks against letting readers see it and is passed over all the same, by name.

    Raises `steps.Doubtful` for what nobody has passed over yet. Where somebody else looks first, that one is asked.
    """
    piece = suggestion.update or suggestion.post
    if (
        suggestion.state != Suggestion.State.OPEN
        or not piece.live_id
        or not suggestions.at_once(request.user, piece.post)
    ):
        return []
    content = pointing.changed(Content.of(piece.live), suggestion)
    if content is None:  # the verb says so
        return []
    return steps.passed_over(piece, revisions.build(piece, piece.live, content, by=request.user), kind, request.POST)


def _said(suggestion):
    number = {"number": suggestion.resolved.number}
    if suggestions.is_public(suggestion):
        return _("Applied: version %(number)d has it, and readers see it.") % number
    return _("Applied: version %(number)d has it. Readers see it once that is published.") % number
