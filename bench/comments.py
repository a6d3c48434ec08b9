"""What is promised about posting: eight who post at once, however long the conversation, whoever is killed meanwhile.

    make bench                            runs this after the rest, with a database of its own
    make bench BENCH_INSERTS=500          of each of the eight who are killed now and then; else 5,000

Rates are medians of rounds taken in turns by eight processes of their own: a bare INSERT of the same row, ours, and
django-mptt made safe in the two ordinary ways. Exits with 1 when a promise is not kept.
"""

import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bench.__main__ import broken, interleaved, promise

# isort: split
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.utils import timezone

from bench import filling
from bench.ordinary import Ordinary, post_locked, tree_locked
from blog.models import Post, Tally
from comments import mending, posting
from comments.models import Comment

WRITERS = 8
FIRST = 200  # comments on the hot post before anybody is measured
LONG = 10_000  # comments of the conversation in which numbers without gaps are slow
LONGEST = 100_000
INSERTS = int(os.environ.get("BENCH_INSERTS", "5000"))
WORDS = "The council knew about the bearing in March; somebody should ask why the ferry was sold in April. " * 4


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("These are promises about PostgreSQL: scripts/with-postgres .venv/bin/python -m bench.comments")
    call_command("migrate", verbosity=0)
    filling.sample()
    with connection.schema_editor() as editor:
        editor.create_model(Ordinary)
    print(f"# eight who post at once under one post with {FIRST} comments")
    hot, cold, killed = Post.objects.order_by("pk").values_list("pk", flat=True)[:3]
    with writers() as crowd:
        on_a_hot_post(crowd, hot)
        print(f"\n# the same in one conversation of {LONG:,}")
        in_a_long_conversation(crowd, cold)
    print("\n# how the cost of an answer grows")
    as_it_grows()
    print(f"\n# {WRITERS} × {INSERTS:,} while some are killed")
    while_some_are_killed(killed)
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))
    print("\nAll kept.")


# Several processes, taken in turns


@contextmanager
def writers():
    """Eight processes that wait to be told what to do."""
    spawning = multiprocessing.get_context("spawn")
    pairs = [spawning.Pipe() for _ in range(WRITERS)]
    connections.close_all()
    crowd = [spawning.Process(target=work, args=(theirs, seed), daemon=True) for seed, (_, theirs) in enumerate(pairs)]
    for one in crowd:
        one.start()
    try:
        yield [ours for ours, _ in pairs]
    finally:
        for one in crowd:
            one.terminate()
            one.join()


def work(orders: Connection, seed: int) -> None:
    chance = random.Random(seed)
    connection.ensure_connection()
    while True:
        way, post, keys, roots, times = orders.recv()
        errors = []
        for _ in range(times):
            answers = None if chance.random() < roots else chance.choice(keys)
            try:
                WAYS[way](post, answers, chance)
            except Exception as error:
                errors.append(f"{way}: {type(error).__name__}: {error}")
        orders.send(errors)


