"""Taking a tree of HTML apart and putting it together: text and elements in reading order, without tails."""

from collections.abc import Iterable, Iterator

from lxml import etree

Node = str | etree._Element


def taken_out(element: etree._Element) -> list[Node]:
    """Take everything out of an element: texts and elements without tails, in order."""
    nodes: list[Node] = [element.text] if element.text else []
    for child in list(element):
        tail, child.tail = child.tail, None
        element.remove(child)
        nodes += [child, tail] if tail else [child]
    element.text = None
    return nodes


def append(element: etree._Element, nodes: Iterable[Node]) -> None:
    """Put these behind what the element holds."""
    last, texts = last_of(element), []
    for node in [*nodes, None]:
        if isinstance(node, str):
            texts.append(node)
            continue
        if texts and last is None:
            element.text = (element.text or "") + "".join(texts)
        elif texts:
            last.tail = (last.tail or "") + "".join(texts)
        texts = []
        if node is not None:
            element.append(node)
            last = node


def dissolve(root: etree._Element, gone: set[etree._Element], between: str = "") -> None:
    """Take these elements away and leave what they hold in their place, with `between` before and after it."""
    parents = dict.fromkeys(one.getparent() for one in root.iterdescendants() if one in gone) if gone else {}
    for parent in [one for one in parents if one not in gone]:
        append(parent, list(content(parent, gone, between)))


def content(element: etree._Element, gone: set[etree._Element], between: str | None) -> Iterator[Node | None]:
    for node in taken_out(element):
        if isinstance(node, str) or node not in gone:
            yield node
        else:
            yield between
            yield from content(node, gone, between)
            yield between


def last_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterchildren(reversed=True), None)
