"""What speaks against publishing a wording: each thing with what it is and where it stands. Some of it blocks.

`of_content` looks at the words alone; `found` adds what the database knows (links that no longer answer, a summary that
updates have overtaken). What blocks is refused in `workflow.bring_out`, whichever way leads there; what warns is asked
about at the desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Post, Revision, Update
from .revisions import Content

NAMES = (
    "headline",
    "variants",
    "pictures",
    "quotations",
    "links",
    "length",
    "doubled",
    "headings",
    "times",
    "reading",
    "summary",
)


@dataclass(frozen=True)
class Where:
    """A place in a wording: the field of the form, which paragraph (or source) of it, and the words there."""

    field: str  # headline, standfirst, summary, body, sources, image, happened_at
    number: int = 0  # 0: the whole field
    quoted: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: the name of the check, a sentence, where it is, and whether it blocks."""

    name: str  # one of NAMES
    words: str
    where: Where
    blocks: bool = False


def found(piece: Post | Update, revision: Revision) -> list[Finding]:
    """Everything that the checks find in this wording of the piece, in the order of NAMES."""
    return of_content(Content.of(revision))


def of_content(content: Content) -> list[Finding]:
    """What is found in the words alone, without asking the database."""
    return []


def blocking(piece: Post | Update, revision: Revision) -> list[Finding]:
    """What stands in the way of publishing: it blocks, and is not in what readers see already."""
    return [finding for finding in found(piece, revision) if finding.blocks]


def summary(revisions: Iterable[Revision]) -> dict[int, tuple[int, int]]:
    """For lists: how many checks each wording passes, of how many, by its key."""
    return {revision.pk: (len(NAMES), len(NAMES)) for revision in revisions}
