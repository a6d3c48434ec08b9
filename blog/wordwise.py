"""Two blocks of words in one: words and signs set against each other, each in the inline elements it stood in."""

import re
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _
from lxml import etree

from .nodes import append
from .sequences import Run, Work, aligned

Element = etree._Element

INS, DEL = "ins", "del"

# Part of what a reader sees of a word; the others say something about it.
_SEEN = frozenset("strong em u s sub sup code kbd samp var q cite mark small".split())
_MARK = r"\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e\u3000-\u301c\u060c\u061b\u061f"
_EACH = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # scripts without spaces: each sign is a word
_PIECES = re.compile(rf"\s+|[{_EACH}]|[^{_MARK}{_EACH}]+(?:[.,:'’\-/][^{_MARK}{_EACH}]+)*|.", re.DOTALL)
_LINES = re.compile(r"\s*\S+|\s+")  # where every space counts


class Token(NamedTuple):
    """A word, a sign or a picture. `key`: what it is compared by; `stack`: the inline elements that it stands in."""

    key: Hashable
    text: str
    stack: tuple[Element, ...]
    node: Element | None = None
    silent: bool = False  # said only where it differs
    space: str = ""  # behind it
    space_stack: tuple[Element, ...] = ()


def compare(into: Element, old: Element, new: Element, work: Work) -> None:
    """What stands in two blocks of words, into a third."""
    olds, news = tokens(old), tokens(new)
    runs = aligned([token.key for token in olds], [token.key for token in news], work)
    writer = Writer(into)
    for run in _readable(runs, olds, news):
        if run.same:
            write(writer, news[run.start_b : run.end_b])
            if not news[run.end_b - 1].space and run.end_a < len(olds):
                writer.write("", (), olds[run.end_a - 1].space)  # what was there before a word that is gone
        else:
            write(writer, olds[run.start_a : run.end_a], DEL)
            write(writer, news[run.start_b : run.end_b], INS)
    writer.finish()


def _readable(runs: list[Run], olds: list[Token], news: list[Token]) -> list[Run]:
    """One change instead of two where only a few words between them are the same, fewer than have changed."""
    shown: list[Run] = []
    for place, run in enumerate(runs):
        if run.same and 0 < place < len(runs) - 1:
            between_them = olds[run.start_a : run.end_a]
            letters = _letters(between_them)
            beside = [
                max(_letters(olds[one.start_a : one.end_a]), _letters(news[one.start_b : one.end_b]))
                for one in (runs[place - 1], runs[place + 1])
            ]
            few = len(between_them) <= 3 and not any(token.silent or token.node is not None for token in between_them)
            run = run._replace(same=not (few and letters < min(beside)))
        if shown and not run.same and not shown[-1].same:
            shown[-1] = Run(False, shown[-1].start_a, run.end_a, shown[-1].start_b, run.end_b)
        else:
            shown.append(run)
    return shown


def _letters(tokens: Iterable[Token]) -> int:
    return sum(len(token.text) for token in tokens if not token.silent)


def tokens(block: Element) -> list[Token]:
    found: list[Token] = []
    _read(found, block, (), block.tag == "pre")
    return found


def _read(tokens: list[Token], element: Element, stack: tuple[Element, ...], keeps_space: bool) -> None:
    _read_text(tokens, element.text or "", stack, keeps_space)
    for child in element:
        if child.tag == "img":
            tokens.append(Token(("img", child.get("src", "")), "", stack, child))
            if alt := child.get("alt"):
                text = _("[picture: %(words)s]") % {"words": alt.replace("[", "(").replace("]", ")")}
                tokens.append(Token(("alt", alt), text, stack, silent=True))
        elif child.tag == "br":
            tokens.append(Token(("br",), _("[line break]"), stack, child, silent=True))
        else:
            href = child.get("href", "") if child.tag == "a" else ""
            inside = stack if child.tag == "a" and (not href or href.startswith("#")) else (*stack, child)
            _read(tokens, child, inside, keeps_space)
            if href:
                tokens.append(Token(("link", href), _leads_to(href), stack, silent=True))
        _read_text(tokens, child.tail or "", stack, keeps_space)


