"""Which items of one sequence stand in another one: words of two paragraphs, blocks of two texts.

Short sequences are compared by difflib. In long ones the items that occur once on both sides hold the rest together
(what is called a patience difference), and what lies between them is compared in the same way. The work is counted:
where there is too much of it, the remainder is said to have nothing in common, which is coarse and never wrong.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

SHORT = 40_000  # pairs of items, as 200 on either side
MOST_WORK = 300_000  # pairs of equal items, and of blocks that are weighed against each other; a long story has 20,000


Match = tuple[int, int, int]  # where in the one, where in the other, how many


class Run(NamedTuple):
    """Items `start_a` to `end_a` of the one and `start_b` to `end_b` of the other; with `same`, equal ones."""

    same: bool
    start_a: int
    end_a: int
    start_b: int
    end_b: int


class Work:
    """How much may still be done for one comparison."""

    def __init__(self, left: int = MOST_WORK):
        self.left = left

    def take(self, much: int) -> bool:
        """Is there so much left? Then it is taken."""
        if much > self.left:
            return False
        self.left -= much
        return True


def aligned(a: Sequence[Hashable], b: Sequence[Hashable], work: Work) -> list[Run]:
    """Both sequences as runs in order, equal ones and others in turn."""
    runs: list[Run] = []
    at_a = at_b = 0
    for start_a, start_b, length in [*_joined(_matches(a, b, work)), (len(a), len(b), 0)]:
        if start_a > at_a or start_b > at_b:
            runs.append(Run(False, at_a, start_a, at_b, start_b))
        at_a, at_b = start_a + length, start_b + length
        if length:
            runs.append(Run(True, start_a, at_a, start_b, at_b))
    return runs


def _matches(a: Sequence[Hashable], b: Sequence[Hashable], work: Work) -> list[Match]:
    """What is equal, in order. Keeps its own stack: no text is too long for it."""
    found: list[Match] = []
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        start_a, end_a, start_b, end_b = waiting.pop()
        head = _common(a[start_a:end_a], b[start_b:end_b])
        found.append((start_a, start_b, head))
        start_a, start_b = start_a + head, start_b + head
        tail = _common(a[start_a:end_a][::-1], b[start_b:end_b][::-1])
        end_a, end_b = end_a - tail, end_b - tail
        found.append((end_a, end_b, tail))
        part_a, part_b = a[start_a:end_a], b[start_b:end_b]
        if len(part_a) * len(part_b) <= SHORT:
            if work.take(_equal_pairs(part_a, part_b)):
                matcher = SequenceMatcher(None, part_a, part_b, autojunk=False)
                found += [(start_a + at_a, start_b + at_b, many) for at_a, at_b, many in matcher.get_matching_blocks()]
        elif work.take((len(part_a) + len(part_b)) // 4):
            held = [(start_a + at_a, start_b + at_b) for at_a, at_b in _held_together(part_a, part_b)]
            found += [(at_a, at_b, 1) for at_a, at_b in held]
            ends = [*held, (end_a, end_b)] if held else []
            for (from_a, from_b), (to_a, to_b) in zip([(start_a - 1, start_b - 1), *held], ends, strict=False):
                waiting.append((from_a + 1, to_a, from_b + 1, to_b))
    return sorted(match for match in found if match[2])


def _common(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many items both begin with."""
    return next((at for at, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


def _equal_pairs(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """What difflib has to go through."""
    counts = Counter(b)
    return sum(counts[item] for item in a)


def _held_together(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest chain of places at which both have an item that occurs once on either side."""
    counts_a, counts_b = Counter(a), Counter(b)
    places = {item: place for place, item in enumerate(b) if counts_b[item] == 1}
    pairs = [(place, places[item]) for place, item in enumerate(a) if counts_a[item] == 1 and item in places]
    ends: list[int] = []  # the least place in b at which a chain of each length ends
    holders: list[int] = []  # and the pair that ends it
    before: list[int] = []
    for number, (_place, other) in enumerate(pairs):
        length = bisect_left(ends, other)
        before.append(holders[length - 1] if length else -1)
        ends[length : length + 1] = [other]
        holders[length : length + 1] = [number]
    chain = []
    number = holders[-1] if holders else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _joined(matches: Iterable[Match]) -> list[Match]:
    """The same, those that follow each other at once as one."""
    found: list[Match] = []
    for at_a, at_b, length in matches:
        if found and (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]) == (at_a, at_b):
            found[-1] = (*found[-1][:2], found[-1][2] + length)
        else:
            found.append((at_a, at_b, length))
    return found
