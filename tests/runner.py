"""One of the processes of a race. Loaded once, in the process that all are forked off: no database is asked here."""
# ruff: noqa: E402 (Django is set up before anything of ours is loaded)

import importlib
import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"

import django

django.setup()

from django.conf import settings
from django.db import connection, connections

from config.settings import base, dev, test
from tests import runners


def run(job, environment, line):
    """Do the job once told to go, and send what came of it; `environment` is that of whoever started it."""
    _turn_to(environment)
    connection.ensure_connection()
    line.send("ready")
    line.recv()
    name, *arguments = job
    named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    line.send(json.dumps(getattr(runners, name)(*arguments, **named)))


def _turn_to(environment):
    """The settings that a new process would have in this environment."""
    os.environ.clear()
    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    for module in (base, dev, test):  # each takes over what the one before it says
        importlib.reload(module)
    for name in filter(str.isupper, vars(test)):
        setattr(settings, name, getattr(test, name))
    connections._settings = None
    vars(connections).pop("settings", None)
    del connections["default"]
