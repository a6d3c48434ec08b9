"""The tables come, go and come again; and with the site come its groups, which may do this and no more."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from blog import workflow
from blog.models import CitedSource, Edition
from blog.verifying import verify
from comments.models import HouseRules
from tests import factories
from tests.factories import person

CONTRIBUTOR = (
    "add_post change_post view_post view_revision view_event add_picture view_picture view_author view_tag view_story "
    "view_suggestion change_suggestion view_checkedlink view_schedule view_storytype"
).split()
EDITOR = (
    "add_post change_post view_post view_revision view_event edit_any_post review_post discuss_post "
    "add_author change_author view_author add_tag change_tag view_tag add_story change_story view_story "
    "add_picture change_picture view_picture view_suggestion change_suggestion view_checkedlink view_schedule "
    "view_storytype"
).split()
MODERATES = (
    "view_comment view_moderationact moderate_comment add_ban change_ban view_ban change_houserules view_houserules "
    "add_listedword change_listedword delete_listedword view_listedword "
    "add_knownsite change_knownsite delete_knownsite view_knownsite"
).split()
GROUPS = {
    "Contributor": {"blog": CONTRIBUTOR, "comments": ["view_comment"]},
    "Editor": {"blog": EDITOR, "comments": MODERATES},
    "Publisher": {
        "blog": [*EDITOR, "publish_post", "withdraw_post", "break_glass_post"],
        "comments": [*MODERATES, "erase_comment"],
    },
    "Moderator": {"blog": ["view_post", "discuss_post", "view_suggestion"], "comments": [*MODERATES, "erase_comment"]},
}


def allowed(group):
    return {f"{app}.{codename}" for app, codenames in GROUPS[group].items() for codename in codenames}


def tables():
    names = connection.introspection.table_names(include_views=True)
    return {name for name in names if name.startswith(("blog_", "comments_"))}


def machinery():
    """Triggers, functions and the search engine's own, by name."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
                   UNION SELECT proname FROM pg_proc WHERE proname LIKE 'blog\\_%'
                   UNION SELECT cfgname FROM pg_ts_config WHERE cfgname = 'writethru'
                   UNION SELECT indexname FROM pg_indexes WHERE tablename ~ '^(blog|comments)_'"""
            )
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master "
                "WHERE type IN ('trigger', 'index') AND (tbl_name LIKE 'blog%' OR tbl_name LIKE 'comments%')"
            )
        return {name for (name,) in cursor.fetchall() if not name.startswith("sqlite_autoindex")}


@pytest.mark.django_db(transaction=True)
def test_the_tables_go_and_come_again():
    before = tables(), machinery()
    call_command("migrate", "blog", "zero", verbosity=0)
    try:
        assert tables() == set()
        assert not [name for name in machinery() if name.startswith(("blog", "comments", "writethru"))]
    finally:
        call_command("migrate", verbosity=0)
    assert (tables(), machinery()) == before
    assert (Edition.objects.count(), HouseRules.objects.count()) == (1, 1)
    post = factories.make_live_post()
    assert post.search_entry.headline == "council closes the bridge"


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_running_stories_says_of_itself_what_its_events_say():
    sources = ({"outlet": "St. Ann's", "title": "Notice", "url": "https://harbour.example/31", "at": "2026-09-05"},)
    post = factories.make_live_post(sources=sources)
    for kind, note in (("typo", ""), ("update", ""), ("correction", "It is Friday."), ("clarification", "Clearer.")):
        factories.published(factories.write(post, headline=f"Another {kind}"), kind=kind, public_note=note)
    gone = factories.make_live_post(sources=sources)
    workflow.withdraw(gone, by=factories.make_publisher(), public_note="Wrong.")
    factories.published(factories.write(factories.make_live_post(), headline="B"), kind="correction", public_note="!")
    before = machinery()
    call_command("migrate", "comments", "0003", verbosity=0)
    call_command("migrate", "blog", "0006", verbosity=0)
    call_command("migrate", verbosity=0)
    assert list(verify()) == []
    assert len(factories.fresh(post).notices) == 2
    assert list(CitedSource.objects.values_list("post", "outlet_slug")) == [(post.pk, "st-anns")]
    assert machinery() == before


def test_the_models_need_no_other_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


@pytest.mark.django_db
def test_groups_may_do_exactly_this():
    found = {
        group.name: {".".join(names) for names in group.permissions.values_list("content_type__app_label", "codename")}
        for group in Group.objects.all()
    }
    assert found == {name: allowed(name) for name in GROUPS}


@pytest.mark.django_db
def test_the_groups_permissions_reach_the_people():
    assert person("carla").get_all_permissions() == allowed("Contributor")
    assert not person("paula").has_perm("blog.adopt_post")
    assert not any(
        person(name).has_perm(f"{app}.{act}_{what}")
        for name in ("carla", "edith", "paula", "mod")
        for act in ("add", "change", "delete")
        for app, what in [("auth", "user"), ("auth", "group"), ("blog", "revision"), ("blog", "event")]
    )
    assert not any(person("paula").has_perm(f"blog.delete_{what}") for what in ("post", "tag", "author", "story"))


@pytest.mark.django_db
def test_the_site_has_its_name_and_its_edition(settings):
    site = Site.objects.get(pk=settings.SITE_ID)
    assert (site.domain, site.name) == ("record.example", settings.SITE_NAME)
    assert list(Edition.objects.values_list("pk", "number", "furniture")) == [(1, 0, 0)]


@pytest.mark.django_db
def test_migrating_again_keeps_what_the_house_has_changed():
    group = Group.objects.get(name="Contributor")
    group.permissions.add(Permission.objects.get(codename="publish_post"))
    call_command("migrate", verbosity=0)
    assert group.permissions.filter(codename="publish_post").exists()
