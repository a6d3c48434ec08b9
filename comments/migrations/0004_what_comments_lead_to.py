import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0008_rolling_house"),
        ("comments", "0003_house"),
    ]

    operations = [
        # Allowances are counted in `blog`, for all that readers send. What is in the table is old after ten minutes.
        migrations.DeleteModel(name="Allowance"),
        migrations.AddField(
            model_name="comment",
            name="suggestion",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="blog.suggestion",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="update",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="blog.update",
            ),
        ),
        migrations.AlterField(
            model_name="moderationact",
            name="verb",
            field=models.CharField(
                choices=[
                    ("approve", "approved"),
                    ("hold", "held"),
                    ("remove", "removed"),
                    ("bin", "put to spam"),
                    ("undo", "undone"),
                    ("settle", "left as it is"),
                    ("edit", "changed by the writer"),
                    ("withdraw", "withdrawn by the writer"),
                    ("erase", "erased for the writer"),
                    ("suggest", "made a suggestion"),
                ],
                max_length=8,
            ),
        ),
    ]
