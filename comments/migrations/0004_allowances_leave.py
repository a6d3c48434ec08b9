from django.db import migrations


class Migration(migrations.Migration):
    """Allowances are counted in `blog`, for all that readers send. What is in the table is old after ten minutes."""

    dependencies = [("comments", "0003_house")]

    operations = [migrations.DeleteModel(name="Allowance")]
