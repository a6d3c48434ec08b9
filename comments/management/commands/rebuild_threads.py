"""Do all comments stand where their parents say?"""

import sys
from itertools import islice
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm

from blog.management.housekeeping import HousekeepingCommand, refusal
from blog.models import Post
from comments import mending
from comments.models import Comment

MOST_NAMED = 20


class Command(HousekeepingCommand):
    help = (
        "Proves that every comment stands in its thread where its parents say, and that what is counted is there; "
        "mends what is not, one conversation at a time, while the site runs. With --check it only reads, names the "
        "first rows that are wrong, and exits with 1 when there are any."
    )
    when_stopped = "Conversations that were mended stay so; run it again to go on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--check", action="store_true", help="change nothing")
        parser.add_argument("--post", type=int, metavar="ID", help="the discussion of this post alone")

    def handle(self, *, as_json: bool, check: bool, post: int | None, **options: Any) -> None:
        if post is not None and not Post.objects.filter(pk=post).exists():
            raise refusal(f"There is no post {post}.")
        with tqdm(unit=" looks", disable=not sys.stderr.isatty(), leave=False) as bar:

            def told(what: str) -> None:
                bar.set_description(what, refresh=False)
                bar.update()

            mended = 0 if check else mending.mend(post, told)
            faults = mending.find(post, told)
            named = list(islice(faults, MOST_NAMED))
            more = sum(1 for _ in faults)
        comments = (Comment.objects.all() if post is None else Comment.objects.under(post)).count()
        lines = [f"Conversations and counts mended: {mended}."] if mended else []
        if not named:
            lines.append(f"All {comments} comments stand where they belong.")
        said = {"comments": comments, "mended": mended, "wrong": len(named) + more}
        said["faults"] = [fault._asdict() for fault in named]
        self.report(said, *lines, as_json=as_json)
        for fault in named:
            self.stderr.write(str(fault))
        if more:
            self.stderr.write(f"and {more} more")
        if named:
            sys.exit(1)
