"""The board as a page: cards in columns, and the verbs that move them.

Every way of moving a card ends in the same form: its buttons stand behind "Move", a script presses them for who drags a
card or uses the arrow keys, and without a script they are simply there. A verb that needs words asks for them on a page
of its own; what was done meanwhile is told in the place of a move that came too late.
"""

from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from .. import board, columns, events, rendering, workflow
from ..models import Draft, Event, Post, Update
from ..rendering import Unacceptable
from . import steps

UNSAVED = 3  # of the words of who looks that are named on the board
FILTERS = ("who", "section", "type")
WHOSE = [
    ("", gettext_lazy("Everyone’s pieces")),
    ("mine", gettext_lazy("Mine")),
    ("waiting", gettext_lazy("Waiting for me")),
]
# What moves a card, the likeliest first. What is public is ended, run again or withdrawn; all else is on its way there.
MOVES = {
    columns.RUNNING: ["end", "withdraw"],
    columns.PUBLISHED: ["roll", "withdraw"],
}
ON_THE_WAY = ["look_over", "take_back_publish", "publish", "approve", "submit", "recall", "request_changes", "spike"]
NO_STEPS = {  # what no step of the workflow is
    "end": gettext_lazy("End the coverage"),
    "roll": gettext_lazy("Make it a running story"),
    "take_back_publish": gettext_lazy("Do not let it go out"),
    "look_over": gettext_lazy("Looked over"),
}


class Move(NamedTuple):
    """A button of a card: the verb, what it says, the column it leads to, and whether it asks for words first."""

    verb: str
    label: str
    to: str
    asks: bool


class Way(NamedTuple):
    """A link of a card to where it is moved on: its address, what it says, and the column it leads to."""

    address: str
    label: str
    to: str


class Overtaken(workflow.WorkflowError):
    """The piece is not where the board showed it. `since` has what was done meanwhile."""

    def __init__(self, since: list[Event]):
        self.since = since
        super().__init__(_("Something happened to this piece since you looked at the board. Nothing was changed now."))


@require_safe
def show(request):
    """All columns, or one of them by itself where the address names it."""
    if not request.user.has_perm("blog.view_post"):
        raise PermissionDenied
    filters = chosen(request.GET)
    if "column" in request.GET:
        return _one_column(request, filters)
    found = board.of(request.user, filters)
    context = {
        "title": _("Board"),
        "board": found,
        "piles": [_shown(pile, request.user) for pile in found.piles.values()],
        "waiting": found.waiting,
        "unsaved": _unsaved(request.user) if found.waiting.pop("unsaved", 0) else (),
        "whose": WHOSE,
        "filters": filters,
        "query": spelt(filters),
        "now_at": found.now,
        "today": timezone.localdate(found.now),
        "is_board": True,
    }
    return answer(request, "admin/board/board.html", context)


def _unsaved(user):
    """The newest of what this person typed and did not save."""
    return Draft.objects.of(user).offered().select_related("update")[:UNSAVED]


def _one_column(request, filters):
    pile = board.column(request.GET["column"], request.user, filters, request.GET.get("after", ""))
    context = {
        "title": pile.column.label,
        "piles": [_shown(pile, request.user)],
        "pile": pile,
        "now_at": timezone.now(),
        "query": spelt(filters),
        "is_first": "after" not in request.GET,
    }
    return answer(request, "admin/board/column.html", context)


@require_POST
def move(request):
    """Do what a card's button says, and go back to the board as it was chosen, to that card."""
    piece = _piece(request)
    verb, filters = request.POST.get("verb", ""), chosen(QueryDict(request.POST.get("back", "")))
    if verb not in [*ON_THE_WAY, "withdraw", *NO_STEPS]:
        raise BadRequest("no such verb")
    if verb in steps.OF_COVERAGE and isinstance(piece, Update):
        raise BadRequest("no such verb for an update")
    words, _label = steps.ASKS.get(verb, ("", ""))
    try:
        if words and not rendering.clean_text(request.POST.get(f"{verb}-{words}", "")):
            return _ask(request, piece, verb, filters)
        piece = _take(request, piece, verb)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        return _refused(request, piece, verb, filters, refusal)
    messages.success(request, steps.said(verb, piece))
    kind = "update" if isinstance(piece, Update) else "post"
    return HttpResponseRedirect(f"{reverse('admin:board')}{spelt(filters, '?')}#{kind}-{piece.pk}")


def _take(request, piece, verb):
    """The verb, on the piece as the board showed it and as nobody changes it meanwhile."""
    with transaction.atomic():
        piece = events.lock(piece)
        if [str(piece.head.number), piece.stage] != [request.POST.get("based_on"), request.POST.get("stage")]:
            raise Overtaken(_since(piece, request.POST.get("seen", "")))
        return steps.take(verb, piece, piece.head, by=request.user, words=request.POST)


def _since(piece, seen):
    """What was done with a piece after the event of this number."""
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 10):
        return []
    return list(Event.objects.of(piece).filter(number__gt=int(seen)).select_related("revision").order_by("number")[:20])


