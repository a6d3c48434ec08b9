"""What the commands share that keep the house: `--json`, how far they are, and how they end.

0: done. 1: done or looked at, and something is wrong. 2: refused, in one sentence, and nothing was changed.
130: stopped by Ctrl-C or SIGTERM; what was begun is whole or not there.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

REFUSED = 2
STOPPED = 128 + signal.SIGINT


class HousekeepingCommand(BaseCommand):
    """A child gives `handle`, in which it says what came of it with `report`, and `when_stopped`, a sentence."""

    when_stopped = "Run it again to go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", dest="as_json", action="store_true", help="print the result as one JSON object, and nothing else"
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            with _told_to_end():
                return super().execute(*args, **options)
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {self.when_stopped}", returncode=STOPPED) from None

    def report(self, said: dict[str, Any], *lines: str, as_json: bool) -> None:
        """Print the result: as JSON, or in words."""
        if as_json:
            lines = (json.dumps(said, indent=1, ensure_ascii=False),)
        for line in lines:
            self.stdout.write(line)

    @contextmanager
    def progress(self, total: int | None, unit: str) -> Iterator[Callable[[int], Any]]:
        """What is to be told how many more are done; in a terminal it shows that, the rate, and the time left."""
        with tqdm(total=total, unit=f" {unit}", disable=not sys.stderr.isatty(), leave=False) as bar:
            yield bar.update


def refusal(sentence: str) -> CommandError:
    """To be raised before anything is changed."""
    return CommandError(sentence, returncode=REFUSED)


def without_nul(text: str) -> str:
    """The text. Raises CommandError where it holds a sign that no database keeps."""
    if "\0" in text:
        raise refusal("A name or an address cannot hold the sign NUL.")
    return text


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM means what Ctrl-C means: an open transaction is taken back, and what has to be done at the end is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
