"""`manage.py rebuild_search`: is everything found by the words that readers see?"""

import sys
from typing import Any

from django.core.management.base import CommandParser

from blog import reindexing
from blog.management.housekeeping import HousekeepingCommand
from blog.models import Post


class Command(HousekeepingCommand):
    help = (
        "Compares the words by which each post is found with those that readers see, and puts right what differs, one "
        "post at a time, while the site runs. With --check it only looks, and exits with 1 when something differs. "
        "`rebuild_indexes` makes tags, sections, authors, sources and pictures again as well."
    )
    when_stopped = "What was put right stays so; run it again to go on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--check", action="store_true", help="change nothing")

    def handle(self, *, as_json: bool, check: bool, **options: Any) -> None:
        with self.progress(Post.objects.count(), "posts") as told:
            found = reindexing.rebuild(check=check, told=told)
        said = {"posts": found.posts, "wrong": found.wrong, "engine_wrong": found.engine_wrong, "changed": not check}
        what = "are found by other words than readers see" if check else "were found by other words, and put right"
        lines = [f"Looked at {found.posts} posts; {found.wrong} {what}."]
        if found.engine_wrong:
            lines.append(f"The search engine's own table {'is broken' if check else 'was broken, and is made again'}.")
        self.report(said, *lines, as_json=as_json)
        if check and not found.is_well():
            sys.exit(1)
