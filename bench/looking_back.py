"""The page at a moment, beside the page of today of the same post."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from blog import revisions, updates, workflow
from blog.models import Post
from blog.revisions import Content

WORDS = "<p>The council knew about the bearing in March, and nobody asked why the ferry was sold in April.</p>" * 4
UPDATES, REVISIONS, EVENTS = 100, 500, 5_000


def measure(interleaved: Callable, promise: Callable, draw: Callable) -> None:
    """With 500 revisions, and with 5,000 events: under twice a page of today."""
    print("\n# the page at a moment")
    by = User.objects.create_superuser("looking-back")
    begun = timezone.now() - timedelta(days=2)
    with override_settings(FOUR_EYES=False), transaction.atomic():
        post = _running_story(by, begun)
    _compare(f"{REVISIONS} revisions", post, begun, interleaved, promise, draw)
    with transaction.atomic():
        _do_more(post, by, begun + timedelta(hours=REVISIONS / 60))
    _compare(f"{EVENTS:,} events", post, begun, interleaved, promise, draw)


def _compare(what: str, post: Post, begun: datetime, interleaved: Callable, promise: Callable, draw: Callable) -> None:
    address = Post.objects.get(pk=post.pk).get_absolute_url()
    then = urlencode({"at": (begun + timedelta(hours=7)).isoformat()})
    today, early, late = interleaved(
        partial(draw, address),
        partial(draw, f"{address}?{then}"),
        partial(draw, f"{address}?{urlencode({'at': timezone.now().isoformat()})}"),
    )
    promise(f"{what}: a moment in the middle, as a multiple of today's page", early / today, most=2)
    promise(f"{what}: a moment ago, as a multiple of today's page", late / today, most=2)


def _running_story(by: User, at: datetime) -> Post:
    """A minute for each wording, all published."""
    post = revisions.start(Content("Bridge closed", body=WORDS, tags=("Bridge",)), by=by, at=at)
    post = workflow.publish(post, post.head, by=by, at=at)
    updates.roll(post, by=by, at=at)
    for number in range(1, REVISIONS):
        at += timedelta(minutes=1)
        if number <= UPDATES:
            update = updates.add(post, Content(f"Update {number}", body=WORDS), by=by, at=at)
        else:
            update = post.updates.order_by("number")[number % UPDATES]
            content = Content.of(update.head).__dict__ | {"headline": f"Wording {number}"}
            revisions.write(update, Content(**content), by=by, at=at)
            update.refresh_from_db()
        kind = "" if number <= UPDATES else ("typo", "clarification", "update")[number % 3]
        workflow.publish(update, update.head, by=by, kind=kind, public_note="Made clearer." if kind else "", at=at)
    return post


def _do_more(post: Post, by: User, at: datetime) -> None:
    """What a desk does beside publishing: one proposal is sent to review and taken back, again and again."""
    update = updates.add(post, Content("Proposal", body=WORDS), by=by, at=at)
    for number in range(EVENTS - Post.objects.get(pk=post.pk).sequence):
        act = workflow.recall if number % 2 else workflow.submit
        act(update, by=by, at=at)
