"""Films of other sites: from which of them a player may come, once a reader asks for it.

A film is a link in a paragraph of its own, in texts, in feeds and without script. On the page of a post
`static/embeds.js` makes a card of it. No text knows of it, so old ones have cards too, and no version is written for
them. Settings read this module, so it reads none.
"""

import re
from collections.abc import Iterable

PLAYERS = {"youtube.com": "www.youtube-nocookie.com", "vimeo.com": "player.vimeo.com"}
_ALSO = {"youtube.com": ("youtu.be", "youtube-nocookie.com")}
_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z", re.ASCII)


def hosts_in(names: Iterable[str]) -> list[str]:
    """The hosts that a setting names, each once. Raises ValueError for what is no name of a host."""
    hosts = list(dict.fromkeys(name.strip().lower().removeprefix("www.") for name in names if name.strip()))
    if wrong := [host for host in hosts if not _HOST.match(host)]:
        raise ValueError(f"{wrong[0]!r} is not the name of a host")
    return hosts


def origins(hosts: Iterable[str]) -> list[str]:
    """From where their players come; of a host that is not known by name (PeerTube) from itself."""
    return [f"https://{PLAYERS.get(host, host)}" for host in hosts]


def may_hold_film(html: str, hosts: Iterable[str]) -> bool:
    """Does a text name one of the hosts? Then its page loads the script."""
    return any(name in html for host in hosts for name in (host, *_ALSO.get(host, ())))
