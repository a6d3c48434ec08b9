"""Who else hears that readers see a change: webhooks, a WebSub hub, and a cache that stands before the site.

Each is a row of `Outgoing`, written with the act. What is said is how the post stands when it is said, not when the row
was written: whoever gets an old call late, or the same one twice, hears nothing that is no longer so. Where the post
stood before the act is kept in the row: afterwards nobody could say any more which lists it has left.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from . import outbox
from .models import Outgoing, Post, Webhook
from .sending import Call

FEEDS = ("feed_atom", "feed_json", "corrections_feed")


def places(post: Post) -> list[str]:
    """Where readers find a locked post now: for `tell`, before an act that may take it away from there.

    None where nobody would hear of them.
    """
    if not (settings.WEBSUB_HUB or settings.CACHE_PURGE_URL) or not post.published_on:
        return []
    return [*_pages_of(post), *_lists_of(post)]


def tell(post: Post, stood_in: Iterable[str] = ()) -> None:
    """Leave word, in the transaction of the act, for all that want to hear of a change to a locked post.

    `stood_in` are its places before the act.
    """
    thing = f"{post.key}:{post.public_sequence}"
    payload = {"post": post.pk}
    rows = [
        Outgoing(kind="webhook", key=f"webhook:{hook}:{thing}", payload=payload | {"hook": hook})
        for hook in Webhook.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)
    ]
    ours = {"websub": settings.WEBSUB_HUB, "purge": settings.CACHE_PURGE_URL}
    payload = payload | {"stood_in": list(stood_in)}
    rows += [Outgoing(kind=kind, key=f"{kind}:{thing}", payload=payload) for kind, url in ours.items() if url]
    outbox.write(rows)


def webhook(row: Outgoing) -> Sequence[Call] | None:
    """One signed call; None where nobody wants it any longer."""
    hook = Webhook.objects.filter(pk=row.payload["hook"], is_active=True).first()
    post = _post_of(row)
    if hook is None or post is None:
        return None
    body = json.dumps(statement(post) | {"key": row.key}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Writethru-Sequence": str(post.public_sequence),
        "Writethru-Signature": f"sha256={signature(hook.secret, body)}",
    }
    return [Call(hook.url, body, headers)]


def statement(post: Post) -> dict[str, Any]:
    """How a post stands for readers now; of what is not public, its address and that it is not."""
    said: dict[str, Any] = {
        "site": settings.SITE_URL,
        "sent_at": timezone.now().isoformat(),
        "id": str(post.key),
        "url": f"{settings.SITE_URL}{post.get_absolute_url()}",
        "sequence": post.public_sequence,
        "live": post.is_live(),
    }
    if post.is_live():
        said |= {
            "headline": post.live.headline,
            "version": post.live.number,
            "coverage": post.coverage,
            "published_at": post.published_at.isoformat(),
            "updated_at": post.last_changed_at().isoformat(),
        }
    return said


def signature(secret: str, body: bytes) -> str:
    """What proves to a receiver that the call is ours: HMAC-SHA-256 of the body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def websub(row: Outgoing) -> Sequence[Call] | None:
    """A ping for each feed that may have changed (W3C WebSub, section 7)."""
    post = _post_of(row)
    if post is None or not settings.WEBSUB_HUB:
        return None
    topics = [path for path in _paths(row, post) if path.endswith((".atom", ".json"))]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = [urlencode({"hub.mode": "publish", "hub.url": f"{settings.SITE_URL}{topic}"}) for topic in topics]
    return [Call(settings.WEBSUB_HUB, body.encode(), headers, is_ours=True) for body in bodies]


def purge(row: Outgoing) -> Sequence[Call] | None:
    """`PURGE` for every address of the post, and for the lists and feeds that it stands in, or stood in before."""
    post = _post_of(row)
    if post is None or not settings.CACHE_PURGE_URL:
        return None
    host = {"Host": settings.SITE_URL.split("://", 1)[1]}
    base = settings.CACHE_PURGE_URL.rstrip("/")
    return [
        Call(f"{base}{quote(path, safe='/%')}", b"", host, "PURGE", is_ours=True, is_fine=_is_purged)
        for path in _paths(row, post)
    ]


KINDS = {"webhook": webhook, "websub": websub, "purge": purge}


def _is_purged(code: int) -> bool:
    return 200 <= code < 300 or code == 404  # it had none


def _post_of(row: Outgoing) -> Post | None:
    return Post.objects.select_related("live", "head", "story").filter(pk=row.payload["post"]).first()


def _paths(row: Outgoing, post: Post) -> list[str]:
    """Each once; first those of the post itself, where it may have been before the act."""
    paths = (*_pages_of(post), *row.payload.get("stood_in", ()), *_lists_of(post), *_lists_of_all())
    return list(dict.fromkeys(paths))


def _pages_of(post: Post) -> Iterator[str]:
    if post.published_on and post.slug:
        page = post.get_absolute_url()
        yield from (page, f"{page}changes/", post.get_history_url())
        if post.coverage != Post.Coverage.NONE:
            yield post.get_updates_url()


def _lists_of(post: Post) -> Iterator[str]:
    if post.published_on:
        year, month, day = f"{post.published_on:%Y-%m-%d}".split("-")
        dates = {"year": [year], "month": [year, month], "day": [year, month, day], "sitemap_of_month": [year, month]}
        yield from (reverse(f"blog:{name}", args=args) for name, args in dates.items())
    if post.story:
        yield post.story.get_absolute_url()
    for thing in (*post.tags.all(), *post.authors.all()):
        page = thing.get_absolute_url()
        yield from (page, f"{page}feed.atom", f"{page}feed.json")
    for slug in post.cited.with_outlet().order_by("outlet_slug").values_list("outlet_slug", flat=True).distinct():
        yield reverse("blog:outlet", args=[slug])


def _lists_of_all() -> Iterator[str]:
    lists = ("archive", "tags", "authors", "stories", "outlets", "corrections", "sitemap", "sitemap_of_site")
    yield from (reverse(f"blog:{name}") for name in ("home", *FEEDS, *lists, "news_sitemap"))
