"""What changed between two wordings, as HTML in which `<ins>` and `<del>` stand round words.

Blocks are set against blocks first, lists against lists, rows against rows; within two that belong together words are
compared with the emphasis they stand in, so that lost bold is a change. What words do not show is said in brackets: the
address of a link, the description of a picture. The last step is `rendering.clean`, as for everything that is shown.

Not by lxml's `htmldiff`: it compares words alone, takes writers' own `<ins>` and `<del>` for its own, and says nothing
of emphasis and of what is written beside a picture.
"""

import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lxml import etree

from . import canonical, rendering, spelling, wordwise
from .canonical import BLOCKS, HOLDS_EITHER, HOLDS_TEXT
from .sequences import Work, aligned
from .wordwise import DEL, INS

Element = etree._Element

ALIKE = 0.4  # of the words of two blocks that are one block, changed
IN_STEP = 0.75  # of the words of each of several blocks: then nothing else is tried
ALIKE_ALONE = 0.2  # where nothing else is there to be it
MOVED = 5  # words; shorter blocks are the same by chance
CONTEXT = 1  # unchanged blocks that are shown beside a changed one
LONGEST_PART = 50_000  # characters of a paragraph that is shown without its markup

_ONLY_ONE = frozenset("caption thead tfoot figcaption summary".split())  # of its kind in what it is part of
_WRITERS_OWN = {"ins": "u", "del": "s"}  # marks in a text that look as ours do
_TAG = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>")
_EMPTY = re.compile(r"<(p|h[234]|[uo]l|li|dl|d[td]|blockquote|pre|fig(?:ure|caption)|caption|summary)>\s*</\1>\n?")
_VOID = frozenset("br hr img".split())


class Stretch(NamedTuple):
    """Part of a difference as it is shown: blocks, or how many unchanged ones are left out."""

    html: SafeString
    left_out: int


@dataclass(frozen=True)
class Difference:
    """Two texts in one: `html` is the newer one with what was taken out of the older one."""

    html: SafeString

    def __bool__(self) -> bool:
        """Is there any difference to be seen?"""
        return _is_marked(self.html)

    @cached_property
    def changes(self) -> int:
        """How many places differ."""
        return len(re.findall(r"<ins>|</del>(?!\s*<ins>)", self.html))

    def stretches(self, *, full: bool = False) -> list[Stretch]:
        """To be shown: what changed, with one unchanged block before and after; `full`: everything."""
        if full:
            return [Stretch(self.html, 0)]
        blocks = _blocks(self.html)
        near = {
            place + step
            for place, block in enumerate(blocks)
            if _is_marked(block)
            for step in range(-CONTEXT, CONTEXT + 1)
        }
        shown: list[Stretch] = []
        for place, block in enumerate(blocks):
            if place in near:
                shown.append(Stretch(mark_safe(block), 0))
            elif shown and shown[-1].left_out:
                shown[-1] = Stretch(mark_safe(""), shown[-1].left_out + 1)
            else:
                shown.append(Stretch(mark_safe(""), 1))
        return shown

    def older(self) -> "Difference":
        """The older text alone, with what was taken out of it marked."""
        return Difference(without(self.html, INS))

    def newer(self) -> "Difference":
        """The newer text alone, with what came into it marked."""
        return Difference(without(self.html, DEL))

    def sides(self, *, full: bool = False) -> tuple[list[Stretch], list[Stretch]]:
        """`stretches` for the older and the newer text beside each other: where the one is folded, so is the other."""
        shown = self.stretches(full=full)
        older, newer = (
            [stretch._replace(html=without(stretch.html, mark)) for stretch in shown] for mark in (INS, DEL)
        )
        return older, newer


def between(old_html: str, new_html: str) -> Difference:
    """What changed from one clean text to another one. No word of either is left out, and none is made up but what
    stands in brackets."""
    if old_html == new_html:
        return Difference(mark_safe(_cleaned([_spelt(block) for block in _parsed(new_html)])))
    root = etree.Element("div")
    _compare_blocks(root, list(_parsed(old_html)), list(_parsed(new_html)), Work())
    return Difference(mark_safe(_cleaned([_spelt(block) for block in root])))


def words(old: str, new: str) -> SafeString:
    """What changed from one plain text to another one, as HTML to stand in a line."""
    sides = []
    for text in (old, new):
        sides.append(etree.Element("p"))
        sides[-1].text = rendering.CONTROLS.sub("", text)
    out = etree.Element("p")
    wordwise.compare(out, *sides, Work())
    return mark_safe(_spelt(out)[len("<p>") : -len("</p>")])


