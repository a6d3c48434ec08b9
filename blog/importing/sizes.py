"""Where the largest form of a picture is: blogs show small ones, whose addresses say how they were made."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit, urlunsplit

# Blogger's own hosts, of all times
_BLOGGER = re.compile(
    r"(?:.*\.bp\.blogspot\.com|bp\d\.blogger\.com|blogger\.googleusercontent\.com"
    r"|lh\d+\.(?:ggpht|googleusercontent)\.com)\Z"
)
_SIZE = r"[swh]\d{1,4}(?:-[a-z0-9]+)*"
_SIZE_IN_PATH = re.compile(rf"/{_SIZE}/(?=[^/]*\Z)")
_SIZE_AT_END = re.compile(rf"={_SIZE}\Z")
_LARGEST = ("s0", "s1600")
_PROXY = re.compile(r"i\d\.wp\.com\Z")
_SIZE_IN_NAME = re.compile(r"-\d{2,4}x\d{2,4}(?=\.[a-zA-Z]{3,4}\Z)")
_SIZE_ASKED = frozenset("w h width height resize fit crop quality strip ssl zoom".split())


def candidates(address: str, link: str = "") -> list[str]:
    """Where a picture may be found, the largest first, and last as the text shows it.

    `link` is where a click on it leads: often to the same picture in full.
    """
    linked = [*_forms(link), link] if link and file_name(link) == file_name(address) else []
    return list(dict.fromkeys([*_forms(address), *linked, address]))


def joined(site: str, address: str) -> str:
    """Where an address leads that stands on a page of a site; as it is where nobody can tell."""
    try:
        return urljoin(site, address)
    except ValueError:
        return address


def file_name(address: str) -> str:
    """What a picture's file is called, one for all sizes and all spellings of one picture."""
    path = _parts(address).path
    name = unquote(_SIZE_IN_NAME.sub("", path.rpartition("/")[2]))
    return " ".join(re.sub(r"_2B|%2B|[+\s]", " ", name, flags=re.IGNORECASE).split()).casefold()


def _forms(address: str) -> Iterator[str]:
    parts = _parts(address)
    host = (parts.hostname or "").lower()
    if _BLOGGER.match(host):
        for size in _LARGEST:
            path = _SIZE_AT_END.sub(f"={size}", _SIZE_IN_PATH.sub(f"/{size}/", parts.path))
            if path != parts.path:
                yield urlunsplit(parts._replace(path=path))
        return
    if _PROXY.match(host) and parts.path.count("/") > 1:
        behind = f"https:/{parts.path}"
        yield from _forms(behind)
        yield behind
    names = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    query = "" if names <= _SIZE_ASKED else parts.query
    path = _SIZE_IN_NAME.sub("", parts.path)
    if path != parts.path:
        yield urlunsplit(parts._replace(path=path, query=query))
    if query != parts.query:
        yield urlunsplit(parts._replace(query=query))


def _parts(address: str):
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
