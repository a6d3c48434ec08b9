"""What stands in which column of the board, as narrow rows: enough to sort, to choose and to count them.

All that is open is read so, in two questions, for one person; `board` then reads the words of the few that are shown.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import BadRequest
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from .models import CheckedLink, Draft, Post, ReviewRequest, Revision, Schedule, Suggestion, Update, to_look_over

DRAFTING, REVIEW, READY, SCHEDULED, RUNNING, PUBLISHED = (
    "drafting",
    "review",
    "ready",
    "scheduled",
    "running",
    "published",
)
OPEN = (Post.Stage.DRAFT, Post.Stage.CHANGES, Post.Stage.REVIEW, Post.Stage.APPROVED)
NEVER = 1 << 60  # microseconds: what has no time comes last


class Column(NamedTuple):
    """A column: its name, what it says when it is empty, and the stages that stand in it."""

    key: str
    label: Promise
    empty: Promise


COLUMNS = {
    column.key: column
    for column in (
        Column(DRAFTING, lazy("Drafting"), lazy("Nobody is writing anything new.")),
        Column(REVIEW, lazy("In review"), lazy("Nothing is in review.")),
        Column(READY, lazy("Ready"), lazy("Nothing approved waits to be published.")),
        Column(SCHEDULED, lazy("Scheduled"), lazy("Nothing is planned.")),
        Column(RUNNING, lazy("Running"), lazy("No story is running.")),
        Column(PUBLISHED, lazy("Published today"), lazy("Nothing was published today.")),
    )
}
OF_STAGE = {
    Post.Stage.DRAFT: DRAFTING,
    Post.Stage.CHANGES: DRAFTING,
    Post.Stage.REVIEW: REVIEW,
    Post.Stage.APPROVED: READY,
}


@dataclass(frozen=True)
class Filters:
    """Which cards: everyone's, one's own or what waits for oneself; of a section; of a type of story."""

    who: str = ""  # "", "mine", "waiting"
    section: str = ""
    type: str = ""

    def __post_init__(self):
        if self.who not in ("", "mine", "waiting"):
            raise BadRequest("no such filter")


@dataclass(frozen=True)
class Row:
    """A piece in a column, as little of it as sorts and counts it."""

    kind: str  # post or update
    pk: int
    post_id: int
    stage: str
    column: str
    at: datetime | None  # the time by which a column is in order
    head_id: int
    section: str
    type: str
    mine: bool
    glass: bool
    is_free: bool  # nothing in how its story stands keeps it from readers
    waits: frozenset[str] = frozenset()  # for who looks, as what: see `_waits`
    late: bool = False

    @property
    def piece(self) -> tuple[int, int | None]:
        """As plans and requests name it: (post, update)."""
        return self.post_id, self.pk if self.kind == "update" else None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its column. What was published last comes first, all else by when it is due."""
        micros = NEVER if self.at is None else int(self.at.timestamp() * 1_000_000)
        return (-micros if self.column == PUBLISHED else micros), -self.head_id


class Plan(NamedTuple):
    """What is planned for a piece, or went wrong with it."""

    verb: str
    state: str
    error: str
    due_at: datetime
    by_me: bool

    @property
    def is_missed(self) -> bool:
        return self.state == Schedule.State.MISSED

    @property
    def label(self) -> str:
        return str(Schedule.Verb(self.verb).label)


class Asked(NamedTuple):
    """Who was asked to look at a piece: the name of a person or a group, "" for anybody who reviews."""

    step: str
    who: str
    due_at: datetime | None
    asked_at: datetime
    of_me: bool


@dataclass
class Facts:
    """Of all pieces, under (post, update): what is planned, what went wrong, who was asked. And of who looks: the
    groups, whether he publishes, what he may look over, and how much waits on other pages of the desk."""

    planned: dict[tuple[int, int | None], Plan] = field(default_factory=dict)
    trouble: dict[tuple[int, int | None], Plan] = field(default_factory=dict)
    asked: dict[tuple[int, int | None], Asked] = field(default_factory=dict)
    publishes: bool = False
    to_look_over: set[tuple[int, int | None]] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    elsewhere: dict[str, int] = field(default_factory=dict)


def told(user: AbstractBaseUser) -> Facts:
    """All of it in one question: what has nothing in common but that it is short."""
    facts = Facts(publishes=user.has_perm("blog.publish_post"))
    first, *others = _short(user)
    for what, post, update, name, text, words, due_at, at, number, of_me in first.union(*others, all=True):
        if what == "plan":
            plan = Plan(name, text, words, due_at, bool(of_me))
            if text in (Schedule.State.FAILED, Schedule.State.MISSED):
                facts.trouble[post, update] = plan
            elif name == Schedule.Verb.PUBLISH:
                facts.planned[post, update] = plan
        elif what == "asked":
            facts.asked[post, update] = Asked(name, text or words, due_at, at, bool(of_me))
        elif what == "glass":
            facts.to_look_over.add((post, update))
        elif what == "group":
            facts.groups.add(number)
        elif number:
            facts.elsewhere[what] = number
    return facts


