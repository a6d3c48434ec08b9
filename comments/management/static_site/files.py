"""The files of a copy: pages, pictures, styles. What is as it was before is the same file, with its old time."""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders

from .addresses import Address, between, file_of

_IN_STYLES = re.compile(r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)")


class Files:
    """Writes into `folder`; `before` is the copy that stands under the final name now, if there is one."""

    def __init__(self, folder: Path, before: Path | None):
        self.folder, self.before = folder, before
        self.written: set[str] = set()
        self.same = 0
        self.missing: set[str] = set()
        self._wanted: dict[str, str | None] = {}  # path on the site → file
        self._folders: set[str] = set()

    between = staticmethod(between)

    def want(self, path: str) -> None:
        self._wanted.setdefault(path, None)

    def name_of(self, path: str) -> str | None:
        """The file of a picture or style that is in the copy."""
        return self._wanted.get(path)

    def has(self, file: str) -> bool:
        return file in self.written

    def has_room(self, file: str) -> bool:
        """Is there no file where a folder would have to be, nor a folder where this file would?"""
        return file not in self._folders and not self.written.intersection(_above(file))

    def gather(self) -> None:
        """Copy every picture and style that pages show, and what styles name in turn."""
        waiting = list(self._wanted)
        while waiting:
            path = waiting.pop()
            source, file = _on_disk(path), file_of(Address(path), is_html=False)
            if source is None or file is None:
                self.missing.add(path)
                continue
            self._wanted[path] = file
            self._copy(source, file)
            if file.endswith(".css"):
                for other in self._named_in(source, path):
                    if other not in self._wanted:
                        self._wanted[other] = None
                        waiting.append(other)

    def write(self, file: str, body: bytes) -> None:
        if self._is_as_before(file, lambda old: old.stat().st_size == len(body) and old.read_bytes() == body):
            return
        target = self._place(file)
        target.write_bytes(body)

    def _copy(self, source: Path, file: str) -> None:
        def is_same(old: Path) -> bool:
            return old.stat().st_size == source.stat().st_size and old.read_bytes() == source.read_bytes()

        if not self._is_as_before(file, is_same):
            shutil.copy2(source, self._place(file))

    def _is_as_before(self, file: str, is_same) -> bool:
        """Take the file of the copy before, if it is the same, with its time: who sends on what is new passes it by."""
        old = self.before / file if self.before else None
        if old is None or not old.is_file() or old.is_symlink() or not is_same(old):
            return False
        link_or_copy(old, self._place(file))
        self.same += 1
        return True

    def _place(self, file: str) -> Path:
        self.written.add(file)
        self._folders.update(_above(file))
        target = self.folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _named_in(self, source: Path, path: str) -> Iterable[str]:
        for link in _IN_STYLES.findall(source.read_text(encoding="utf-8")):
            if not urlsplit(link).scheme:
                yield unquote(urlsplit(urljoin(path, link)).path)


def link_or_copy(old: Path, new: Path) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)


def _above(file: str) -> set[str]:
    parts = file.split("/")[:-1]
    return {"/".join(parts[: count + 1]) for count in range(len(parts))}


def _on_disk(path: str) -> Path | None:
    """Where a file is kept that the site has under this path; never one from elsewhere."""
    if path.startswith(settings.MEDIA_URL):
        return _below(Path(settings.MEDIA_ROOT), path.removeprefix(settings.MEDIA_URL))
    name = path.removeprefix(settings.STATIC_URL)
    found = _below(Path(settings.STATIC_ROOT), name)
    if found is None and ".." not in name.split("/") and (elsewhere := finders.find(name)):
        found = Path(elsewhere)
    return found


def _below(root: Path, name: str) -> Path | None:
    target = (root / name).resolve()
    return target if target.is_relative_to(root.resolve()) and target.is_file() else None
