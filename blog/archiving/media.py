"""The files below MEDIA_ROOT: which go into a file, and how they come back out of one."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from blog import renditions
from blog.importing.refusals import Refused

_PART = ".part-"  # how files are called until they are whole (`pictures`)
_SAFE = re.compile(r"[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*)*\Z")
_SHOWN = re.compile(rf"{re.escape(settings.MEDIA_URL)}([\w./~-]+)")
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp")
_MAIN = re.compile(r"pictures/[0-9a-f]{2}/([0-9a-f]{64})(?:-[1-9]\d{0,3}x[1-9]\d{0,3})?\.(?:jpg|png)\Z", re.ASCII)


class Shown:
    """Which pictures the wordings in a file show: those of public pieces need no others."""

    def __init__(self):
        self.hashes: set[str] = set()
        self.names: set[str] = set()

    def look_at(self, table: str, text: str) -> None:
        if table == "revisions" and settings.MEDIA_URL in text:
            self.hashes |= renditions.hashes_in(text)
            self.names.update(_SHOWN.findall(text))

    def keeps(self, table: str, row: dict) -> bool:
        return table != "pictures" or row["sha256"] in self.hashes

    def has(self, name: str) -> bool:
        return name in self.names or Path(name).name[:64] in self.hashes


def names(shown: Shown | None = None) -> Iterator[str]:
    """The files that there are, in order; with `shown` only its own. What is being written just now is none."""
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            if file.startswith(_PART) or path.is_symlink():
                continue
            if not name.isprintable():
                raise Refused(ascii(name), "a file of that name cannot be taken along: give it another one")
            if shown is None or shown.has(name):
                yield name


def path_of(name: str) -> Path:
    return Path(settings.MEDIA_ROOT, name)


class Stage:
    """Puts files into their places, and takes them away again where all of it comes to nothing."""

    def __init__(self, strict: bool):
        self.strict = strict  # somebody else may have made them: pictures only
        self.put: list[Path] = []
        self.folders: list[Path] = []

    def add(self, archive: str, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file beside its place, then move it there. The same one may be there already.

        Raises Refused: not a name for a file, not a picture, or another file is there.
        """
        is_fine = _SAFE.match(name) and name.lower().endswith(_PICTURES) if self.strict else is_below(name)
        if not is_fine or len(name) > 500:
            raise Refused(archive, f"“media/{name[:200]}” is no name of a picture")
        target = path_of(name)
        self._make(target.parent)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=_PART)
        try:
            sum_ = hashlib.sha256()
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    sum_.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            main = _MAIN.match(name)
            if self.strict and main and main[1] != sum_.hexdigest():
                raise Refused(archive, f"“media/{name}” is not the picture whose hash is its name")
            if target.exists():
                if _sum_of(target) != sum_.hexdigest():
                    raise Refused(archive, f"another file is there in place of “{name}”: {target}")
                return
            os.chmod(part, settings.FILE_UPLOAD_PERMISSIONS or 0o644)
            os.replace(part, target)
            self.put.append(target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)

    def _make(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            self.folders.append(one)

    def take_away(self) -> None:
        """Leave nothing of what was put."""
        for path in self.put:
            path.unlink(missing_ok=True)
        for folder in reversed(self.folders):
            with suppress(OSError):  # something of somebody else is in it
                folder.rmdir()


def is_below(name: str) -> bool:
    """Is it the name of a file below the folder, and nowhere else?"""
    return not {"", ".", ".."}.intersection(name.split("/")) and name.isprintable()


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened(name: str) -> BinaryIO:
    return path_of(name).open("rb")


def exists(name: str) -> bool:
    return bool(name) and path_of(name).is_file()
