"""The demo's files: one piece each, a TOML head between lines of +++ and the first wording as HTML below it."""

import tomllib
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
FENCE = "+++\n"
STAGES = ("draft", "review", "changes", "approved", "published", "withdrawn", "spiked")


@dataclass(frozen=True)
class Source:
    """Where a piece has something from."""

    outlet: str
    title: str
    url: str = ""
    day: int | None = None  # the piece's own day, unless it says another
    time: str = ""  # without one, the row shows no time


@dataclass(frozen=True)
class Wording:
    """What readers see of a piece, with the marks of `days` still in it."""

    headline: str
    standfirst: str
    body: str
    byline: tuple[str, ...]
    sources: tuple[tuple[int, Source], ...]  # each with the day of the wording that brought it
    summary: str = ""  # where things stand

    def after(self, change: "Change") -> Self:
        """The next wording. A sentence that a change replaces must be there exactly once."""
        body = self.body
        for old, new in change.replace:
            if body.count(old) != 1:
                raise ValueError(f"{old!r} is in the text {body.count(old)} times, not once")
            body = body.replace(old, new)
        return replace(
            self,
            headline=change.headline or self.headline,
            standfirst=change.standfirst or self.standfirst,
            body=change.prepend + body + change.append,
            byline=change.byline or self.byline,
            sources=self.sources + tuple((change.day, source) for source in change.sources),
            summary=change.summary or self.summary,
        )


@dataclass(frozen=True)
class Change:
    """A later version of a piece."""

    day: int
    time: str
    kind: str = "update"
    stage: str = "published"  # or "draft", "review": not public yet, behind the live wording
    by: str = ""
    note: str = ""
    public_note: str = ""
    headline: str = ""
    standfirst: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    prepend: str = ""
    append: str = ""
    byline: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class Withdrawal:
    """When a piece, or an update of one, was taken down, and what stands in its place."""

    day: int
    time: str
    public_note: str


@dataclass(frozen=True)
class Entry:
    """An update of a running story. `time` is the one that it shows."""

    name: str  # by which suggestions name it
    day: int
    time: str
    wording: Wording
    by: str = ""
    stage: str = "published"  # or "draft", "review": readers have not seen it
    note: str = ""
    key: bool = False
    pinned: bool = False
    changes: tuple[Change, ...] = ()
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True)
class Promise:
    """When readers were told that the next update comes: at `next`, or so many minutes after the demo is made."""

    day: int
    time: str
    next: str = ""
    minutes: int = 0
    words: str = ""


@dataclass(frozen=True)
class Suggested:
    """What a reader says should read otherwise, and what becomes of it: open, applied or declined."""

    day: int
    time: str
    exact: str
    replacement: str
    about: str
    update: str = ""  # the name of one; by default the piece's own text
    remark: str = ""
    credit: str = ""
    becomes: str = "open"
    decided: str = ""  # at what time
    kind: str = ""
    public_note: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Piece:
    """One file."""

    name: str
    day: int
    time: str
    wording: Wording
    kind: str = "post"
    slug: str = ""
    by: str = ""  # the account that writes; by default that of the first byline
    section: str = ""
    tags: tuple[str, ...] = ()
    story: str = ""
    stage: str = "published"
    note: str = ""
    asked: str = ""  # what the editor wants changed, where that is the stage
    picture: str = ""
    changes: tuple[Change, ...] = field(default=())
    withdrawn: Withdrawal | None = None
    rolling: bool = False
    updates: tuple[Entry, ...] = ()
    promises: tuple[Promise, ...] = ()
    suggestions: tuple[Suggested, ...] = ()
    ended: str = ""  # when its coverage did, on its own day

    def wordings(self) -> list[Wording]:
        """Every wording of its own text and of its updates, each piece's first one first."""
        found: list[Wording] = []
        for first, changes in [(self.wording, self.changes), *((one.wording, one.changes) for one in self.updates)]:
            found += accumulate(changes, Wording.after, initial=first)
        return found


def all_pieces() -> list[Piece]:
    """Every piece, oldest first."""
    pieces = [read(path) for path in sorted((HERE / "pieces").glob("*.html"))]
    return sorted(pieces, key=lambda piece: (piece.day, piece.time, piece.name))


def read(path: Path) -> Piece:
    """One file. An unknown key is an error: it would be a misspelt one."""
    before, head, body = path.read_text(encoding="utf-8").split(FENCE, 2)
    if before:
        raise ValueError(f"{path.name}: something stands before the first {FENCE.strip()}")
    values: dict[str, Any] = tomllib.loads(head)
    day = values["day"]
    wording = Wording(
        headline=values.pop("headline"),
        standfirst=values.pop("standfirst"),
        body=body,
        byline=tuple(values.pop("byline")),
        sources=_sources(values, day),
        summary=values.pop("summary", ""),
    )
    changes = tuple(_change(change, day) for change in values.pop("changes", []))
    withdrawn = values.pop("withdrawn", None)
    return Piece(
        name=path.stem,
        slug=values.pop("slug", path.stem),
        tags=tuple(values.pop("tags", [])),
        picture=values.pop("image", {}).get("picture", ""),
        wording=wording,
        changes=changes,
        withdrawn=Withdrawal(**withdrawn) if withdrawn else None,
        updates=tuple(_entry(entry, day) for entry in values.pop("updates", [])),
        promises=tuple(Promise(**{"day": day} | promise) for promise in values.pop("promises", [])),
        suggestions=tuple(Suggested(**{"day": day} | one) for one in values.pop("suggestions", [])),
        **values,
    )


def table(name: str) -> dict[str, Any]:
    """One of the files that are lists: people, tags, stories, pictures."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def _entry(values: dict[str, Any], day: int) -> Entry:
    day = values.pop("day", day)
    withdrawn = values.pop("withdrawn", None)
    return Entry(
        day=day,
        wording=Wording(
            headline=values.pop("headline", ""),
            standfirst="",
            body=values.pop("text"),
            byline=tuple(values.pop("byline", [])),
            sources=_sources(values, day),
        ),
        changes=tuple(_change(change, day) for change in values.pop("changes", [])),
        withdrawn=Withdrawal(**{"day": day} | withdrawn) if withdrawn else None,
        **values,
    )


def _sources(values: dict[str, Any], day: int) -> tuple[tuple[int, Source], ...]:
    return tuple((day, Source(**source)) for source in values.pop("sources", []))


def _change(values: dict[str, Any], day: int) -> Change:
    return Change(
        day=values.pop("day", day),
        replace=tuple((old, new) for old, new in values.pop("replace", [])),
        byline=tuple(values.pop("byline", [])),
        sources=tuple(Source(**source) for source in values.pop("sources", [])),
        **values,
    )
