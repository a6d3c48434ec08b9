"""What a moderator has to know of comments to decide on them: asked for all of a page at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import judging
from ..models import Comment, CommentQuerySet, ModerationAct, Reason, Report, Wording
from ..moderation import DECIDABLE, REASONS
from . import tabs
from .marking import marked

MOST_REPORTS = 5  # of one comment that are shown in the queue; its own page shows all
# Of who wrote thousands it is enough to know that; counting them all would take time.
MOST_OF_WRITER = 1_000

_LONG = ("body", "standfirst", "sources", "image", "tags", "byline")
LONG_OF_LIVE = [f"live__{column}" for column in _LONG]
LONG_OF_POST = [f"post__{column}" for column in LONG_OF_LIVE]
_SURROUNDINGS = ["post", "post__live", "parent", "reply_to", "update", "suggestion", "suggestion__resolved"]
_NOT_SHOWN = [
    "html",
    *(f"{other}__{column}" for other in ("parent", "reply_to") for column in ("html", "facts")),
    *LONG_OF_POST,
    *(f"suggestion__resolved__{column}" for column in (*_LONG, "summary")),
]


class Record(NamedTuple):
    """What else somebody wrote: how many, and what became of them."""

    total: int
    numbers: dict[tuple[str, str], int]  # by state and reason

    def in_words(self) -> str:
        """ "12 comments, 11 approved, 1 removed (about a person, not the subject)" """
        if not self.total:
            return _("First comment.")
        count = tabs.in_words(self.total) if self.total > MOST_OF_WRITER else self.total
        parts = [ngettext("%(count)s comment", "%(count)s comments", self.total) % {"count": count}]
        for (state, reason), number in sorted(self.numbers.items(), key=lambda pair: _IN_ORDER.index(pair[0][0])):
            words = _BECAME[state](number) % {"count": number}
            parts.append(f"{words} ({Reason(reason).label})" if reason else words)
        return ", ".join(parts) + "."


_BECAME = {
    Comment.State.VISIBLE: lambda count: ngettext("%(count)d approved", "%(count)d approved", count),
    Comment.State.WAITING: lambda count: ngettext("%(count)d waiting", "%(count)d waiting", count),
    Comment.State.HELD: lambda count: ngettext("%(count)d held", "%(count)d held", count),
    Comment.State.REMOVED: lambda count: ngettext("%(count)d removed", "%(count)d removed", count),
    Comment.State.WITHDRAWN: lambda count: ngettext("%(count)d withdrawn", "%(count)d withdrawn", count),
    Comment.State.SPAM: lambda count: ngettext("%(count)d spam", "%(count)d spam", count),
}
_IN_ORDER = list(_BECAME)


@dataclass
class Item:
    """A comment as the queue shows it."""

    comment: Comment
    record: Record | None  # None: it is not known who wrote it
    reports: list[Report] = field(default_factory=list)
    wordings: list[Wording] = field(default_factory=list)
    acts: list[ModerationAct] = field(default_factory=list)  # newest first; in the queue the last one alone
    place: str = ""
    following: int | None = None  # the comment that is next in the list

    @cached_property
    def said(self) -> SafeString:
        return marked(self.comment.text, judging.matches(self.comment.facts))

    @cached_property
    def name(self) -> SafeString | str:
        """Words that are listed stand in names, too."""
        return marked(self.comment.name, judging.matches(self.comment.facts)) or _("(no name)")

    @cached_property
    def facts(self) -> list[str]:
        """Why it came here. Whether it is the first is said by the record, which knows how it is now."""
        facts = self.comment.facts
        return judging.explain([fact for fact in facts if self.record is None or fact[0] != "first"])

    @property
    def answered(self) -> Comment | None:
        return self.comment.reply_to or self.comment.parent

    @property
    def headline(self) -> str:
        live = self.comment.post.live
        return live.headline if live else _("a piece that readers do not see")

    @property
    def may_be_suggestion(self) -> bool:
        """Can it be about words that readers see, and has nobody made a suggestion of it yet?"""
        is_there = self.comment.state in DECIDABLE and self.comment.reason != Reason.ERASED
        return is_there and self.comment.suggestion_id is None and self.comment.post.live_id is not None

    @property
    def more_reports(self) -> int:
        return max(0, self.comment.reports - len(self.reports))

    @property
    def last_act(self) -> ModerationAct | None:
        return self.acts[0] if self.acts else None

    @property
    def seen(self) -> str:
        """What whoever decides has seen of it; see `deciding`."""
        return as_seen(self.comment.state, self.comment.decided_at, self.comment.edited_at)

    @property
    def address(self) -> str:
        return reverse("admin:comments_comment_change", args=[self.comment.pk])


def as_seen(state: str, decided_at: datetime | None, edited_at: datetime | None) -> str:
    """What a decision depends on: where it stood, and which of the writer's wordings it is."""
    return " ".join([state, *(at.isoformat() if at else "-" for at in (decided_at, edited_at))])


