"""A post as readers were served it at a moment: added up from the record, and cut as the page of today is.

What the record does not hold is told as it is today: how authors and stories are called. A tag that was renamed or
merged since is called as it was then, and leads to where its pieces are found now. Of a renaming or a merge that was
taken back since, nothing is known.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Cast

from . import coverage, moments, rendering
from .coverage import Coverage, Entry, Wish
from .models import Author, Event, Post, Revision, Spot, Story, Synonym, Tag, Update
from .moments import Act, UpdateState

_COLUMNS = (  # of a post, that the page shows
    "live_id published_at updated_at coverage coverage_began_at coverage_ended_at next_update_at promise summary_at "
    "update_count notices version "
    "public_sequence text_sequence"
).split()


class NotYet(LookupError):
    """Readers saw nothing of it at that moment."""


class Withdrawn(LookupError):
    """It was withdrawn at that moment; `act` says since when, and why."""

    def __init__(self, act: Act):
        self.act = act
        super().__init__(act.public_note)


class Gone(NamedTuple):
    """An update that readers saw then, and that was withdrawn since."""

    entry: Entry
    at: datetime
    why: str


class _Label(NamedTuple):
    kind: str
    name: str
    slug: str
    folded: str
    act_at: datetime | None
    act_into: str | None


_NO_TIME = Cast(Value(None), DateTimeField())  # PostgreSQL takes a bare NULL for text
_NOTHING = (Value(""), _NO_TIME, Value(""))


@dataclass(frozen=True)
class Bygone:
    """A post at a moment. `post` is a copy whose columns say how it stood then; it is never saved."""

    post: Post
    revision: Revision
    covered: Coverage
    tags: list[Tag]
    section: Tag | None
    authors: list[Author]
    gone_since: list[Gone]


def look(post: Post, moment: datetime, wish: Wish) -> Bygone:
    """A live post, with its story, as it stood at a past moment. Raises NotYet and Withdrawn.

    At most five questions, however much was done since or before.
    """
    acts = moments.acts_of(post.pk)
    known = next((index for index in reversed(range(len(acts))) if acts[index].at <= moment), -1) + 1
    state = moments.state(acts[:known])
    if state.published_at is None:
        raise NotYet
    if state.live_id is None:
        raise Withdrawn(next(act for act in acts if act.pk == state.withdrawal_id))
    for column in _COLUMNS:
        setattr(post, column, getattr(state, column))
    common = coverage.told_of(post, wish, moment)
    shown = [update for update in state.updates.values() if update.published_at is not None]
    rows, start, back = _page(shown, wish, common["oldest_first"])
    words = Revision.objects.in_bulk({state.live_id} | {row.live_id for row in rows if row.live_id})
    if post.coverage == Post.Coverage.NONE:
        covered = Coverage(**common)
    else:
        by_pk = {act.pk: act for act in acts}
        updates = [_update(post, row, words, by_pk) for row in rows]
        entries = [coverage.entry(update, common["notices"]) for update in updates]
        covered = coverage.cut(entries, common | {"back": back}, start)
    revision = post.live = words[state.live_id]
    left = _story_left(acts[known:])
    tags, section, authors, stories = _labels(revision, left, moment)
    if left is not None:
        post.story = stories[0] if stories else None
    return Bygone(post, revision, covered, tags, section, authors, _gone_since(covered, acts[known:]))


def _story_left(later: list[Act]) -> str | None:
    """The slug of the story that it belonged to then and has left since, empty for none; None if it has left none."""
    return next((act.details["from"] for act in later if act.verb == "assign"), None)


def _page(
    shown: list[UpdateState], wish: Wish, oldest_first: bool
) -> tuple[list[UpdateState], Spot | None, Spot | None]:
    """The updates whose words a page needs; where it begins, and where the page before it does."""
    line = sorted((one for one in shown if not one.pinned), key=_spot, reverse=not oldest_first)
    spots = [_spot(one) for one in line]
    start = wish.after
    if start is None and wish.holding is not None:
        place = next((index for index, spot in enumerate(spots) if spot.number == wish.holding), 0)
        start = spots[place - coverage.LEAD - 1] if place >= coverage.PAGE else None
    nearer = sum(spot < start if oldest_first else spot > start for spot in spots) if start is not None else 0
    back = spots[nearer - coverage.PAGE] if nearer >= coverage.PAGE else None
    first = nearer + (start is not None and spots[nearer : nearer + 1] == [start])
    page = line[first : first + coverage.PAGE + 1]
    return [*page, *(one for one in shown if one.pinned or (one.key and one not in page))], start, back


def _spot(update: UpdateState) -> Spot:
    return Spot(update.happened_at, update.number)


def _update(post: Post, state: UpdateState, words: dict[int, Revision], acts: dict[int, Act]) -> Update:
    """An update as its row was."""
    withdrawal = acts.get(state.withdrawal_id)
    return Update(
        post=post,
        number=state.number,
        happened_at=state.happened_at,
        published_at=state.published_at,
        updated_at=state.updated_at,
        pinned=state.pinned,
        key=state.key,
        public_sequence=state.public_sequence,
        live=words[state.live_id] if state.live_id else None,
        withdrawal=withdrawal and Event(at=withdrawal.at, number=withdrawal.number, public_note=withdrawal.public_note),
    )


def _labels(
    revision: Revision, story: str | None, moment: datetime
) -> tuple[list[Tag], Tag | None, list[Author], list[Story]]:
    """What a wording names that has a page: tags, section, authors, the story of this slug; one question for all."""
    names = {rendering.same_name(name) for name in revision.tags}
    slugs = {person["slug"] for person in revision.byline if person["slug"]}
    if not names and not slugs and not story:
        return [], None, [], []
    meant = Q(folded__in=names) | Q(synonyms__folded__in=names)
    columns = ("folded", "act__at", "act__into")
    questions = [
        found.order_by().values_list(Value(kind), name, slug, *more)
        for kind, found, name, slug, more in (
            ("Tag", Tag.objects.filter(meant).distinct(), "name", "slug", ("folded", _NO_TIME, Value(""))),
            ("Synonym", Synonym.objects.filter(tag__in=Tag.objects.filter(meant)), "name", "tag__slug", columns),
            ("Author", Author.objects.filter(slug__in=slugs), "name", "slug", _NOTHING),
            ("Story", Story.objects.filter(slug=story or ""), "title", "slug", _NOTHING),
        )
    ]
    found = [_Label(*row) for row in questions[0].union(*questions[1:], all=True).order_by("name")]
    tags, section = _tags(found, revision, moment)
    authors = [Author(name=row.name, slug=row.slug) for row in found if row.kind == "Author"]
    return tags, section, authors, [Story(title=row.name, slug=row.slug) for row in found if row.kind == "Story"]


def _tags(found: list[_Label], revision: Revision, moment: datetime) -> tuple[list[Tag], Tag | None]:
    """The tags of a wording and its section, as they were called at a moment; in the order in which they were found."""
    called = {row.folded: row for row in found if row.kind in {"Tag", "Synonym"}}

    def then(name: str) -> str:
        """The name under which pieces that bear this one were found: what was done since is not followed."""
        name, seen = rendering.same_name(name), set()
        while (row := called.get(name)) and row.kind == "Synonym" and name not in seen:
            seen.add(name)
            if row.act_at is None:  # given by hand: the name of the tag
                name = next(one.folded for one in found if one.kind == "Tag" and one.slug == row.slug)
            elif row.act_at <= moment:
                name = rendering.same_name(row.act_into)
            else:
                break
        return name

    wanted = {then(name) for name in revision.tags}
    tags = {row.folded: Tag(name=row.name, slug=row.slug) for row in called.values() if row.folded in wanted}
    return list(tags.values()), tags.get(then(revision.section))


def _gone_since(covered: Coverage, later: list[Act]) -> list[Gone]:
    """The updates on this page whose words nobody is shown any more, in the order of the page."""
    gone: dict[int, Act] = {}
    for act in later:
        if act.update_number is not None and act.verb in {"publish", "withdraw"}:
            gone.pop(act.update_number, None)
            if act.verb == "withdraw":
                gone[act.update_number] = act
    return [
        Gone(entry, gone[entry.number].at, gone[entry.number].public_note)
        for entry in [*covered.pinned, *covered.entries]
        if entry.revision and entry.number in gone
    ]
