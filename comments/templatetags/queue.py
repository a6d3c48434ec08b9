"""What every page of the desk says of the queue, and how the queue words what was done."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from comments.admin import tabs
from comments.models import Comment, ModerationAct, Reason

register = template.Library()


@register.simple_tag(takes_context=True)
def comments_to_moderate(context) -> str:
    """How many wait for a moderator; nothing for who is none."""
    return tabs.to_moderate(context["request"])


@register.filter
def waited(since) -> str:
    """How long ago that was, in one unit."""
    return timesince(since, depth=1)


@register.filter
def who(comment: Comment) -> SafeString | str:
    """The name above a comment, which may be written from right to left; or that there is none any more."""
    return format_html("<bdi>{}</bdi>", comment.name) if comment.name else _("(no name)")


@register.filter
def act_in_words(act: ModerationAct) -> str:
    """One act as a sentence without its subject."""
    words = {
        "approve": _("Approved it"),
        "hold": _("Held it for a colleague"),
        "remove": _("Removed it"),
        "bin": _("Put it to spam"),
        "undo": _("Undid the decision before"),
        "settle": _("Left it as it is"),
        "edit": _("Changed the words"),
        "withdraw": _("Withdrew it"),
        "erase": _("Erased the words for the writer"),
        "suggest": _("Made a suggestion of it"),
    }.get(act.verb, act.verb)
    if not act.reason:
        return words
    return _("%(act)s: %(reason)s") % {"act": words, "reason": Reason(act.reason).label}
