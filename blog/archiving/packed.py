"""Reads the file, and believes nothing of it: names, sizes, sums and numbers of rows are all looked at.

A ZIP can lie in many ways: members with a path that leads elsewhere, two of one name, links, members that lie over each
other so that a small file unpacks to a large one, a text that goes on for ever. What can be is refused before anything
is read; the rest while it is, a piece at a time, so that nothing large is ever in memory.
"""

import hashlib
import json
import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from blog.importing.refusals import Refused

from .contents import ARCHIVE, BACKUP, VERSION
from .writing import MANIFEST, README, SCHEMA, SUMS

LONGEST_LINE = 32 * 1024 * 1024  # bytes
LONGEST_LIST = 256 * 1024 * 1024  # of the sums
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)\Z", re.ASCII)
_DATA = re.compile(r"data/([a-z_]{1,63})\.jsonl\Z", re.ASCII)
# Written out are control signs alone: NUL is in no text, and halves of pairs are no signs.
_ODD = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[01][0-9a-f])|(?<!\\)(?:\\\\)*\\u0000", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zipfile.zlib.error)


class Packed:
    """An opened file. Every method raises Refused where it is not what it says."""

    def __init__(self, path: Path, kind: str):
        self.path, self.name = path, path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise Refused(self.name, f"it cannot be read ({error.strerror or error})") from None
        except _BROKEN:
            raise Refused(self.name, "it is not a whole ZIP file") from None
        self.members = self._looked_over()
        self.sums = self._read_sums()
        self.manifest = self._read_manifest(kind)
        self.media = [name.removeprefix("media/") for name in self.members if name.startswith("media/")]
        for name in (README, SCHEMA):
            self._finish(self.chunks(name))
        if len(self.media) != self.manifest["media"]:
            raise Refused(self.name, "it has not as many media as it says")

    def close(self) -> None:
        self._zip.close()

    def tables(self) -> dict[str, int]:
        """How many rows each table has, as the file says."""
        return self.manifest["rows"]

    def lines(self, member: str) -> Iterator[tuple[int, Any]]:
        """(number of the line, row) of a table. The sum has been right where it comes to its end."""
        number, begun, length = 0, [], 0  # of a line that has not come to its end
        for chunk in self.chunks(member):
            first, *others = chunk.split(b"\n")
            begun.append(first)
            length += len(first)
            if length > LONGEST_LINE:
                raise Refused(f"{self.name}/{member}", "the line is too long", number + 1)
            if others:
                for text in (b"".join(begun), *others[:-1]):
                    number += 1
                    yield number, self._row(member, number, text)
                begun, length = [others[-1]], len(others[-1])
        if length:
            raise Refused(f"{self.name}/{member}", "the last line does not end", number + 1)

    def _row(self, member: str, number: int, text: bytes) -> Any:
        try:
            said = text.decode()
            row = json.loads(said, parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            raise Refused(f"{self.name}/{member}", "it is not JSON", number) from None
        if "\\u" in said and _ODD.search(said):
            raise Refused(f"{self.name}/{member}", "it has a sign in it that no text has", number)
        return row

    def chunks(self, member: str) -> Iterator[bytes]:
        """What a member holds. Its sum has been right where it comes to its end."""
        sum_ = hashlib.sha256()
        with self._reading(member) as source:
            while chunk := self._next(source, member):
                sum_.update(chunk)
                yield chunk
        if sum_.hexdigest() != self.sums.get(member):
            raise Refused(self.name, f"“{member}” is not what it was: its sum in {SUMS} is another one")

    @contextmanager
    def _reading(self, member: str) -> Iterator[Any]:
        try:
            source = self._zip.open(self.members[member])
        except KeyError:
            raise Refused(self.name, f"“{member}” is not in it") from None
        except _BROKEN:
            raise Refused(self.name, f"“{member}” cannot be read") from None
        with source:
            yield source

    def _next(self, source: Any, member: str) -> bytes:
        try:
            return source.read(1 << 20)
        except _BROKEN:
            raise Refused(self.name, f"“{member}” cannot be read: it is damaged") from None

    def _finish(self, chunks: Iterator[bytes]) -> None:
        for _chunk in chunks:
            pass

    def _looked_over(self) -> dict[str, zipfile.ZipInfo]:
        """The members by their names, none of which has been read yet."""
        members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.orig_filename
            if name in members:
                raise Refused(self.name, f"“{name[:200]}” is in it twice")
            is_known = name in (SUMS, MANIFEST, SCHEMA, README) or _DATA.match(name) or name.startswith("media/")
            if not is_known or name != info.filename or ".." in name.split("/") or name.endswith("/"):
                raise Refused(self.name, f"“{name[:200]}” does not belong in it")
            kind = info.external_attr >> 16 & 0o170000
            if kind not in (0, 0o100000):
                raise Refused(self.name, f"“{name[:200]}” is a link, not a file")
            if info.flag_bits & 0x1:
                raise Refused(self.name, f"“{name[:200]}” is encrypted")
            packed_as = zipfile.ZIP_STORED if name.startswith("media/") or name == SUMS else zipfile.ZIP_DEFLATED
            if info.compress_type != packed_as:
                raise Refused(self.name, f"“{name[:200]}” is packed in a way that is not used here")
            members[name] = info
        # Members that lie over each other are how a small file becomes a large one.
        if sum(info.compress_size for info in members.values()) > self.path.stat().st_size:
            raise Refused(self.name, "its members lie over each other")
        return members

    def _whole(self, member: str, most: int) -> bytes:
        data = b""
        with self._reading(member) as source:
            while chunk := self._next(source, member):
                data += chunk
                if len(data) > most:
                    raise Refused(self.name, f"“{member}” is too long")
        return data

    def _read_sums(self) -> dict[str, str]:
        sums: dict[str, str] = {}
        for text in self._whole(SUMS, LONGEST_LIST).decode("utf-8", "replace").splitlines():
            match = _SUM.match(text)
            if match is None or match[2] in sums:
                raise Refused(self.name, f"{SUMS} is not a list of sums")
            sums[match[2]] = match[1]
        if sums.keys() != self.members.keys() - {SUMS}:
            odd = sorted(sums.keys() ^ (self.members.keys() - {SUMS}))[0]
            raise Refused(self.name, f"“{odd[:200]}” has no sum, or there is a sum and no such file")
        return sums

    def _read_manifest(self, kind: str) -> dict[str, Any]:
        data = self._whole(MANIFEST, 1 << 20)
        if hashlib.sha256(data).hexdigest() != self.sums[MANIFEST]:
            raise Refused(self.name, f"“{MANIFEST}” is not what it was: its sum in {SUMS} is another one")
        try:
            found = json.loads(data)
            is_one = found["format"] in (ARCHIVE, BACKUP)
            rows, many, version = found["rows"], found["media"], found["version"]
        except (ValueError, KeyError, TypeError, RecursionError):
            is_one = False
        if not is_one or not isinstance(rows, dict) or {type(n) for n in [many, *rows.values()]} != {int}:
            raise Refused(self.name, "it is neither an archive nor a back-up of this system")
        if found["format"] != kind:
            other = "restore" if found["format"] == BACKUP else "import_archive"
            raise Refused(self.name, f"that is for `manage.py {other}`")
        if version != VERSION:
            raise Refused(self.name, f"it is of version {version}, and only version {VERSION} is known here")
        return found


def _refuse(text: str) -> None:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)
