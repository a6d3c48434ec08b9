from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BlogConfig(AppConfig):
    name = "blog"
    verbose_name = _("Newsroom")
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self):
        # The tables have to be known before who puts their rows into words.
        from . import account_mail, answering, channels, drafting, outbox, presence, suggestions, telling, verifying
        from .archiving import indexes, newsroom, tables

        outbox.register(answering.KINDS, afterwards=suggestions.forget_answered)
        for forget in (drafting.forget_old, presence.forget_old):
            outbox.register({}, afterwards=forget)
        outbox.register(channels.KINDS | telling.KINDS | account_mail.KINDS)
        tables.register(newsroom.TABLES, check=verifying.verify, finish=indexes.make)


class DeskConfig(AdminConfig):
    default = False
    default_site = "blog.desk.Desk"
