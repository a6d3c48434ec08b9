"""What is promised about plans: fifty acts a second where nothing else runs, each little dearer than one by hand.

    make bench                            runs this after the rest, with a database of its own

Pieces are published by hand and by `publish_due` in turns, in one run. Exits with 1 when a promise is not kept.
"""

import itertools
import statistics
import sys
import time
from datetime import timedelta

from bench.__main__ import broken, promise

# isort: split
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench import filling
from blog import revisions, schedule, workflow
from blog.models import Post, Schedule
from blog.revisions import Content

ROUNDS, EACH = 10, 20
NUMBERS = itertools.count(1)
LEAST = 50  # acts a second of one worker, where nothing else runs
DEARER = 2.5  # than publishing by hand: the row is taken, locked, marked, and its planner told


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("These are promises about PostgreSQL: scripts/with-postgres .venv/bin/python -m bench.plans")
    call_command("migrate", verbosity=0)
    filling.sample()
    by = get_user_model().objects.create_superuser("bench-planner", "planner@record.example")
    reader = get_user_model().objects.create_superuser("bench-reader")
    rounds = [(_pieces(by, reader), _planned(_pieces(by, reader), by)) for _round in range(ROUNDS)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"# {ROUNDS * EACH} plans that are due, and as many pieces published by hand")
    taken = [(_by_hand(pieces, by), _by_plan(plans)) for pieces, plans in rounds]
    hand, plan = (statistics.median(times) / EACH for times in zip(*taken, strict=True))
    print(f"  by hand {hand * 1000:.1f} ms, by plan {plan * 1000:.1f} ms")
    promise("publish_due: acts a second", 1 / plan, least=LEAST)
    promise("an act of a plan, as a multiple of publishing by hand", plan / hand, most=DEARER)
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))
    print("\nAll kept.")


def _pieces(by, reader) -> list[Post]:
    body = "".join(f"<p>{' '.join(filling.WORDS)}.</p>" for _paragraph in range(10))
    found = []
    for _number in range(EACH):
        headline = f"Planned piece {next(NUMBERS)}"  # each its own, as headlines are
        post = revisions.start(Content(headline, body=body, tags=("Harbour", "Ferries")), by=by)
        post = workflow.submit(post, by=by)
        found.append(workflow.approve(post, post.head, by=reader))
    return found


def _planned(pieces: list[Post], by) -> list[int]:
    for post in pieces:
        schedule.plan(post, post.head, by=by, publish_at=timezone.now() + timedelta(hours=1))
    return list(Schedule.objects.planned().filter(post__in=pieces).values_list("pk", flat=True))


def _by_hand(pieces: list[Post], by) -> float:
    begun = time.perf_counter()
    for post in pieces:
        workflow.publish(post, post.head, by=by)
    return time.perf_counter() - begun


def _by_plan(plans: list[int]) -> float:
    Schedule.objects.filter(pk__in=plans).update(due_at=timezone.now() - timedelta(seconds=1))
    begun = time.perf_counter()
    report = schedule.do_due()
    taken = time.perf_counter() - begun
    assert report.is_well() and report.rows == {Schedule.State.DONE: EACH}, report
    return taken


if __name__ == "__main__":
    main()
