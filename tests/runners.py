"""What the processes of a race do. Each gives something that JSON can carry: what came of it, errors by name."""

import os
import signal
from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction

from blog import revisions, sending, workflow
from blog.models import Edition, Outgoing, Post, Story
from blog.rendering import Unacceptable
from blog.revisions import Content
from comments import digests, limits
from tests.blog.chains import faults


def who(name):
    return get_user_model().objects.get(username=name)


def tried(act):
    try:
        return act() or "done"
    except (workflow.WorkflowError, revisions.Stale, Unacceptable) as refusal:
        return type(refusal).__name__
    except Exception as error:
        return f"ERROR {type(error).__name__}: {error}"


def write(name, pk, times):
    """Write `times` wordings, whatever others write."""
    post, by = Post.objects.get(pk=pk), who(name)
    return [
        tried(lambda number=number: revisions.write(post, Content(headline=f"{name} {number}"), by=by).number)
        for number in range(times)
    ]


def write_carefully(name, pk, times):
    """Add `times` sentences to what is there, each based on the version that was read; look again when it is stale."""
    by, added, stale = who(name), 0, 0
    while added < times and stale < 500:
        head = Post.objects.select_related("head").get(pk=pk).head
        content = Content(headline=head.headline, body=f"{head.body}<p>{name} {added}</p>")
        what = tried(lambda: revisions.write(Post(pk=pk), content, by=by, based_on=head).number)  # noqa: B023
        if what == "Stale":
            stale += 1
        elif str(what).startswith("ERROR"):
            return [what]
        else:
            added += 1
    return [added]


def publish(name, pk):
    post = Post.objects.select_related("head").get(pk=pk)
    return tried(lambda: workflow.publish(post, post.head, by=who(name)).stage)


def act(verb, name, pk):
    post = Post.objects.select_related("head").get(pk=pk)
    words = {"withdraw": {"public_note": "Wrong."}, "request_changes": {"note": "Why?"}}.get(verb, {})
    revision = [post.head] if verb == "approve" else []
    return tried(lambda: getattr(workflow, verb)(post, *revision, by=who(name), **words).stage)


def move(name, pk, slug):
    return tried(lambda: workflow.move(Post.objects.get(pk=pk), slug, by=who(name)).slug)


def start_page(name, slug):
    return tried(lambda: revisions.start(Content(headline="x"), by=who(name), kind="page", slug=slug).slug)


def assign(name, pk, story):
    def to(story):
        return tried(lambda: workflow.assign(Post.objects.get(pk=pk), story, by=who(name)).stage)

    return [to(Story.objects.get(pk=story)), to(None)]


def look(pk):
    """What stands there afterwards."""
    post = Post.objects.select_related("head", "live").get(pk=pk)
    return {
        "stage": post.stage,
        "slug": post.slug,
        "revisions": list(post.revisions.order_by("number").values_list("number", flat=True)),
        "events": list(post.events.order_by("number").values_list("verb", flat=True)),
        "head": post.head.number,
        "live": post.live and post.live.number,
        "body": post.head.body,
        "sequence": post.sequence,
        "edition": Edition.objects.get().number,
        "faults": faults(post),
    }


def send_comments(address, at, times):
    """As many tries of one address, each in a transaction of its own: how many were let through."""
    passed = 0
    for _ in range(times):
        try:
            with transaction.atomic():
                limits.take(limits.address_key(address), datetime.fromisoformat(at))
        except limits.TooFast:
            continue
        passed += 1
    return passed


def send_notes():
    """Send all that is due, as a mail to nobody in particular; how many were sent."""
    return sending.send_due(NOTES).rows["sent"]


def send_notes_and_die():
    """Be killed when the first mail is away, before anybody has written that down."""
    sending._mark = lambda *args, **columns: os.kill(os.getpid(), signal.SIGKILL)
    sending.send_due(NOTES)


def end_leases():
    """As if all of them had run out."""
    return Outgoing.objects.waiting().update(leased_until=None)


def write_digests(at):
    return digests.write(datetime.fromisoformat(at))


def waiting_to_be_sent():
    return Outgoing.objects.waiting().count()


NOTES = {"note": lambda row: EmailMessage("A note", row.key, None, ["somebody@reader.example"])}
