"""An act says all that stood before it, so that it can be undone. On SQLite the new table gets its triggers again."""

from importlib import import_module

from django.db import migrations, models

append_only = import_module("comments.migrations.0002_append_only")


def lock_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        append_only.lock(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("comments", "0003_house")]
    operations = [
        migrations.AddField("moderationact", "decided_before", models.DateTimeField(null=True)),
        migrations.AddField(
            "moderationact",
            "reason_before",
            models.CharField(
                blank=True,
                choices=[
                    ("person", "about a person, not the subject"),
                    ("subject", "off the subject"),
                    ("advertising", "advertising"),
                    ("unlawful", "unlawful"),
                    ("repeats", "repeats another comment"),
                    ("erased", "erased for the writer"),
                ],
                default="",
                max_length=11,
            ),
        ),
        migrations.RunPython(lock_again, migrations.RunPython.noop),
    ]
