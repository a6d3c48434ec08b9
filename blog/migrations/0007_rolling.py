import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('blog', '0006_who_discusses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.CreateModel(
            name='CheckedLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500, unique=True, verbose_name='web address')),
                ('state', models.CharField(choices=[('fine', 'Answers'), ('gone', 'Gone'), ('unsure', 'No clear answer'), ('refused', 'Not visited')], max_length=7, verbose_name='state')),
                ('code', models.PositiveSmallIntegerField(null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('checked_at', models.DateTimeField(verbose_name='visited')),
                ('fine_at', models.DateTimeField(null=True)),
                ('failing_since', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'checked link',
                'verbose_name_plural': 'checked links',
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='CitedSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('outlet', models.CharField(blank=True, max_length=500)),
                ('outlet_slug', models.CharField(blank=True, max_length=200)),
                ('title', models.CharField(blank=True, max_length=500)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('headline', 'Headline'), ('standfirst', 'Standfirst'), ('summary', 'Where things stand'), ('body', 'Text')], default='body', max_length=10)),
                ('exact', models.TextField()),
                ('before', models.TextField(blank=True)),
                ('after', models.TextField(blank=True)),
                ('replacement', models.CharField(blank=True, max_length=500)),
                ('about', models.CharField(choices=[('fact', 'A fact'), ('spelling', 'Spelling or grammar'), ('source', 'A source'), ('fair', 'Something is missing or unfair')], default='fact', max_length=8)),
                ('remark', models.TextField(blank=True)),
                ('credit', models.CharField(blank=True, max_length=100)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('by_name', models.CharField(blank=True, max_length=150)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('open', 'Open'), ('applied', 'Applied'), ('declined', 'Declined')], default='open', max_length=8)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by_name', models.CharField(blank=True, max_length=150)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'suggestion',
                'verbose_name_plural': 'suggestions',
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.CreateModel(
            name='Update',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('happened_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('stage', models.CharField(choices=[('draft', 'Draft'), ('review', 'In review'), ('changes', 'Changes requested'), ('approved', 'Approved'), ('published', 'Published'), ('withdrawn', 'Withdrawn'), ('spiked', 'Spiked')], default='draft', max_length=9, verbose_name='stage')),
                ('pinned', models.BooleanField(default=False, verbose_name='pinned')),
                ('key', models.BooleanField(default=False, verbose_name='key moment')),
                ('public_sequence', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'update',
                'verbose_name_plural': 'updates',
            },
        ),
        migrations.AddField(
            model_name='post',
            name='coverage_began_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='post',
            name='coverage_ended_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='post',
            name='notices',
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name='post',
            name='promise',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='post',
            name='public_sequence',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='post',
            name='summary_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='post',
            name='text_sequence',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='post',
            name='update_count',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='revision',
            name='happened_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='revision',
            name='summary',
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('kind', 'post'), ('live__isnull', False), ('story__isnull', False)), fields=['story', 'published_at', 'id'], name='line_of_a_story'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('coverage', 'rolling')), fields=['next_update_at'], name='rolling'),
        ),
        migrations.AddField(
            model_name='citedsource',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cited', to='blog.post'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='decided_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='blog.post'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='resolved',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blog.revision'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blog.revision'),
        ),
        migrations.AddField(
            model_name='update',
            name='head',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blog.revision'),
        ),
        migrations.AddField(
            model_name='update',
            name='live',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blog.revision'),
        ),
        migrations.AddField(
            model_name='update',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='updates', to='blog.post'),
        ),
        migrations.AddField(
            model_name='update',
            name='withdrawal',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blog.event'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='update',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='blog.update'),
        ),
        migrations.AddField(
            model_name='citedsource',
            name='update',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='cited', to='blog.update'),
        ),
        migrations.AddField(
            model_name='event',
            name='update',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='blog.update'),
        ),
        migrations.AddField(
            model_name='revision',
            name='update',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='blog.update'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('kind', 'correction'), ('public', True)), fields=['-at', '-id'], name='corrections'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['post', 'pinned', 'happened_at', 'number'], name='updates_in_line'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(condition=models.Q(('key', True), ('live__isnull', False)), fields=['post'], name='key_moments'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(fields=['stage', '-id'], name='updates_by_stage'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.UniqueConstraint(fields=('post', 'number'), name='updates_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.CheckConstraint(condition=models.Q(('live__isnull', True), ('published_at__isnull', False), _connector='OR'), name='a_live_update_was_published'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.CheckConstraint(condition=models.Q(('live__isnull', True), ('withdrawal__isnull', True), _connector='OR'), name='withdrawn_or_live'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['made_at', 'id'], name='suggestions_open'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved__isnull', False), ('state', 'applied')), models.Q(('state', 'applied'), _negated=True), _connector='OR'), name='what_is_applied_is_in_a_wording'),
        ),
        migrations.AddIndex(
            model_name='citedsource',
            index=models.Index(fields=['outlet_slug', '-published_at', '-id'], name='cited_by_outlet'),
        ),
        migrations.AddIndex(
            model_name='citedsource',
            index=models.Index(condition=models.Q(('url', ''), _negated=True), fields=['url'], name='cited_by_url'),
        ),
    ]
