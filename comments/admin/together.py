"""The same for many: a page that lists what will happen, and then it happens to exactly these.

Which ones: those ticked, all of one writer, or all from one internet address. Nobody sees that address: it is named by
a comment that came from there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.db.models import Count, Max
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blog.models import Post
from blog.rendering import Unacceptable

from .. import moderation
from ..models import Comment, CommentQuerySet, Reason
from . import reading, responding, tabs

SHOWN = 20  # comments, names and posts that the page lists
MOST_TICKED = 100

State = Comment.State

# Of a whole writer or address, what a verb is for. Who ticks one has looked at it.
MEANT = {
    "approve": {State.WAITING, State.HELD},
    "hold": {State.WAITING, State.VISIBLE},
    "remove": {State.WAITING, State.HELD, State.VISIBLE},
    "bin": {State.WAITING, State.HELD, State.VISIBLE},
}
WORDS: dict[str, Callable | Promise] = {
    "approve": gettext_lazy("Approve"),
    "hold": gettext_lazy("Hold"),
    "remove": gettext_lazy("Remove"),
    "bin": gettext_lazy("Put to spam"),
}


@dataclass(frozen=True)
class Choice:
    """Which comments, and the fields by which the page is asked for the same again."""

    comments: CommentQuerySet
    fields: list[tuple[str, str]]
    whose: Comment | None = None  # the comment that names the writer or the address

    @property
    def way(self) -> str:
        return self.fields[0][0]


def page(request, context):
    """GET says what will happen; POST does it, if that is still what would happen."""
    sent = request.POST if request.method == "POST" else request.GET
    verb = sent.get("do", "remove")
    if verb not in MEANT:
        raise BadRequest("no such verb")
    choice = _choice(sent)
    comments = _those_it_changes(choice, verb)
    until = responding.as_key(sent["until"]) if "until" in sent else None
    if until is not None:
        comments = comments.filter(pk__lte=until)
    found = comments.aggregate(count=Count("pk"), until=Max("pk"))
    refused = ""
    if request.method == "POST":
        refused = _done(request, verb, comments, found["count"])
        if not refused:
            return HttpResponseRedirect(reverse("admin:comments_comment_changelist"))
    context |= {
        "title": WORDS[verb],
        "verb": verb,
        "verbs": WORDS.items(),
        "choice": choice,
        "count": found["count"],
        "until": found["until"],
        "refused": refused,
        "reasons": reading.reasons(),
        "reason": sent.get("reason", ""),
        "note": sent.get("note", ""),
        "now": timezone.now(),
        **_listed(comments),
    }
    return TemplateResponse(request, "admin/comments/comment/together.html", context, status=409 if refused else 200)


def _done(request, verb, comments, count):
    """Do it, or say why not."""
    if str(count) != request.POST.get("count"):
        return _("Nothing was done: others came or went meanwhile. This is what would happen now.")
    try:
        words = {"reason": request.POST.get("reason", "")} if verb == "remove" else {}
        decided = moderation.decide_many(comments, verb, by=request.user, note=request.POST.get("note", ""), **words)
    except (moderation.ModerationError, Unacceptable) as refusal:
        return str(refusal)
    request.session[responding.LAST] = {"batch": str(decided.batch), "verb": verb, "done": decided.done}
    return ""


def _choice(sent):
    for way, of in (("writer", _of_writer), ("address", _from_address)):
        if way in sent:
            whose = Comment.objects.filter(pk=responding.as_key(sent[way])).first()
            if whose is None:
                raise Http404
            return Choice(of(whose), [(way, str(whose.pk))], whose)
    ticked = [responding.as_key(text) for text in sent.getlist("pick")]
    if len(ticked) > MOST_TICKED:
        raise BadRequest("more than a page has")
    return Choice(Comment.objects.filter(pk__in=ticked), [("pick", str(key)) for key in ticked] or [("pick", "0")])


def _of_writer(comment):
    return Comment.objects.written_by(comment.writer)


def _from_address(comment):
    return Comment.objects.sent_from(comment.address)


def _those_it_changes(choice, verb):
    step = moderation.STEPS[verb]
    states = set(step.starts) - {step.ends} if choice.whose is None else MEANT[verb]
    return choice.comments.filter(state__in=states).exclude(reason=Reason.ERASED)


def _listed(comments):
    """The first of them, who wrote them, where they stand: in four questions whatever their number."""
    rows = comments.order_by("created_at", "pk")
    names = comments.order_by().values_list("name").annotate(many=Count("pk")).order_by("-many", "name")
    posts = comments.order_by().values_list("post").annotate(many=Count("pk")).order_by("-many", "post")
    states = comments.order_by().values_list("state").annotate(many=Count("pk")).order_by("state")
    posts = list(posts[: SHOWN + 1])
    pieces = Post.objects.select_related("live").defer(*reading.LONG_OF_LIVE).in_bulk([key for key, _many in posts])
    return {
        "first": reading.for_reading(rows)[:SHOWN],
        "names": _some(names[: SHOWN + 1]),
        "posts": _some((pieces[key], many) for key, many in posts),
        "states": [(State(state).label, tabs.number(many)) for state, many in states],
        "shown": SHOWN,
    }


def _some(pairs):
    """The first of them, and whether there are more."""
    pairs = [(what, tabs.number(many)) for what, many in pairs]
    return {"pairs": pairs[:SHOWN], "more": len(pairs) > SHOWN}