def _piece(request) -> Post | Update:
    """The piece that a card names, for somebody who may read what is being written there."""
    kind, _dash, number = request.POST.get("piece", "").partition("-")
    if kind not in ("post", "update") or not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise BadRequest("no such piece")
    if not request.user.has_perm("blog.view_post"):
        raise PermissionDenied
    if kind == "update":
        pieces = Update.objects.readable_by(request.user).select_related("post__head", "post__live")
    else:
        pieces = Post.objects.readable_by(request.user)
    piece = pieces.select_related("head", "live").filter(pk=int(number)).first()
    if piece is None:
        raise Http404
    return piece


def _ask(request, piece, verb, filters):
    """A page with the field that the verb needs."""
    words, label = steps.ASKS[verb]
    name = f"{verb}-{words}"
    context = {"field_name": name, "field_label": label, "asked_before": name in request.POST}
    return _page_of_a_move(request, piece, verb, filters, context, status=400 if name in request.POST else 200)


def _refused(request, piece, verb, filters, refusal):
    words, _label = steps.ASKS.get(verb, ("", ""))
    context = {
        "typed": request.POST.get(f"{verb}-{words}", "") if words else "",
        "refused": str(refusal),
        "since": getattr(refusal, "since", []),
        "is_late": isinstance(refusal, Overtaken),
    }
    return _page_of_a_move(request, _piece(request), verb, filters, context, status=409)


def _page_of_a_move(request, piece, verb, filters, context, *, status):
    label = NO_STEPS[verb] if verb in NO_STEPS else workflow.STEPS[verb].label
    context |= {
        "title": label,
        "piece": piece,
        "address": address_of(piece),
        "verb": verb,
        "label": label,
        "sent": {name: request.POST.get(name, "") for name in ("piece", "based_on", "stage", "seen")},
        "back": spelt(filters),
        "back_to": f"{reverse('admin:board')}{spelt(filters, '?')}#{request.POST.get('piece', '')}",
    }
    return answer(request, "admin/board/move.html", context, status=status)


def chosen(given) -> columns.Filters:
    """The filters that an address names. Raises BadRequest for one that there is not."""
    return columns.Filters(**{name: given.get(name, "")[:200] for name in FILTERS})


def spelt(filters: columns.Filters, before: str = "") -> str:
    """The same as the query of an address, with what goes before it; "" for none."""
    query = QueryDict(mutable=True)
    query.update({name: getattr(filters, name) for name in FILTERS if getattr(filters, name)})
    return before + query.urlencode() if query else ""


def address_of(piece: Post | Update) -> str:
    """Where a piece is written."""
    if isinstance(piece, Update):
        return reverse("admin:blog_post_update", args=[piece.post_id, piece.number])
    return reverse("admin:blog_post_change", args=[piece.pk])


def _shown(pile, user):
    for card in pile.cards:
        card.address, card.moves, card.ways = address_of(card.piece), moves(card, user), ways(card)
    return pile


def moves(card: board.Card, user) -> list[Move]:
    """What this person may do with a card now; nothing with what he sees as readers do."""
    if not card.reads:
        return []
    allowed = {offer.verb: offer.label for offer in card.offers if offer.allowed}
    publishes = user.has_perm("blog.publish_post")
    if publishes and not card.is_update:
        allowed |= {verb: NO_STEPS[verb] for verb in ("roll", "end")}
    if "to_look_over" in card.row.waits:
        allowed["look_over"] = NO_STEPS["look_over"]
    if card.planned and (publishes or card.planned.by_me):
        allowed["take_back_publish"] = NO_STEPS["take_back_publish"]
    found = [verb for verb in MOVES.get(card.row.column, ON_THE_WAY) if verb in allowed]
    return [Move(verb, str(allowed[verb]), _column_after(verb, card), verb in steps.ASKS) for verb in found]


def ways(card: board.Card) -> list[Way]:
    """Where a card goes for which the page of its piece asks more than a word."""
    may_publish = any(offer.verb == "publish" and offer.allowed for offer in card.offers)
    if not may_publish or card.planned or not card.reads or card.row.column in MOVES:
        return []
    return [Way(f"{address_of(card.piece)}#plan", _("Publish later"), columns.SCHEDULED)]


def _column_after(verb: str, card: board.Card) -> str:
    """Where a card will stand; "" where it leaves the board."""
    piece = card.piece
    if piece.glass_id and card.row.column not in MOVES and verb != "look_over":
        return columns.REVIEW  # until somebody has looked
    if verb == "look_over" and piece.stage in columns.OPEN:
        return columns.SCHEDULED if card.planned else columns.OF_STAGE[piece.stage]
    if verb == "look_over" and not piece.is_live():
        return ""
    return board.RESULT[verb] if board.RESULT[verb] != columns.PUBLISHED else _column_of_readers(verb, piece)


def _column_of_readers(verb: str, piece: Post | Update) -> str:
    """Where a piece stands once readers see it: among those of today only on its first day."""
    if isinstance(piece, Update) or piece.kind == Post.Kind.PAGE:
        return ""
    if piece.is_rolling() and verb != "end":
        return columns.RUNNING
    return columns.PUBLISHED if piece.published_on in (None, timezone.localdate()) else ""


def answer(request, template, context, status=200):
    """A page of the board."""
    context = admin.site.each_context(request) | {"subtitle": None} | context
    return TemplateResponse(request, template, context, status=status)


admin.site.begin_with(show)
admin.site.add_page("board/", show, "board")
admin.site.add_page("board/move/", move, "board_move")
