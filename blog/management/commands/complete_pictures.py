"""Make the files that pictures lack."""

import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from blog import pictures
from blog.models import Picture
from blog.rendering import Unacceptable


class Command(BaseCommand):
    help = (
        "Makes the sizes that are missing of pictures: of those from before there were any, and of those whose files "
        "were lost. Can be stopped and started again. Pieces that show an old picture keep its old file until it is "
        "chosen again."
    )

    def handle(self, *args, **options):
        made, failed = 0, []
        keys = list(Picture.objects.order_by("pk").values_list("pk", flat=True))
        for pk in tqdm(keys, unit=" pictures", disable=not sys.stderr.isatty()):
            picture = Picture.objects.get(pk=pk)
            try:
                made += pictures.complete(picture)
            except Unacceptable as refusal:
                failed.append(f"{picture.file.name}: {refusal}")
        self.stdout.write(f"Made files for {made} of {len(keys)} pictures.")
        if failed:
            raise CommandError("\n".join(failed))
