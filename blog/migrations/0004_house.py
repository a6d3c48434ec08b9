"""What comes with the site: its groups, the edition's row, the name of the site."""

from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations

_WRITES = [
    "add_post",
    "change_post",
    "view_post",
    "view_revision",
    "view_event",
    "add_picture",
    "view_picture",
]
_EDITS = [*_WRITES, "edit_any_post", "review_post"] + [
    f"{act}_{what}" for what in ("author", "tag", "story", "picture") for act in ("add", "change", "view")
]
GROUPS = {
    "Contributor": [*_WRITES, "view_author", "view_tag", "view_story"],
    "Editor": _EDITS,
    "Publisher": [*_EDITS, "publish_post", "withdraw_post"],
    "Moderator": ["view_post"],
}


def furnish(apps, schema_editor):
    for label in ("blog", "redirects"):
        config = apps.get_app_config(label)
        config.models_module = True  # permissions are otherwise made only after the last migration
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(content_type__app_label="blog", codename__in=codenames))
    apps.get_model("blog", "Edition").objects.get_or_create(pk=1)
    domain = settings.SITE_URL.split("://", 1)[-1]
    apps.get_model("sites", "Site").objects.update_or_create(
        pk=settings.SITE_ID, defaults={"domain": domain[:100], "name": settings.SITE_NAME[:50]}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0003_search_engine"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sites", "0002_alter_domain_unique"),
        ("redirects", "0001_initial"),
    ]
    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
