"""From a file somebody hands in to well-formed XML that can be read twice: safe, capped, and mended by name.

`opened` is the only door. What comes out has been read to its end once, strictly; so whoever reads it again may
write as he goes, and a file that is broken on its last line has not changed anything.
"""

import codecs
import contextlib
import csv
import gzip
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from . import repair
from .elements import local
from .refusals import Refused

MEGABYTE = 1024 * 1024
MAX_BYTES = 512 * MEGABYTE  # of one file, unpacked; all of a packed one together
MAX_RATIO = 100  # unpacked to packed; real exports stay below 20
MAX_REPAIR = 64 * MEGABYTE  # mending needs the whole text at once
MAX_PROLOG = 1 * MEGABYTE
LONGEST_ROOT_TAG = 64 * 1024
MAX_DEPTH = 200
MAX_ATTRIBUTES = 1000
MAX_MEMBERS = 50_000
ENTRIES = frozenset({"item", "entry"})
# What else of an export is read: who wrote it, where, when, in which version
BESIDE = frozenset("author base_blog_url category link pubDate title updated wxr_version".split())
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|iso-?8859-?\d+|latin-?1|(windows|cp)-?125\d|koi8-[ru]|macintosh|mac-roman"
    r"|big5|gb2312|gbk|gb18030|shift[_-]jis|euc-(jp|kr)",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_TAKEOUT_BLOG = re.compile(r"(?:^|/)Blogger/Blogs/[^/]+/feed\.atom$")


@dataclass
class Document:
    """One well-formed export, ready to be read from its start as often as one likes."""

    name: str
    path: Path
    repairs: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)  # Takeout's settings.csv, where it lay beside the feed
    forgiving: bool = False
    origin: Path | None = None  # the file that was handed in
    member: str = ""  # of a zip, which file in it

    def root(self) -> etree._Element:
        """The opening tag: its name and namespaces tell the format."""
        for _event, element in self._parse(("start",)):
            return element
        raise Refused(self.name, "it holds no XML")

    def entries(self) -> Iterator[etree._Element]:
        """Each <item> and <entry>, and what stands beside them; gone from memory once the next one is asked for."""
        for _event, element in self._parse(("end",), tag=[f"{{*}}{name}" for name in ENTRIES | BESIDE]):
            if local(element) in ENTRIES or _stands_beside(element):
                yield element
                _forget(element)

    def parts(self, *names: str) -> Iterator[etree._Element]:
        """What stands right under the first element and has one of these names; gone once the next is asked for."""
        for _event, element in self._parse(("end",), tag=[f"{{*}}{name}" for name in names]):
            above = element.getparent()
            if above is not None and above.getparent() is None:
                yield element
                _forget(element)

    def check(self) -> None:
        """Reads it all, and raises the parser's error where it is not well-formed or a bomb."""
        depth = 0
        for event, element in self._parse(("start", "end")):
            if event == "end":
                depth -= 1
                if depth:
                    _forget(element)
                continue
            depth += 1
            if depth > MAX_DEPTH:
                raise Refused(self.name, f"its elements are nested more than {MAX_DEPTH} deep", element.sourceline)
            if len(element.attrib) > MAX_ATTRIBUTES:
                raise Refused(self.name, f"an element has more than {MAX_ATTRIBUTES} attributes", element.sourceline)

    def _parse(self, events: Sequence[str], tag: Sequence[str] | None = None) -> Iterator[tuple[str, etree._Element]]:
        with self.path.open("rb") as stream:
            parser = etree.iterparse(
                stream,
                events=events,
                tag=tag,
                huge_tree=True,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
                remove_pis=True,
                recover=self.forgiving,
            )
            try:
                yield from parser
            except etree.XMLSyntaxError:
                if parser.error_log and _only_warnings(parser.error_log):
                    raise _Warned from None
                raise
            if self.forgiving and not _only_warnings(parser.error_log):
                raise Refused(self.name, "it is not well-formed", parser.error_log[0].line)


class _Warned(Exception):
    """The parser stops at a warning about a namespace's address: the file is well-formed all the same."""


