"""Takes one value of an export and gives what can be kept of it; every change has a name and is counted.

Nothing in here raises: an importer meets each of these values in the hundreds, and one bad date is no reason to lose
a post.
"""

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import unquote, urlsplit

from django.utils.text import slugify

from blog import addresses, rendering

from .records import Person

LONGEST_HEADLINE = 500
LONGEST_STANDFIRST = 5_000
LONGEST_NAME = 150
LONGEST_LABEL = 100
LONGEST_ID = 200
EARLIEST_YEAR = 1000
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_RSS_DATE = re.compile(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+[1-9]\d{3}\s", re.ASCII)
# Markup that people put into WordPress titles; anything else between angle brackets is text ("List<String>").
_TITLE_MARKUP = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|var)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_NOBODY = frozenset({"anonymous", "unknown", "noreply", "blogger"})


class Cleaner:
    """Cleans values and counts what it had to change, by name."""

    def __init__(self, zone: tzinfo):
        self.zone = zone
        self.repairs: Counter[str] = Counter()

    def line(self, text: str, longest: int, cut: str) -> str:
        """One line of at most `longest` characters; `cut` names the repair when it was longer."""
        text = re.sub(r"[ \t\r\n\u2028\u2029]+", " ", text[: longest * 40])
        clear = rendering.CONTROLS.sub("", text)
        if clear != text:
            self.repairs["drop-control-chars-in-text"] += 1
        line = rendering.clean_line(clear, len(clear) * 4)
        if len(line) <= longest:
            return line
        self.repairs[cut] += 1
        return line[: longest - 1].rstrip() + "…"

    def headline(self, text: str, *, markup: bool) -> str:
        """A title; WordPress keeps HTML in its titles (`markup`), Blogger plain text."""
        if markup:
            text = unescape(_TITLE_MARKUP.sub("", text[: LONGEST_HEADLINE * 40]))
        return self.line(text, LONGEST_HEADLINE, "cut-headline")

    def standfirst(self, html: str) -> str:
        """An excerpt written by hand, as the plain text that a standfirst is."""
        text = rendering.CONTROLS.sub("", unescape(re.sub(r"<[^<>]*>", " ", html)))
        text = " ".join(text.split())
        if len(text) <= LONGEST_STANDFIRST:
            return text
        self.repairs["cut-standfirst"] += 1
        return text[: LONGEST_STANDFIRST - 1].rsplit(" ", 1)[0] + "…"

    def label(self, text: str) -> str:
        """A tag's name; empty when there is nothing left of it."""
        name = self.line(unescape(text), LONGEST_LABEL, "cut-tag")
        if not name or not re.search(r"\w", name):
            self.repairs["drop-empty-tag"] += 1
            return ""
        return name

    def person(self, name: str, login: str = "", paths: tuple[str, ...] = ()) -> Person | None:
        """A byline; none for an e-mail address (which is never shown) and for accounts that are gone."""
        name = self.line(unescape(name).strip(" <>"), LONGEST_NAME, "cut-name")
        if _EMAIL.search(name):
            self.repairs["email-as-name"] += 1
            return None
        if not name or name.casefold() in _NOBODY:
            return None
        return Person(name, "" if "@" in login else login, paths)

    def signature(self, name: str) -> str:
        """The name above a comment; none where it is an e-mail address, which is never shown."""
        name = unescape(name).strip(" <>")
        if _EMAIL.search(name):
            self.repairs["email-as-name"] += 1
            return ""
        return name

    def slug(self, text: str) -> str:
        """The last part of an old address as it can stand in ours; empty where none can be made."""
        wanted = unquote(text.strip()) if "%" in text else text.strip()
        if "\ufffd" in wanted:
            wanted = text
        wanted = re.sub(r"\.(?:html?|php|aspx?)$", "", wanted, flags=re.IGNORECASE)
        slug = slugify(wanted[: addresses.LONGEST_SLUG * 4], allow_unicode=True).strip("-_")
        if len(slug) > addresses.LONGEST_SLUG:
            slug = slug[: addresses.LONGEST_SLUG].strip("-_")
        if text.strip() and slug != wanted.lower() and slug != wanted:
            self.repairs["change-slug"] += 1
        return slug

    def moment(self, text: str) -> datetime | None:
        """An ISO date with its zone, in UTC; without one it is told in the site's zone, and counted."""
        text = text.strip()
        if not text:
            return None
        found = _ISO.fullmatch(text)
        if not found:
            self.repairs["impossible-date"] += 1
            return None
        return self._moment(found, zone=found[7])

    def gmt(self, text: str) -> datetime | None:
        """WordPress' own spelling of a date in GMT; zeros mean that there is none."""
        text = text.strip()
        if not text or text.startswith("0000"):
            return None
        found = _ISO.fullmatch(text)
        if not found:
            self.repairs["impossible-date"] += 1
            return None
        return self._moment(found, zone="Z")

    def local(self, text: str) -> datetime | None:
        """A date whose zone nobody wrote down: told in the site's zone."""
        text = text.strip()
        found = None if text.startswith("0000") else _ISO.fullmatch(text)
        return self._moment(found, zone=None) if found else None

    def pub_date(self, text: str) -> datetime | None:
        """The date of an RSS item; drafts carry "30 Nov -0001" or 1970."""
        if not _RSS_DATE.match(text.strip()):
            return None
        try:
            moment = parsedate_to_datetime(text.strip())
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
        if moment.tzinfo is None or moment.timestamp() == 0:
            return None
        return self._kept(moment)

    def _moment(self, found: re.Match, zone: str | None) -> datetime | None:
        parts = [int(part or 0) for part in found.groups()[:6]]
        try:
            if zone is None:
                self.repairs["date-without-zone"] += 1
                return self._kept(datetime(*parts, tzinfo=self.zone))
            offset = "+00:00" if zone in "Zz" else zone
            return self._kept(datetime.fromisoformat(datetime(*parts).isoformat() + offset))
        except (ValueError, OverflowError):
            self.repairs["impossible-date"] += 1
            return None

    def _kept(self, moment: datetime) -> datetime | None:
        try:
            moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is None or moment.year < EARLIEST_YEAR or moment.year > 9990:
            self.repairs["impossible-date"] += 1
            return None
        return moment


def kept_id(key: str) -> str:
    """A key as it can be kept: a long or odd one by its digest."""
    return key if len(key) <= LONGEST_ID and key.isprintable() else hashlib.sha256(key.encode()).hexdigest()


def path_of(address: str) -> str:
    """The path and query of an address, as a browser would ask for it; empty when it is none."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https") or not (parts.path.startswith("/") or (parts.netloc and parts.query)):
        return ""
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def host_of(address: str) -> str:
    """The host of an address, one for all its spellings (www, the country's blogspot)."""
    try:
        host = (urlsplit(address.strip()).hostname or "").lower()
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    return re.sub(r"\.blogspot\.[a-z.]{2,6}$", ".blogspot.com", host)
