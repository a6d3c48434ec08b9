"""A flood put away: what 10,000 comments of one internet address cost a moderator, and bringing them back (T-26)."""

import time
from collections.abc import Callable
from functools import partial

from django.contrib.auth import get_user_model
from django.utils import timezone

from blog.models import Post
from comments import moderation, posting
from comments.models import Comment

MANY = 10_000
ADDRESS = "f" * 64
LONG = 10  # comments in a conversation
SECONDS = 5


def measure(promise: Callable) -> None:
    """Each act once, by the clock."""
    print(f"\n# {MANY:,} comments of one address, in conversations of {LONG}")
    flood()
    by = get_user_model().objects.create_superuser("bench-flood")
    by_address = Comment.objects.filter(address=ADDRESS)
    for verb, reason in (("remove", "advertising"), ("bin", ""), ("approve", "")):
        decided = timed(promise, verb, partial(moderation.decide_many, by_address, verb, by=by, reason=reason))
        timed(promise, f"undo: {verb}", partial(moderation.undo_many, decided.batch, by=by))


def flood() -> None:
    post, now = Post.objects.live().stories().order_by("pk")[0], timezone.now()
    shown = {"state": Comment.State.VISIBLE, "placed": True, "created_at": now, "shown_at": now}
    said = {"name": "Boats", "text": "Book now", "html": "<p>Book now</p>", "address": ADDRESS}
    comments = [Comment(post=post, **said, **shown) for _ in range(MANY)]
    posting.insert_many(comments, [place - 1 if place % LONG else None for place in range(MANY)])


def timed(promise: Callable, what: str, act: Callable[[], moderation.Decided]) -> moderation.Decided:
    begun = time.perf_counter()
    decided = act()
    promise(f"{what}: seconds", time.perf_counter() - begun, most=SECONDS)
    assert (decided.done, decided.refused) == (MANY, 0)
    return decided
