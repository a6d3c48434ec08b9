"""What a WSGI server loads: `gunicorn config.wsgi`."""

import os
from contextlib import suppress
from pathlib import Path

import django
import environ
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

django.setup(set_prefix=False)


class Request(WSGIRequest):
    """One that can always be made: `blog.middleware.in_utf_8` refuses those that say what nobody can read."""

    def _set_content_type_params(self, meta):
        # "charset=hex" is no spelling of text: Django would fail at the query, before any middleware is asked.
        with suppress(LookupError, UnicodeError):
            super()._set_content_type_params(meta)


class Handler(WSGIHandler):
    request_class = Request


application = Handler()
