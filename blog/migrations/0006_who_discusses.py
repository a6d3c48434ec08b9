"""A permission of its own for who may comment: those who keep order need not be able to publish."""

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
    operations = [
        migrations.AlterModelOptions(
            name="post",
            options={
                "permissions": [
                    ("edit_any_post", "Can change other people's pieces"),
                    ("review_post", "Can approve pieces and ask for changes"),
                    ("publish_post", "Can publish"),
                    ("withdraw_post", "Can withdraw what is public"),
                    ("adopt_post", "Can bring in what was public elsewhere"),
                    ("discuss_post", "Can say who may comment under what is public"),
                ],
                "verbose_name": "post",
                "verbose_name_plural": "posts",
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
