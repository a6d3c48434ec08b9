"""Comments as other systems keep them: in the order of writing, each after the one that it answers.

What readers see, and no more: of a comment that is gone its place is kept, because answers without it would seem to
answer somebody else. Of who wrote it there is only the name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from blog.models import Post

from .models import Comment

State = Comment.State
# In WordPress' words. Nothing but "1" is shown there.
_APPROVED = {State.VISIBLE: "1", State.WAITING: "0", State.HELD: "0", State.SPAM: "spam"}


@dataclass(frozen=True)
class Told:
    """One comment. `answers` is the number of another that came before it, 0 where it begins a conversation."""

    number: int
    answers: int
    name: str
    email: str
    html: str
    at: datetime
    approved: str
    user_id: int | None


def under(post: Post, *, hidden: bool = False, emails: bool = False) -> Iterator[Told]:
    """The comments of a post, oldest first. `hidden`: those that readers do not see as well, in their states."""
    rows = Comment.objects.under(post)
    if not hidden:
        rows = rows.placed()
    told: set[int] = set()
    columns = ("pk", "parent_id", "reply_to_id", "name", "email", "html", "created_at", "state", "user_id")
    for pk, parent, reply_to, name, email, html, at, state, user_id in (
        rows.in_order_of_writing().values_list(*columns).iterator()
    ):
        answers = next((one for one in (reply_to, parent) if one in told), 0)
        told.add(pk)
        if state != State.VISIBLE and not hidden:
            yield Told(pk, answers, "", "", f"<p>{_gone(state)}</p>", at, "1", None)
        else:
            yield Told(pk, answers, name, email if emails else "", html, at, _APPROVED.get(state, "trash"), user_id)


def _gone(state: str) -> str:
    return (
        _("This comment was withdrawn by its writer.") if state == State.WITHDRAWN else _("This comment was removed.")
    )
