"""The pictures of what is brought in: out of the same Takeout, or from where they always stood on the web.

Each is fetched in its largest form and kept as if somebody had uploaded it. What cannot be had stays where it is, and
the report says why. Nothing is remembered between two runs but what was kept: one that was killed goes on with the
first piece that is not here yet.
"""

import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from lxml import etree
from lxml import html as lxml_html

from blog import accessible, pictures, rendering, visiting
from blog.links import Pace
from blog.models import Picture
from blog.rendering import Unacceptable

from . import sizes
from .albums import Albums
from .elements import inner_html
from .report import Report

SECONDS = 30  # for one picture
MOST_SILENCE = 3  # times that a host may be silent, one after the other, until it is asked nothing more
LONGEST_ALT = 1_000
A_HOST = 1.0  # seconds from one request to the next, for each host


def parsed(html: str) -> etree._Element:
    """Any HTML as a tree."""
    return lxml_html.fragment_fromstring(html, create_parent="div")


class Fetcher:
    """Brings in the pictures of texts, one after the other. Never inside of a transaction: it takes its time."""

    def __init__(
        self,
        report: Report,
        albums: Albums,
        by: Callable[[], AbstractBaseUser],
        wait: Callable[[float], object] = time.sleep,
    ):
        self.report, self.albums, self.by = report, albums, by
        self.pace = Pace(wait, seconds=A_HOST)
        self.kept: dict[str, Picture] = {}  # by the address in the text
        self.silent: Counter[str] = Counter()  # hosts, and how often they did not answer

    def localised(self, html: str, site: str = "", *, parse: Callable[[str], etree._Element] = parsed) -> str:
        """The text with its pictures here, as far as they can be had. `site` is where relative addresses lead."""
        if "<img" not in html:
            return html
        root = parse(html)
        images = [(image, image.get("alt", "")) for image in remote(root)]
        accessible.name_links(root)  # by what the files are called there: here they are called by numbers
        for image, alt in images:
            self._bring(image, alt, site)
        return inner_html(root)

    def _bring(self, image: etree._Element, alt: str, site: str) -> None:
        above = image.getparent()
        link = above if above.tag == "a" else None
        address = image.get("src")
        leads_to = sizes.joined(site, link.get("href", "")) if link is not None else ""
        picture = self._picture(address, leads_to, site, alt)
        if picture is None:
            return
        if link is not None and self._is_of(link.get("href", ""), address):
            link.set("href", picture.file.url)
        image.set("src", picture.file.url)
        for side in ("width", "height"):
            image.attrib.pop(side, None)  # of the small one

    def _is_of(self, href: str, address: str) -> bool:
        """Does a link lead to the same picture?"""
        return bool(href) and (href == address or sizes.file_name(href) == sizes.file_name(address) != "")

    def _picture(self, address: str, link: str, site: str, alt: str) -> Picture | None:
        if address in self.report.pictures_lost:
            return None
        if address not in self.kept:
            try:
                self.kept[address] = self._found(address, link, site, alt)
                self.report.pictures_kept += 1
            except (visiting.Unfetched, Unacceptable) as failure:
                self.report.pictures_lost[address] = str(failure)
                return None
        picture = self.kept[address]
        return pictures.describe(picture, _tidy(alt), "") if alt and not picture.is_described() else picture

    def _found(self, address: str, link: str, site: str, alt: str) -> Picture:
        """Out of the album, or from the web. Raises Unfetched or Unacceptable: of the address in the text."""
        if address.startswith("data:"):
            return self._stored(b64decode(address.partition(",")[2]), alt)
        data = self.albums.picture(sizes.file_name(address))
        if data is not None:
            try:
                return self._stored(data, alt)
            except Unacceptable:
                pass  # then the one on the web
        failure: Exception = visiting.Unfetched(_("It cannot be read as a web address."))
        for one in sizes.candidates(sizes.joined(site, address), link):
            try:
                return self._stored(self._fetched(one), alt)
            except (visiting.Unfetched, Unacceptable) as error:
                failure = error
        raise failure

    def _fetched(self, address: str) -> bytes:
        host = visiting.host_of(address)
        if self.silent[host] >= MOST_SILENCE:
            raise visiting.Unfetched(_("Its host did not answer %(times)d times.") % {"times": MOST_SILENCE})
        try:
            data = visiting.fetch(
                address, most=pictures.LARGEST_FILE, seconds=SECONDS, accept="image/*", pause=self.pace.pause
            )
        except visiting.Unfetched as failure:
            self.silent[host] = self.silent[host] + 1 if failure.silent else 0
            raise
        self.silent[host] = 0
        return data

    def _stored(self, data: bytes, alt: str) -> Picture:
        return pictures.store(BytesIO(data), alt=_tidy(alt), by=self.by())


def remote(root: etree._Element) -> list[etree._Element]:
    """The pictures in a text that are not here."""
    return [one for one in root.iter("img") if is_remote(one.get("src", ""))]


def is_remote(address: str) -> bool:
    """Does a picture stand somewhere else than in our library?"""
    return bool(address) and not address.startswith(settings.MEDIA_URL)


def hosts_of(html: str) -> list[str]:
    """Of each picture in a text that stands elsewhere on the web, the host."""
    if "<img" not in html:
        return []
    root = parsed(html)
    return [_host(one.get("src")) for one in remote(root) if not one.get("src").startswith("data:")]


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _tidy(alt: str) -> str:
    return rendering.CONTROLS.sub("", " ".join(alt.split()))[:LONGEST_ALT]
