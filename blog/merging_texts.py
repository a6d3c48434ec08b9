"""What two made of one text, as one text: block by block, and word by word where both changed the same block.

Blocks are set against those of the base first, lists against lists, rows against rows. A block that only one of them
changed, moved, added or took away is as he has it. Blocks that both added at one place stand there both. Where one
changed what the other took away, or both the same words, both variants stand between signs (`variants`); where there
is no place for signs (between the cells of a table), what holds them is there twice.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import NamedTuple

from lxml import etree

from . import canonical, differences, merging_words, rendering, spelling, threeway, variants
from .canonical import HOLDS_TEXT
from .merging_words import Clash, Tangled
from .sequences import Work, aligned
from .threeway import COLLISION, KEPT, THEIRS
from .variants import Names

Element = etree._Element

_TEXTS = frozenset("p h2 h3 h4".split())  # one may become the other
_LISTS = frozenset("ul ol".split())
_TAKE_SIGNS = frozenset("div blockquote li td th dd details".split())
_STAND_ALONE = _TEXTS | {"li", "pre", "dd"}  # where they stand, two of them can


class Side(NamedTuple):
    """The blocks of one, and where each of the base's blocks stands among them."""

    blocks: list[Element]
    keys: list[bytes]
    places: dict[int, int]


def merge(base: str, mine: str, theirs: str, names: Names) -> tuple[str, list[Clash]]:
    """Three clean texts in one, clean as well, with the places where both variants stand.

    Every word that either typed is in it. Raises TooBig where both together are more than a text may be.
    """
    if mine in (base, theirs):
        return theirs, []
    if theirs == base:
        return mine, []
    root = etree.Element("div")
    weaver = _Weaver(names)
    weaver.blocks(root, *(list(_parsed(text)) for text in (base, mine, theirs)))
    return rendering.clean("\n".join(_spelt(block) for block in root)), weaver.clashes


