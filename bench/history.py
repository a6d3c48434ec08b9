"""What changed: the history of a post of 500 versions, and two long versions beside each other."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import chain

from django.contrib.auth import get_user_model
from django.test import override_settings

from blog import adopting, revisions, wordings, workflow
from blog.models import Post
from blog.revisions import Content

from . import filling

VERSIONS = 500
LONG = 2_400  # words
SECONDS = 0.15


def measure(interleaved: Callable, promise: Callable, draw: Callable) -> None:
    """The history as a multiple of the post's own page, and one comparison by the clock."""
    print(f"\n# a post of {VERSIONS} versions")
    post = written()
    last = f"{post.get_history_url()}?a={VERSIONS - 1}&b={VERSIONS}"
    page, history, far = interleaved(
        *(partial(draw, address) for address in (post.get_absolute_url(), post.get_history_url(), last))
    )
    promise("history: time, as a multiple of the post's page", history / page, most=2)
    promise("two versions: time, as a multiple of the post's page", far / page, most=2)
    compare(promise)


def compare(promise: Callable) -> None:
    """Two wordings of one story of which every paragraph was touched."""
    words = [filling.WORDS[at * 7 % len(filling.WORDS)] for at in range(LONG)]
    other = [word if at % 30 else "never" for at, word in enumerate(words)]
    old, new = (
        revisions.build(Post(), None, Content("Long", body=as_paragraphs(text)).tidy(), by=None)
        for text in (words, other)
    )
    taken = []
    for _round in range(10):
        begun = time.perf_counter()
        wordings.compare(old, new)
        taken.append(time.perf_counter() - begun)
    promise(f"two versions of {LONG:,} words compared: seconds", min(taken), most=SECONDS)


@override_settings(FOUR_EYES=False)
def written() -> Post:
    """One post whose every version was published; each adds a word to one of its ten paragraphs."""
    by = get_user_model().objects.create_superuser("bench-history")
    paragraphs = [[filling.WORDS[(at * 3 + of) % len(filling.WORDS)] for at in range(60)] for of in range(10)]
    content = Content("A long story", body=as_paragraphs(list(chain(*paragraphs))))
    arrival = adopting.Arrival(content, published_at=filling.END, source="bench-history", source_id="1")
    adopting.adopt_many([arrival], by=by)
    post = Post.objects.get(source="bench-history")
    for number in range(1, VERSIONS):
        paragraphs[number % 10][number // 10] = f"word{number}"
        words = Content("A long story", body=as_paragraphs(list(chain(*paragraphs))))
        at = filling.END + timedelta(minutes=number)
        post = workflow.publish(post, revisions.write(post, words, by=by, at=at), by=by, kind="update", at=at)
    return post


def as_paragraphs(words: list[str], each: int = 60) -> str:
    return "".join(f"<p>{' '.join(words[at : at + each])}.</p>" for at in range(0, len(words), each))
