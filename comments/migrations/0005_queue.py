"""An index for each list of the queue: SQLite uses none that is for several of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0004_what_stood_before"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="comment",
            name="comments_in_queue",
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["created_at", "id"], name="comments_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("state", "held")), fields=["created_at", "id"], name="comments_held"
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("state", "spam")), fields=["created_at", "id"], name="comments_spam"
            ),
        ),
    ]