@contextlib.contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list[Document]]:
    """All the exports in these files, each one checked to its end; unpacked copies are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="import-") as directory:
        place = Path(directory)
        yield [document for path in paths for document in _documents(path, place)]


def _documents(path: Path, place: Path) -> Iterator[Document]:
    name = path.name
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Refused(name, "it is not a file")
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise Refused(name, f"it cannot be opened ({error.strerror})") from None
    if size > MAX_BYTES:
        raise Refused(name, f"it is larger than {MAX_BYTES // MEGABYTE} MB; export it in several files")
    if magic[:2] == b"\x1f\x8b":
        yield _readable(name, _ungzip(name, path, place), place)
    elif magic == b"PK\x03\x04":
        yield from _unzip(name, path, place)
    else:
        document = _readable(name, path, place)
        document.origin = path
        with contextlib.suppress(OSError):
            document.settings = _settings((path.parent / "settings.csv").read_bytes()[:MEGABYTE])
        yield document


# ---------------------------------------------------------------- packed files


def _ungzip(name: str, path: Path, place: Path) -> Path:
    try:
        with gzip.open(path) as packed:
            return _unpacked(name, packed, path.stat().st_size, place)
    except (OSError, EOFError, zlib.error):
        raise Refused(name, "the packed file is damaged or cut off") from None


def _unzip(name: str, path: Path, place: Path) -> Iterator[Document]:
    """Members are read by name, in memory's place: nothing is ever extracted to where its name says."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            if len(members) > MAX_MEMBERS:
                raise Refused(name, f"it holds more than {MAX_MEMBERS} files")
            if sum(member.file_size for member in members if _wanted(member)) > MAX_BYTES:
                raise Refused(name, f"it unpacks to more than {MAX_BYTES // MEGABYTE} MB")
            for member in _chosen(name, members):
                with packed.open(member) as stream:
                    file = _unpacked(name, stream, member.compress_size, place)
                document = _readable(f"{name}: {member.filename}", file, place)
                document.origin, document.member = path, member.filename
                beside = member.filename.rpartition("/")[0] + "/settings.csv"
                if beside in packed.NameToInfo:
                    with packed.open(beside) as stream:
                        document.settings = _settings(stream.read(MEGABYTE))
                yield document
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
        raise Refused(name, "the zip file is damaged, or locked with a password") from None


