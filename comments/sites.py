"""Which sites a comment leads to, and what is known of them."""

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from blog import rendering

from .models import KnownSite

MOST_LOOKED_AT = 100  # different sites in one comment
ASKED_AT_ONCE = 500
LONGEST_HOST = 253

_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"[^>]*>.*?</a>', re.DOTALL)
_BARE = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"']+", re.IGNORECASE)


class Links(NamedTuple):
    """The links of a comment to other sites: how many that nobody trusts, and which of their sites are which."""

    count: int
    unseen: list[str]
    refused: list[str]


def links_of(html: str) -> Links:
    """What is known of the sites that clean HTML leads to, by links or by addresses written out."""
    hosts = [host for host in map(host_of, _addresses(html)) if host and not _is_ours(host)]
    known = _verdicts(set(hosts))
    untrusted = [host for host in hosts if known.get(host) != KnownSite.Verdict.TRUSTED]
    return Links(
        len(untrusted),
        [host for host in dict.fromkeys(hosts) if host not in known],
        [host for host in dict.fromkeys(hosts) if known.get(host) == KnownSite.Verdict.REFUSED],
    )


def learn(html: str) -> None:
    """Remember the sites that clean HTML (of one comment or of many) leads to: readers see it now."""
    # In order, so that two who learn of the same sites at once do not wait for each other crosswise.
    hosts = sorted({host for host in map(host_of, _addresses(html)) if host and not _is_ours(host)})
    for start in range(0, len(hosts), ASKED_AT_ONCE):
        part = hosts[start : start + ASKED_AT_ONCE]
        there = set(KnownSite.objects.filter(host__in=part).values_list("host", flat=True))
        new = [KnownSite(host=host) for host in part if host not in there]
        KnownSite.objects.bulk_create(new, ignore_conflicts=True)


def host_of(address: str) -> str:
    """The site of a web address, in its one spelling and without www; "" where there is none, as in mailto:."""
    address = address.strip()
    if not address.lower().startswith(("http://", "https://")):
        address = f"http://{address.lstrip('/')}" if address.lower().startswith(("www.", "//")) else ""
    try:
        host = urlsplit(address.replace("\\", "/")).hostname or ""
        host = host.rstrip(".").encode("idna").decode("ascii").lower() if not host.isascii() else host.rstrip(".")
    except ValueError:  # the address is broken, or the name is none
        return ""
    return host.removeprefix("www.") if len(host) <= LONGEST_HOST else ""


def _addresses(html: str) -> list[str]:
    """Every address in clean HTML, those that are written out and not linked as well."""
    linked = [unescape(address) for address in _LINK.findall(html)]
    return linked + _BARE.findall(rendering.plain(_LINK.sub(" ", html)))


def _is_ours(host: str) -> bool:
    return host == host_of(settings.SITE_URL)


def _verdicts(hosts: set[str]) -> dict[str, str]:
    """{site: what is known of it}. What a moderator said of a site goes for all below it; "seen" for itself alone."""
    above = {host: _with_sites_above(host) for host in sorted(hosts)[:MOST_LOOKED_AT]}
    known = dict(KnownSite.objects.filter(host__in=set().union(*above.values())).values_list("host", "verdict"))
    found = {}
    for host, sites in above.items():
        for site in sites:
            verdict = known.get(site)
            if verdict and (site == host or verdict != KnownSite.Verdict.SEEN):
                found[host] = verdict
                break
    return found


def _with_sites_above(host: str) -> list[str]:
    """The site and those it belongs to, nearest first; not the last part, which is everybody's."""
    parts = host.split(".")
    return [".".join(parts[place:]) for place in range(max(1, len(parts) - 1))][:10]
