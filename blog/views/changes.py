"""The numbered feed of a post: what an open page is told of all that has changed since event N.

It tells how things stand now, never how to get there. So an answer that is lost, repeated or late does no harm, and
one that is kept serves every page that stands at the same number.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import coverage, pages
from ..coverage import Coverage, Entry
from ..models import Author, Event, Post, Revision, Tag, labels_of
from ..paths import day_of
from ..standing import Standing
from ..templatetags.running import promise
from .posts import named

MOST = 100  # events behind; who is further behind fetches the page itself
FOR_OPEN_PAGES = "public, max-age=5, s-maxage=5, stale-while-revalidate=30"

STRUCTURE = {"roll", "end", "assign"}  # after these more changes than pieces and parts: an open page fetches itself
WHAT = {
    "pin": "pinned",
    "unpin": "unpinned",
    "mark_key": "key",
    "unmark_key": "key",
    "withdraw": "withdrawn",
    "roll": "rolling",
    "end": "ended",
    "move": "moved",
}
PARTS = ("top", "summary", "corrections", "sources")
OF_A_RUNNING_STORY = ("promise", "count")
OWN_TEXT = ("text", "tags")

_NUMBER = re.compile(r"\d{1,9}\Z", re.ASCII)


@require_safe
def of_post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    published_on = day_of(year, month, day)
    if published_on is None:
        raise Http404
    return _answer(request, Standing.at(Post.Kind.POST, slug, published_on))


@require_safe
def of_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer(request, Standing.at(Post.Kind.PAGE, slug))


def gone(post_id: int) -> HttpResponse:
    """What pages that are still open are told of a post that was withdrawn: the reason, to be shown in its place."""
    event = Event.objects.filter(post=post_id, update=None, verb="withdraw", public=True).order_by("number").last()
    html = get_template("blog/_withdrawn.html").render({"event": event})
    response = JsonResponse({"gone": True, "reason": event.public_note if event else "", "html": html}, status=410)
    response.headers["Cache-Control"] = pages.FOR_EVERYBODY
    return response


def _answer(request: HttpRequest, standing: Standing | None) -> HttpResponse:
    if standing is None:
        raise Http404
    if not standing.is_live():
        return gone(standing.post_id)
    after = request.GET.get("after", "")
    if not _NUMBER.match(after) or int(after) > standing.public_sequence:
        reason = _("“after” is the number of something that has happened here.")
        return JsonResponse({"reason": reason}, status=400, headers={"Cache-Control": pages.FOR_NOBODY_ELSE})
    after = int(after)
    # Where nothing has happened, comments and all else that is around the post make no other answer.
    around = standing.number() if after < standing.public_sequence else ()
    version = ("changes", after, standing.post_id, standing.public_sequence, standing.is_overdue(), *around)
    response = pages.answer(request, version, lambda: JsonResponse(_changes(standing, after)))
    response.headers["Cache-Control"] = FOR_OPEN_PAGES
    return response


def _changes(standing: Standing, after: int) -> dict[str, Any]:
    """All that is told, from one question: what an answer says belongs to one moment."""
    with_text = standing.text_sequence > after
    found = _events(standing.post_id, after, with_text=with_text)
    if not found:
        raise Http404  # withdrawn between two questions
    post, events = found[-1].post, [event for event in found if event.number > after]
    covered = Coverage(**coverage.told_of(post, coverage.Wish()))
    answer = {
        "number": post.public_sequence,
        "coverage": post.coverage,
        "ended": post.coverage == Post.Coverage.ENDED,
        "events": [],
        "pieces": {},
        "parts": {"promise": _draw("parts/_promise", coverage=covered)} if covered.is_running_story else {},
    }
    if len(events) > MOST:
        return answer | {"number": after, "reload": True}
    if STRUCTURE.intersection(event.verb for event in events):
        answer["reload"] = True
    if events:
        entries = {
            event.update.number: coverage.entry(event.update, covered.notices) for event in events if event.update
        }
        answer["events"] = [_told(event, entries.get(event.update and event.update.number)) for event in events]
        answer["pieces"] = {entry.anchor: _piece(entry, post) for entry in entries.values()}
        answer["parts"] |= _parts(found[-1], covered, standing, OWN_TEXT if with_text else ())
    return answer


def _events(post_id: int, after: int, *, with_text: bool) -> list[Event]:
    """What readers could see from this number on, in order: with the post and the updates as they are now.

    The last one before comes as well, so that there is a post when nothing has happened. One more than MOST are asked.
    """
    found = Event.objects.public().filter(post=post_id, post__live__isnull=False, number__gte=after)
    found = found.select_related(
        "post__live", "post__story", "post__section", "update__live", "update__withdrawal"
    ).annotate(**labels_of(OuterRef("post")))
    if not with_text:
        found = found.defer("post__live__body")
    return list(found.order_by("number")[: MOST + 2])


def _told(event: Event, entry: Entry | None) -> dict[str, Any]:
    return {
        "number": event.number,
        "what": _what(event),
        "piece": entry.anchor if entry else "text",
        "words": _words(event, entry),
    }


def _what(event: Event) -> str:
    if event.verb not in {"publish", "adopt"}:
        return WHAT.get(event.verb, event.verb)
    if event.update and not event.kind:
        return "added"
    return "corrected" if event.kind == Revision.Kind.CORRECTION else "changed"


def _words(event: Event, entry: Entry | None) -> str:
    """What is said aloud of it, once; "" for what is done quietly. Nothing of words that were withdrawn since."""
    what = _what(event)
    if what == "ended":
        return _("The coverage has ended.")
    if what == "promise":
        return strip_tags(promise(Coverage(**coverage.told_of(event.post, coverage.Wish()))))
    if event.kind == Revision.Kind.TYPO:
        return ""
    if entry is None:
        return {"corrected": _("The text was corrected."), "changed": _("The text was changed.")}.get(what, "")
    if entry.withdrawal:
        return _("An update was withdrawn: %(reason)s") % {"reason": entry.withdrawal.public_note}
    sentence = {
        "added": _("New update: %(title)s"),
        "corrected": _("Corrected: %(title)s"),
        "changed": _("Changed: %(title)s"),
        "pinned": _("Pinned: %(title)s"),
    }.get(what, "")
    return sentence and sentence % {"title": _title(entry)}


def _title(entry: Entry) -> str:
    return entry.revision.headline or Truncator(entry.revision.excerpt).chars(80)


def _piece(entry: Entry, post: Post) -> dict[str, Any]:
    """An update as it is now, and what says where it stands."""
    html = _draw("_update", entry=entry, post=post)
    return {"html": html, "spot": entry.spot, "pinned": entry.pinned, "key": entry.key}


def _parts(event: Event, covered: Coverage, standing: Standing, more: Iterable[str]) -> Iterator[tuple[str, str]]:
    post = event.post
    context = {
        "post": post,
        "revision": post.live,
        "section": post.section,
        "authors": named(Author, event.author_labels),
        "tags": named(Tag, event.tag_labels),
        "coverage": covered,
        "standing": standing,
        "preview": False,
    }
    running = OF_A_RUNNING_STORY if covered.is_running_story else ()
    return ((part, _draw(f"parts/_{part}", **context)) for part in (*PARTS, *running, *more))


def _draw(template: str, **context: Any) -> str:
    return get_template(f"blog/{template}.html").render(context).strip()
