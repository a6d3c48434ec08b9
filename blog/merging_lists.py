"""Lists that two changed at the same time: names, and sources with the citations that follow them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import citing
from .rendering import same_name

Source = Mapping[str, str]

_CITED = re.compile(r'<a\b[^>]*?\bhref="#t-(?:u\d+-)?s(\d+)"')


def merge_names(
    base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any], key: Callable[[Any], str]
) -> tuple[Any, ...]:
    """Names in the order of theirs, then mine: those that both kept, and those that either added."""
    keys = [{same_name(key(one)): one for one in side} for side in (base, mine, theirs)]
    gone = {name for name in keys[0] if name not in keys[1] or name not in keys[2]}
    found: dict[str, Any] = {}
    frame = keys[2], keys[1]
    if [name for name in keys[2] if name in keys[0]] == [name for name in keys[0] if name in keys[2]]:
        frame = keys[1], keys[2]  # only mine can have put them in another order
    for name in (name for side in frame for name in side):
        if name not in gone and name not in found:
            versions = [side[name] for side in keys if name in side]
            found[name] = next((one for one in versions[1:] if one != versions[0]), versions[0])
    return tuple(found.values())


@dataclass
class Row:
    """A source: which number it has with each of the three (None: it is not there), and what it says by now."""

    base: int | None
    mine: int | None
    theirs: int | None
    said: dict[str, str] = field(default_factory=dict)
    is_doubtful: bool = False  # taken away by one: it stays if the text still cites it


@dataclass
class Sources:
    """The sources of all three under numbers that they share; `clashes` are (number, part, mine, theirs)."""

    rows: list[Row]
    clashes: list[tuple[int, str, str, str]]

    def shared(self, text: str, side: str) -> str:
        """A text of `base`, `mine` or `theirs`, citing by the shared numbers."""
        places: dict[int, int | None] = {}
        for number, row in enumerate(self.rows, 1):
            if getattr(row, side) is not None:
                places[getattr(row, side) + 1] = number if row.said else None
        return citing.follow(text, places)

    def finished(self, *texts: str) -> tuple[tuple[dict[str, str], ...], list[str]]:
        """The sources that are left once these are the texts, and the texts with the numbers that they then have."""
        cited = {int(number) for text in texts for number in _CITED.findall(text)}
        left: list[dict[str, str]] = []
        places: dict[int, int | None] = {}
        for number, row in enumerate(self.rows, 1):
            if row.said and (not row.is_doubtful or number in cited):
                left.append(row.said)
                places[number] = len(left)
        return tuple(left), [citing.follow(text, places) for text in texts]


def merge_sources(base: Sequence[Source], mine: Sequence[Source], theirs: Sequence[Source]) -> Sources:
    """Row by row: what either added, what neither took away."""
    of_mine, of_theirs = _paired(base, mine), _paired(base, theirs)
    rows = [Row(at, of_mine.get(at), of_theirs.get(at)) for at in range(len(base))]
    new_theirs = [at for at in range(len(theirs)) if at not in of_theirs.values()]
    for at in range(len(mine)):
        if at not in of_mine.values():
            same = next((other for other in new_theirs if theirs[other] == mine[at]), None)
            rows.append(Row(None, at, same))
            new_theirs = [other for other in new_theirs if other != same]
    rows += [Row(None, None, at) for at in new_theirs]
    clashes = []
    for row in rows:
        clashes += _said(row, base, mine, theirs)
    rows = sorted(rows, key=_order_of(rows, of_theirs))
    numbers = {id(row): number for number, row in enumerate(rows, 1)}
    return Sources(rows, [(numbers[id(row)], *rest) for row, *rest in clashes])


def _said(row: Row, base: Sequence[Source], mine: Sequence[Source], theirs: Sequence[Source]) -> Iterator[tuple]:
    """Say what it is by now; gives the parts of which both made something else."""
    before = base[row.base] if row.base is not None else {}
    ours = mine[row.mine] if row.mine is not None else None
    other = theirs[row.theirs] if row.theirs is not None else None
    if ours is None or other is None:
        left = ours if other is None else other
        row.said = dict(left or {})
        row.is_doubtful = row.base is not None and left == before
        return
    for part in {**before, **ours, **other}:
        was, here, there = (one.get(part, "") for one in (before, ours, other))
        row.said[part] = there if here in (was, there) or there != was else here
        if here not in (was, there) and there != was:
            yield row, part, here, there


def _order_of(rows: list[Row], of_theirs: Mapping[int, int]) -> Callable[[Row], tuple]:
    """Those that are doubtful, or gone, last; new ones behind those that were there."""
    moved = list(of_theirs.values()) != sorted(of_theirs.values())

    def place(row: Row) -> tuple:
        first, second = (row.theirs, row.mine) if moved else (row.mine, row.theirs)
        is_new = row.base is None
        at = first if first is not None else second if second is not None else 0
        return (row.is_doubtful or not row.said, is_new, first is None, at)

    return place


def _paired(base: Sequence[Source], side: Sequence[Source]) -> dict[int, int]:
    """Which source is which: the same, or else one with the same address, or the same title."""
    pairs: dict[int, int] = {}
    left = list(range(len(side)))
    for like in (dict, *(lambda one, part=part: one.get(part) or None for part in ("url", "title", "outlet"))):
        for at, source in enumerate(base):
            if at in pairs or like(source) is None:
                continue
            other = next((one for one in left if like(side[one]) == like(source)), None)
            if other is not None:
                pairs[at] = other
                left.remove(other)
    return pairs
