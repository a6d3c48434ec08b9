"""`manage.py import_blogger FILE…`: posts, pages, comments and labels of a Blogger blog, with its old addresses."""

from django.core.management.base import CommandParser

from blog.importing import blogger
from comments.management.import_command import DiscussedImport


class Command(DiscussedImport):
    help = "Brings in a Blogger blog: an old archive (blog-….xml), Takeout's feed.atom, or the whole Takeout as a zip."
    format = blogger

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        self.add_media(parser)
