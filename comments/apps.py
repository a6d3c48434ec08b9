from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from . import checks  # noqa: F401  (registers what the site is asked when it starts)


class CommentsConfig(AppConfig):
    name = "comments"
    verbose_name = _("Discussion")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The tables have to be known before who puts their rows into words.
        from blog import outbox
        from blog.archiving import tables

        from . import archiving, digests, letters, models, posting, verifying

        outbox.register(letters.KINDS | digests.KINDS)
        writers = {models.Comment: posting.put_back}
        tables.register(archiving.TABLES, check=verifying.verify, finish=archiving.count, writers=writers)