def lines(old: Sequence[str], new: Sequence[str]) -> Difference:
    """What changed from one list of plain texts to another one."""
    return between(*("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in side) + "</ul>" for side in (old, new)))


def without(html: SafeString, mark: str) -> SafeString:
    """A difference without what has this mark, and without the blocks that held nothing else."""
    text = re.sub(rf"<{mark}>.*?</{mark}>", "", html, flags=re.DOTALL)
    emptied = len(text) < len(html)
    while emptied:
        text, emptied = _EMPTY.subn("", text)
    return mark_safe(text.strip())


# Blocks


def _compare_blocks(into: Element, olds: list[Element], news: list[Element], work: Work) -> None:
    """Put the blocks of both into `into`: the unchanged, and the others marked or compared."""
    keys = [[etree.tostring(block, with_tail=False) for block in side] for side in (olds, news)]
    runs = aligned(*keys, work)
    gone = {key for run in runs if not run.same for key in keys[0][run.start_a : run.end_a]}
    came = {key for run in runs if not run.same for key in keys[1][run.start_b : run.end_b]}
    moved = gone & came
    for run in runs:
        if run.same:
            into.extend(deepcopy(block) for block in news[run.start_b : run.end_b])
            continue
        ends = slice(run.start_a, run.end_a), slice(run.start_b, run.end_b)
        gap = [
            [(block, key in moved) for block, key in zip(side[end], of_side[end], strict=True)]
            for side, of_side, end in zip((olds, news), keys, ends, strict=True)
        ]
        _compare_gap(into, *gap, work)


def _compare_gap(into: Element, olds: list[tuple[Element, bool]], news: list[tuple[Element, bool]], work: Work) -> None:
    """Blocks of which none is equal to its counterpart; with each, whether it stands somewhere else now."""
    at_old = at_new = 0
    for place_old, place_new in [*_paired(olds, news, work), (len(olds), len(news))]:
        for block, has_moved in olds[at_old:place_old]:
            _mark(into, block, DEL, _("[moved from here]") if has_moved and _is_worth_it(block) else "")
        for block, has_moved in news[at_new:place_new]:
            _mark(into, block, INS, _("[moved here]") if has_moved and _is_worth_it(block) else "")
        if place_old < len(olds) and place_new < len(news):
            _compare(into, olds[place_old][0], news[place_new][0], work)
        at_old, at_new = place_old + 1, place_new + 1


def _paired(olds: list[tuple[Element, bool]], news: list[tuple[Element, bool]], work: Work) -> list[tuple[int, int]]:
    """Which of them are one block, changed: in order, those that have the most words in common."""
    if not olds or not news or not work.take(10 * len(olds) * len(news)):
        return []
    if {block.tag for block, _moved in [*olds, *news]} <= {"td", "th"} and len(olds) == len(news):
        return [(place, place) for place in range(len(olds)) if olds[place][0].tag == news[place][0].tag]
    alone = len(olds) == len(news) == 1
    bags = [[bag(block) for block, _moved in side] for side in (olds, news)]
    if _are_in_step(olds, news, bags):
        return [(place, place) for place in range(len(olds))]
    best = [[0.0] * (len(news) + 1) for _old in range(len(olds) + 1)]
    alike = {}
    for i in reversed(range(len(olds))):
        for j in reversed(range(len(news))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if olds[i][1] or news[j][1] or olds[i][0].tag != news[j][0].tag:
                continue
            degree = likeness(olds[i][0].tag, bags[0][i], bags[1][j], alone)
            if degree and best[i + 1][j + 1] + degree >= best[i][j]:
                best[i][j] = best[i + 1][j + 1] + degree
                alike[i, j] = True
    pairs, i, j = [], 0, 0
    while i < len(olds) and j < len(news):
        if alike.get((i, j)):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _are_in_step(olds: list, news: list, bags: list[list[Counter]]) -> bool:
    """Is each of them the one that stands at the same place on the other side? Mostly so, where all were touched."""
    return len(olds) == len(news) and all(
        not (old[1] or new[1]) and old[0].tag == new[0].tag and _shared(*both) >= IN_STEP
        for old, new, both in zip(olds, news, zip(*bags, strict=True), strict=True)
    )


def likeness(tag: str, old: Counter, new: Counter, alone: bool) -> float:
    """How much of two blocks with these words is the same; 0 where it is too little to be one block."""
    if tag in _ONLY_ONE or (alone and tag not in HOLDS_TEXT):
        return 1.0
    shared = _shared(old, new)
    return shared if shared >= (ALIKE_ALONE if alone else ALIKE) else 0.0


def _shared(old: Counter, new: Counter) -> float:
    return 2 * (old & new).total() / max(1, old.total() + new.total())


def bag(block: Element) -> Counter:
    """Its words, signs and pictures, without their order."""
    pictures = (picture.get("src", "") for picture in block.iter("img"))
    return Counter([*(piece for text in block.itertext() for piece in wordwise.pieces(text)), *pictures])


def _is_worth_it(block: Element) -> bool:
    return len("".join(block.itertext()).split()) >= MOVED


def _compare(into: Element, old: Element, new: Element, work: Work) -> None:
    """Two blocks that are one, changed."""
    out = etree.SubElement(into, new.tag, dict(new.attrib))
    if holds_words(old) and holds_words(new):
        wordwise.compare(out, old, new, work)
    else:
        _compare_blocks(out, parts_of(old), parts_of(new), work)


def _mark(into: Element, block: Element, mark: str, say: str = "") -> None:
    """A block that is only in one of the texts. `say` stands before its first word."""
    if block.tag == "hr":
        out = etree.SubElement(into, "p")
        etree.SubElement(out, mark).text = _("[dividing line]")
        return
    out = etree.SubElement(into, block.tag, dict(block.attrib))
    if not holds_words(block):
        for place, part in enumerate(parts_of(block)):
            _mark(out, part, mark, "" if place else say)
        return
    writer = wordwise.Writer(out)
    if say:
        writer.write(mark, (), f"{say} ")
    wordwise.write(writer, wordwise.tokens(block), mark)
    writer.finish()


def holds_words(block: Element) -> bool:
    """Does it hold words by themselves, and no blocks?"""
    return block.tag in HOLDS_TEXT or (block.tag in HOLDS_EITHER and not any(child.tag in BLOCKS for child in block))


def parts_of(block: Element) -> list[Element]:
    """The blocks in a block; words and pictures that stand there by themselves as paragraphs."""
    if holds_words(block):
        paragraph = deepcopy(block)
        paragraph.tag, paragraph.tail = "p", None
        paragraph.attrib.clear()
        return [paragraph] if len(paragraph) or paragraph.text else []
    parts = []
    for child in block:
        if child.tag not in BLOCKS:
            paragraph = etree.Element("p")
            paragraph.append(deepcopy(child))
            child = paragraph
        parts.append(child)
    return parts


# Reading and spelling


def _parsed(source: str) -> Element:
    """A clean text as a tree. Its ids go, since the words of one may be shown twice; writers' own marks are renamed."""
    root = canonical.parsed(source)
    for element in root.iterdescendants():
        element.attrib.pop("id", None)
        element.tag = _WRITERS_OWN.get(element.tag, element.tag)
        if element.tag in {"u", "s"}:
            element.attrib.pop("datetime", None)
        if element.tag == "pre" and (element.text or "").startswith("\n"):
            element.text = element.text[1:]  # written twice, or no parser would keep it
    for block in root:
        block.tail = None
    return root


def _cleaned(blocks: list[str]) -> str:
    """The finished text. One that is longer or deeper than a text may be is cleaned in parts."""
    try:
        return rendering.clean("\n".join(blocks))
    except rendering.TooBig:
        if len(blocks) == 1:
            return _without_markup(blocks[0])
        half = len(blocks) // 2
        return f"{_cleaned(blocks[:half])}\n{_cleaned(blocks[half:])}"


def _without_markup(block: str) -> str:
    """The words of a block that is too much by itself, as paragraphs."""
    paragraphs = []
    for part in re.split(r"(<ins>.*?</ins>|<del>.*?</del>)", block, flags=re.DOTALL):
        text, mark = rendering.plain(part), part[1:4] if part.startswith(("<ins>", "<del>")) else ""
        for at in range(0, len(text), LONGEST_PART):
            words = escape(text[at : at + LONGEST_PART])
            paragraphs.append(f"<p><{mark}>{words}</{mark}></p>" if mark else f"<p>{words}</p>")
    return "\n".join(paragraphs)


def _spelt(block: Element) -> str:
    if block.tag == "pre":
        spelling.keep_first_line_break(block)
    return etree.tostring(block, encoding="unicode", method="html", with_tail=False)


def _is_marked(html: str) -> bool:
    return f"<{INS}>" in html or f"<{DEL}>" in html


def _blocks(html: str) -> list[str]:
    """The blocks of a clean text, as they are spelt."""
    blocks, depth, start = [], 0, 0
    for tag in _TAG.finditer(html):
        depth += 0 if tag[2] in _VOID else -1 if tag[1] else 1
        if depth == 0 and (tag[1] or tag[2] in _VOID):
            blocks.append(html[start : tag.end()].strip("\n"))
            start = tag.end()
    return blocks
