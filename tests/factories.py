"""People and pieces for tests. Everything goes through the verbs, so no test starts where the system cannot get.

The same people everywhere: carla and colin contribute, edith and emil edit, paula and peter publish, mod moderates,
ada is the administrator. Whoever is asked for twice is the same person.
"""

import itertools
from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.redirects.models import Redirect
from django.test import override_settings
from django.utils import timezone
from django.utils.html import escape

from blog import revisions, suggestions, updates, workflow
from blog.models import Author, Post, Revision, Story
from blog.revisions import Content
from comments import moderation, posting
from comments.models import Comment

WORKS_AS = {
    "carla": "Contributor",
    "colin": "Contributor",
    "edith": "Editor",
    "emil": "Editor",
    "paula": "Publisher",
    "peter": "Publisher",
    "mod": "Moderator",
}
NOON = datetime(2025, 9, 5, 12, tzinfo=UTC)


def make_user(name, *groups, **columns):
    """Somebody with an account, in the groups named; by the same name, the same person."""
    User = get_user_model()
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, password="secret", **{"is_staff": bool(groups)} | columns)
        user.groups.set(Group.objects.filter(name__in=groups))
    return user


def person(name):
    """carla, colin, edith, emil, paula, peter, mod, or ada; anybody else is a reader with an account."""
    groups = [WORKS_AS[name]] if name in WORKS_AS else []
    administrator = {"is_superuser": True, "is_staff": True} if name == "ada" else {}
    return make_user(name, *groups, first_name=name.title(), **administrator)


def make_contributor():
    return person("carla")


def make_editor():
    return person("edith")


def make_publisher():
    return person("paula")


def make_moderator():
    return person("mod")


def make_reader():
    return person("rita")


def make_admin():
    return person("ada")


def make_author(name="Carla Reyes", slug="carla-reyes", **columns):
    return Author.objects.create(name=name, slug=slug, **columns)


def make_story(title="Kestrel bridge", slug="kestrel-bridge", **columns):
    return Story.objects.create(title=title, slug=slug, **columns)


def make_content(headline="Council closes the bridge", **parts):
    """A wording; without more said, a headline and one paragraph."""
    return Content(headline=headline, **{"body": "<p>The bridge is closed until Friday.</p>"} | parts)


def make_post(headline="Council closes the bridge", *, by=None, kind="post", slug="", story=None, at=None, **parts):
    """A draft of carla's, or of `by`."""
    content = make_content(headline, **parts)
    return revisions.start(content, by=by or make_contributor(), kind=kind, slug=slug, story=story, at=at)


def make_page(headline="About us", *, slug="about", **parts):
    return make_post(headline, kind="page", slug=slug, **parts)


def write(post, by=None, *, note="", kind="", **parts):
    """The next wording: as it is, but for `parts`. Gives the fresh post."""
    post.refresh_from_db()
    content = Content(**Content.of(post.head).__dict__ | parts)
    revisions.write(post, content, by=by or make_contributor(), note=note, kind=kind)
    return fresh(post)


def put_in_review(post):
    """Sent to review by who wrote it last."""
    post = fresh(post)
    return workflow.submit(post, by=post.head.by)


def approved(post):
    """Sent to review if need be, and approved by edith (or emil, where edith wrote some of the words)."""
    post = fresh(post)
    if post.stage != Post.Stage.REVIEW:
        post = put_in_review(post)
    edith = make_editor()
    return workflow.approve(post, post.head, by=person("emil") if edith.pk in writers_of(post) else edith)


def writers_of(post):
    return set(post.revisions.values_list("by", flat=True))


def published(post, *, at=None, by=None, **words):
    """Approved by edith and published by paula, whatever stood against it before."""
    post = fresh(post)
    if post.stage != Post.Stage.APPROVED:
        post = approved(post)
    return workflow.publish(post, post.head, by=by or make_publisher(), at=at, **words)


def make_live_post(headline="Council closes the bridge", *, at=NOON, **parts):
    """A piece of carla's that readers see since `at`."""
    return published(make_post(headline, at=at, **parts), at=at)


def make_rolling_post(headline="Council closes the bridge", *, at=NOON, **parts):
    """A running story that readers see since `at`."""
    return updates.roll(make_live_post(headline, at=at, **parts), by=make_publisher(), at=at)


