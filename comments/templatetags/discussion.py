"""The discussion under a post: the one tag by which a page of `blog` asks for it, and the words around each comment."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.models import Post
from blog.paging import Unreadable
from blog.templatetags.writethru import moment_beside, moments_beside, spelt
from comments import anchors, threads
from comments.forms import CommentForm
from comments.models import Comment, HouseRules, Reason
from comments.threads import OfUpdate, Other, Outcome, Page, Row

register = template.Library()

_NUMBER = re.compile(r"\d{1,18}\Z", re.ASCII)


@register.inclusion_tag("comments/_discussion.html", takes_context=True)
def discussion(context: template.Context) -> dict[str, Any]:
    """What readers see of the discussion of `post`, and the form; nothing where there is neither.

    The query says which part: `comments=newest`, `from` a spot, `c` or `reply` the number of a comment. Numbers of
    comments that are not there are passed over; a spot that we did not write raises Unreadable.
    """
    post, standing, query = context["post"], context["standing"], context["request"].GET
    if not standing.discussion.version and (standing.is_over() or _is_plain_page(post)):
        return {}  # nobody ever wrote here, and nobody may: not worth a question
    rules = HouseRules.objects.get(pk=1)
    ends_at = post.discussion_ends_at(standing.discussion_days)
    is_open = rules.policy_under(post) != HouseRules.Policy.CLOSED and not standing.is_over()
    page = _page(post, query) if standing.discussion.version else threads.empty()
    if not is_open and not page.rows:
        return {}
    answered = _answered(page, _number(query.get("reply"))) if is_open else None
    form = _form(post, rules, answered, _shown_update(context)) if is_open else None
    places = Places(page, post, is_open=is_open, answered=answered)
    return {
        "request": context["request"],
        "post": post,
        "standing": standing,
        "count": standing.discussion.visible,
        "rules": rules,
        "is_open": is_open,
        "ends_at": ends_at,
        "is_over": standing.is_over(),
        "page": page,
        "places": places.all(),
        "continues": page.continues and places.continues(page.continues),
        "pager": _pager(page, post.get_absolute_url()),
        "answered": answered,
        "form": form,
        "changes": f"{reverse('comments:changes', args=[post.pk])}?after={standing.discussion.shown}",
    }


def _is_plain_page(post: Post) -> bool:
    return post.kind == Post.Kind.PAGE and not post.discussion


def _page(post: Post, query: Any) -> Page:
    newest = query.get("comments") == "newest"
    named = query.get("c", "")
    holding = _number(query.get("reply")) or anchors.formerly(post, named) or _number(named)
    try:
        start = threads.read(query["from"]) if "from" in query and not holding else None
    except threads.NoSuchPlace as error:
        raise Unreadable from error
    return threads.page_of(post, newest=newest, start=start, holding=holding)


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.match(text) else None


def _answered(page: Page, comment_id: int | None) -> Row | None:
    return next((row for row in page.rows if row.id == comment_id and not row.is_gone), None)


def _shown_update(context: template.Context) -> int | None:
    """The number of the update at which the page was opened, if it is there."""
    number = _number(context["request"].GET.get("u"))
    coverage = context.get("coverage")
    here = coverage and number and any(entry.number == number for entry in [*coverage.pinned, *coverage.entries])
    return number if here else None


def _form(post: Post, rules: HouseRules, answered: Row | None, update: int | None) -> CommentForm:
    form = CommentForm(post=post, answers=answered, **({"initial": {"update": update}} if update else {}))
    form.rules = rules
    return form


def _pager(page: Page, path: str) -> dict[str, str]:
    """Addresses of the pages beside this one, and what they are called."""
    order = "comments=newest&" if page.newest else ""
    links = {}
    if not page.is_first:
        back = f"{order}from={threads.spell(page.previous)}" if page.previous else order.rstrip("&")
        links["back"] = f"{path}?{back}#comments" if back else f"{path}#comments"
    if page.following:
        links["on"] = f"?{order}from={threads.spell(page.following)}#comments"
        time = spelt(page.following.conversation_at, "moment")
        if page.following.lft > 1:
            links["words"] = _("The rest of this conversation")
        elif page.newest:
            links["words"] = _("Conversations from %(time)s and earlier") % {"time": time}
        else:
            links["words"] = _("Conversations from %(time)s and later") % {"time": time}
    return links


class Places:
    """The rows of a page with all that stands on them, ready to be printed: a hundred are drawn for each new page.

    What is the same on all of them is looked up and translated once.
    """

    def __init__(self, page: Page, post: Post, *, is_open: bool, answered: Row | None = None):
        self.page, self.post, self.is_open, self.answered = page, post, is_open, answered
        self.time_of = moments_beside(post.published_at)
        self.order = "comments=newest&amp;" if page.newest else ""
        self.report_at = reverse("comments:report", args=[0]).replace("0", "{}")
        self.link = _("Comment,")
        self.reply = _('Reply<span class="vh"> to %(name)s</span>')
        self.report = _('Report<span class="vh">, %(name)s</span>')
        self.next = _("Next conversation")
        self.in_reply = _("in reply to %(name)s")
        self.in_reply_to_removed = escape(_("in reply to a removed comment"))
        self.edited = _("edited %(time)s")
        self.earlier = escape(_("on an earlier version"))
        self.on_update = _("on the update of %(time)s")
        self.fixed = _("Fixed in %(version)s.")
        self.version = _("version %(number)d")
        self.thanks = _("Thank you, %(name)s.")
        self.not_changed = _("Not changed: %(reason)s")
        self.badges = {badge.value: str(badge.label) for badge in Comment.Badge}
        self.no_name = _("Anonymous")

    def all(self) -> Iterator[dict[str, Any]]:
        """What `_thread.html` prints of each. All keys are there for all: one that is missing takes longest to find."""
        anchors_here: set[str] = set()
        for row in self.page.rows:
            anchor = row.anchor if row.anchor not in anchors_here else ""  # of two that came from two places
            anchors_here.add(anchor)
            yield {
                "id": str(row.id),
                "anchor": anchor,
                **(self._tombstone(row) if row.is_gone else self._comment(row)),
                "is_answered": row is self.answered,
                "opens": row.opens,
                "replies": self._replies(row) if row.opens and row.folds else "",
                "closes": row.closes,
            }

    def continues(self, first: Other) -> SafeString:
        """What stands above a page that begins in the middle of a conversation."""
        if first.is_gone:
            words = escape(_("This conversation began on an earlier page."))
            return mark_safe(f'<a href="{self._place_of(first)}">{words}</a>')
        words = escape(_("The conversation that %(name)s began goes on."))
        return mark_safe(
            f'<a href="{self._place_of(first)}">{words % {"name": f"<bdi>{self._name(first.name)}</bdi>"}}</a>'
        )

    def _comment(self, row: Row) -> dict[str, Any]:
        name = self._name(row.name)
        return {
            "gone": "",
            "name": name,
            "badge": self.badges[row.badge],
            "facts": self._facts(row),
            "auto": not row.html.isascii(),  # letters of this page's direction need not say theirs
            "html": mark_safe(row.html),
            "outcome": self._outcome(row.outcome),
            "acts": self._acts(row, name),
        }

    def _tombstone(self, row: Row) -> dict[str, Any]:
        gone = {
            Comment.State.REMOVED: _("Removed comment"),
            Comment.State.WITHDRAWN: _("Withdrawn comment"),
            Comment.State.SPAM: _("Removed comment"),
        }.get(row.state, _("Comment that is not shown"))
        if row.answers and not row.answers.is_gone:
            gone = _("%(comment)s, in reply to %(name)s") % {"comment": gone, "name": row.answers.name or self.no_name}
        return {"gone": gone, "fate": _fate(row), "facts": mark_safe(self._written(row))}

    def _name(self, name: str) -> SafeString:
        return mark_safe(escape(name or self.no_name))

    def _facts(self, row: Row) -> SafeString:
        """What is said of a comment beside its writer's name."""
        parts = [self._written(row)]
        if row.answers:
            parts.append(self._answers(row.answers))
        if row.edited_at:
            time = moment_beside(row.edited_at, row.created_at)
            parts.append(f"<span>{self.edited % {'time': time}}</span>")
        if row.revision_id not in (None, self.post.live_id) and not self._is_said_above(row):
            parts.append(self._earlier(row))
        if row.of_update:
            parts.append(self._on_update(row.of_update))
        return mark_safe("".join(parts))

    def _earlier(self, row: Row) -> str:
        address = self.post.get_difference_url(row.version, self.post.live.number)
        return f'<a href="{escape(address)}">{self.earlier}</a>'

    def _on_update(self, update: OfUpdate) -> str:
        words = self.on_update % {"time": self.time_of(update.happened_at)}
        return f'<a href="?u={update.number}#u{update.number}">{words}</a>'

    def _outcome(self, outcome: Outcome | None) -> SafeString:
        """What became of it, where it said that something is wrong with the text."""
        if outcome is None:
            return mark_safe("")
        if outcome.fixed_in is None:
            return mark_safe(self.not_changed % {"reason": escape(outcome.reason)})
        address = self.post.get_difference_url(None, outcome.fixed_in)
        version = f'<a href="{escape(address)}">{escape(self.version % {"number": outcome.fixed_in})}</a>'
        words = self.fixed % {"version": version}
        if outcome.credit:
            words += f" {self.thanks % {'name': f'<bdi>{escape(outcome.credit)}</bdi>'}}"
        return mark_safe(words)

    def _is_said_above(self, row: Row) -> bool:
        """Does the comment that this one answers stand on the page and say that it was written on the same version?"""
        return bool(row.answers) and row.answers.revision_id == row.revision_id

    def _written(self, row: Row) -> str:
        address = f"?{self.order}c={row.id}#c{row.id}"
        return f'<a href="{address}"><span class="vh">{self.link} </span>{self.time_of(row.created_at)}</a>'

    def _answers(self, answered: Other) -> str:
        words = self.in_reply_to_removed
        if not answered.is_gone:
            words = self.in_reply % {"name": f"<bdi>{self._name(answered.name)}</bdi>"}
        return f'<a href="{self._place_of(answered)}">{words}</a>'

    def _place_of(self, other: Other) -> str:
        return f"#c{other.id}" if other.is_here else f"?{self.order}c={other.id}#c{other.id}"

    def _acts(self, row: Row, name: SafeString) -> SafeString:
        parts = []
        if self.is_open:
            address = f"?{self.order}reply={row.id}#reply"
            parts.append(f'<a href="{address}">{self.reply % {"name": name}}</a>')
        parts.append(f'<a href="{self.report_at.format(row.id)}">{self.report % {"name": name}}</a>')
        if row.next_conversation:
            parts.append(f'<a href="{self._place_of(row.next_conversation)}">{self.next}</a>')
        return mark_safe("".join(parts))

    def _replies(self, row: Row) -> SafeString:
        if row.goes_on:
            words = ngettext(
                "%(count)s reply and more on the next page", "%(count)s replies and more on the next page", row.replies
            )
        else:
            words = ngettext("%(count)s reply", "%(count)s replies", row.replies)
        return format_html(_('{}<span class="vh"> to {}</span>'), words % {"count": row.replies}, self._name(row.name))


def _fate(row: Row) -> str:
    """Who took a comment away and why, and that what answers it is still there."""
    if row.state == Comment.State.WITHDRAWN:
        words = _("Withdrawn by the writer.")
    elif row.state == Comment.State.SPAM:
        words = _("Removed by a moderator: %(reason)s.") % {"reason": Reason.ADVERTISING.label}
    elif row.state != Comment.State.REMOVED:
        words = _("A moderator is looking at this comment.")
    elif row.reason == Reason.ERASED:
        words = _("Removed: erased for the writer.")
    elif row.reason:
        words = _("Removed by a moderator: %(reason)s.") % {"reason": Reason(row.reason).label}
    else:
        words = _("Removed by a moderator.")
    return f"{words} {_('The replies stay.')}" if row.opens else words
