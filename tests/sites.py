"""A whole site with something in every table, in a database of its own.

What nobody may find in an archive that did not ask for it has the word CANARY in it, and why.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.contrib.redirects.models import Redirect
from django.utils import timezone

from blog import belonging, drafting, labelling, passage_notes, pictures, previewing, removal, schedule, updates
from blog.models import Event, StoryType, Tag, Webhook, address_key
from comments import moderation, receiving
from comments.models import ListedWord, Subscription
from tests import factories
from tests.blog.test_pictures import made
from tests.factories import fresh, make_comment, person

ROOT = Path(__file__).parents[1]
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = timezone.now() + timedelta(days=30)


def manage(folder, *words, database=None, check=True, **environment):
    """A command in a process of its own, on the database and the media of this folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": database or f"sqlite:///{folder}/site.sqlite3",
            "MEDIA_ROOT": f"{folder}/media",
            **environment,
        },
        capture_output=True,
        text=True,
        check=check,
    )


@cache
def made_in(base):
    """The folder below this one with such a site, made once for all tests, and what was written of it."""
    folder = base / "a-whole-site"
    folder.mkdir()
    make(folder)
    manage(folder, "export_archive", folder / "plain.zip")
    manage(folder, "export_archive", "--with=people", "--with=drafts", "--with=moderation", folder / "all.zip")
    manage(folder, "backup", folder / "backup.zip")
    return folder


def make(folder):
    """The site in a folder, on SQLite; beside it an empty one."""
    manage(folder, "migrate", "-v0")
    shutil.copy(folder / "site.sqlite3", folder / "empty.sqlite3")
    manage(folder, "shell", "-v0", "-c", "from tests import sites; sites.fill()")


def fill():
    people = {name: person(name) for name in "ada carla colin edith emil mod paula peter rita".split()}
    for user in people.values():
        user.email = f"{user.username}@canary-mail.example"
        user.save()
    TOTP.activate(people["paula"], "CANARYSECRETCANARYSECRETCANARYSE")
    post, second = _stories()
    _running_story()
    _removed_words()
    _unpublished(second)
    _discussion(post, second)


