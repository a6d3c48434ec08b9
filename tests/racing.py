"""Several processes that do the same thing at the same moment, on a database that really commits.

`race` starts them, waits until all stand ready, and lets them go at once; each says what came of it. As a program
(`python -m tests.racing`), this is one of the runners.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from urllib.parse import quote


def database_for_race(connection, folder):
    """The address of a database with what is in this one: the same on PostgreSQL, a copy in a file on SQLite."""
    if connection.vendor == "postgresql":
        settings = connection.settings_dict
        return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={quote(str(settings['HOST']))}"
    path = Path(folder) / "race.sqlite3"
    with closing(connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")  # as the first connection leaves it; two cannot change it at once
    return f"sqlite:///{path}"


def race(database, *jobs):
    """Run the jobs, each in a process of its own, all at once; what each gave, in order, None where it was killed.

    A job is a list: a name and arguments; a dict at the end has those with names.
    """
    environment = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    runners = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.racing", json.dumps(job)],
            cwd=Path(__file__).parents[1],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for job in jobs
    ]
    try:
        for runner in runners:
            assert runner.stdout.readline() == "ready\n"
        for runner in runners:
            runner.stdin.write("go\n")
            runner.stdin.flush()
        said = [runner.communicate(timeout=60)[0] for runner in runners]
        killed = [runner.returncode == -signal.SIGKILL for runner in runners]
        return [None if dead else json.loads(given) for dead, given in zip(killed, said, strict=True)]
    finally:
        for runner in runners:
            runner.kill()
            runner.wait()


def run(job):
    import django

    django.setup()
    from django.db import connection

    from tests import runners

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    name, *arguments = job
    named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    print(json.dumps(getattr(runners, name)(*arguments, **named)))


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
