"""What a running story's page says: links between pages of updates, and the promise in words."""

from urllib.parse import urlencode

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blog import coverage as covering
from blog.coverage import Coverage, Entry, Spot
from blog.models import Post

from .writethru import moment, moment_beside

register = template.Library()


@register.simple_tag(takes_context=True)
def updates_page(context: Context, coverage: Coverage, spot: Spot | None = None, order: str = "") -> str:
    """The address of another page of updates, relative to the post: behind a spot, and in which order.

    With `at_query`, of the page at a moment.
    """
    oldest_first = {"oldest": True, "newest": False}.get(order, coverage.oldest_first)
    query = {}
    if oldest_first != covering.usual_order(coverage.state):
        query["order"] = "oldest" if oldest_first else "newest"
    if spot is not None:
        query["updates"] = covering.spell(spot)
    return f"?{context.get('at_query', '')}{urlencode(query)}#updates"


@register.simple_tag
def time_of(entry: Entry, post: Post) -> SafeString | str:
    """The time of an update in the margin, where there is room for what the page has not said already."""
    at, begun = timezone.localtime(entry.happened_at), post.published_at and timezone.localtime(post.published_at)
    if begun is None or at.year != begun.year:
        return moment(at)
    return moment(at, "clock" if at.date() == begun.date() else "moment of the year")


@register.simple_tag
def promise(coverage: Coverage) -> SafeString | str:
    """When the next update is to come; that it is overdue says the clock of whoever draws the page."""
    if not coverage.is_rolling or coverage.next_update_at is None:
        return ""
    if coverage.is_overdue:
        return format_html(_("No update since {}."), moment_beside(coverage.last_at, coverage.next_update_at))
    at = moment_beside(coverage.next_update_at, coverage.last_at)
    if coverage.promise:
        return format_html(_("Next update at {}: {}"), at, coverage.promise)
    return format_html(_("Next update at {}."), at)
