"""The discussion. A `Comment` stands in its thread by numbers that `comments.posting` alone hands out.

A `ModerationAct` is something that was done to one; acts are only ever added, and the database refuses who tries
otherwise.
"""

from .readers import Digest, Report, Subscription
from .record import ModerationAct, Wording
from .rules import Ban, HouseRules, KnownSite, ListedWord
from .threads import Comment, CommentQuerySet, Reason, Spot

__all__ = [
    "Ban",
    "Comment",
    "CommentQuerySet",
    "Digest",
    "HouseRules",
    "KnownSite",
    "ListedWord",
    "ModerationAct",
    "Reason",
    "Report",
    "Spot",
    "Subscription",
    "Wording",
]
