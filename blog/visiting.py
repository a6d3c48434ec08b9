"""Does a web address answer? Asks it once, carefully: what people type into a field decides where we connect to.

Only http and https, only their own ports, only public addresses. A name is looked up once, all that it stands for is
checked, and the connection goes to the very address that was checked, so that a second answer of a resolver cannot
lead elsewhere; each redirect is a new address that goes the same way. Of an answer the head is read and nothing else
(of what is fetched, as many bytes as its caller takes), which bounds what can be sent to us and unpacks nothing.
http.client does the talking, over a socket that knows the time and counts: an HTTP library would bring its own pool,
its own redirects and limits from one byte to the next, all of which would have to be switched off or built around.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from .models import CheckedLink

SECONDS = 5  # for an address with all its redirects, without the pauses that each host is given
MOST_BYTES = 1_000_000
MOST_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
GONE = {404, 410}
REDIRECTS = {301, 302, 303, 307, 308}

# Beyond what Python says of them: where an IPv4 address is inside, or a whole network stands behind one.
_ORDINARY = ip_network("2000::/3")
_TUNNELS = [ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_NOT_PUBLIC = [
    ip_network(one) for one in "0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 224.0.0.0/3".split()
]
_NAME = re.compile(r"[a-z0-9._-]{1,253}\Z")

State = CheckedLink.State


@dataclass(frozen=True)
class Visit:
    """What came of it. `lost` says that nothing is at the other end for now, which is gone if it lasts."""

    state: str
    code: int | None = None
    note: str = ""
    lost: bool = False


class Refused(Exception):
    """An address that is not visited; the message says why."""


class Lost(OSError):
    """There is no such name."""


class Unfetched(Exception):
    """Nothing could be fetched; the message says why. `silent`: the host did not answer at all."""

    def __init__(self, why: str, *, silent: bool = False):
        super().__init__(why)
        self.silent = silent


# Whatever can go wrong with what is at the other end.
FAILURES = (Refused, OSError, http.client.HTTPException, UnicodeError, ValueError)


def look_up(host: str, port: int) -> list[str]:
    """The internet addresses behind a name, or behind whatever spelling of an address the system knows."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
            raise Lost(_("There is no such name.")) from error
        raise
    return list(dict.fromkeys(place[0] for *_rest, place in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an internet address, which is no name: nothing is looked up any more."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
    except OSError:
        connection.close()
        raise
    return connection


def is_public(address: str) -> bool:
    """May we connect to it? Only what is one machine of the open internet, and never a way round to something else."""
    try:
        ip = ip_address(address)
    except ValueError:  # "fe80::1%eth0"
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in _NOT_PUBLIC)
    return _is_public_in_six(ip)


def _is_public_in_six(ip: IPv6Address) -> bool:
    tunnels: list[IPv6Network] = _TUNNELS
    return ip.scope_id is None and ip.is_global and ip in _ORDINARY and not any(ip in network for network in tunnels)


def visit(
    url: str,
    *,
    pause: Callable[[str], float] = lambda host: 0,
    resolve: Callable[[str, int], list[str]] = look_up,
    reach: Callable[[str, int, float], socket.socket] = connect,
) -> Visit:
    """Ask an address whether it answers. Raises nothing for whatever is at the other end.

    `pause` is called with the name of each host before it is asked, waits if it must, and gives the seconds it waited.
    """
    until = time.monotonic() + SECONDS
    try:
        for _step in range(MOST_REDIRECTS + 1):
            place = _place(url)
            until += pause(place.hostname)
            answer = _ask(place, until, resolve, reach)
            if answer.code not in REDIRECTS or not answer.leads_to:
                return _judged(answer.code)
            url = urljoin(url, answer.leads_to)
    except FAILURES as failure:
        state = State.REFUSED if isinstance(failure, Refused) else State.UNSURE
        return Visit(state, note=_told(failure, SECONDS), lost=isinstance(failure, Lost))
    return Visit(State.UNSURE, note=_("It leads on and on."))


def fetch(
    url: str,
    *,
    most: int,
    seconds: float,
    accept: str = "*/*",
    pause: Callable[[str], float] = lambda host: 0,
    resolve: Callable[[str, int], list[str]] | None = None,
    reach: Callable[[str, int, float], socket.socket] | None = None,
) -> bytes:
    """What stands at an address: at most so many bytes, in so many seconds with all redirects.

    Raises Unfetched, with a sentence, for whatever else is at the other end. `pause` is the one of `visit`.
    """
    until = time.monotonic() + seconds
    headers = {"User-Agent": f"Writethru (+{settings.SITE_URL})", "Accept": accept}
    try:
        for _step in range(MOST_REDIRECTS + 1):
            place = _place(url)
            until += pause(place.hostname)
            answer = _ask(place, until, resolve or look_up, reach or connect, _Request(headers=headers, most=most))
            if answer.code == 200:
                return answer.body
            if answer.code not in REDIRECTS or not answer.leads_to:
                raise Unfetched(_("It answers %(code)d.") % {"code": answer.code})
            url = urljoin(url, answer.leads_to)
    except FAILURES as failure:
        silent = isinstance(failure, (Lost, TimeoutError, ConnectionError, ssl.SSLError))
        raise Unfetched(_told(failure, seconds), silent=silent) from failure
    raise Unfetched(_("It leads on and on."))


def call(
    url: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    is_ours: bool = False,
    resolve: Callable[[str, int], list[str]] = look_up,
    reach: Callable[[str, int, float], socket.socket] = connect,
) -> int:
    """Say something to an address; gives the code of the answer. No redirect is followed.

    `is_ours` is for what the operator named in the settings: it may stand inside, and have a port of its own. Raises
    Refused for an address that is not called, and OSError, HTTPException, UnicodeError or ValueError where it fails.
    """
    until = time.monotonic() + SECONDS
    place = _place(url, any_port=is_ours)
    saying = _Request(method, body, dict(headers or {}))
    return _ask(place, until, resolve, reach, saying, is_ours=is_ours).code


def host_of(url: str) -> str:
    """The host that an address is asked of; empty where it is none that is visited."""
    try:
        return _place(url).hostname
    except Refused:
        return ""


@dataclass(frozen=True)
class _Place:
    scheme: str
    hostname: str
    port: int
    target: str

    @property
    def host(self) -> str:
        """As the header names it."""
        name = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True)
