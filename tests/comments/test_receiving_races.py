"""Forms that arrive at the same moment, by real processes: through the views, on PostgreSQL and on a file of SQLite."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments.models import HouseRules, Subscription
from comments.receiving import Arrival, receive
from tests.factories import make_comment, make_live_post
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "203.0.113.7"


@pytest.fixture
def place(tmp_path):
    return lambda: database_for_race(connection, tmp_path)


@pytest.fixture
def post():
    HouseRules.objects.update(policy="open", limit_seconds=0, limit_count=1_000)
    return make_live_post(at=timezone.now() - timedelta(days=1))


@pytest.mark.parametrize("email", ["", "marit@example.org"])
def test_the_same_form_ten_times_at_once_is_one_comment(post, place, email):
    """Threat T-14."""
    form = {"text": "When does it open?", "email": email}
    where = place()
    answers = race(where, *[["post_forms", post.pk, [form] * 3, HERE, 3]] * 4)
    told = {tuple(answer) for part in answers for answer in part}
    assert len(told) == 1
    (((status, location),),) = [told]
    assert (status, location.startswith("/comments/mine/")) == (303, True)
    assert race(where, ["comments_of", post.pk]) == [[["When does it open?", "visible"]]]


def test_the_same_answer_ten_times_at_once_is_one_below_the_answered_comment(post, place):
    answered = make_comment(post, "No.")
    form = {"text": "Yes.", "reply": answered.pk}
    where = place()
    answers = race(where, *[["post_forms", post.pk, [form] * 3, HERE, 3]] * 4)
    assert len({tuple(answer) for part in answers for answer in part}) == 1
    assert race(where, ["comments_of", post.pk]) == [[["No.", "visible"], ["Yes.", "visible"]]]


def test_two_hundred_forms_at_once_from_one_address_are_as_many_as_the_house_allows(post, place):
    """P-16: exact for all workers together, and nothing is left of those that were refused."""
    HouseRules.objects.update(limit_count=7)
    parts = [[{"text": f"{worker} {number}"} for number in range(50)] for worker in range(4)]
    where = place()
    answers = [
        answer for part in race(where, *(["post_forms", post.pk, part, HERE, 5] for part in parts)) for answer in part
    ]
    assert sorted(status for status, _location in answers) == [303] * 7 + [429] * 193
    (kept,) = race(where, ["comments_of", post.pk])
    assert len(kept) == 7


def test_whoever_changes_and_withdraws_at_once_gets_one_of_both_orders(post, place):
    comment = receive(Arrival(post.pk, "One", name="Marit Dahl", address=HERE))
    where = place()
    changed, withdrawn = race(where, ["change_comment", comment.pk, "Two"], ["withdraw_comment", comment.pk])
    assert withdrawn == "withdrawn"
    assert (changed, race(where, ["comments_of", post.pk])) in [
        ("visible", [[["Two", "withdrawn"]]]),
        ("TooLate", [[["One", "withdrawn"]]]),
    ]


def test_comments_sites_subscriptions_and_the_count_are_locked_in_this_order(post):
    """As whoever moderates does it: in two orders, two would wait for each other."""
    first = receive(Arrival(post.pk, "Closed?", "Marit", "marit@example.org", address=HERE))
    Subscription.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        sent = receive(
            Arrival(post.pk, "See https://new.example/", "Marit", "marit@example.org", first.pk, address=HERE)
        )
    assert sent.is_visible()
    written = [re.match(r'\s*INSERT (?:OR IGNORE )?INTO "?(\w+)', query["sql"]) for query in asked]
    locked = [table[1] for table in written if table]
    ordered = ["comments_comment", "comments_knownsite", "comments_subscription", "blog_tally"]
    assert [table for table in locked if table in ordered] == ordered
    assert locked[-1] == "blog_tally"
