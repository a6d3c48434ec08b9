"""What posts say of their public events and sources, for those that were there; the locks of the record; who works with
suggestions.

SQLite makes a table anew to give it a column, and the triggers stay behind with the old one.
"""

import importlib
from datetime import UTC, datetime

from django.contrib.auth.management import create_permissions
from django.db import migrations

from blog.models import outlet_slug  # of an index: should it ever mean something else, `rebuild_indexes` makes it again

record = importlib.import_module("blog.migrations.0002_append_only")

COUNT = """
    UPDATE blog_post SET
        public_sequence = COALESCE(
            (SELECT MAX(number) FROM blog_event WHERE post_id = blog_post.id AND public), 0),
        text_sequence = COALESCE(
            (SELECT MAX(number) FROM blog_event WHERE post_id = blog_post.id
             AND verb IN ('publish', 'adopt', 'withdraw')), 0)
"""
GROUPS = {
    "view_suggestion": ["Contributor", "Editor", "Publisher", "Moderator"],
    "change_suggestion": ["Contributor", "Editor", "Publisher"],
    "view_checkedlink": ["Contributor", "Editor", "Publisher"],
}


def lock(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in record.SQLITE_BACK:
            schema_editor.execute(statement, params=None)
        for statement in record.SQLITE:
            schema_editor.execute(statement, params=None)


def count(apps, schema_editor):
    schema_editor.execute(COUNT, params=None)
    Event, Post = apps.get_model("blog", "Event"), apps.get_model("blog", "Post")
    told = Event.objects.filter(public=True, verb="publish").exclude(kind__in=["", "typo"]).exclude(public_note="")
    notices = {}
    for event in told.select_related("revision").order_by("post_id", "number"):
        before = Event.objects.filter(
            post=event.post_id, number__lt=event.number, verb__in=["publish", "adopt", "withdraw"]
        )
        last = before.select_related("revision").order_by("-number").first()
        notices.setdefault(event.post_id, []).append(
            {
                "event": event.number,
                "at": event.at.astimezone(UTC).isoformat(),
                "kind": event.kind,
                "update": 0,
                "happened_at": "",
                "before": last.revision.number if last.verb != "withdraw" else None,
                "revision": event.revision.number,
                "note": event.public_note,
                "gone": False,
            }
        )
    for post_id, own in notices.items():
        Post.objects.filter(pk=post_id).update(notices=own)


def cite(apps, schema_editor):
    Cited, Post = apps.get_model("blog", "CitedSource"), apps.get_model("blog", "Post")
    rows = []
    for post in Post.objects.filter(live__isnull=False).select_related("live").order_by("pk").iterator(500):
        for position, source in enumerate(post.live.sources, 1):
            named = {part: source[part] for part in ("outlet", "title", "url")}
            at = datetime.fromisoformat(source["at"]) if source["at"] else None
            where = {"post": post, "position": position, "published_at": post.published_at}
            rows.append(Cited(**named, **where, at=at, outlet_slug=outlet_slug(source["outlet"])))
    Cited.objects.bulk_create(rows, batch_size=500)


def grant(apps, schema_editor):
    config = apps.get_app_config("blog")
    config.models_module = True  # permissions are otherwise made only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="blog")
    for codename, names in GROUPS.items():
        for group in apps.get_model("auth", "Group").objects.filter(name__in=names):
            group.permissions.add(permissions.get(codename=codename))


class Migration(migrations.Migration):
    dependencies = [("blog", "0007_rolling")]
    operations = [
        migrations.RunPython(lock, migrations.RunPython.noop),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RunPython(cite, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
