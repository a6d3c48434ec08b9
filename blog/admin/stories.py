"""Stories: what pieces over days belong to."""

from django.contrib import admin

from ..models import Story
from .things import ThingAdmin


@admin.register(Story)
class StoryAdmin(ThingAdmin):
    fields = ["title", "slug", "summary"]
    prepopulated_fields = {"slug": ["title"]}
    list_display = ["title", "summary"]
    search_fields = ["title"]