def make_update(post, headline="Crack found", body="<p>Engineers found a crack.</p>", *, by=None, at=NOON, **parts):
    """A proposed update of a running story, by carla or `by`, which says that it happened at `at`."""
    content = Content(headline, body=body, **{"happened_at": at.isoformat()} | parts)
    return updates.add(fresh(post), content, by=by or make_contributor(), at=at)


def publish_update(update, *, at=None, by=None, **words):
    """Sent to review, approved by edith (or emil) and published by paula, whatever stood against it before."""
    update = fresh(update)
    if update.stage not in {Post.Stage.REVIEW, Post.Stage.APPROVED}:
        update = workflow.submit(update, by=update.head.by)
    if update.stage == Post.Stage.REVIEW:
        writers = set(Revision.objects.of(update).values_list("by", flat=True))
        edith = make_editor()
        update = workflow.approve(update, update.head, by=person("emil") if edith.pk in writers else edith)
    return workflow.publish(update, update.head, by=by or make_publisher(), at=at, **words)


def make_live_update(post, headline="Crack found", *, at=NOON, **parts):
    """An update that readers see since `at`."""
    return publish_update(make_update(post, headline, at=at, **parts), at=at)


def rewrite_update(update, *, by=None, kind="", **parts):
    """The next wording of an update: as it is, but for `parts`. Gives the fresh update."""
    update = fresh(update)
    content = Content(**Content.of(update.head).__dict__ | parts)
    revisions.write(update, content, by=by or make_contributor(), kind=kind)
    return fresh(update)


def make_live_page(headline="About us", *, slug="about", at=NOON, **parts):
    return published(make_post(headline, kind="page", slug=slug, at=at, **parts), at=at)


def in_stage(stage, headline="Council closes the bridge", **parts):
    """A piece in the stage named, by the shortest road. Withdrawn pieces were public before."""
    post = make_post(headline, **parts)
    match stage:
        case "draft":
            return post
        case "review":
            return put_in_review(post)
        case "changes":
            return workflow.request_changes(put_in_review(post), by=make_editor(), note="Who says so?")
        case "approved":
            return approved(post)
        case "published":
            return published(post)
        case "withdrawn":
            return workflow.withdraw(published(post), by=make_publisher(), public_note="The figures were wrong.")
        case "spiked":
            return workflow.spike(post, by=make_contributor())
    raise ValueError(stage)


def make_comment(post, text="When does it open again?", *, name="Marit Dahl", answers=None, state="visible", **columns):
    """A comment under a post, by the one door to the tree; visible at once unless said otherwise."""
    at = columns.setdefault("created_at", timezone.now())
    if state == "visible":
        columns = {"placed": True, "shown_at": at} | columns
    comment = Comment(
        post=post,
        name=name,
        text=text,
        html=columns.pop("html", f"<p>{escape(text)}</p>"),
        state=state,
        revision_id=columns.pop("revision_id", post.live_id),
        **columns,
    )
    return posting.add(comment, answers=answers.pk if answers else None)


def make_suggestion(piece, exact="bridge", replacement="Bridge", **more):
    """What a reader says should read otherwise in what stands there now."""
    update = None if isinstance(piece, Post) else piece
    words = {"part": "body", "before": "", "after": "", "about": "spelling", "revision": piece.live} | more
    return suggestions.suggest(piece.post, update=update, exact=exact, replacement=replacement, **words)


def make_ban(name="Maren Boat Tours", *, days=7, reason="Advertises below every piece."):
    """A ban of mod's on a name, in force from now on."""
    until = timezone.now() + timedelta(days=days)
    return moderation.ban_name(name, until, reason, by=make_moderator())


def fresh(piece):
    """The post or update as the database has it now."""
    return type(piece).objects.select_related("head", "live").get(pk=piece.pk)


def four_eyes(on):
    """The house rule on or off, as a context or a decorator."""
    return override_settings(FOUR_EYES=on)


def everything():
    """All that the tables of stories and comments hold, to be compared before and after a refusal."""
    kept = [apps.get_app_config(name).get_models(include_auto_created=True) for name in ("blog", "comments")]
    tables = [*itertools.chain(*kept), Redirect]
    return {model._meta.label: sorted(model.objects.values_list(), key=repr) for model in tables}
