import django.db.models.deletion
import django.utils.timezone
import mptt.fields
import secrets
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('blog', '0006_who_discusses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('often', models.CharField(choices=[('never', 'Never'), ('hourly', 'Every hour in which something waits'), ('daily', 'Every day on which something waits')], default='daily', max_length=6, verbose_name='mail about what waits')),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HouseRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.CharField(choices=[('open', 'All, unless something speaks against one'), ('known', 'Those of known writers; a first comment waits'), ('waits', 'None: a moderator reads each before'), ('closed', 'No new comments')], default='known', max_length=6, verbose_name='readers see at once')),
                ('most_links', models.PositiveSmallIntegerField(default=2, help_text='A comment with more links waits.', verbose_name='links')),
                ('flood_count', models.PositiveSmallIntegerField(default=10, help_text='So many comments of one writer within an hour; further ones wait.', verbose_name='many at a time')),
                ('limit_count', models.PositiveSmallIntegerField(default=5, help_text='From one internet address; further ones are refused for a while.', verbose_name='most in ten minutes')),
                ('limit_seconds', models.PositiveSmallIntegerField(default=15, help_text='From one internet address.', verbose_name='seconds between two')),
                ('keep_days', models.PositiveSmallIntegerField(default=90, help_text='E-mail and internet addresses of commenters.', verbose_name='days that addresses are kept')),
                ('note', models.CharField(blank=True, help_text='Who reads comments, and when.', max_length=300, verbose_name='above the form')),
                ('rules_path', models.CharField(blank=True, help_text='/comment-rules/', max_length=200, verbose_name='page with the rules')),
            ],
            options={
                'verbose_name': 'house rules',
                'verbose_name_plural': 'house rules',
                'default_permissions': ('change', 'view'),
            },
        ),
        migrations.CreateModel(
            name='KnownSite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=253, unique=True, verbose_name='site')),
                ('verdict', models.CharField(choices=[('seen', 'seen before'), ('trusted', 'trusted'), ('refused', 'comments with it wait')], default='seen', max_length=7, verbose_name='verdict')),
            ],
            options={
                'verbose_name': 'site linked to',
                'verbose_name_plural': 'sites linked to',
                'ordering': ['host'],
            },
        ),
        migrations.CreateModel(
            name='ListedWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=100, verbose_name='word or words')),
                ('folded', models.CharField(editable=False, max_length=200, unique=True)),
                ('list_name', models.CharField(blank=True, help_text='E.g. advertising.', max_length=50, verbose_name='list')),
            ],
            options={
                'verbose_name': 'listed word',
                'verbose_name_plural': 'listed words',
                'ordering': ['list_name', 'word'],
            },
        ),
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
                'indexes': [models.Index(fields=['began_at'], name='allowances_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tree_id', models.BigIntegerField(editable=False)),
                ('lft', models.BigIntegerField(editable=False)),
                ('rght', models.BigIntegerField(editable=False)),
                ('level', models.PositiveSmallIntegerField(editable=False)),
                ('conversation_at', models.DateTimeField(editable=False)),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('email', models.CharField(blank=True, max_length=254)),
                ('badge', models.CharField(blank=True, choices=[('', ''), ('author', 'Author'), ('staff', 'Editor')], default='', max_length=6)),
                ('text', models.TextField(blank=True, verbose_name='comment')),
                ('html', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('held', 'Held'), ('visible', 'Visible'), ('removed', 'Removed'), ('withdrawn', 'Withdrawn by the writer'), ('spam', 'Spam')], default='waiting', max_length=9, verbose_name='state')),
                ('placed', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, choices=[('person', 'about a person, not the subject'), ('subject', 'off the subject'), ('advertising', 'advertising'), ('unlawful', 'unlawful'), ('repeats', 'repeats another comment'), ('erased', 'erased for the writer')], default='', max_length=11)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                ('edited_at', models.DateTimeField(null=True)),
                ('shown_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('writer', models.CharField(blank=True, max_length=64)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('facts', models.JSONField(default=list)),
                ('reports', models.PositiveIntegerField(default=0)),
                ('form_key', models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ('source', models.CharField(blank=True, max_length=100)),
                ('source_id', models.CharField(blank=True, max_length=200)),
                ('parent', mptt.fields.TreeForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='comments.comment')),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='blog.post')),
                ('reply_to', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='comments.comment')),
                ('revision', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='blog.revision')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'comment',
                'verbose_name_plural': 'comments',
                'permissions': [('moderate_comment', 'Can approve, hold and remove comments'), ('erase_comment', 'Can erase what a person wrote')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ModerationAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(choices=[('approve', 'approved'), ('hold', 'held'), ('remove', 'removed'), ('bin', 'put to spam'), ('undo', 'undone'), ('settle', 'left as it is'), ('edit', 'changed by the writer'), ('withdraw', 'withdrawn by the writer'), ('erase', 'erased for the writer')], max_length=8)),
                ('by_name', models.CharField(blank=True, max_length=150)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, choices=[('person', 'about a person, not the subject'), ('subject', 'off the subject'), ('advertising', 'advertising'), ('unlawful', 'unlawful'), ('repeats', 'repeats another comment'), ('erased', 'erased for the writer')], default='', max_length=11)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('state_before', models.CharField(choices=[('waiting', 'Waiting'), ('held', 'Held'), ('visible', 'Visible'), ('removed', 'Removed'), ('withdrawn', 'Withdrawn by the writer'), ('spam', 'Spam')], max_length=9)),
                ('state_after', models.CharField(choices=[('waiting', 'Waiting'), ('held', 'Held'), ('visible', 'Visible'), ('removed', 'Removed'), ('withdrawn', 'Withdrawn by the writer'), ('spam', 'Spam')], max_length=9)),
                ('reason_before', models.CharField(blank=True, choices=[('person', 'about a person, not the subject'), ('subject', 'off the subject'), ('advertising', 'advertising'), ('unlawful', 'unlawful'), ('repeats', 'repeats another comment'), ('erased', 'erased for the writer')], default='', max_length=11)),
                ('decided_before', models.DateTimeField(null=True)),
                ('batch', models.UUIDField(null=True)),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='comments.comment')),
                ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='comments.moderationact')),
            ],
            options={
                'verbose_name': 'act of moderation',
                'verbose_name_plural': 'acts of moderation',
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('person', 'It attacks a person'), ('subject', 'It is off the subject'), ('advertising', 'It is advertising'), ('unlawful', 'It is against the law'), ('other', 'Something else')], max_length=11)),
                ('words', models.CharField(blank=True, max_length=1000)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('settled_at', models.DateTimeField(null=True)),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='comments.comment')),
            ],
            options={
                'verbose_name': 'report',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.CharField(max_length=254)),
                ('token', models.CharField(default=secrets.token_urlsafe, editable=False, max_length=43, unique=True)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='blog.post')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('html', models.TextField()),
                ('until', models.DateTimeField()),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wordings', to='comments.comment')),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Ban',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('account', 'Account'), ('address', 'Internet address'), ('name', 'Name')], max_length=7, verbose_name='kind')),
                ('value', models.CharField(max_length=200)),
                ('label', models.CharField(max_length=200, verbose_name='who')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('by_name', models.CharField(max_length=150, verbose_name='by')),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_by_name', models.CharField(blank=True, max_length=150)),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'ban',
                'verbose_name_plural': 'bans',
                'default_permissions': ('add', 'change', 'view'),
                'indexes': [models.Index(condition=models.Q(('lifted_at', None)), fields=['kind', 'value'], name='bans_in_force')],
            },
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['tree_id', 'lft'], name='tree_in_order'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['post', 'level', 'created_at', 'id'], name='roots_of_a_post'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('placed', True)), fields=['post', 'conversation_at', 'tree_id', 'lft'], name='thread_oldest_first'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('placed', True)), fields=['post', '-conversation_at', '-tree_id', 'lft'], name='thread_newest_first'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['created_at', 'id'], name='comments_waiting'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['created_at', 'id'], name='comments_held'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'spam')), fields=['created_at', 'id'], name='comments_spam'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('reports__gt', 0)), fields=['created_at', 'id'], name='comments_reported'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['decided_at', 'id'], name='comments_decided'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'visible')), fields=['shown_at', 'id'], name='comments_shown'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'visible')), fields=['post', 'shown_at', 'id'], name='comments_shown_of_post'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('writer', ''), _negated=True), fields=['writer', 'state'], name='comments_of_writer'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address', 'created_at'], name='comments_from_address'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('lft__lt', models.F('rght'))), name='edges_in_order'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', False), models.Q(('level', 0), ('lft', 1), ('tree_id', models.F('id'))), _connector='OR'), name='roots_begin_a_tree'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', True), models.Q(('level__gte', 1), ('lft__gt', 1)), _connector='OR'), name='below_a_root'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(fields=('parent', 'lft'), name='one_comment_a_place'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('source', 'source_id'), name='comment_imported_once'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'visible'), _negated=True), ('placed', True), _connector='OR'), name='what_is_visible_is_placed'),
        ),
        migrations.AddIndex(
            model_name='moderationact',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='acts_together'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('settled_at', None)), fields=['at'], name='reports_open'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('settled_at', None), models.Q(('address', ''), _negated=True)), fields=('comment', 'address'), name='one_open_report_an_address'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('email', 'post'), name='one_subscription_a_thread'),
        ),
    ]
