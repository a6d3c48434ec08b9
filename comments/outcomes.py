"""What follows from acts on comments: the rows, what readers said of them, and who is told.

`moderation` decides, in memory; this writes it, the same for one comment and for ten thousand.
"""

from collections import defaultdict
from datetime import datetime

from django.db.models import Count, Exists, OuterRef

from . import mail, placing, sites
from .models import Comment, ModerationAct, Report


def write(acts: list[ModerationAct], held: placing.Held) -> None:
    """Store the acts, and the comments as they are after them; tell who wants to know."""
    if not acts:
        return
    ModerationAct.objects.bulk_create(acts, batch_size=placing.AT_ONCE)
    comments = [act.comment for act in acts]
    if acts[0].verb == "undo":
        _reopen_reports(acts)
    else:
        _settle_reports(comments, acts[0].at)
    _save(comments, held)
    _tell(acts, held)
    placing.settle(held)


def _settle_reports(comments: list[Comment], at: datetime) -> None:
    """Whoever decides on a comment has looked at what was said of it."""
    reported = [comment for comment in comments if comment.reports]
    for part in placing.in_parts([comment.pk for comment in reported]):
        Report.objects.filter(comment__in=part, settled_at=None).update(settled_at=at)
    for comment in reported:
        comment.reports = 0


def _reopen_reports(acts: list[ModerationAct]) -> None:
    """What an undone act had settled is to be looked at again; once, where the same address said it again since."""
    settled = defaultdict(list)
    for act in acts:
        settled[act.undoes.at].append(act.comment_id)
    again = Report.objects.filter(comment=OuterRef("comment"), address=OuterRef("address"), settled_at=None)
    for at, keys in settled.items():
        for part in placing.in_parts(keys):
            reports = Report.objects.filter(comment__in=part, settled_at=at)
            reports.exclude(Exists(again.exclude(address=""))).update(settled_at=None)
    counted = _open_reports([act.comment_id for act in acts])
    for act in acts:
        act.comment.reports = counted.get(act.comment_id, 0)


def _open_reports(keys: list[int]) -> dict[int, int]:
    found = {}
    for part in placing.in_parts(keys):
        open_ones = Report.objects.filter(comment__in=part, settled_at=None)
        found |= dict(open_ones.values_list("comment").annotate(Count("pk")))
    return found


def _save(comments: list[Comment], held: placing.Held) -> None:
    """Write what verbs change of comments; those that become the same in one statement."""
    same = defaultdict(list)
    for comment in comments:
        columns = {"state": comment.state, "reason": comment.reason, "decided_at": comment.decided_at}
        columns["reports"] = comment.reports
        if comment.is_visible():
            columns["placed"] = True
        if held.before[comment.pk].shown_at is None:
            columns["shown_at"] = comment.shown_at
        same[tuple(columns.items())].append(comment.pk)
    for columns, keys in same.items():
        for part in placing.in_parts(keys):
            Comment.objects.filter(pk__in=part).update(**dict(columns))


def _tell(acts: list[ModerationAct], held: placing.Held) -> None:
    """What follows from decisions for those who are not moderators."""
    before = {act.comment_id: held.before[act.comment_id] for act in acts}
    appeared = [
        act.comment
        for act in acts
        if act.comment.is_visible() and before[act.comment_id].state != Comment.State.VISIBLE
    ]
    sites.learn("".join(comment.html for comment in appeared))
    new = [comment for comment in appeared if before[comment.pk].shown_at is None]
    for comment in _answers_to_who_gave_a_mailbox(new):
        mail.tell_of_answer(comment)
    mail.tell_of_decisions(act.comment for act in acts if _is_news(act))


def _answers_to_who_gave_a_mailbox(comments: list[Comment]) -> list[Comment]:
    """Of many comments the few of which somebody may have to be told: looked for together, then asked one by one."""
    answered = {comment.answered_id() for comment in comments} - {None}
    reachable: set[int] = set()
    for part in placing.in_parts(list(answered)):
        reachable.update(Comment.objects.filter(pk__in=part).exclude(email="").values_list("pk", flat=True))
    return [comment for comment in comments if comment.answered_id() in reachable]


def _is_news(act: ModerationAct) -> bool:
    """Does the writer of a comment want to know of this?"""
    changed = (act.state_before, act.reason_before) != (act.state_after, act.comment.reason)
    return act.verb in {"approve", "remove"} and changed
