"""Search: what matches, where, and what else could have been meant."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .. import pages, paging, rendering
from .. import search as engine
from ..models import Post, Tag
from ..structured import Meta

VOCABULARY = 300  # of the newest headlines, whose words are offered for a word that is found nowhere


@dataclass(frozen=True)
class Result:
    post: Post
    headline: SafeString
    passage: SafeString


@pages.of_edition("q", "after", counts_comments=True)
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[: engine.LONGEST_QUERY]
    after = request.GET.get("after")
    found = engine.find(text, limit=paging.SIZE + 1, after=paging.read_ranked(after) if after is not None else None)
    results = _results(found.places[: paging.SIZE], found.query)
    title = _("Search results for “%(text)s”") % {"text": text} if text else _("Search")
    return pages.draw(
        request,
        "blog/search.html",
        Meta(title),
        here="search",
        text=text,
        results=results,
        found=found,
        is_first=after is None,
        next_place=paging.spell_ranked(found.places[paging.SIZE - 1]) if len(found.places) > paging.SIZE else "",
        suggestions=_suggestions(found.query) if text and not found.total else [],
    )


def _results(places: list[engine.Place], query: engine.Query) -> list[Result]:
    posts = Post.objects.live().select_related("live").with_comment_count().in_bulk([place.post_id for place in places])
    return [_result(posts[place.post_id], query) for place in places if place.post_id in posts]


def _result(post: Post, query: engine.Query) -> Result:
    """The headline with what matches marked, and the passage where it stands; the standfirst before the body."""
    live = post.live
    headline = engine.mark(live.headline, query)
    standfirst = engine.snippet(live.standfirst, query)
    if live.standfirst and ("<mark>" in standfirst or "<mark>" in headline):
        return Result(post, headline, standfirst)
    passage = engine.snippet(rendering.plain(live.body), query)
    return Result(post, headline, passage if "<mark>" in passage or not live.standfirst else standfirst)


def _suggestions(query: engine.Query) -> list[str]:
    """Words of our own that look like the ones that were not found."""
    headlines = Post.objects.live().stories().newest_first().values_list("live__headline", flat=True)[:VOCABULARY]
    known: dict[str, str] = {}
    for text in [*Tag.objects.filter(tagged__isnull=False).values_list("name", flat=True)[:VOCABULARY], *headlines]:
        for word in re.findall(r"[^\W\d_]{3,}", text):
            known.setdefault(engine.fold(word), word.lower())
    typed = [word for term in query.wanted for word in term.words]
    close = [match for word in typed for match in get_close_matches(word, known, n=1, cutoff=0.75)]
    return list(dict.fromkeys(known[match] for match in close))
