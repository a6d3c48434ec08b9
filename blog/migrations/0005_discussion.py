import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('blog', '0004_house'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='post',
            options={'permissions': [('edit_any_post', "Can change other people's pieces"), ('review_post', 'Can approve pieces and ask for changes'), ('publish_post', 'Can publish'), ('withdraw_post', 'Can withdraw what is public'), ('adopt_post', 'Can bring in what was public elsewhere'), ('discuss_post', 'Can say who may comment under what is public')], 'verbose_name': 'post', 'verbose_name_plural': 'posts'},
        ),
        migrations.AddField(
            model_name='edition',
            name='discussion_days',
            field=models.PositiveSmallIntegerField(default=60, null=True),
        ),
        migrations.AddField(
            model_name='post',
            name='discussion',
            field=models.CharField(blank=True, choices=[('', 'As the house rules say'), ('open', 'All, unless something speaks against one'), ('known', 'Those of known writers; a first comment waits'), ('waits', 'None: a moderator reads each before'), ('closed', 'No new comments')], default='', editable=False, max_length=6, verbose_name='comments'),
        ),
        migrations.CreateModel(
            name='Outgoing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('payload', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Failed'), ('dropped', 'Dropped')], default='waiting', max_length=7)),
                ('leased_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at', 'id'], name='outgoing_due')],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('post_id', models.PositiveBigIntegerField()),
                ('slot', models.PositiveSmallIntegerField()),
                ('visible', models.IntegerField(default=0)),
                ('shown', models.IntegerField(default=0)),
                ('version', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('post_id', 'slot'), name='one_tally_a_slot')],
            },
        ),
    ]