def rates(crowd: list[Connection], ways: dict[str, tuple[int, list[int], int]], *, roots: float, rounds: int) -> dict:
    """Comments a second of each way, {way: (post, keys to answer, how many each writes a round)}, by its median."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, (post, keys, times) in ways.items():
            begun = time.perf_counter()
            for one in crowd:
                one.send((way, post, keys, roots, times))
            errors = [error for one in crowd for error in one.recv()]
            assert errors == [], errors[:3]
            if number:  # the first warms up
                taken[way].append(WRITERS * times / (time.perf_counter() - begun))
    return {way: statistics.median(found) for way, found in taken.items()}


def row(post: int) -> Comment:
    return Comment(
        post_id=post,
        name="Marit Dahl",
        text=WORDS,
        html=f"<p>{WORDS}</p>",
        state="visible",
        placed=True,
        created_at=timezone.now(),
        writer="a" * 64,
        address="b" * 64,
    )


def ours(post: int, answers: int | None, chance: random.Random) -> None:
    posting.add(row(post), answers=answers)


def bare(post: int, answers: int | None, chance: random.Random) -> None:
    """The same row into the same table by Django's own INSERT, in its own transaction. Nothing is asked or counted.

    The table refuses a row without a place, so it has one, which costs nothing: any number below one root.
    """
    comment = row(post)
    comment.parent_id = comment.tree_id = BARE
    comment.level, comment.lft = 1, chance.randrange(2, 2**61) * 2
    comment.rght, comment.conversation_at = comment.lft + 1, comment.created_at
    with transaction.atomic():
        models.Model.save(comment, force_insert=True)


BARE = 1
WAYS: dict[str, Callable] = {"bare": bare, "ours": ours, "post locked": post_locked, "tree locked": tree_locked}


# What is measured


def on_a_hot_post(crowd: list[Connection], post: int) -> None:
    root = posting.add(row(post))
    assert root.pk == BARE
    keys = [posting.add(row(post)).pk for _ in range(FIRST)]
    theirs = Ordinary.grown(post, FIRST, conversations=FIRST)
    found = rates(
        crowd,
        {
            "bare": (post, keys, 60),
            "ours": (post, keys, 60),
            "post locked": (post, theirs, 15),
            "tree locked": (post, theirs, 30),
        },
        roots=0.3,
        rounds=9,
    )
    print("  a second:", ", ".join(f"{way} {rate:,.0f}" for way, rate in found.items()))
    promise("rate, as a part of a bare INSERT of the same row", found["ours"] / found["bare"], least=0.45)
    promise("rate, as a multiple of mptt with the post locked", found["ours"] / found["post locked"], least=3)
    promise("rate, as a multiple of mptt with the tree locked", found["ours"] / found["tree locked"], least=1.5)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM comments_comment WHERE parent_id = %s", [BARE])
    promise("broken comments", sum(1 for _ in mending.find(post)), most=0)


def in_a_long_conversation(crowd: list[Connection], post: int) -> None:
    keys, theirs = conversation(post, LONG), Ordinary.grown(post, LONG, conversations=1)
    ways = {"ours": (post, keys, 40), "post locked": (post, theirs, 1), "tree locked": (post, theirs, 1)}
    found = rates(crowd, ways, roots=0, rounds=3)
    print("  a second:", ", ".join(f"{way} {rate:,.1f}" for way, rate in found.items()))
    for way in ("post locked", "tree locked"):
        promise(f"rate, as a multiple of mptt with the {way}", found["ours"] / found[way], least=50)
    promise("broken comments", sum(1 for _ in mending.find(post)), most=0)


def as_it_grows() -> None:
    """The next comment of a conversation, after a hundred and after a hundred thousand."""
    few_post, many_post = Post.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    few, many = conversation(few_post, 100), conversation(many_post, LONGEST)
    chance = random.Random(1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE comments_comment")
    hundredth, last = interleaved(
        *(
            lambda post=post, keys=keys: [ours(post, chance.choice(keys), chance) for _ in range(20)]
            for post, keys in ((few_post, few), (many_post, many))
        )
    )
    promise(f"comment {LONGEST:,} of a conversation: time, as a multiple of comment 100", last / hundredth, most=1.3)


def conversation(post: int, many: int) -> list[int]:
    """One conversation in which each answers another one at random."""
    chance = random.Random(many)
    comments = [row(post) for _ in range(many)]
    answers = [None, *(chance.randrange(place) for place in range(1, many))]
    posting.in_transaction(lambda: posting.insert_many(comments, answers))
    return [comment.pk for comment in comments]


def while_some_are_killed(post: int) -> None:
    """Every two seconds one of eight is killed, and another one takes its place."""
    keys = conversation(post, 100)
    spawning, folder = multiprocessing.get_context("spawn"), tempfile.TemporaryDirectory()
    log, failed = Path(folder.name) / "stored", Path(folder.name) / "failed"
    connections.close_all()
    chance, deaths, wanted = random.Random(2), 0, WRITERS * INSERTS

    def start(seed: int):
        one = spawning.Process(target=write_on, args=(post, keys, seed, str(log), str(failed)), daemon=True)
        one.start()
        return one

    crowd, seed = [start(seed) for seed in range(WRITERS)], WRITERS
    while stored(log) < wanted:
        time.sleep(2)
        place = chance.randrange(WRITERS)
        crowd[place].kill()
        crowd[place].join()
        crowd[place], seed, deaths = start(seed), seed + 1, deaths + 1
    for one in crowd:
        one.kill()
        one.join()
    said = {int(line) for line in log.read_text().splitlines() if line.isdecimal()}
    there = set(Comment.objects.under(post).values_list("pk", flat=True))
    print(f"  {len(there):,} comments, {deaths + WRITERS} deaths")
    promise("comments that were stored and are not there", len(said - there), most=0)
    promise("errors and deadlocks", len(failed.read_text().splitlines()) if failed.exists() else 0, most=0)
    promise("broken comments", sum(1 for _ in mending.find(post)), most=0)
    promise("comments that are not counted", abs(Tally.objects.of_post(post).visible - len(there)), most=0)


def write_on(post: int, keys: list[int], seed: int, log: str, failed: str) -> None:
    """Write until killed; a key goes to the file once its transaction has ended."""
    chance = random.Random(seed)
    with Path(log).open("a", buffering=1) as said:
        while True:
            comment = row(post)
            answers = None if chance.random() < 0.1 else chance.choice(keys)
            try:
                posting.add(comment, answers=answers)
            except Exception as error:
                with Path(failed).open("a") as errors:
                    errors.write(f"{type(error).__name__}: {error}".replace("\n", " ") + "\n")
            else:
                keys.append(comment.pk)
                said.write(f"{comment.pk}\n")


def stored(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


if __name__ == "__main__":
    main()
