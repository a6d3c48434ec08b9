"""What two made of the same sequence: stretch by stretch, who changed it."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import NamedTuple

from merge3 import Merge3

from .sequences import Match, Work, aligned

KEPT, MINE, THEIRS, SAME, COLLISION = "kept", "mine", "theirs", "same", "collision"


class Region(NamedTuple):
    """A stretch of the base, and what stands there in the two others; `kind` says who changed it."""

    kind: str
    base: slice
    mine: slice
    theirs: slice


def regions(base: Sequence[Hashable], mine: Sequence[Hashable], theirs: Sequence[Hashable], work: Work) -> list[Region]:
    """All three from begin to end, in order. Between two stretches that are not `kept`, one is."""
    merge = Merge3(base, mine, theirs, sequence_matcher=partial(_Matcher, work))
    found: list[Region] = []
    at = (0, 0, 0)
    for start_b, end_b, start_m, end_m, start_t, end_t in merge.find_sync_regions():
        starts = (start_b, start_m, start_t)
        if at != starts:
            between = [slice(*ends) for ends in zip(at, starts, strict=True)]
            found.append(Region(_kind(base[between[0]], mine[between[1]], theirs[between[2]]), *between))
        if end_b > start_b:
            found.append(Region(KEPT, slice(start_b, end_b), slice(start_m, end_m), slice(start_t, end_t)))
        at = (end_b, end_m, end_t)
    return found


def joined(one: Region, *others: Region) -> Region:
    """Stretches that follow each other, as one collision."""
    last = others[-1]
    ends = [slice(a.start, b.stop) for a, b in zip(one[1:], last[1:], strict=True)]
    return Region(COLLISION, *ends)


def _kind(base: Sequence, mine: Sequence, theirs: Sequence) -> str:
    if mine == base:
        return THEIRS
    if theirs == base:
        return MINE
    return SAME if mine == theirs else COLLISION


class _Matcher:
    """Finds for merge3 what two sequences have in common, in a time that grows with their length."""

    def __init__(self, work: Work, _junk: None, a: Sequence[Hashable], b: Sequence[Hashable]):
        self.work, self.a, self.b = work, a, b

    def get_matching_blocks(self) -> list[Match]:
        same = [run for run in aligned(self.a, self.b, self.work) if run.same]
        found = [(run.start_a, run.start_b, run.end_a - run.start_a) for run in same]
        return [*found, (len(self.a), len(self.b), 0)]
