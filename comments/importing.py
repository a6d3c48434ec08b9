"""Comments of another site, brought in with their states, times and answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from .models import Comment


@dataclass(frozen=True)
class Record:
    """One comment as another site kept it. Records come in any order."""

    source_id: str  # how that site names it; unique within its source
    post: str  # how that site names the piece that it stands under
    written_at: datetime
    name: str = ""
    html: str = ""  # as it is; it is cleaned on the way in
    email: str = ""
    address: str = ""  # internet address; only its key is kept
    answers: str = ""  # `source_id` of the comment that it answers
    state: str = Comment.State.VISIBLE


@dataclass
class Outcome:
    """What became of the records, in numbers."""

    brought: int = 0
    known: int = 0  # were here already, or twice in what was given
    set_free: int = 0  # of `brought`: answered something that is not there, or went round in a circle: now at the top
    without_post: int = 0
    refused: int = 0  # nothing that can be shown was left of them, or too much


def bring_in(records: Iterable[Record], *, source: str, post_of: Callable[[str], int | None]) -> Outcome:
    """Store the records of `source` that are not here yet. `post_of` gives the key of the post a record names.

    A second run brings what is new, below what the first one brought as well.
    """
    raise NotImplementedError
