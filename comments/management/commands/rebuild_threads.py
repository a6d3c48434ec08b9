"""Do all comments stand where their parents say?"""

import sys
from contextlib import contextmanager
from itertools import islice

from django.core.management.base import BaseCommand
from tqdm import tqdm

from comments import mending
from comments.models import Comment

MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Proves that every comment stands in its thread where its parents say, and that what is counted is there; "
        "mends what is not, one conversation at a time, while the site runs. With --check it only reads, names the "
        "first rows that are wrong, and exits with 1 when there are any."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing")
        parser.add_argument("--post", type=int, metavar="ID", help="the discussion of this post alone")

    def handle(self, *args, check, post, **options):
        with progress() as told:
            mended = 0 if check else mending.mend(post, told)
            faults = mending.find(post, told)
            named = list(islice(faults, MOST_NAMED))
            more = sum(1 for _ in faults)
        if mended:
            self.stdout.write(f"Conversations and counts mended: {mended}.")
        for fault in named:
            self.stderr.write(str(fault))
        if more:
            self.stderr.write(f"and {more} more")
        if named:
            sys.exit(1)
        comments = Comment.objects.all() if post is None else Comment.objects.under(post)
        self.stdout.write(f"All {comments.count()} comments stand where they belong.")


@contextmanager
def progress():
    """Something that is told what is being looked at, and shows it in a terminal."""
    with tqdm(unit=" looks", disable=not sys.stderr.isatty()) as bar:

        def told(what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update()

        yield told
