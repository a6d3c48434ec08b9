"""The folder of a copy: made beside, named at the end. A half copy never stands under the final name."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from .files import Files, link_or_copy

MARK = "writethru-export.json"  # by this a folder is known as a copy of ours, and its files from those of others


class NotOurs(Exception):
    """The folder cannot be used; the message says why."""


@contextmanager
def made(folder: Path) -> Iterator[tuple[Files, Path]]:
    """Gives what to write with, and a folder for what is kept meanwhile; at the end the copy takes its name.

    What stands in the folder and is not of an earlier copy (a .git, a CNAME) stays. Raises NotOurs.
    """
    before = check(folder)
    _clear_remains(folder)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        copy, raw = beside / "copy", beside / "raw"
        copy.mkdir()
        raw.mkdir()
        files = Files(copy, folder if before is not None else None)
        yield files, raw
        _mark(files)
        if folder.exists():
            _take_along(folder, copy, set(before or ()), files)
        copy.chmod(0o755)
        _swap(copy, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check(folder: Path) -> list[str] | None:
    """The files of the copy that stands there; None where nothing does. Raises NotOurs."""
    _bring_back(folder)
    if not folder.parent.is_dir():
        raise NotOurs(f"{folder.parent}: there is no such folder.")
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise NotOurs(f"{folder}: it is a file.")
    if not any(folder.iterdir()):
        return None
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return list(mark["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NotOurs(
            f"{folder}: it is not empty, and holds no copy made by this command. It stays as it is."
        ) from None


def _mark(files: Files) -> None:
    what = {"made_by": "Writethru", "site": settings.SITE_URL, "files": sorted(files.written)}
    files.write(MARK, (json.dumps(what, indent=1, ensure_ascii=False) + "\n").encode())


def _take_along(old: Path, new: Path, ours: set[str], files: Files) -> None:
    """What others put into the folder. Where a page of the copy has the same name now, the page wins."""
    ours.add(MARK)
    folders = {parent for file in ours for parent in Path(file).parents}
    for place, names, found in os.walk(old):
        here = Path(place).relative_to(old)
        for name in [*found, *(name for name in names if (Path(place) / name).is_symlink())]:
            file = (here / name).as_posix()
            if file not in ours and files.has_room(file) and not files.has(file):
                (new / here).mkdir(parents=True, exist_ok=True)
                link_or_copy(old / file, new / file)
        for name in names:
            if here / name not in folders and not (old / here / name).is_symlink() and not files.has(str(here / name)):
                (new / here / name).mkdir(parents=True, exist_ok=True)


def _swap(copy: Path, folder: Path) -> None:
    if not folder.exists():
        copy.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.old")
    folder.rename(old)
    copy.rename(folder)
    shutil.rmtree(old)


def _bring_back(folder: Path) -> None:
    """Whoever was killed between the two names of `_swap` left the copy before under another name."""
    old = folder.with_name(f".{folder.name}.old")
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def _clear_remains(folder: Path) -> None:
    for place in folder.parent.glob(f".{folder.name}.new-*"):
        shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(folder.with_name(f".{folder.name}.old"), ignore_errors=True)