class _Request:
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    most: int = 0  # bytes that are read of what is answered; without it only the head is


class _Answer(NamedTuple):
    code: int
    leads_to: str  # where it sends us
    body: bytes = b""


def _place(url: str, *, any_port: bool = False) -> _Place:
    """Where an address leads, in plain ASCII. Raises Refused for what is not visited, whoever names it."""
    try:
        parts = urlsplit(iri_to_uri(url))
        port, name = parts.port, _ascii(urlsplit(url))
    except (ValueError, UnicodeError) as error:
        raise Refused(_("It cannot be read as a web address.")) from error
    if parts.scheme not in PORTS:
        raise Refused(_("Only http and https are visited."))
    if not any_port and port not in {None, PORTS[parts.scheme]}:
        raise Refused(_("Only the ports %(ports)s are visited.") % {"ports": ", ".join(map(str, PORTS.values()))})
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Place(parts.scheme, name, port or PORTS[parts.scheme], target)


def _ascii(parts: SplitResult) -> str:
    """The name of the host as it is asked for. Raises ValueError or UnicodeError for none."""
    name = (parts.hostname or "").rstrip(".")
    if ":" in name:
        return str(IPv6Address(name))
    name = name.encode("idna").decode().lower()
    if not _NAME.match(name):
        raise ValueError(name)
    return name


def _ask(
    place: _Place,
    until: float,
    resolve: Callable,
    reach: Callable,
    saying: _Request | None = None,
    *,
    is_ours: bool = False,
) -> _Answer:
    saying = saying or _Request()
    addresses = _checked(place, until, resolve, is_ours)
    line = _Line(_reached(addresses, place.port, until, reach), until, MOST_BYTES + saying.most)
    try:
        if place.scheme == "https":
            line.make_safe(place.hostname)
        talk = http.client.HTTPConnection(place.host)
        talk.sock = line
        talk.request(saying.method, place.target, saying.body or None, _headers(place) | saying.headers)
        with talk.getresponse() as answer:
            body = _body(answer, saying.most) if saying.most and answer.status == 200 else b""
            return _Answer(answer.status, _leads_to(answer), body)
    finally:
        line.connection.close()


