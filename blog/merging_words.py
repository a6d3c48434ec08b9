"""Words that two changed at the same time: both changes in one line, and both variants where they collide.

A word is compared with the inline elements that it stands in, so that emphasis and links are changes as words are, and
go with their words. They are written as a tree: no tag can be left open.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from . import threeway, variants
from .sequences import Work
from .threeway import COLLISION, KEPT, MINE, THEIRS, Region
from .variants import Names
from .wordwise import Writer, signs

Element = etree._Element
Stack = tuple[Element, ...]

FEW = 3  # words between two changes of which one collides: they are read as one
MOST_IN_A_BLOCK = 3  # collisions; with more of them the block is read better twice
_LINES = re.compile(r"\n|[^\n]+")  # of preformatted text


class Tangled(Exception):
    """Two changes that cannot stand in one piece of markup: whoever holds it shows it twice."""


class Clash(NamedTuple):
    """What either wrote in one place."""

    mine: str
    theirs: str


class Token(NamedTuple):
    """A word, a sign, a picture. `key`: what it is compared by; `stack`: the inline elements that it stands in."""

    key: tuple
    text: str
    stack: Stack
    node: Element | None = None
    space: str = ""  # behind it
    space_stack: Stack = ()


def merge(
    into: Element,
    base: Element,
    mine: Element,
    theirs: Element,
    names: Names,
    work: Work,
    *,
    may_give_up: bool = False,
) -> list[Clash]:
    """What stands in three blocks of words, into a fourth; gives the places where both variants stand.

    With `may_give_up` it raises Tangled where there are so many that the block is better read twice.
    """
    alike: dict[tuple, Element] = {}
    bases, mines, theirses = ([*_Reader(alike, block)] for block in (base, mine, theirs))
    keys = [[token.key for token in side] for side in (bases, mines, theirses)]
    found = _readable(threeway.regions(*keys, work), bases, mines, theirses)
    clashes = [
        Clash(_said(mines[region.mine]), _said(theirses[region.theirs])) for region in found if region.kind == COLLISION
    ]
    if may_give_up and clashes and (len(clashes) > MOST_IN_A_BLOCK or _mostly(clashes, mines, theirses)):
        raise Tangled
    line = _Line(into, alike)
    for region, following in zip(found, [*found[1:], None], strict=True):
        if region.kind == KEPT:
            _write_kept(line, bases[region.base], mines[region.mine], theirses[region.theirs], following)
        elif region.kind == COLLISION:
            line.both(mines[region.mine], theirses[region.theirs], names)
        else:
            line.write(theirses[region.theirs] if region.kind == THEIRS else mines[region.mine])
    line.finish()
    return clashes


def merge_line(base: str, mine: str, theirs: str, names: Names) -> tuple[str, list[Clash]]:
    """The same for plain texts."""
    if mine in (base, theirs):
        return theirs, []
    if theirs == base:
        return mine, []
    blocks = [etree.Element("p") for _text in range(4)]
    for block, text in zip(blocks[1:], (base, mine, theirs), strict=True):
        block.text = text
    clashes = merge(*blocks, names, Work())
    return "".join(blocks[0].itertext()), clashes


def _readable(found: list[Region], bases: list[Token], mines: list[Token], theirses: list[Token]) -> list[Region]:
    """One collision instead of several with hardly a word between them."""
    shown: list[Region] = []
    for region in found:
        shown.append(region)
        while len(shown) > 2 and shown[-2].kind == KEPT and _belong_together(*shown[-3:], bases):
            shown[-3:] = [threeway.joined(*shown[-3:])]
    return shown


def _belong_together(before: Region, kept: Region, after: Region, bases: list[Token]) -> bool:
    if COLLISION not in (before.kind, after.kind) or KEPT in (before.kind, after.kind):
        return False
    between = bases[kept.base]
    return len(between) <= FEW and not any("\n" in token.space or token.node is not None for token in between)


def _said(tokens: Sequence[Token]) -> str:
    return "".join(token.text + token.space for token in tokens).strip()


def _mostly(clashes: list[Clash], mines: list[Token], theirses: list[Token]) -> bool:
    """Do both variants make up most of the block? Where that is a few words, they are read well where they are."""
    collided = sum(len(clash.mine) + len(clash.theirs) for clash in clashes)
    return collided > 120 and collided > 0.6 * (len(_said(mines)) + len(_said(theirses)))


def _write_kept(
    line: "_Line", bases: list[Token], mines: list[Token], theirses: list[Token], following: Region | None
) -> None:
    last = len(bases) - 1
    for place, (base, mine, theirs) in enumerate(zip(bases, mines, theirses, strict=True)):
        side = theirs if mine.space == base.space else mine
        if place == last and following is not None:  # the space before what one of them wrote is his
            side = {MINE: mine, THEIRS: theirs}.get(following.kind, mine if mine.space else theirs)
        line.write([mine._replace(space=side.space, space_stack=side.space_stack)])


class _Reader:
    """The tokens of a block. Elements of all blocks that look the same are one in `alike`."""

    def __init__(self, alike: dict[tuple, Element], block: Element):
        self.alike = alike
        self.tokens: list[Token] = []
        self.is_pre = block.tag == "pre"
        self._read(block, (), ())

    def __iter__(self):
        return iter(self.tokens)

    def _read(self, element: Element, stack: Stack, looks: tuple) -> None:
        self._read_text(element.text or "", stack, looks)
        turns: dict[Element, int] = {}
        for child in element:
            look = _look(child)
            if child.tag in {"img", "br"}:
                self._add(("node", look, looks), stack, child)
            else:
                # Of two that follow each other at once, the second is another one: they stay two.
                before = child.getprevious()
                touches = before is not None and not before.tail and _look(before) == look
                turns[child] = 1 - turns.get(before, 0) if touches else 0
                alike = self.alike.setdefault((look, turns[child]), child)
                count = len(self.tokens)
                self._read(child, (*stack, alike), (*looks, look))
                if len(self.tokens) == count and child.get("id"):  # says nothing: others lead there
                    self._add(("node", look, looks), stack, child)
            self._read_text(child.tail or "", stack, looks)

    def _add(self, key: tuple, stack: Stack, node: Element) -> None:
        self.tokens.append(Token(key, "", stack, node))

    def _read_text(self, text: str, stack: Stack, looks: tuple) -> None:
        for piece in _LINES.findall(text) if self.is_pre else signs(text):
            if self.is_pre or not piece.isspace():
                self.tokens.append(Token(("word", piece, looks), piece, stack))
            elif self.tokens:
                last = self.tokens[-1]
                self.tokens[-1] = last._replace(space=last.space + piece, space_stack=stack)


def _look(element: Element) -> tuple:
    return (element.tag, *sorted(element.attrib.items()))


class _Line:
    """Writes tokens and signs into a block."""

    def __init__(self, block: Element, alike: dict[tuple, Element]):
        self.writer = Writer(block)
        self.between = "\n" if block.tag == "pre" else " "
        self.of_signs: Stack = () if block.tag == "pre" else (alike.setdefault(("sign",), etree.Element("mark")),)
        self.is_apart = True

    def write(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.node is not None:
                self.writer.put("", token.stack, token.node)
            else:
                self.writer.write("", token.stack, token.text)
            if token.space:
                self.writer.write("", token.space_stack, token.space)
            self.is_apart = bool(token.space) or token.text.endswith("\n")

    def both(self, mine: Sequence[Token], theirs: Sequence[Token], names: Names) -> None:
        """Both variants, each behind its sign."""
        for name, tokens in ((names.theirs, theirs), (names.mine, mine)):
            self._sign(variants.label(name, empty=not tokens))
            self.write(tokens)
        self._sign(variants.ENDS)

    def finish(self) -> None:
        self.writer.finish()

    def _sign(self, text: str) -> None:
        if not self.is_apart:
            self.writer.write("", (), self.between)
        self.writer.write("", self.of_signs, text)
        self.writer.write("", (), self.between)
        self.is_apart = True
