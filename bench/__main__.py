"""Measures what is promised about speed, on PostgreSQL, and prints it as ratios taken in one run.

    make bench                       everything, with 100,000 posts (about three minutes)
    make bench BENCH_POSTS=20000     a smaller archive

Exits with 1 when a promise is not kept. Times are medians of interleaved rounds, in process: the whole of Django's
middleware, no network.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django

django.setup()

from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import desk, filling, history, looking_back, moderation, queue, urls  # noqa: E402
from blog import paging  # noqa: E402
from blog.models import Post, Tag  # noqa: E402

ROUNDS = 40
# The first reader after a change waits for this. Without a server's own time in both, which flatters such a ratio.
AFRESH = {"home": 0.05, "post": 0.08}
client = Client(headers={"host": "record.example"})
broken: list[str] = []


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("These are promises about PostgreSQL: scripts/with-postgres .venv/bin/python -m bench")
    many = int(os.environ.get("BENCH_POSTS", "100000"))
    call_command("migrate", verbosity=0)
    filling.sample()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"# {filling.SAMPLE:,} posts")
    queries()
    against_a_bare_view()
    few = time_pages()
    print(f"\n# the same with {many:,} posts")
    filling.grow(many)
    queries()
    compare(few, time_pages())
    deep_page(many)
    looking_back.measure(interleaved, promise, draw)
    history.measure(interleaved, promise, draw)
    desk.measure(interleaved, promise)
    queue.measure(interleaved, promise)
    moderation.measure(promise)
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))
    print("\nAll kept.")


def pages() -> dict[str, str]:
    """One address of each kind whose cost must not grow with the archive."""
    newest = Post.objects.live().stories().newest_first()[0]
    middle = Post.objects.get(source="bench", source_id="500")
    return {
        "home": "/",
        "post": middle.get_absolute_url(),
        "tag": Tag.objects.get(name="topic 7").get_absolute_url(),
        "day": f"/{newest.published_on:%Y/%m/%d}/",
        "search, rare": "/search/?q=zz000500",
        "search, common": "/search/?q=harbour",
        "search, two words": "/search/?q=harbour+zz000700",
    }


def queries() -> None:
    for name, address in pages().items():
        drawn = count_queries(address)
        answer = client.get(address)
        again = (
            count_queries(address, keep=True, headers={"if-none-match": answer["ETag"]}) if "ETag" in answer else None
        )
        promise(f"{name}: queries afresh", drawn, most=6)
        if again is not None:
            promise(f"{name}: queries for a 304", again, most=1)


def against_a_bare_view() -> None:
    """Rates as parts of the rate of a view that asks one row and returns the same bytes."""
    for name in ("home", "post"):
        address = pages()[name]
        answer = client.get(address)
        urls.BYTES[name] = answer.content
        same = {"if-none-match": answer["ETag"]}
        bare, kept, unchanged, fresh = interleaved(
            partial(client.get, f"/bare/{name}"),
            partial(client.get, address),
            partial(client.get, address, headers=same),
            partial(draw, address),
        )
        promise(f"{name}: kept page, part of the bare view's rate", bare / kept, least=0.8)
        promise(f"{name}: 304, part of the bare view's rate", bare / unchanged, least=0.9)
        promise(f"{name}: drawn afresh, part of the bare view's rate", bare / fresh, least=AFRESH[name])


def time_pages() -> dict[str, float]:
    """The time to draw each page, as a multiple of the bare view's in the same rounds."""
    found = pages()
    urls.BYTES["any"] = b"any"
    bare, *times = interleaved(
        partial(client.get, "/bare/any"), *(partial(draw, address) for address in found.values())
    )
    return {name: taken / bare for name, taken in zip(found, times, strict=True)}


def compare(few: dict[str, float], many: dict[str, float]) -> None:
    for name, before in few.items():
        promise(f"{name}: time, as a multiple of that with {filling.SAMPLE:,} posts", many[name] / before, most=2)


def deep_page(many: int) -> None:
    """Page 1,000 of the archive costs what page 1 costs."""
    deep = min(1_000 * paging.SIZE, many - paging.SIZE)
    place = Post.objects.live().stories().newest_first()[deep : deep + 1].get().place()
    first, last = interleaved(partial(draw, "/"), partial(draw, f"/?before={paging.spell(place)}"))
    promise(f"page {deep // paging.SIZE:,} of the archive: time, as a multiple of page 1", last / first, most=1.5)


def draw(address: str):
    caches["pages"].clear()
    return client.get(address)


def count_queries(address: str, *, keep: bool = False, headers: dict[str, str] | None = None) -> int:
    if not keep:
        caches["pages"].clear()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address, headers=headers)
    assert answer.status_code in {200, 304}, (address, answer.status_code)
    return len(captured)


def interleaved(*acts: Callable[[], object]) -> list[float]:
    """The median seconds of each act, taken in turns so that a busy machine slows all of them."""
    taken: list[list[float]] = [[] for _ in acts]
    for act in acts:
        act()
    for _ in range(ROUNDS):
        for act, times in zip(acts, taken, strict=True):
            begun = time.perf_counter()
            act()
            times.append(time.perf_counter() - begun)
    return [statistics.median(times) for times in taken]


def promise(what: str, measured: float, *, most: float | None = None, least: float | None = None) -> None:
    kept = (most is None or measured <= most) and (least is None or measured >= least)
    bound = f"at most {most}" if most is not None else f"at least {least}"
    print(f"{'  ' if kept else '✗ '}{what:75} {measured:8.2f}   ({bound})", flush=True)
    if not kept:
        broken.append(what)


if __name__ == "__main__":
    main()
