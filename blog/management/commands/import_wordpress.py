"""`manage.py import_wordpress FILE…`: posts, pages, tags and categories of a WordPress site, with its old addresses."""

from blog.importing import wordpress
from blog.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Brings in a WordPress site: the .xml files that Tools, Export makes (WXR 1.0 to 1.2), all parts at once."
    format = wordpress