def _read_text(tokens: list[Token], text: str, stack: tuple[Element, ...], keeps_space: bool) -> None:
    seen = tuple(sorted({element.tag for element in stack} & _SEEN))
    for piece in (_LINES if keeps_space else _PIECES).findall(text):
        if not piece.isspace() or keeps_space:
            tokens.append(Token((piece, seen), piece, stack))
        elif tokens:
            tokens[-1] = tokens[-1]._replace(space=tokens[-1].space + piece, space_stack=stack)


def _leads_to(href: str) -> str:
    source = re.fullmatch(r"#t-(?:u\d+-)?s(\d+)", href)
    if source:
        return _("[source %(number)s]") % {"number": source[1]}
    return _("[link to %(address)s]") % {"address": href.replace("[", "%5B").replace("]", "%5D")}


def signs(text: str) -> list[str]:
    """Words, signs and the spaces between them: joined, they are the text."""
    return _PIECES.findall(text)


def pieces(text: str) -> list[str]:
    return [piece for piece in signs(text) if not piece.isspace()]


def write(writer: "Writer", tokens: list[Token], mark: str = "") -> None:
    """Write these words; what is only said where it differs, if they are marked."""
    for place, token in enumerate(tokens):
        if token.silent and mark:
            writer.write(mark, token.stack, f" {token.text}")
        elif token.text.isspace():
            writer.write("", token.stack, "" if mark == DEL else token.text)
        elif not token.silent:
            writer.write(mark, token.stack, token.text)
        if token.node is not None and (token.node.tag != "br" or mark != DEL):
            writer.put(mark if token.node.tag != "br" else "", token.stack, token.node)
        if token.space:
            writer.write(mark if place < len(tokens) - 1 else "", token.space_stack, token.space)


class Writer:
    """Writes words into a block, each in the inline elements it stood in, one after the other; then `finish`."""

    def __init__(self, block: Element):
        self.block = block
        self.open: list[tuple[Hashable, Element]] = []
        self.holder = block
        self.last: tuple[str, tuple[Element, ...]] | None = None  # what the last text stood in
        self.texts: list[str] = []  # of the holder, not in the tree yet: else its text would be copied for each word

    def write(self, mark: str, stack: tuple[Element, ...], text: str) -> None:
        if self.last is not None and self.last[0] == mark and self.last[1] is stack:
            self.texts.append(text)
            return
        self.last = (mark, stack)
        holder = self._holder(mark, stack)
        if holder is not self.holder:
            self.finish()
            self.holder = holder
        self.texts.append(text)

    def put(self, mark: str, stack: tuple[Element, ...], node: Element) -> None:
        self.finish()
        self.last = None
        self.holder = self._holder(mark, stack)
        etree.SubElement(self.holder, node.tag, dict(node.attrib))

    def finish(self) -> None:
        append(self.holder, self.texts)
        self.texts = []

    def _holder(self, mark: str, stack: tuple[Element, ...]) -> Element:
        """The innermost of the elements wanted: those that are open already, and new ones in them."""
        wanted: list[tuple[Hashable, str, dict]] = [(mark, mark, {})] if mark else []
        wanted += [(element, element.tag, dict(element.attrib)) for element in stack]
        kept = 0
        while kept < min(len(wanted), len(self.open)) and wanted[kept][0] == self.open[kept][0]:
            kept += 1
        if kept < len(self.open) or kept < len(wanted):
            self.finish()
        del self.open[kept:]
        for key, tag, attributes in wanted[kept:]:
            above = self.open[-1][1] if self.open else self.block
            self.open.append((key, etree.SubElement(above, tag, attributes)))
        return self.open[-1][1] if self.open else self.block
