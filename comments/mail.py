"""What people are told by mail: written as `Outgoing` rows in the transaction of the act, put into words when due."""

from collections.abc import Iterable
from datetime import datetime

from blog.models import Post

from .models import Comment


def ask_to_confirm(post: Post, email: str, at: datetime, *, address: str = "") -> None:
    """Somebody wants mail about own comments under this post. The address is asked first, and told nothing before."""


def tell_of_answer(comment: Comment) -> None:
    """Readers see this comment now: tell who wrote the one that it answers, if that was asked for."""


def tell_of_decision(comment: Comment) -> None:
    """A moderator has decided on this comment: tell its writer, if that was asked for."""
    tell_of_decisions([comment])


def tell_of_decisions(comments: Iterable[Comment]) -> None:
    """As `tell_of_decision`, for many that were decided at once; two queries however many."""


def forget(email: str) -> None:
    """Nothing that was asked for from this address stands any longer."""
