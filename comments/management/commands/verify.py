"""`manage.py verify`: does everything that is kept agree?

It stands in this app because it looks at both: stories know nothing of their discussion.
"""

import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.management.base import CommandParser

from blog import verifying
from blog.management.housekeeping import HousekeepingCommand
from blog.models import Event, Post, Revision
from comments import verifying as discussion
from comments.mending import Fault
from comments.models import Comment

MOST_NAMED = 20


class Command(HousekeepingCommand):
    help = (
        "Walks every revision, every event, every pointer and every comment, and names the rows that do not agree, the "
        "first one first: hashes, chains, what posts say of themselves, tags, sections, authors, sources, search, "
        "pictures; places in threads, counts, acts, wordings, clean HTML. Reads only, while the site runs. Exits with "
        "1 when there are any."
    )
    when_stopped = "Nothing was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help=f"name all of them, not the first {MOST_NAMED}")

    def handle(self, *, as_json: bool, **options: Any) -> None:
        counted = {
            "posts": Post.objects.count(),
            "revisions": Revision.objects.count(),
            "events": Event.objects.count(),
            "comments": Comment.objects.count(),
        }
        lies, more = [], 0
        with self.progress(sum(counted.values()), "rows") as told:
            for lie in chain(verifying.verify(told), map(_as_lie, discussion.verify(told))):
                if options["all"] or len(lies) < MOST_NAMED:
                    lies.append(lie)
                    self.stderr.write(str(lie))
                else:
                    more += 1
        removed = list(_removed())
        said = counted | {"removed": [event for event, _line in removed], "lies": [vars(lie) for lie in lies]}
        agree = "{posts} posts, {revisions} revisions, {events} events, {comments} comments".format(**counted)
        lines = [] if lies else [f"All agree: {agree}.", *(line for _event, line in removed)]
        self.report(said | {"more": more}, *lines, as_json=as_json)
        if more:
            self.stderr.write(f"and {more} more (--all names them)")
        if lies:
            sys.exit(1)


def _as_lie(fault: Fault) -> verifying.Lie:
    if fault.comment_id is None:
        return verifying.Lie("blog_tally", fault.post_id, fault.what)
    return verifying.Lie("comments_comment", fault.comment_id, f"{fault.what} (post {fault.post_id})")


def _removed() -> Iterator[tuple[dict[str, Any], str]]:
    """What was taken out for legal reasons: a version, or what was said in events, by their numbers."""
    for event in Event.objects.filter(verb="remove").select_related("revision").order_by("pk").iterator():
        what = {"version": event.revision.number} if event.revision else {"sentences": event.details["sentences"]}
        spelt = ", ".join(f"{name} {number}" for name, number in what.items())
        yield (
            {"post": event.post_id} | what,
            f"Removed for legal reasons: post {event.post_id}, {spelt}, {event.at:%Y-%m-%d} by {event.by_name}.",
        )
