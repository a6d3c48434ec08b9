"""`manage.py import_blogger FILE…`: posts, pages and labels of a Blogger blog, with its old addresses."""

from blog.importing import blogger
from blog.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Brings in a Blogger blog: an old archive (blog-….xml), Takeout's feed.atom, or the whole Takeout as a zip."
    format = blogger