def _stories():
    edith, paula = person("edith"), person("paula")
    factories.make_author(user=person("carla"), biography="Writes of <bridges> & ferries.\nAnd fogs.")
    story = factories.make_story(summary="How it began")
    shown = pictures.store(made(size=(700, 500), colour="teal"), alt="The bridge", credit="Carla Reyes", by=edith)
    news = StoryType.objects.create(name="News")
    news.steps.create(position=1, name="Desk", group=Group.objects.get(name="Editor"))
    news.steps.create(position=2, name="Night", group=Group.objects.create(name="Night desk"))
    post = factories.make_live_post(
        "Council closes the “bridge” — Élan \u2028 \\u0000",
        at=AT,
        story=story,
        tags=("Bridge", "Harbour"),
        section="Bridge",
        byline=({"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "A guest"}),
        sources=({"outlet": "The Herald", "title": "Crack", "url": "https://herald.example/a?b=1&c=2", "at": ""},),
        image=pictures.as_image(shown),
        body=f'<p>The bridge is closed. <img src="{shown.file.url}" alt="It"></p><pre>a\\u0000b \\ud800</pre>',
    )
    post = factories.write(post, headline="Council closes the bridge for good", note="It is for good")
    post = factories.published(post, kind="correction", public_note="It is for good.")
    factories.write(post, headline="A newer draft")
    second = factories.make_live_post("Two", at=AT + timedelta(days=1), tags=("Bridges", "Élection"))
    labelling.merge(Tag.objects.get(name="Bridge"), Tag.objects.get(name="Bridges"), by=edith)
    labelling.rename(Tag.objects.get(name="Harbour"), "Port", by=edith)
    belonging.set_type(fresh(second), news, by=edith)
    Redirect.objects.create(site_id=1, old_path="/old.html", new_path=post.get_absolute_url())
    factories.make_suggestion(post, email="suggests@canary-mail.example", address=address_key("192.0.2.7"))
    factories.make_live_page()
    factories.in_stage("withdrawn", "Withdrawn")
    previewing.share(fresh(second), second.live, by=paula, label="For the lawyers")
    return fresh(post), fresh(second)


def _running_story():
    post = factories.make_rolling_post("Storm", at=AT)
    crack = factories.make_live_update(post, at=AT + timedelta(hours=1))
    factories.make_live_update(post, "Ferries stay in", at=AT + timedelta(hours=2))
    factories.rewrite_update(crack, body="<p>Engineers found two cracks.</p>")
    factories.make_update(post, "Not yet public")
    updates.promise(fresh(post), LATER, by=person("paula"), words="when the engineers are back")


def _removed_words():
    post = factories.make_live_post("Libel", at=AT)
    post = factories.write(post, body="<p>REMOVED-WORDS of somebody.</p>", note="REMOVED-WORDS in a note")
    post = factories.published(post, kind="update", public_note="REMOVED-WORDS told")
    told = Event.objects.filter(post=post, public_note__contains="REMOVED-WORDS")
    why = {"reason": "A court", "public_reason": "A court forbade it."}
    removal.remove(post, [post.live], by=person("ada"), sentences=list(told), **why)


def _unpublished(second):
    edith = person("edith")
    pictures.store(made(size=(400, 300), colour="red"), alt="CANARY-DRAFT picture", by=edith)
    factories.in_stage("draft", "CANARY-DRAFT: never public", body="<p>CANARY-DRAFT words</p>")
    waiting = factories.in_stage("review", "CANARY-DRAFT: waits for review")
    passage_notes.add(waiting, waiting.head, by=edith, part="body", exact="bridge", text="CANARY-DRAFT says who?")
    ready = factories.in_stage("approved", "CANARY-DRAFT: is planned")
    schedule.plan(ready, ready.head, by=person("paula"), publish_at=LATER)
    fields = {"headline": ["CANARY-UNSAVED"], "based_on": ["1"], "body": [""]}
    drafting.keep(person("carla"), drafting.place_of(second), "a" * 32, 1, fields)
    Webhook.objects.create(name="Bot", url="https://bot.example/", secret="CANARY-SECRET")


def _discussion(post, second):
    mod, key = person("mod"), address_key("192.0.2.7")
    writer = {"email": "reader@canary-mail.example", "address": key, "writer": key}
    first = make_comment(post, "First & <best>", created_at=AT, **writer)
    answer = make_comment(post, "CANARY-HIDDEN no", answers=first, created_at=AT + timedelta(minutes=1))
    make_comment(post, "CANARY-HIDDEN waits", state="waiting", **writer)
    make_comment(post, "CANARY-HIDDEN spam", state="spam")
    moderation.remove(answer, "person", by=mod, note="CANARY-HIDDEN remark")
    make_comment(post, "After it", answers=first, created_at=AT + timedelta(minutes=2))
    deep = first
    for number in range(23):
        deep = make_comment(post, f"Level {number}", answers=deep, created_at=AT + timedelta(hours=number))
    moderation.remove(deep, "subject", by=mod)
    stands = make_comment(second, "CANARY-HIDDEN has answers", **writer)
    make_comment(second, "An answer", answers=stands)
    moderation.report(stands, "person", "CANARY-HIDDEN report", address=key)
    moderation.remove(stands, "subject", by=mod)
    changed = make_comment(second, "CANARY-HIDDEN wording")
    receiving.change(changed, "Another wording, *and* a [link](https://a.example/)")
    moderation.ban_address(first, LATER, "CANARY-BAN", by=mod)
    ListedWord.objects.create(word="CANARY-HIDDEN listed")
    Subscription.objects.create(post=post, email="subscriber@canary-mail.example")
