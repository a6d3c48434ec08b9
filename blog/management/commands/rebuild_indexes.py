"""Make the indexes again from what is true."""

import sys

from django.core.management.base import BaseCommand
from django.db import transaction
from tqdm import tqdm

from blog import events, indexing, picture_uses
from blog.models import Post


class Command(BaseCommand):
    help = (
        "Makes tags, sections, authors, search and the uses of pictures say what the wordings say; `verify` tells when "
        "they do not. "
        "One post at a time, while the site runs; it can be stopped and started again."
    )

    def handle(self, *args, **options):
        keys = list(Post.objects.order_by("pk").values_list("pk", flat=True))
        try:
            for pk in tqdm(keys, unit=" posts", disable=not sys.stderr.isatty()):
                with transaction.atomic():
                    self._make_again(pk)
        finally:  # also when it is stopped half-way: pages that are kept show what was wrong before
            events.readers_see_other_names()
        self.stdout.write(f"Made again for {len(keys)} posts.")

    def _make_again(self, pk: int) -> None:
        post = events.lock(Post(pk=pk))
        if post.is_live():
            indexing.refresh(post)
            post.save(update_fields=["section"])
        else:
            indexing.clear(post)
        picture_uses.make_again(post)
