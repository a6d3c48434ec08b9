"""Tags: what pieces are about. New ones come from the pieces themselves, when they go public."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from taggit import admin as taggits  # registers a model that is not used here
from taggit.models import Tag as UnusedTag

from .. import labelling, rendering
from ..forms import acceptable
from ..models import Tag, TagAct, TaggedPost
from ..rendering import Unacceptable
from .things import ThingAdmin, ThingForm

assert taggits
admin.site.unregister(UnusedTag)

ACTS = 50  # of the last that were done, on one page


class TagForm(ThingForm):
    """What stands above a tag's stories. Its names have a page of their own."""

    class Meta:
        model = Tag
        fields = ["description"]


class NamesForm(forms.Form):
    """One change of names: which of them, says the button."""

    name = forms.CharField(
        label=gettext_lazy("New name"),
        required=False,
        help_text=gettext_lazy("The address changes with it; the old one leads on."),
    )
    into = forms.CharField(
        label=gettext_lazy("Make it one with"),
        required=False,
        help_text=gettext_lazy("The name of the tag that stays. All pieces are found under that."),
    )
    other = forms.CharField(
        label=gettext_lazy("Another name"),
        required=False,
        help_text=gettext_lazy("Pieces that bear it will be found under this tag."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        address = f"{reverse('admin:blog_post_completion')}?of=tags"
        self.fields["into"].widget.attrs |= {"data-complete": address, "data-many": "no"}

    def clean_into(self):
        name = acceptable(rendering.clean_line, self.cleaned_data["into"])
        if not name:
            return None
        folded = rendering.same_name(name)
        found = Tag.objects.filter(folded=folded).first() or Tag.objects.filter(synonyms__folded=folded).first()
        if found is None:
            raise ValidationError(_("There is no tag of that name."))
        return found


class InUse(admin.SimpleListFilter):
    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("none", _("Unused"))]

    def queryset(self, request, tags):
        return tags.filter(pk__in=labelling.unused().order_by().values("pk")) if self.value() == "none" else tags


@admin.register(Tag)
class TagAdmin(ThingAdmin):
    form = TagForm
    list_display = ["name", "slug", "pieces", "description"]
    list_filter = [InUse]
    search_fields = ["name", "synonyms__name"]
    fields = ["description"]
    actions = ["remove_unused"]

    def get_queryset(self, request):
        tagged = TaggedPost.objects.filter(tag=OuterRef("pk")).order_by().values("tag")
        live = Subquery(tagged.annotate(many=Count("pk")).values("many"), output_field=IntegerField())
        return super().get_queryset(request).annotate(live=Coalesce(live, 0))

    def get_readonly_fields(self, request, obj=None):
        return []

    def has_add_permission(self, request):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("acts/", view(self.acts_view), name="blog_tag_acts"),
            path("acts/<int:act_id>/undo/", view(self.undo_view), name="blog_tag_undo"),
            path("<int:object_id>/names/", view(self.names_view), name="blog_tag_names"),
            *super().get_urls(),
        ]

    def names_view(self, request, object_id):
        """Rename it, merge it into another, give it other names or take them away."""
        tag = Tag.objects.filter(pk=object_id).first()
        if tag is None:
            raise Http404
        if not self.has_change_permission(request, tag):
            raise PermissionDenied
        form = NamesForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._do(request, tag, form)
            except (labelling.Refused, Unacceptable) as refusal:
                form.add_error(FIELDS.get(request.POST.get("do", "").partition("-")[0]), str(refusal))
        context = self.admin_site.each_context(request) | {
            "title": tag.name,
            "opts": self.opts,
            "tag": tag,
            "form": form,
            "others": list(tag.synonyms.select_related("act")),
            "pieces": tag.tagged.count(),
            "unused": labelling.unused().filter(pk=tag.pk).exists(),
        }
        return TemplateResponse(request, "admin/blog/tag/names.html", context, status=400 if form.errors else 200)

    def _do(self, request, tag, form):
        what, _dash, key = request.POST.get("do", "").partition("-")
        said = form.cleaned_data
        match what:
            case "rename":
                old = tag.name
                if labelling.rename(tag, said["name"], by=request.user):
                    words = {"old": old, "new": said["name"].strip()}
                    messages.success(request, _("“%(old)s” is called “%(new)s” now.") % words)
            case "merge":
                if said["into"] is None:
                    raise labelling.Refused(_("Say which tag it is to be one with."))
                act = labelling.merge(tag, said["into"], by=request.user)
                messages.success(
                    request, _("“%(old)s” is one with “%(new)s” now.") % {"old": act.name, "new": act.into}
                )
                return HttpResponseRedirect(reverse("admin:blog_tag_names", args=[said["into"].pk]))
            case "add":
                labelling.add_synonym(tag, said["other"], by=request.user)
                messages.success(request, _("Pieces that bear that name are found under “%(tag)s”.") % {"tag": tag})
            case "drop":
                synonym = tag.synonyms.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
                if synonym is None:
                    raise labelling.Refused(_("It is not there any more."))
                labelling.remove_synonym(synonym, by=request.user)
                messages.success(request, _("That is no other name of it any more."))
            case "remove":
                labelling.remove(tag, by=request.user)
                messages.success(request, _("“%(tag)s” is removed.") % {"tag": tag})
                return HttpResponseRedirect(reverse("admin:blog_tag_changelist"))
            case _unknown:
                raise labelling.Refused(_("Press one of the buttons."))
        return HttpResponseRedirect(reverse("admin:blog_tag_names", args=[tag.pk]))

    def acts_view(self, request):
        """What was merged and renamed, the last on top, with a button that takes it back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("What was done to tags"),
            "opts": self.opts,
            "acts": TagAct.objects.order_by("-pk")[:ACTS],
            "may": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/blog/tag/acts.html", context)

    @method_decorator(require_POST)
    def undo_view(self, request, act_id):
        if not self.has_change_permission(request):
            raise PermissionDenied
        act = TagAct.objects.filter(pk=act_id).first()
        if act is None:
            raise Http404
        try:
            labelling.undo(act, by=request.user)
            messages.success(request, _("Taken back: “%(name)s” stands by itself again.") % {"name": act.name})
        except labelling.Refused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:blog_tag_acts"))

    @admin.display(description=gettext_lazy("live pieces"), ordering="live")
    def pieces(self, tag):
        return tag.live

    @admin.action(description=gettext_lazy("Remove those that nothing uses"), permissions=["change"])
    def remove_unused(self, request, tags):
        removed = 0
        for tag in tags.order_by("pk"):
            try:
                labelling.remove(tag, by=request.user)
                removed += 1
            except labelling.Refused as refusal:
                messages.warning(request, format_html("{}", str(refusal)))
        if removed:
            messages.success(request, _("Removed: %(many)d.") % {"many": removed})


FIELDS = {"rename": "name", "merge": "into", "add": "other"}  # where the refusal of a button is told
