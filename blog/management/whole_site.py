"""What the commands share that put the whole site into a file, or bring it out of one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from blog.importing.refusals import Refused

REFUSED = 2


class WholeSiteCommand(BaseCommand):
    """Shows how far it is; ends with 2 and a sentence where it is refused, and with 1 where something is wrong."""

    @contextmanager
    def progress(self, of: Callable[[], int | None]) -> Iterator[Callable[[int], Any]]:
        """What to tell how many more rows are done, `of` all: that is only asked where somebody looks on."""
        looks_on = sys.stderr.isatty()
        try:
            with tqdm(
                total=of() if looks_on else None, unit=" rows", unit_scale=True, disable=not looks_on, leave=False
            ) as bar:
                yield bar.update
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        except DatabaseError as error:
            said = str(error).partition("\n")[0]
            raise CommandError(f"The database could not be used ({said}).", returncode=REFUSED) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was kept.", returncode=130) from None

    def say(self, rows: dict[str, int], media: int) -> None:
        """How much there was."""
        kinds = ", ".join(f"{many} {name.replace('_', ' ')}" for name, many in rows.items() if many)
        self.stdout.write(f"{sum(rows.values())} rows ({kinds or 'none'}) and {media} files.")