def _short(user: AbstractBaseUser) -> list[QuerySet]:
    """What `told` asks for, as rows of the same columns."""
    plans = Schedule.objects.planned() | Schedule.objects.in_trouble().order_by()
    mine = Exists(ReviewRequest.objects.waiting_for(user).filter(pk=OuterRef("pk")))
    full_name = Trim(Concat("to_user__first_name", Value(" "), "to_user__last_name"))
    person = Coalesce(NullIf(full_name, Value("")), "to_user__username", Value(""))
    group = Coalesce("to_group__name", Value(""))
    by_me = ExpressionWrapper(Q(by=user.pk), BooleanField())
    nothing, never, no = Value(""), Value(None, DateTimeField()), Value(False)
    nobody = Value(None, BigIntegerField())
    told = [
        plans.order_by().values_list(
            Value("plan"), "post_id", "update_id", "verb", "state", "last_error", "due_at", "made_at", "pk", by_me
        ),
        ReviewRequest.objects.open()
        .order_by()
        .values_list(
            Value("asked"), "post_id", "update_id", "step_name", group, person, "due_at", "asked_at", "pk", mine
        ),
        user.groups.order_by().values_list(
            Value("group"), nobody, nobody, nothing, nothing, nothing, never, never, "pk", no
        ),
    ]
    short = [nothing, nothing, nothing, never, never]
    for model, post, update in ((Post, "pk", nobody), (Update, "post_id", "pk")):
        glass = to_look_over(model.objects.all(), user).order_by()
        told.append(glass.values_list(Value("glass"), post, update, *short, nobody, no))
    elsewhere = {
        "unsaved": Draft.objects.of(user).offered(),
        "suggested": Suggestion.objects.open(),
        "gone": CheckedLink.objects.gone().cited(),
    }
    for what, rows in elsewhere.items():
        if rows.model is Draft or user.has_perm(f"blog.view_{rows.model._meta.model_name}"):
            counted = rows.order_by().values(what=Value(what)).annotate(many=Count("pk"))
            told.append(counted.values_list("what", nobody, nobody, *short, "many", no))
    return told


def rows(user: AbstractBaseUser, facts: Facts, now: datetime) -> list[Row]:
    """Everything that stands on the board for this person, in one question, each column in its order."""
    in_columns = [
        _narrow(Post.objects.readable_by(user).filter(_is_open("post", facts)), "post", "open", "deadline", user),
        _narrow(Update.objects.readable_by(user).filter(_is_open("update", facts)), "update", "open", None, user),
        _narrow(Post.objects.rolling().visible_to(user), "post", RUNNING, "next_update_at", user),
        _narrow(_published_today(user, now), "post", PUBLISHED, "published_at", user),
    ]
    rows = [_row(values, facts, now) for values in in_columns[0].union(*in_columns[1:], all=True)]
    return sorted(rows, key=lambda row: row.place)


def _is_open(kind: str, facts: Facts) -> Q:
    """Is somebody at it, is it planned, or has it gone out without anybody's approval?"""
    planned = [
        update if kind == "update" else post for post, update in facts.planned if bool(update) == (kind == "update")
    ]
    return Q(stage__in=OPEN) | Q(glass__isnull=False) | Q(pk__in=planned)


def _published_today(user: AbstractBaseUser, now: datetime) -> QuerySet[Post]:
    today = Post.objects.live().stories().on_day(timezone.localdate(now)).visible_to(user)
    return today.exclude(coverage=Post.Coverage.ROLLING)


def _narrow(pieces: QuerySet, kind: str, where: str, at: str | None, user: AbstractBaseUser) -> QuerySet:
    """The columns of `Row`, of posts or updates alike."""
    post = "post__" if kind == "update" else ""
    section = f"{post}head__section" if where == "open" else "live__section"
    here = OuterRef("pk")
    own = {"update": here} if kind == "update" else {"post": here, "update": None}
    return pieces.order_by().values_list(
        Value(kind),
        "pk",
        f"{post}pk" if post else F("pk") + 0,
        "stage",
        Value(where),
        F(at) if at else F("post__deadline"),
        "head_id",
        Coalesce(section, Value("")),
        Coalesce(f"{post}story_type__name", Value("")),
        Exists(Revision.objects.filter(**own, by=user)),
        ExpressionWrapper(Q(glass__isnull=False), BooleanField()),
        ExpressionWrapper(_IS_FREE, BooleanField()) if kind == "update" else Value(True),
    )


_IS_FREE = Q(post__live__isnull=False) & (Q(published_at__isnull=False) | Q(post__coverage=Post.Coverage.ROLLING))


def _waits(row: Row, asked: Asked | None, facts: Facts) -> frozenset[str]:
    """As what a piece waits for who looks: he is asked about it, has it back, may publish it or look over it."""
    found = {
        "reviews": row.stage == Post.Stage.REVIEW and asked and asked.of_me,
        "sent_back": row.stage == Post.Stage.CHANGES and row.mine,
        "to_publish": row.stage == Post.Stage.APPROVED and facts.publishes and row.is_free,
        "to_look_over": row.piece in facts.to_look_over,
    }
    return frozenset(what for what, does in found.items() if does)


def _row(values: tuple, facts: Facts, now: datetime) -> Row:
    row = Row(*values)
    if row.column == PUBLISHED:
        return row
    if row.column == RUNNING:
        return replace(row, late=row.at is not None and row.at <= now)
    request = facts.asked.get(row.piece)
    waits = _waits(row, request, facts)
    # What nobody approved and readers see waits for somebody to look, whatever is written or planned behind it.
    if plan := facts.planned.get(row.piece):
        waits -= {"to_publish"}  # what is approved waits for its time alone
        return replace(row, column=REVIEW if row.glass else SCHEDULED, at=plan.due_at, waits=waits)
    column = REVIEW if row.glass else OF_STAGE[row.stage]
    at = request.due_at if column == REVIEW and request and request.due_at else row.at
    if row.kind == "update" and not (column == REVIEW and request):
        at = None  # the deadline is its story's
    return replace(row, column=column, at=at, waits=waits, late=at is not None and at <= now)
