"""Two wordings of one place in one text, each behind a sign that says whose it is.

    The bridge is ⟦⇄ Colin:⟧ shut ⟦⇄ Edith:⟧ closed ⟦⇄⟧ until Friday.

The signs are text, so they stand in a headline as in a paragraph, come back from every editor, and are read out. Each
of them is one by itself: a person keeps what is right and deletes the rest, and as long as one is left, it is found.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

SIGN = "⟦⇄"
ENDS = "⟦⇄⟧"
_OF_SIGNS = re.compile("[⟦⟧⇄]")
_LONGEST_NAME = 60


class Names(NamedTuple):
    """Whose the two wordings are, as the signs say it."""

    mine: str
    theirs: str

    @classmethod
    def of(cls, mine: str, theirs: str) -> "Names":
        """Two names that differ: one person may have written both, in two windows."""
        mine, theirs = (" ".join(_OF_SIGNS.sub("", name).split())[:_LONGEST_NAME] for name in (mine, theirs))
        if mine == theirs and mine:
            return cls(_("%(name)s, later") % {"name": mine}, _("%(name)s, before") % {"name": theirs})
        return cls(mine or _("The one"), theirs or _("The other"))


def label(name: str, *, empty: bool = False) -> str:
    """The sign before what this person wrote; `empty`: before nothing, where the words were taken out."""
    return f"{SIGN} {name}: {_('nothing')}⟧" if empty else f"{SIGN} {name}:⟧"


def of_part(name: str, part: str) -> str:
    """The sign before what this person wrote in a part that can hold one wording only."""
    return f"{SIGN} {name}: {_OF_SIGNS.sub('', part)}⟧"


def are_in(*texts: str) -> bool:
    """Does a sign stand in one of these texts?"""
    return any(SIGN in text for text in texts)
