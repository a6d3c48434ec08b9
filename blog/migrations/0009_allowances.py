from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('blog', '0008_rolling_house'),
    ]

    operations = [
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('address', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('used', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['began_at'], name='allowances_oldest')],
            },
        ),
    ]
