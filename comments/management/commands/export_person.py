"""All that is kept about a person."""

import json

from django.core.management.base import BaseCommand

from comments import people
from comments.management.whom import add_whom, whom


class Command(BaseCommand):
    help = (
        "Prints as JSON all that is kept about a person who commented: comments, earlier wordings, what was done to "
        "them, mail that was asked for, reports, suggestions, bans. Without names and notes of moderators. Reads only."
    )

    def add_arguments(self, parser):
        add_whom(parser)

    def handle(self, *args, **options):
        self.stdout.write(json.dumps(people.export(whom(options)), indent=1, ensure_ascii=False))
