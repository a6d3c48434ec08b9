"""The desk's pages, by what they are about."""

from . import (
    agenda,
    board,
    links,
    mail_settings,
    outgoing,
    people,
    pictures,
    posts,
    record,
    redirects,
    stories,
    story_types,
    suggestions,
    tags,
    tonight,
)

__all__ = [
    "agenda",
    "board",
    "links",
    "mail_settings",
    "outgoing",
    "people",
    "pictures",
    "posts",
    "record",
    "redirects",
    "stories",
    "story_types",
    "suggestions",
    "tags",
    "tonight",
]
