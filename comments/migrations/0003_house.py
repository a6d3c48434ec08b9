"""What comes with the discussion: the row of house rules, and what the groups may do."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

_READS = ["view_comment", "view_moderationact"]
_MODERATES = [
    *_READS,
    "moderate_comment",
    *(f"{act}_ban" for act in ("add", "change", "view")),
    *(f"{act}_{what}" for what in ("listedword", "knownsite") for act in ("add", "change", "delete", "view")),
    "view_houserules",
    "change_houserules",
]
GROUPS = {
    "Contributor": ["view_comment"],
    "Editor": _MODERATES,
    "Publisher": [*_MODERATES, "erase_comment"],
    "Moderator": [*_MODERATES, "erase_comment"],
}


def furnish(apps, schema_editor):
    config = apps.get_app_config("comments")
    config.models_module = True  # permissions are otherwise made only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        allowed = Permission.objects.filter(content_type__app_label="comments", codename__in=codenames)
        group.permissions.add(*allowed)
    apps.get_model("comments", "HouseRules").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("comments", "0002_append_only"), ("blog", "0006_who_discusses")]
    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
