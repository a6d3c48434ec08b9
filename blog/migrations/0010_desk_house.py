"""Who may do what is new at the desk."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {
    "break_glass_post": ["Publisher"],
    "view_schedule": ["Contributor", "Editor", "Publisher"],
    "view_storytype": ["Contributor", "Editor", "Publisher"],
}


def grant(apps, schema_editor):
    config = apps.get_app_config("blog")
    config.models_module = True  # permissions are otherwise made only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="blog")
    for codename, names in GROUPS.items():
        for group in apps.get_model("auth", "Group").objects.filter(name__in=names):
            group.permissions.add(permissions.get(codename=codename))


class Migration(migrations.Migration):
    dependencies = [("blog", "0009_desk")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
