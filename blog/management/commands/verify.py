"""Does everything that is kept agree?"""

import json
import sys
from itertools import islice

from django.core.management.base import BaseCommand
from tqdm import tqdm

from blog.models import Event, Post, Revision
from blog.verifying import verify

MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Walks every revision, every event and every pointer, and names the rows that do not agree, the first one "
        "first. Exits with 1 when there are any. Reads only."
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--all", action="store_true", help=f"name all of them, not the first {MOST_NAMED}")

    def handle(self, *args, **options):
        posts = Post.objects.count()
        with tqdm(total=posts, unit=" posts", disable=not sys.stderr.isatty()) as bar:
            lies = list(islice(verify(bar.update), None if options["all"] else MOST_NAMED))
        counted = {"posts": posts, "revisions": Revision.objects.count(), "events": Event.objects.count()}
        removed = Event.objects.filter(verb="remove").select_related("revision").order_by("pk")
        if options["json"]:
            gone = [{"post": event.post_id} | _what(event) for event in removed]
            self.stdout.write(json.dumps(counted | {"removed": gone, "lies": [vars(lie) for lie in lies]}, indent=1))
        elif not lies:
            self.stdout.write("All agree: {posts} posts, {revisions} revisions, {events} events.".format(**counted))
            for event in removed:
                what = ", ".join(f"{name} {number}" for name, number in _what(event).items())
                self.stdout.write(
                    f"Removed for legal reasons: post {event.post_id}, {what}, {event.at:%Y-%m-%d} by {event.by_name}."
                )
        for lie in lies:
            self.stderr.write(str(lie))
        if lies:
            sys.exit(1)


def _what(event):
    """What went: a version, or what was said in events, by their numbers."""
    return {"version": event.revision.number} if event.revision else {"sentences": event.details["sentences"]}
