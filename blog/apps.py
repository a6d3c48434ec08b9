from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BlogConfig(AppConfig):
    name = "blog"
    verbose_name = _("Newsroom")
    default_auto_field = "django.db.models.BigAutoField"
    default = True


class DeskConfig(AdminConfig):
    default = False
    default_site = "blog.desk.Desk"
