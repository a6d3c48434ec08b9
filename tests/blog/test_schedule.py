"""What is planned happens once, when it is due, or stands there with the reason why it did not."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from blog import going_live, plans, revisions, schedule, verifying, workflow
from blog.models import Event, Outgoing, Post, Revision, Schedule
from blog.revisions import Content
from blog.schedule import State
from tests.factories import (
    NOON,
    approved,
    everything,
    four_eyes,
    fresh,
    make_live_post,
    make_live_update,
    make_post,
    make_rolling_post,
    make_update,
    person,
    publish_update,
    put_in_review,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def in_hours(hours):
    return timezone.now() + hours * HOUR


def planned(piece, *, by="paula", publish_at=None, withdraw_at=None, **words):
    """What is planned of the newest wording, in an hour unless said otherwise."""
    if publish_at is None and withdraw_at is None:
        publish_at = in_hours(1)
    if withdraw_at:
        words = {"withdrawal_note": "Its time is over."} | words
    piece = fresh(piece)
    return schedule.plan(piece, piece.head, by=person(by), publish_at=publish_at, withdraw_at=withdraw_at, **words)


def row_of(piece, verb="publish"):
    return Schedule.objects.of(piece).filter(verb=verb).latest("pk")


def becomes_due(piece, verb="publish", ago=timedelta(seconds=1)):
    """Time goes by: the plan was for then."""
    row = row_of(piece, verb)
    shift = row.due_at - (timezone.now() - ago)
    moved = {"due_at": row.due_at - shift}
    if row.expires_at:
        moved["expires_at"] = row.expires_at - shift
    Schedule.objects.filter(pk=row.pk).update(**moved)
    return row_of(piece, verb)


def ran(*pieces, verb="publish", ago=timedelta(seconds=1)):
    for piece in pieces:
        becomes_due(piece, verb, ago)
    return schedule.do_due()


def last_event(piece):
    return Event.objects.of(piece).order_by("-number").first()


def verbs(piece):
    return list(Event.objects.of(piece).order_by("number").values_list("verb", flat=True))


def is_whole():
    return list(verifying.verify()) == []


def test_a_plan_publishes_when_it_is_due_and_says_so():
    post = planned(approved(make_post()), note="After the vote.")
    assert (post.is_live(), verbs(post)[-1], post.stage) == (False, "plan", "approved")
    report = ran(post)
    post = fresh(post)
    assert (report.rows, report.is_well()) == ({State.DONE: 1}, True)
    assert (post.is_live(), post.live, post.stage) == (True, post.head, "published")
    event, row = last_event(post), row_of(post)
    assert (event.verb, event.by, event.public, row.event, row.state) == (
        "publish",
        person("paula"),
        True,
        event,
        "done",
    )
    assert event.details["planned_by"] == "Paula" and "late" not in event.details
    assert event.note.startswith("After the vote. As planned by Paula") or "As Paula planned it" in event.note
    assert abs(post.published_at - timezone.now()) < timedelta(seconds=30)
    assert row.ended_at == post.published_at == event.at
    assert is_whole()
