"""Somebody who types a command too early is told what comes first, not shown a traceback."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def manage(*words, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_tables_a_command_says_what_makes_them(tmp_path):
    database = f"sqlite:///{tmp_path}/empty.sqlite3"
    done = manage("verify", DJANGO_SETTINGS_MODULE="config.settings.dev", DATABASE_URL=database)
    assert done.returncode == 1
    assert done.stderr.endswith("Are its tables made? manage.py migrate makes them.\n")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_production_says_what_it_needs():
    done = manage("verify", DJANGO_SETTINGS_MODULE="config.settings.base", SECRET_KEY="", ALLOWED_HOSTS="", SITE_URL="")
    assert done.returncode == 1
    assert done.stderr.startswith("The site cannot start: production settings need SECRET_KEY")
    assert "SITE_URL" in done.stderr and "Traceback" not in done.stderr
