"""Tags: what pieces are about. New ones come from the pieces themselves, when they go public."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from taggit import admin as taggits  # registers a model that is not used here
from taggit.models import Tag as UnusedTag

from .. import rendering, revisions
from ..forms import acceptable
from ..models import Tag
from .things import ThingAdmin, ThingForm

assert taggits
admin.site.unregister(UnusedTag)


class TagForm(ThingForm):
    """A tag's spelling and what stands above its stories. Other words are another tag."""

    class Meta:
        model = Tag
        fields = ["name", "description"]

    def clean_name(self):
        name = acceptable(rendering.clean_line, self.cleaned_data["name"], revisions.LONGEST_TAG)
        if self.instance.pk and rendering.same_name(name) != self.instance.folded:
            raise ValidationError(_("Only capital and small letters can be changed: other words are another tag."))
        taken = Tag.objects.filter(folded=rendering.same_name(name)).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("There is a tag with this name."))
        return name


@admin.register(Tag)
class TagAdmin(ThingAdmin):
    form = TagForm
    list_display = ["name", "slug", "description"]
    search_fields = ["name"]

    fields = ["name", "slug", "description"]

    def has_add_permission(self, request):
        return False
