"""Writes the file: every table as it was at one moment, then the media, then the sums."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from blog.importing.refusals import Refused
from blog.models import Picture

from . import contents, media, values
from .contents import ARCHIVE, BACKUP, VERSION, Part

SUMS, MANIFEST, SCHEMA, README = "SHA256SUMS", "manifest.json", "schema.json", "README.txt"
_TOLD = """This is a whole site in one file. docs/moving-out.md of Writethru describes it.

manifest.json   what kind of file this is, what was asked for, and how many rows each table has
schema.json     a JSON Schema (draft 2020-12); $defs/NAME is for the lines of data/NAME.jsonl
data/*.jsonl    the tables: one row a line, in UTF-8, in the order of their keys
media/          pictures, under the names that the texts use below the site's /media/
SHA256SUMS      the sum of every other file: sha256sum -c SHA256SUMS
"""


@dataclass
class Written:
    """What went into a file."""

    rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    media: int = 0
    missing: list[str] = field(default_factory=list)  # pictures of which a file is not there


def archive(file: Path, asked: Collection[str] = (), told: Callable[[int], Any] = lambda rows: None) -> Written:
    """Write an archive of the site. `told` hears how many more rows are written. Raises Refused where it cannot be."""
    return _write(file, ARCHIVE, contents.of_archive(asked), {"with": sorted(asked)}, told)


def backup(file: Path, told: Callable[[int], Any] = lambda rows: None) -> Written:
    """Write everything there is. Whoever reads the file is in the house: it is written for its owner alone."""
    about = {"made_at": timezone.now().isoformat(), "site": settings.SITE_URL, "migrations": migrations()}
    return _write(file, BACKUP, contents.of_backup(), about, told)


def how_many(parts: list[Part]) -> int:
    """About how many rows will be written."""
    return sum(part.queryset().count() for part in parts)


def migrations() -> list[str]:
    """Those that this database has had: whoever has had the same ones has the same tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [f"{app}.{name}" for app, name in cursor.fetchall()]


@contextmanager
def one_moment() -> Iterator[None]:
    """While this lasts, everything is read as it was when it began, and nobody waits for it."""
    if connection.in_atomic_block:  # somebody else has begun
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own would keep everybody from writing
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _write(file: Path, kind: str, parts: list[Part], about: dict[str, Any], told: Callable[[int], Any]) -> Written:
    written = Written()
    with _beside(file) as target, zipfile.ZipFile(target, "w") as packed:
        packer = _Packer(packed)
        packer.put(README, _TOLD.encode())
        packer.put(SCHEMA, json.dumps(contents.schema(parts), indent=1, ensure_ascii=False).encode())
        shown = None if kind == BACKUP or "drafts" in about["with"] else media.Shown()
        with one_moment():
            values.forget_names()
            for part in parts:
                written.rows[part.name] = packer.rows(part, shown, written, told)
            written.left_out = contents.counts_left_out(parts)
        for name in media.names(shown):
            with media.opened(name) as source:
                packer.copy(f"media/{name}", source)
            written.media += 1
        manifest = {"format": kind, "version": VERSION, **about, "rows": written.rows, "media": written.media}
        packer.put(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        packer.put_sums()
    return written


@contextmanager
def _beside(file: Path) -> Iterator[BinaryIO]:
    """A file that stands in its place once it is whole, for its owner alone; until then there is none."""
    if file.exists():
        raise Refused(str(file), "there is a file of that name already")
    try:
        handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        raise Refused(str(file), f"it cannot be written there ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, file)
    except OSError as error:
        raise Refused(str(file), f"it cannot be written ({error.strerror})") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


class _Packer:
    """Puts members into a file one after the other, and knows their sums. Nothing in it tells when or where."""

    def __init__(self, packed: zipfile.ZipFile):
        self.packed, self.sums = packed, []

    @contextmanager
    def member(self, name: str, kind: int = zipfile.ZIP_DEFLATED) -> Iterator[Callable[[bytes], None]]:
        about = zipfile.ZipInfo(name)
        about.compress_type, about.external_attr = kind, 0o600 << 16
        sum_ = hashlib.sha256()
        with self.packed.open(about, "w", force_zip64=True) as target:

            def add(data: bytes) -> None:
                sum_.update(data)
                target.write(data)

            yield add
        self.sums.append(f"{sum_.hexdigest()}  {name}\n")

    def put(self, name: str, data: bytes) -> None:
        with self.member(name) as add:
            add(data)

    def copy(self, name: str, source: BinaryIO) -> None:
        with self.member(name, zipfile.ZIP_STORED) as add:
            while chunk := source.read(1 << 20):
                add(chunk)

    def rows(self, part: Part, shown: media.Shown | None, written: Written, told: Callable[[int], Any]) -> int:
        """All lines of a table; gives how many."""
        many, lines = 0, []
        with self.member(part.member) as add:
            for row in part.rows():
                if shown is not None and not shown.keeps(part.name, row):
                    continue
                if part.model is Picture and not media.exists(row["file"]):
                    written.missing.append(row["file"])
                text = values.line(row)
                if shown is not None:
                    shown.look_at(part.name, text)
                lines.append(text)
                many += 1
                if len(lines) == contents.AT_A_TIME:
                    add(("\n".join(lines) + "\n").encode())
                    told(len(lines))
                    lines.clear()
            if lines:
                add(("\n".join(lines) + "\n").encode())
                told(len(lines))
        return many

    def put_sums(self) -> None:
        with self.packed.open(zipfile.ZipInfo(SUMS), "w") as target:
            target.write("".join(self.sums).encode())
