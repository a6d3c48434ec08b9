"""`manage.py stats`: how much there is, and what waits.

It stands in this app because it looks at both: stories know nothing of their discussion.
"""

from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from blog import figures as newsroom
from blog.management.housekeeping import HousekeepingCommand
from comments import figures as discussion

LINES = (
    "Posts      {posts}, {posts_live} of them live; pages {pages}, {pages_live} live; running stories {running}",
    "Drafts     {drafts}; in review {in_review}",
    "Record     {revisions} revisions, {events} events",
    "Updates    {updates}, {updates_live} of them live",
    "Comments   {comments}: visible {visible}, waiting {waiting}, held {held}, spam {spam}, removed or withdrawn "
    "{removed_or_withdrawn}; reported {reported}",
    "People     {authors} authors, {accounts} accounts, {staff} of them at the desk; {subscriptions} ask for mail",
    "Plans      {plans} to come, {plans_in_trouble} failed or missed and not seen by anybody",
    "Outgoing   {outgoing_waiting} waiting, {outgoing_given_up} given up",
    "Media      {pictures} pictures, {media_files} files, {media}",
    "Database   {database}",
)
WAITS = {
    "oldest_review": "a review",
    "oldest_suggestion": "a suggestion",
    "oldest_waiting": "a comment",
    "oldest_held": "a comment put aside",
    "oldest_report": "a report",
    "oldest_outgoing": "something to be sent",
}


class Command(HousekeepingCommand):
    help = (
        "Says how much there is (posts, revisions, updates, comments by state, people, pictures, sizes) and what has "
        "waited for longest. Quick also on a large site. Reads only."
    )
    when_stopped = "Nothing was changed."

    def handle(self, *, as_json: bool, **options: Any) -> None:
        found = newsroom.of_newsroom() | discussion.with_what_is_gone(newsroom.asked(discussion.QUESTIONS))
        found["media_files"], found["media_bytes"] = newsroom.of_media()
        sizes = {"media": found["media_bytes"], "database": found["database_bytes"]}
        words = found | {name: filesizeformat(size).replace("\xa0", " ") for name, size in sizes.items()}
        lines = [line.format(**words) for line in LINES]
        waiting = {name: found[name] for name in WAITS if found[name]}
        oldest = [f"  {WAITS[name]} since {timezone.localtime(at):%Y-%m-%d %H:%M}" for name, at in waiting.items()]
        said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}
        self.report(said, *lines, "Waits for longest:" if oldest else "Nothing waits.", *oldest, as_json=as_json)
