"""Story types: what kinds of story the house has, and through which steps each is approved."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _

from ..models import ReviewStep, StoryType
from .things import ThingAdmin

MOST = 3


class StepFormSet(BaseInlineFormSet):
    """One to three steps, or none. They are numbered anew each time, so that they can change places."""

    def clean(self):
        super().clean()
        for form in self.forms:
            group = form.cleaned_data.get("group") if hasattr(form, "cleaned_data") else None
            if group and not group.permissions.filter(codename="review_post").exists():
                form.add_error("group", ValidationError(_("This group may not approve anything.")))

    def save(self, commit=True):
        """The steps as they are now. Rounds of review that have begun go on as they began (`rounds`)."""
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("group") and not (self.can_delete and form.cleaned_data.get("DELETE"))
        ]
        kept.sort(key=lambda row: row["position"])
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        with transaction.atomic():
            self.instance.steps.all().delete()
            rows = [
                ReviewStep(story_type=self.instance, position=number, name=row["name"], group=row["group"])
                for number, row in enumerate(kept, 1)
            ]
            return ReviewStep.objects.bulk_create(rows)


class StepInline(admin.TabularInline):
    """The steps of a type; who may change the type may change them."""

    model = ReviewStep
    formset = StepFormSet
    fields = ["position", "name", "group"]
    max_num = MOST

    def get_extra(self, request, obj=None, **kwargs):
        return MOST - (obj.steps.count() if obj else 0)

    def get_formset(self, request, obj=None, **options):
        found = super().get_formset(request, obj, **options)
        widget = found.form.base_fields["group"].widget
        # Groups are made elsewhere; here nobody deletes one by the way.
        widget.can_add_related = widget.can_change_related = False
        widget.can_delete_related = widget.can_view_related = False
        return found

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("blog.view_storytype")

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("blog.change_storytype")

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(StoryType)
class StoryTypeAdmin(ThingAdmin):
    fields = ["name"]
    list_display = ["name", "way"]
    inlines = [StepInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("steps__group")

    @admin.display(description=_("steps"))
    def way(self, story_type):
        steps = [f"{step.name} ({step.group.name})" for step in story_type.steps.all()]
        return " → ".join(steps) or _("anybody who reviews")

    def save_model(self, request, obj, form, change):
        super(ThingAdmin, self).save_model(request, obj, form, change)  # readers do not see types
