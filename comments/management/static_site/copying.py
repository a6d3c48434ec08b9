"""Walks the site from its lists and maps, keeps what it answers, then writes it all with links from file to file."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.urls import reverse

from blog.models import Post

from . import redrawing
from .addresses import Address, Kind, file_of, is_piece, known, place_in
from .asking import Answer, Reader
from .files import Files

LONGEST_CHAIN = 5  # redirects
NO_SUCH = "/no-such-page/"  # what a server shows for whatever is missing

_BEGINNINGS = (
    "blog:home blog:archive blog:tags blog:authors blog:stories blog:outlets blog:corrections blog:corrections_feed "
    "blog:feed_atom blog:feed_json comments:feed blog:robots blog:sitemap blog:news_sitemap"
).split()
_LINK = re.compile(r'\s(?:href|src|cite)="([^"]*)"')
_CHOICE = re.compile(r'\ssrcset="([^"]*)"')
_IN_A_MAP = re.compile(r"<loc>([^<]*)</loc>")
_PLACE = re.compile(r' id="([cu]\d{1,18})"')

Progress = Callable[[int, int], None]  # how many are done, of how many that are known


class CannotBeMade(Exception):
    """The site answered with an error: there is something wrong that a copy would only hide."""


@dataclass
class Told:
    """What was found, in numbers; and links in texts that lead nowhere."""

    pages: int = 0
    feeds_and_maps: int = 0
    redirects: int = 0
    unkept: list[str] = field(default_factory=list)  # former addresses that no file can have
    dead: list[str] = field(default_factory=list)  # addresses of ours that are linked and are not there
    missing: list[str] = field(default_factory=list)  # pictures and the like


@dataclass(frozen=True)
class _Kept:
    file: str
    raw: Path
    is_html: bool


class Copy:
    """One copy on its way from the site into a folder. `raw` is a folder for what is kept meanwhile."""

    def __init__(self, raw: Path, files: Files, told: Told):
        self.raw, self.files, self.told = raw, files, told
        self.reader = Reader()
        self.kept: dict[Address, _Kept] = {}
        self.sent_on: dict[Address, tuple[Address, str]] = {}  # a former address, and where it leads
        self.away: set[Address] = set()  # asked for, and not there
        self.places: dict[tuple[str, str], Address] = {}  # (path, id of a comment or update) → the page that has it
        self.linked: set[Address] = set()
        self._waiting: deque[Address] = deque()
        self._seen: set[Address] = set()

    # Asking

    def ask_for_all(self, progress: Progress) -> None:
        for address in self._beginnings():
            self._want(address)
        done = 0
        while self._waiting:
            self._ask(self._waiting.popleft())
            done += 1
            progress(done, done + len(self._waiting))
        self.missing_page = self.reader.ask(NO_SUCH)

    def _beginnings(self) -> Iterator[Address]:
        yield from (Address(reverse(name)) for name in _BEGINNINGS)
        for post in (
            Post.objects.exclude(published_on=None)
            .exclude(slug="")
            .only("kind", "slug", "published_on", "live_id")
            .order_by("-published_at", "-pk")
            .iterator()
        ):
            yield Address(_unquoted(post.get_absolute_url()))  # also what was withdrawn: its address says so
        for path in Redirect.objects.filter(site_id=settings.SITE_ID).values_list("old_path", flat=True).iterator():
            yield Address.of(path, Address("/"))[0] if path.startswith("/") else Address("/")

    def _want(self, address: Address) -> None:
        kind, address = known(address)
        if kind in (Kind.PAGE, Kind.OLD) and address not in self._seen:
            self._seen.add(address)
            self._waiting.append(address)

    def _ask(self, address: Address) -> None:
        answer = self.reader.ask(address.spelt())
        if answer.status >= 500:
            raise CannotBeMade(f"{address.spelt()} answers with {answer.status}")
        if answer.location:
            self._send_on(address, answer)
        elif answer.status == 200 or (answer.status == 410 and is_piece(address)):
            self._keep(address, answer)
        else:
            self.away.add(address)

    def _send_on(self, address: Address, answer: Answer) -> None:
        target = Address.of(answer.location, address)
        if target is None:
            self.away.add(address)
            return
        self.sent_on[address] = target
        self._want(target[0])

    def _keep(self, address: Address, answer: Answer) -> None:
        file = file_of(address, is_html=answer.is_html)
        if file is None or known(address)[0] == Kind.OLD:
            self.away.add(address)
            return
        raw = self.raw / str(len(self.kept))
        raw.write_bytes(answer.body)
        self.kept[address] = _Kept(file, raw, answer.is_html)
        text = answer.body.decode()
        if not answer.is_html:
            for link in _IN_A_MAP.findall(text):
                self._follow(link, address)
            return
        for link in _LINK.findall(text):
            self._follow(link, address)
        for choice in _CHOICE.findall(text):
            for one in choice.split(","):
                self._follow(one.strip().partition(" ")[0], address)
        if is_piece(address):
            for place in _PLACE.findall(text):
                self.places.setdefault((address.path, place), address)

    def _follow(self, link: str, page: Address) -> None:
        found = Address.of(unescape(link), page)
        if found is None:
            return
        kind, address = known(found[0])
        if kind == Kind.FILE:
            if redrawing.stays(address.path):
                self.files.want(address.path)
        else:
            self.linked.add(address)
            self._want(address)

    # Writing

    def write_all(self, progress: Progress) -> None:
        self.files.gather()
        total = len(self.kept) + len(self.sent_on)
        for done, (address, one) in enumerate(self.kept.items(), 1):
            body = one.raw.read_bytes()
            if one.is_html:
                body = redrawing.redraw(body, lambda link, a=address, o=one: self.way(link, a, o.file), address)
                self.told.pages += 1
            else:
                self.told.feeds_and_maps += 1
            self.files.write(one.file, body)
            one.raw.unlink()
            progress(done, total)
        self._write_redirects()
        progress(total, total)
        self._write_missing_page()
        self.told.dead = sorted(address.spelt() for address in self.away & self.linked)
        self.told.missing = sorted(self.files.missing)

    def way(self, link: str, page: Address, file: str) -> str | None:
        """What a link says in the copy; None for one that has to go."""
        found = Address.of(link, page)
        if found is None:
            return link
        whole, fragment = found
        kind, address = known(whole)
        if kind == Kind.ACTION:
            return None
        if kind == Kind.FILE:
            other = self.files.name_of(address.path)
            return self.files.between(file, other, fragment) if other else whole.living(fragment)
        target, fragment = self._end_of(address, fragment)
        place = place_in(whole) or (fragment if target.path == page.path else "")
        target = self.places.get((target.path, place), target)
        kept = self.kept.get(target)
        if kept is None or kind == Kind.LIVING:
            return whole.living(fragment)
        if kept.file == file and fragment:
            return f"#{fragment}"
        return self.files.between(file, kept.file, fragment)

    def _end_of(self, address: Address, fragment: str) -> tuple[Address, str]:
        """Where redirects lead in the end."""
        for _step in range(LONGEST_CHAIN):
            if address not in self.sent_on:
                break
            address, further = self.sent_on[address]
            address = known(address)[1]
            fragment = fragment or further
        return address, fragment

    def _write_redirects(self) -> None:
        """A page that sends on. An address with a query has none: no file can tell it from the one without."""
        for address, (target, fragment) in self.sent_on.items():
            file = None if address.query else file_of(address, is_html=True)
            kept = self.kept.get(self._end_of(target, "")[0])
            if kept and kept.file == file:
                continue  # the same without its last slash
            if file is None or self.files.has(file) or not self.files.has_room(file):
                self.told.unkept.append(address.spelt())
                continue
            way = self.way(target.living(fragment), address, file) or target.living(fragment)
            self.files.write(file, redrawing.sent_on(way, target.living(fragment)))
            self.told.redirects += 1

    def _write_missing_page(self) -> None:
        """It is shown at any address: its links begin at the top of the server."""
        at_top = Address("/")
        body = redrawing.redraw(self.missing_page.body, lambda link: self._from_top(link, at_top), at_top)
        self.files.write("404.html", body)

    def _from_top(self, link: str, page: Address) -> str | None:
        way = self.way(link, page, "404.html")
        return way if way is None or ":" in way.partition("/")[0] or way.startswith("#") else f"/{way}"


def _unquoted(path: str) -> str:
    return Address.of(path, Address("/"))[0].path
