"""The pictures that lie beside a Takeout's blog, in its zip or in its unpacked folder: told by their file names alone.

Nothing in a Takeout says at which address a picture stood. Of two with one name ("x.jpg", "x(1).jpg") nobody can say
which is which: neither is taken.
"""

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from blog import pictures

from . import sizes
from .reading import Document

_NUMBERED = re.compile(r"\s?\(\d{1,3}\)(?=\.[^.]*\Z)")
_BLOG = re.compile(r"(.*(?:^|/)Blogger)/Blogs/([^/]+)/feed\.atom\Z")

Opened = Callable[[], bytes]


class Albums:
    """All pictures beside these documents, by name."""

    def __init__(self, documents: Iterable[Document] = ()):
        self.found: dict[str, list[Opened]] = defaultdict(list)
        self.alike: dict[str, set[str]] = defaultdict(set)  # name without a number → the names
        for document in documents:
            for name, opened in _beside(document):
                name = sizes.file_name(name)
                self.found[name].append(opened)
                self.alike[_NUMBERED.sub("", name)].add(name)

    def picture(self, name: str) -> bytes | None:
        """The one picture that has this name (as `sizes.file_name` spells it); None for none, or for two."""
        opened = self.found.get(name, [])
        if len(opened) != 1 or (not _NUMBERED.search(name) and len(self.alike[name]) > 1):
            return None
        try:
            return opened[0]()
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
            return None


def _beside(document: Document) -> Iterator[tuple[str, Opened]]:
    """Name and content of each file in the album of a blog."""
    if document.origin is None:
        return
    if document.member:
        with zipfile.ZipFile(document.origin) as packed:
            names = packed.namelist()
        blog = _BLOG.match(document.member)
        album = f"{blog[1]}/Albums/{blog[2]}/" if blog else None
        for name in names if album else []:
            if name.startswith(album) and not name.endswith(("/", ".json")):
                yield name, partial(_from_zip, document.origin, name)
    elif blog := _BLOG.match(document.origin.resolve().as_posix()):
        album = Path(blog[1], "Albums", blog[2])
        for path in sorted(album.iterdir()) if album.is_dir() else []:
            if path.suffix.lower() != ".json" and path.is_file() and not path.is_symlink():
                yield path.name, partial(_from_folder, path)


def _from_zip(origin: Path, member: str) -> bytes:
    with zipfile.ZipFile(origin) as packed, packed.open(member) as stream:
        return stream.read(pictures.LARGEST_FILE + 1)


def _from_folder(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(pictures.LARGEST_FILE + 1)
