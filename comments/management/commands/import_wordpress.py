"""`manage.py import_wordpress FILE…`: posts, pages, comments and tags of a WordPress site, with its old addresses."""

from django.core.management.base import CommandParser

from blog.importing import wordpress
from comments.management.import_command import HIDE, SHOW, SKIP, DiscussedImport


class Command(DiscussedImport):
    help = "Brings in a WordPress site: the .xml files that Tools, Export makes (WXR 1.0 to 1.2), all parts at once."
    format = wordpress

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        self.add_media(parser)
        parser.add_argument(
            "--pings",
            choices=[HIDE, SHOW, SKIP],
            default=HIDE,
            help="pingbacks and trackbacks, the notices of sites that link here: for moderators only (what happens "
            "without it), shown as comments, or not brought in",
        )
