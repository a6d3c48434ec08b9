"""Where a request comes from (threat T-25).

What a client says of itself counts for nothing. The last of the site's own proxies adds who it was asked by to
X-Forwarded-For, so with N proxies (setting PROXY_COUNT) the visitor is the N-th from the right; with none it is
REMOTE_ADDR. Where neither says anything, as behind a socket or a proxy that does not add to the header, the address
is not known. It is never taken for one that all visitors share: that is logged, and such comments wait.
"""

import ipaddress
import logging

from django.conf import settings

logger = logging.getLogger(__name__)


def address_of(request) -> str:
    """The visitor's internet address in its one spelling; "" where it cannot be known."""
    address = _plain(_written(request))
    if not address:
        logger.error(
            "A visitor's address is not known: PROXY_COUNT is %d, and that many proxies did not say where it came from",
            settings.PROXY_COUNT,
        )
    return address


def _written(request):
    if not settings.PROXY_COUNT:
        return request.META.get("REMOTE_ADDR", "")
    # Several headers of that name arrive as one, joined by commas.
    way = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return way[-settings.PROXY_COUNT] if len(way) >= settings.PROXY_COUNT else ""


def _plain(written):
    """An address without port, brackets and zone, IPv4 as IPv4; "" for what is none."""
    written = written.strip()
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if settings.PROXY_COUNT and address.is_loopback:
        # Somebody at this machine; or one of our own proxies, and then all the world seems to be at this address
        logger.warning(
            "A visitor comes from %s behind %d proxies: is PROXY_COUNT right?", address, settings.PROXY_COUNT
        )
    return str(address)
