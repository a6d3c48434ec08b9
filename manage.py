#!/usr/bin/env python
"""Runs a command of the site: `manage.py help` lists them."""

import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError


def main() -> None:
    """Read `.env` beside this file (what is already in the environment wins) and run the command."""
    environ.Env.read_env(Path(__file__).resolve().parent / ".env")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The site cannot start: {error}")
    except DatabaseError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"The database answers: {str(error).strip()}\nAre its tables made? manage.py migrate makes them.")


if __name__ == "__main__":
    main()
