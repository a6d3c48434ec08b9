"""`manage.py moderation_digest`: tells moderators by mail what waits. To be run every hour."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from comments import digests


class Command(BaseCommand):
    help = (
        "Writes the mails that tell moderators what waits, for those whose hour or day it is; send_outgoing sends "
        "them. Run every hour; a second run in the same hour changes nothing."
    )

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Moderators to be told: {digests.write(timezone.now())}.")