def for_reading(comments: CommentQuerySet) -> CommentQuerySet:
    """With all that an Item shows of a comment's surroundings, without what it does not."""
    return comments.select_related(*_SURROUNDINGS).defer(*_NOT_SHOWN)


def items(comments: list[Comment]) -> list[Item]:
    """Everything about these comments, in four questions to the database however many they are."""
    keys = [comment.pk for comment in comments]
    records = records_of(comments)
    reports = _by_comment(_newest(Report.objects.filter(comment__in=keys, settled_at=None), MOST_REPORTS))
    acts = _by_comment(_newest(ModerationAct.objects.filter(comment__in=keys), 1))
    wordings = _by_comment(Wording.objects.filter(comment__in=keys))
    return [
        Item(comment, records.get(comment.pk), reports[comment.pk], wordings[comment.pk], acts[comment.pk])
        for comment in comments
    ]


def records_of(comments: Iterable[Comment]) -> dict[int, Record]:
    """What else the writers of these wrote, by the key of the comment; one question for all."""
    comments = [comment for comment in comments if comment.writer]
    found = _numbers_of_writers({comment.writer for comment in comments})
    return {comment.pk: _without(comment, found[comment.writer]) for comment in comments}


def reasons() -> list[tuple[str, str]]:
    """For which reasons one may remove, as a list to choose from."""
    return [(reason.value, capfirst(reason.label)) for reason in REASONS]


def options() -> SafeString:
    """The same as options of a field, made once for all comments of a page."""
    return format_html_join("", '<option value="{}">{}</option>', reasons())


def _without(comment: Comment, numbers: dict[tuple[str, str], int]) -> Record:
    others = dict(numbers)
    own = (comment.state, comment.reason)
    if own in others:  # it may be behind the last that was counted
        others[own] -= 1
    return Record(sum(numbers.values()) - 1, {key: count for key, count in others.items() if count})


def _numbers_of_writers(writers: set[str]) -> dict[str, dict[tuple[str, str], int]]:
    found = defaultdict(dict)
    if not writers:
        return found
    statement = " UNION ALL ".join([_NUMBERS] * len(writers))
    values = [value for writer in sorted(writers) for value in (writer, writer, MOST_OF_WRITER + 2)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for writer, state, reason, count in cursor.fetchall():
            found[writer][state, reason] = count
    return found


# By state, as the index has them: what was refused comes before what readers see.
_NUMBERS = """
    SELECT CAST(%s AS varchar) AS writer, state, reason, COUNT(*) FROM (
        SELECT state, reason FROM comments_comment WHERE writer = %s AND writer <> '' ORDER BY state LIMIT %s
    ) AS found GROUP BY state, reason
"""


def _newest(rows, most: int):
    """The newest so many of each comment, the newest first."""
    number = Window(RowNumber(), partition_by=F("comment_id"), order_by=F("pk").desc())
    return rows.annotate(newest=number).filter(newest__lte=most).order_by("-pk")


def _by_comment(rows) -> dict[int, list]:
    found = defaultdict(list)
    for row in rows:
        found[row.comment_id].append(row)
    return found
