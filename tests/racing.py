"""Several processes that do the same thing at the same moment, on a database that really commits.

`race` starts them, waits until all stand ready, and lets them go at once; each says what came of it. They are forked
off one process that has loaded everything and never asked a database: to load it for each took longer than the races.
"""

import json
import multiprocessing
import os
import signal
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from urllib.parse import quote

_PATIENCE = 60  # seconds

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.runner"])


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
    started = [_start(database, job) for job in jobs]
    try:
        for _runner, line in started:
            assert line.poll(_PATIENCE) and line.recv() == "ready"
        for _runner, line in started:
            line.send("go")
        return [_answer(runner, line) for runner, line in started]
    finally:
        for runner, line in started:
            runner.kill()
            runner.join()
            line.close()


def _start(database, job):
    here, there = _processes.Pipe()
    runner = _processes.Process(target=_run, args=(job, {**os.environ, "DATABASE_URL": database}, there))
    runner.start()
    there.close()  # so that the end of the process is the end of the line
    return runner, here


def _answer(runner, line):
    assert line.poll(_PATIENCE), "a runner did not come to an end"
    try:
        return json.loads(line.recv())
    except EOFError:
        runner.join(_PATIENCE)
        assert runner.exitcode == -signal.SIGKILL, f"a runner ended with {runner.exitcode}"
        return None


def _run(job, environment, line):
    """In the process of a runner."""
    from tests import runner

    runner.run(job, environment, line)
