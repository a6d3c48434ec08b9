"""What must be true of a discussion after whatever moderators did, worked out from the rows alone."""

from collections import Counter, defaultdict

from django.db.models import Sum

from blog.models import Tally
from comments.models import Comment, ModerationAct, Report

KNOWN = {"removed", "withdrawn", "held"}  # readers are told what became of those they had seen


def faults():
    """Sentences; none when places, counts and the record are as the rules say."""
    return [*wrong_places(), *wrong_counts(), *wrong_reports(), *wrong_record()]


def wrong_places():
    placed = {}
    children = defaultdict(list)
    rows = {row.pk: row for row in Comment.objects.order_by("-level")}
    for key, row in rows.items():  # the deepest first
        known = row.state in KNOWN and row.shown_at is not None
        placed[key] = row.state == "visible" or known or any(placed[child] for child in children[key])
        children[row.parent_id].append(key)
    return [
        f"{key} ({rows[key].state}): placed is {row.placed}" for key, row in rows.items() if row.placed != placed[key]
    ]


def wrong_counts():
    rows = list(Comment.objects.values_list("post_id", "state", "shown_at"))
    visible = Counter(post for post, state, _ in rows if state == "visible")
    shown = Counter(post for post, _, shown_at in rows if shown_at is not None)
    counted = Tally.objects.exclude(post_id=0).values_list("post_id").annotate(Sum("visible"), Sum("shown"))
    found = {post: numbers for post, *numbers in counted}
    posts = set(visible) | set(shown) | set(found)
    return [
        f"post {post}: {found.get(post)}"
        for post in posts
        if found.get(post, [0, 0]) != [visible.get(post, 0), shown.get(post, 0)]
    ]


def wrong_reports():
    waiting = Counter(Report.objects.filter(settled_at=None).values_list("comment_id", flat=True))
    return [
        f"{key}: {reports} reports"
        for key, reports in Comment.objects.values_list("pk", "reports")
        if reports != waiting[key]
    ]


def wrong_record():
    found, last = [], {}
    for act in ModerationAct.objects.order_by("pk"):
        before = last.get(act.comment_id)
        if before and before.state_after != act.state_before:
            found.append(f"{act.comment_id}: nothing leads from {before.state_after} to {act.state_before}")
        last[act.comment_id] = act
    states = dict(Comment.objects.values_list("pk", "state"))
    return found + [f"{key} is {states[key]}" for key, act in last.items() if states[key] != act.state_after]
