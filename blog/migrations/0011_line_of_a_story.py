from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0010_coverage_times"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("kind", "post"), ("live__isnull", False), ("story__isnull", False)),
                fields=["story", "published_at", "id"],
                name="line_of_a_story",
            ),
        ),
    ]
