"""Numbers for places in a tree, with gaps between them. Knows no models and no database."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def free_slice(left: int, right: int, last: tuple[int, int] | None) -> tuple[int, int] | None:
    """The interval of the next child in (left, right), behind the last one; None where there is no room.

    The first takes an eighth of what is free; each further one a smaller part, so that the end shrinks like the square
    root of their number. How many there were is not stored: the last one's width tells.
    """
    start = (last[1] if last else left) + 1
    free = right - start
    if free < 2:
        return None
    divisor = 8
    if last:
        width = last[1] - last[0] + 1
        divisor = (free + width) // width + 2
    return start, start + max(2, free // divisor) - 1


def numbered(root: Key, children: Mapping[Key, Sequence[Key]], top: int) -> Iterator[tuple[Key, int, int]]:
    """(key, left, right) of every comment of a whole tree, which gets the numbers from 1 to `top`.

    Free numbers stand before each right edge, in proportion to the number of children. However deep the tree is.
    """
    order = _from_the_root_down(root, children)
    below = len(order) - 1
    unit = (top - 2 - 2 * below) // (2 * below + 1)
    if unit < 1:
        raise ValueError(f"{below + 1} comments do not fit between 1 and {top}")
    yield root, 1, top
    edge = 1
    open_ones: list[tuple[Key, int]] = []  # with the left edge of each
    waiting = [iter(children.get(root, ()))]
    while waiting:
        key = next(waiting[-1], None)
        if key is not None:
            edge += 1
            open_ones.append((key, edge))
            waiting.append(iter(children.get(key, ())))
            continue
        waiting.pop()
        if open_ones:
            key, left = open_ones.pop()
            edge += 1 + unit * (1 + len(children.get(key, ())))
            yield key, left, edge


def _from_the_root_down(root: Key, children: Mapping[Key, Sequence[Key]]) -> list[Key]:
    found = [root]
    for key in found:  # grows while it is read
        found += children.get(key, ())
    return found