def _wanted(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith((".atom", ".xml", ".wxr"))


def _chosen(name: str, members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """A Takeout's own blogs; of any other zip, the exports in it."""
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise Refused(name, "it holds a file whose name leads out of its folder")
    blogs = [member for member in members if _TAKEOUT_BLOG.search(member.filename)]
    if blogs:
        return blogs
    if any(member.filename.startswith("posts/") and member.filename.endswith(".html") for member in members):
        raise Refused(name, "it looks like a Medium export, which cannot be read yet")
    others = [m for m in members if _wanted(m) and "/Comments/" not in m.filename and "/theme-" not in m.filename]
    if not others:
        raise Refused(name, "there is no export in it: no Takeout/Blogger/Blogs/…/feed.atom and no .xml file")
    return others


def _unpacked(name: str, stream: BinaryIO, packed_size: int, place: Path) -> Path:
    allowed = min(MAX_BYTES, max(MEGABYTE, packed_size * MAX_RATIO))
    with tempfile.NamedTemporaryFile(dir=place, delete=False) as file:
        written = 0
        while chunk := stream.read(256 * 1024):
            written += len(chunk)
            if written > allowed:
                raise Refused(name, "it unpacks to far more than an export would (a compression bomb)")
            file.write(chunk)
    return Path(file.name)


def _settings(data: bytes) -> dict[str, str]:
    """The one row of Takeout's settings.csv; nothing where it is not one."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        return {}
    return {key: value for key, value in rows[0].items() if key and isinstance(value, str)} if rows else {}


# ---------------------------------------------------------------- from bytes to text to well-formed XML


def _readable(name: str, path: Path, place: Path) -> Document:
    file, misdeclared = _as_utf8(name, path, place)
    with file.open("rb") as stream:
        refuse_what_is_no_export(name, stream.read(MAX_PROLOG).decode("utf-8", "ignore"))
    document = Document(name, file)
    if misdeclared:
        document.repairs.append("utf8-reencode")
    try:
        document.check()
    except _Warned:
        document.forgiving = True
        document.check()
    except etree.XMLSyntaxError as error:
        _mend(document, error, place)
    return document


def _as_utf8(name: str, path: Path, place: Path) -> tuple[Path, bool]:
    """A file of UTF-8 without an encoding of its own opinion; and whether it said something wrong about itself."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head.strip():
        raise Refused(name, "it is empty")
    declared = _declared_encoding(name, head)
    for encoding, errors in ((declared, "strict"), ("utf-8-sig", "strict"), ("cp1252", "replace")):
        if encoding.startswith("utf-16"):
            errors = "replace"
        try:
            if encoding == "utf-8-sig" and not head.startswith(codecs.BOM_UTF8) and declared.startswith("utf-8"):
                _decode(path, encoding, errors, None)
                return path, False
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=place, delete=False) as file:
                _decode(path, encoding, errors, file)
            return Path(file.name), encoding != declared
        except UnicodeDecodeError:
            continue
    raise AssertionError("cp1252 with replacement reads anything")


def _declared_encoding(name: str, head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Refused(name, "its encoding, UTF-32, is not one that exports are written in")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head[:4] in (b"<\x00?\x00", b"<\x00r\x00", b"<\x00f\x00"):
        return "utf-16-le"
    if head[:4] in (b"\x00<\x00?", b"\x00<\x00r", b"\x00<\x00f"):
        return "utf-16-be"
    found = _DECLARED.match(head)
    if not found:
        return "utf-8-sig"
    declared = found[1].decode("ascii", "replace").lower()
    if not _ENCODINGS.fullmatch(declared):
        raise Refused(name, f"its encoding, {declared.upper()}, is not one that exports are written in", 1)
    if declared in ("utf-8", "utf8", "us-ascii", "ascii") or declared.startswith("utf-16") or not _known(declared):
        return "utf-8-sig"  # a file in UTF-16 shows it in its first bytes
    return declared


def _known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _decode(path: Path, encoding: str, errors: str, out) -> None:
    """Decodes in pieces; writes the text without its XML declaration, which would now be untrue."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    first = True
    with path.open("rb") as stream:
        while chunk := stream.read(MEGABYTE):
            text = decoder.decode(chunk)
            if out is None:
                continue
            if first:
                text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
            first = False
            out.write(text)
    text = decoder.decode(b"", final=True)
    if out is not None:
        out.write(text)


def refuse_what_is_no_export(name: str, text: str) -> None:
    """Looks at what stands before the first tag, in whatever encoding it was, before any parser sees it."""
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "["):
        raise Refused(name, "it is JSON (a Ghost export?), which cannot be read yet; WordPress and Blogger write XML")
    if re.match(r"<!doctype\s+html|<html", start, re.IGNORECASE):
        raise Refused(name, "it is a web page, not an export", 1)
    place = 0
    while (place := text.find("<", place)) >= 0:
        if text.startswith("<?", place):
            end, length = text.find("?>", place), 2
        elif text.startswith("<!--", place):
            end, length = text.find("-->", place + 4), 3
        elif text.startswith("<!", place):
            reason = "it has a DOCTYPE, which no export has and which is never read"
            raise Refused(name, reason, _line_of(text, place))
        else:
            if text.find(">", place, place + LONGEST_ROOT_TAG) < 0 and len(text) - place > LONGEST_ROOT_TAG:
                raise Refused(name, "its first tag is longer than that of any export", _line_of(text, place))
            return
        if end < 0:
            break
        place = end + length
    raise Refused(name, "it is not XML: there is no tag in its first megabyte")


def _line_of(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _mend(document: Document, error: etree.XMLSyntaxError, place: Path) -> None:
    """Climbs the ladder until the file reads strictly; refuses, with the first error's line, when it never does."""
    name, line = document.name, error.lineno
    if document.path.stat().st_size > MAX_REPAIR:
        raise Refused(name, f"it is not well-formed ({_reason(error)}), and too large to be mended", line)
    text = document.path.read_text(encoding="utf-8-sig")
    if conflict := repair.conflict_line(text):
        raise Refused(name, "it has merge conflict markers in it; settle the conflict first", conflict)
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    for step, change in repair.steps():
        changed = change(text)
        if changed == text:
            continue
        text = changed
        document.repairs.append(step)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=place, delete=False) as file:
            file.write(text)
        refuse_what_is_no_export(name, text[:MAX_PROLOG])
        document.path = Path(file.name)
        try:
            document.check()
            return
        except _Warned:
            document.forgiving = True
            document.check()
            return
        except etree.XMLSyntaxError as still:
            error, line = still, still.lineno
    raise Refused(name, f"it is not well-formed ({_reason(error)}), and no repair helped", line)


def _reason(error: etree.XMLSyntaxError) -> str:
    return re.sub(r",? line \d+, column \d+.*", "", str(error.msg)).strip().rstrip(".,")[:200]


def _only_warnings(log) -> bool:
    return all(entry.type_name.startswith("WAR_") for entry in log)


def _stands_beside(element: etree._Element) -> bool:
    """Directly in the feed or the channel, and not in an entry of it."""
    parent = element.getparent()
    above = parent.getparent() if parent is not None else None
    return parent is not None and (above is None or (above.getparent() is None and local(parent) == "channel"))


def _forget(element: etree._Element) -> None:
    """Frees an element and what came before it, as parsing goes on."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
