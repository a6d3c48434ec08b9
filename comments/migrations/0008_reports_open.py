"""Since when the oldest report waits is found without looking at all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0007_parents")]
    operations = [
        migrations.AddIndex(
            "report",
            models.Index(condition=models.Q(("settled_at", None)), fields=["at"], name="reports_open"),
        ),
    ]
