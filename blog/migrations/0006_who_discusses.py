"""Who may say that readers comment: those who keep order need not be able to publish."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ["Editor", "Publisher", "Moderator"]


def grant(apps, schema_editor):
    config = apps.get_app_config("blog")
    config.models_module = True  # permissions are otherwise made only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permission = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="blog", codename="discuss_post"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("blog", "0005_discussion")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