def _body(answer: http.client.HTTPResponse, most: int) -> bytes:
    """All of it. Raises ValueError for more than is taken, and for less than was promised."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ValueError(_("It is packed in a way that was not asked for."))
    parts, left = [], most + 1
    while left > 0 and (part := answer.read(min(left, 65_536))):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise ValueError(_("It is larger than %(most)d MB.") % {"most": most // 1024 // 1024})
    if answer.length:
        raise ValueError(_("It ends before its end."))
    return b"".join(parts)


def _leads_to(answer: http.client.HTTPResponse) -> str:
    """Where we are sent. Headers are read as Latin-1; many servers write UTF-8 into this one."""
    place = answer.headers.get("Location", "").strip()
    try:
        return place.encode("latin-1").decode()
    except UnicodeError:
        return place


def _headers(place: _Place) -> dict[str, str]:
    return {
        "Host": place.host,
        "User-Agent": f"Writethru link check (+{settings.SITE_URL})",
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _checked(place: _Place, until: float, resolve: Callable, is_ours: bool) -> list[str]:
    """The internet addresses behind a name. Raises Refused if any of them is not public, but for what is ours."""
    addresses = _in_time(lambda: resolve(place.hostname, place.port), until)
    if not addresses or not (is_ours or all(map(is_public, addresses))):
        raise Refused(_("It leads to an address that is not public."))
    return addresses


def _in_time(what: Callable[[], list[str]], until: float) -> list[str]:
    """A look-up cannot be stopped: it goes on by itself, and we do not wait for it."""
    answers: SimpleQueue = SimpleQueue()

    def run() -> None:
        try:
            answers.put((what(), None))
        except (OSError, UnicodeError) as error:
            answers.put(([], error))

    Thread(target=run, daemon=True).start()
    try:
        found, error = answers.get(timeout=max(0, until - time.monotonic()))
    except Empty as empty:
        raise TimeoutError from empty
    if error:
        raise error
    return found


def _reached(addresses: list[str], port: int, until: float, reach: Callable) -> socket.socket:
    """A connection to the first of these that takes it: half of the time for each but the last."""
    failure: OSError = TimeoutError()
    for number, address in enumerate(addresses, 1):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return reach(address, port, left if number == len(addresses) else left / 2)
        except OSError as error:
            failure = error
    raise failure


class _Line(io.RawIOBase):
    """A connection that ends at a time and after so many bytes, whatever comes in between; what http.client needs."""

    def __init__(self, connection: socket.socket, until: float, most: int):
        self.connection, self.until, self.left = connection, until, most

    def make_safe(self, name: str) -> None:
        self._hurry()
        self.connection = _safely().wrap_socket(self.connection, server_hostname=name)

    def sendall(self, data: bytes) -> None:
        self._hurry()
        self.connection.sendall(data)

    def close(self) -> None:
        """http.client hangs up before it has told us what it heard: `_ask` does."""

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._hurry()
        read = self.connection.recv_into(buffer, min(len(buffer), self.left))
        self.left -= read
        return read

    def _hurry(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.left <= 0:
            raise http.client.HTTPException(_("It says too much before it answers."))
        self.connection.settimeout(left)


@cache
def _safely() -> ssl.SSLContext:
    return ssl.create_default_context()


def _judged(code: int) -> Visit:
    if 200 <= code < 300:
        return Visit(State.FINE, code)
    return Visit(State.GONE if code in GONE else State.UNSURE, code)


def _told(failure: Exception, seconds: float) -> str:
    """What went wrong, in a sentence."""
    match failure:
        case Refused() | Lost():
            return str(failure)
        case TimeoutError():
            return _("No answer in %(seconds)d seconds.") % {"seconds": seconds}
        case ssl.SSLError():
            reason = getattr(failure, "verify_message", "") or failure.reason or ""
            return _("The connection is not safe: %(why)s") % {"why": _short(reason)}
    return _short(str(failure) or type(failure).__name__)


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