class _Weaver:
    """Weaves two texts into one; `clashes` are the places where both variants stand."""

    def __init__(self, names: Names):
        self.names = names
        self.clashes: list[Clash] = []
        self.work = Work()

    def blocks(self, into: Element, bases: list[Element], mines: list[Element], theirses: list[Element]) -> None:
        """Put what became of the blocks into `into`. Raises Tangled where that cannot hold both variants of one."""
        keys = [_key(block) for block in bases]
        mine, theirs = self._side(bases, keys, mines), self._side(bases, keys, theirses)
        sequences = _of_base(keys), _of_side(keys, mine, theirs, "mine"), _of_side(keys, theirs, mine, "theirs")
        items = [[item for item, _place in sequence] for sequence in sequences]
        places = [[place for _item, place in sequence] for sequence in sequences]
        for region in threeway.regions(*items, self.work):
            of_base, of_mine, of_theirs = (
                [place for place in side[stretch] if place is not None]
                for side, stretch in zip(places, region[1:], strict=True)
            )
            if region.kind == KEPT:
                for place in of_base:
                    self._block(into, bases[place], mines[mine.places[place]], theirses[theirs.places[place]])
            else:
                ours, others = [mines[place] for place in of_mine], [theirses[place] for place in of_theirs]
                self._changed(into, region.kind, ours, others, is_new=not of_base)

    def _changed(
        self, into: Element, kind: str, mines: list[Element], theirses: list[Element], *, is_new: bool
    ) -> None:
        if kind == THEIRS:
            _copy(into, theirses)
        elif kind != COLLISION:
            _copy(into, mines)
        elif mines and theirses and is_new:
            self._both_added(into, mines, theirses)
        else:
            self._variants(into, mines, theirses)

    def _block(self, into: Element, base: Element, mine: Element, theirs: Element) -> None:
        """A block that all three have."""
        key, of_mine, of_theirs = _key(base), _key(mine), _key(theirs)
        if of_mine in (key, of_theirs):
            _copy(into, [theirs])
        elif of_theirs == key:
            _copy(into, [mine])
        else:
            known = len(self.clashes)
            try:
                into.append(self._woven(base, mine, theirs))
            except Tangled:
                del self.clashes[known:]
                self._variants(into, [mine], [theirs])

    def _woven(self, base: Element, mine: Element, theirs: Element) -> Element:
        three = (base, mine, theirs)
        out = etree.Element(_either(base.tag, mine.tag, theirs.tag))
        for name in {*base.attrib, *mine.attrib, *theirs.attrib}:
            value = _either(*(block.get(name) for block in three))
            if value is not None:
                out.set(name, value)
        if all(differences.holds_words(block) for block in three):
            self.clashes += merging_words.merge(out, *three, self.names, self.work, may_give_up=out.tag in _STAND_ALONE)
        elif out.tag == "table" and len({_columns(block) for block in three}) > 1:
            raise Tangled  # a column more here and a row more there
        elif out.tag == "tr":
            self._cells(out, *(list(block) for block in three))
        else:
            self.blocks(out, *(_parts(block) for block in three))
        return out

    def _cells(self, into: Element, bases: list[Element], mines: list[Element], theirses: list[Element]) -> None:
        if not len(bases) == len(mines) == len(theirses):
            raise Tangled
        for three in zip(bases, mines, theirses, strict=True):
            self._block(into, *three)

    def _both_added(self, into: Element, mines: list[Element], theirses: list[Element]) -> None:
        """Blocks that both added at one place: all of them; what is nearly the same, as two variants."""
        if into.tag not in _TAKE_SIGNS | _LISTS and into.tag not in {"tbody", "table", "thead", "tfoot", "dl"}:
            raise Tangled
        keys = [_key(block) for block in mines], [_key(block) for block in theirses]
        for run in aligned(*keys, self.work):
            if run.same:
                _copy(into, mines[run.start_a : run.end_a])
                continue
            ours, others = mines[run.start_a : run.end_a], theirses[run.start_b : run.end_b]
            at_mine = at_theirs = 0
            for place, other in [*self._alike(ours, others, of_added=True), (len(ours), len(others))]:
                _copy(into, others[at_theirs:other])
                _copy(into, ours[at_mine:place])
                if place < len(ours):
                    self._variants(into, [ours[place]], [others[other]])
                at_mine, at_theirs = place + 1, other + 1

    def _variants(self, into: Element, mine: list[Element], theirs: list[Element]) -> None:
        """Both, each behind its sign. Raises Tangled where none can stand."""
        if into.tag not in _TAKE_SIGNS | _LISTS:
            raise Tangled
        for name, blocks in ((self.names.theirs, theirs), (self.names.mine, mine)):
            _sign(into, variants.label(name, empty=not blocks))
            _copy(into, blocks)
        _sign(into, variants.ENDS)
        self.clashes.append(Clash(_said(mine), _said(theirs)))

    def _side(self, bases: list[Element], keys: list[bytes], blocks: list[Element]) -> Side:
        own = [_key(block) for block in blocks]
        places: dict[int, int] = {}
        for run in aligned(keys, own, self.work):
            if run.same:
                places |= zip(range(run.start_a, run.end_a), range(run.start_b, run.end_b), strict=True)
            else:
                pairs = self._alike(bases[run.start_a : run.end_a], blocks[run.start_b : run.end_b])
                places |= {run.start_a + one: run.start_b + other for one, other in pairs}
        return Side(blocks, own, places)

    def _alike(
        self, olds: Sequence[Element], news: Sequence[Element], *, of_added: bool = False
    ) -> list[tuple[int, int]]:
        """Which of them are one block, changed: in order, those that have the most words in common."""
        if not olds or not news or not self.work.take(10 * len(olds) * len(news)):
            return []
        alone = len(olds) == len(news) == 1 and not of_added
        if alone and olds[0].tag == news[0].tag and olds[0].tag not in HOLDS_TEXT:
            return [(0, 0)]  # what it holds is looked at there, not here and there
        bags = [[differences.bag(block) for block in side] for side in (olds, news)]

        def likeness(i: int, j: int) -> float:
            one, other = olds[i].tag, news[j].tag
            akin = one == other or {one, other} <= _TEXTS or {one, other} <= _LISTS
            return differences.likeness(one, bags[0][i], bags[1][j], alone) if akin else 0.0

        return _best_pairs(len(olds), len(news), likeness)


