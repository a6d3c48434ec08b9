"""The private link by which a writer comes back to a comment, without an account."""

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from .models import Comment

KEPT_FOR = timedelta(days=30)

_MINE = Signer(salt="comments.mine")


def mine(comment_id: int) -> str:
    """The path of the page on which the writer sees what becomes of a comment. It is the same each time."""
    return reverse("comments:mine", args=[_MINE.sign(str(comment_id))])


def comment_id_in(signed: str) -> int | None:
    """Which comment a private link is about; None for one that we did not make."""
    try:
        return int(_MINE.unsign(signed))
    except BadSignature:
        return None


def still_leads_somewhere(comment: Comment, now: datetime) -> bool:
    return now < comment.created_at + KEPT_FOR
