"""Stories and what is known of them.

Two tables hold the truth: a `Revision` is something that was written, an `Event` something that was done. Both only
ever grow, and the database refuses who tries otherwise. Everything else here is a pointer or an index that can be
checked against them (`manage.py verify`).
"""

from .allowances import Allowance, TooFast, address_key
from .drafts import Draft, Presence
from .hooks import Webhook
from .indexes import Edition, SearchEntry
from .labels import SLUG, Author, Story, StoryType, Synonym, Tag, TagAct, TaggedPost
from .outgoing import Outgoing
from .pictures import Picture, PictureUse
from .posts import Place, Post, PostQuerySet, discussion_ends_at, labels_of, public_address
from .previews import PreviewLink, PreviewVisit
from .reception import WHOLE_SITE, Numbers, Tally
from .record import AppendOnly, Event, Revision, name_of
from .reviews import Muted, PassageNote, ReviewRequest, ReviewStep, to_look_over
from .schedules import Schedule
from .sources import CheckedLink, CitedSource, outlet_slug
from .suggestions import LONGEST_REPLACEMENT, Suggestion
from .updates import Spot, Update

__all__ = [
    "LONGEST_REPLACEMENT",
    "SLUG",
    "WHOLE_SITE",
    "Allowance",
    "AppendOnly",
    "Author",
    "CheckedLink",
    "CitedSource",
    "Draft",
    "Edition",
    "Event",
    "Muted",
    "Numbers",
    "Outgoing",
    "PassageNote",
    "Picture",
    "PictureUse",
    "Place",
    "Post",
    "PostQuerySet",
    "Presence",
    "PreviewLink",
    "PreviewVisit",
    "ReviewRequest",
    "ReviewStep",
    "Revision",
    "Schedule",
    "SearchEntry",
    "Spot",
    "Story",
    "StoryType",
    "Suggestion",
    "Synonym",
    "Tag",
    "TagAct",
    "TaggedPost",
    "Tally",
    "TooFast",
    "Update",
    "Webhook",
    "address_key",
    "discussion_ends_at",
    "labels_of",
    "name_of",
    "outlet_slug",
    "public_address",
    "to_look_over",
]