def _best_pairs(many: int, others: int, likeness: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Pairs in order whose likenesses are the most together."""
    best = [[0.0] * (others + 1) for _row in range(many + 1)]
    pairs_with: set[tuple[int, int]] = set()
    for i in reversed(range(many)):
        for j in reversed(range(others)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            degree = likeness(i, j)
            if degree and best[i + 1][j + 1] + degree >= best[i][j]:
                best[i][j] = best[i + 1][j + 1] + degree
                pairs_with.add((i, j))
    pairs, i, j = [], 0, 0
    while i < many and j < others:
        if (i, j) in pairs_with:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


# The sequences of which merge3 finds who changed what. Each block of the base stands between two gaps that all three
# have, so what happens at one place is nobody's business at the next.


Item = tuple[tuple, int | None]  # what it is compared by, and the place of the block that it stands for


def _of_base(keys: list[bytes]) -> list[Item]:
    found: list[Item] = []
    for place in range(len(keys)):
        found += [(("gap", place), None), (("from", place), None), (("block", place), place)]
    return [*found, (("gap", len(keys)), None), (("from", len(keys)), None)]


def _of_side(keys: list[bytes], side: Side, other: Side, name: str) -> list[Item]:
    added = _added(len(keys), side)
    found: list[Item] = []
    for place in range(len(keys) + 1):
        found += [(("gap", place), None), *((("new", side.keys[at]), at) for at in added[place])]
        found.append((("from", place), None))
        if place in side.places:
            at = side.places[place]
            # Changed by the one and taken away by the other: that is a collision, and nobody's deletion wins.
            is_alone = side.keys[at] != keys[place] and place not in other.places
            found.append(((name if is_alone else "block", place), at))
    return found


def _added(many: int, side: Side) -> list[list[int]]:
    """For the gap before each block of the base, the places of the blocks that came there."""
    added: list[list[int]] = [[] for _place in range(many + 1)]
    of_block = {at: place for place, at in side.places.items()}
    gap = 0
    for at in range(len(side.blocks)):
        if at in of_block:
            gap = of_block[at] + 1
        else:
            added[gap].append(at)
    return added


# Trees


def _parsed(source: str) -> Element:
    root = canonical.parsed(source)
    for block in root.iter("pre"):
        if (block.text or "").startswith("\n"):
            block.text = block.text[1:]  # written twice, or no parser would keep it
    for block in root:
        block.tail = None
    return root


def _spelt(block: Element) -> str:
    for one in block.iter("pre"):
        spelling.keep_first_line_break(one)
    return etree.tostring(block, encoding="unicode", method="html", with_tail=False)


def _key(block: Element) -> bytes:
    return etree.tostring(block, with_tail=False)


def _copy(into: Element, blocks: Sequence[Element]) -> None:
    for block in blocks:
        one = deepcopy(block)
        one.tail = None
        into.append(one)


def _sign(into: Element, text: str) -> None:
    holder = etree.SubElement(into, "li" if into.tag in _LISTS else "p")
    etree.SubElement(holder, "mark").text = text


def _either(base, mine, theirs):
    """What became of something that is one thing. Raises Tangled where both made something else of it."""
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    raise Tangled


def _parts(block: Element) -> list[Element]:
    return differences.parts_of(block) if differences.holds_words(block) else list(block)


def _columns(table: Element) -> int:
    return max((len(row) for row in table.iter("tr")), default=0)


def _said(blocks: list[Element]) -> str:
    return " ".join(" ".join(block.itertext()) for block in blocks).strip()
