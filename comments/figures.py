"""How much is said, and what waits for a moderator."""

from typing import Any

from blog.models import WHOLE_SITE

# What readers see is known from the tallies, what waits has an index of its own; what is left was taken away.
QUESTIONS = {
    "comments": "SELECT COUNT(*) FROM comments_comment",
    "visible": f"SELECT COALESCE(SUM(visible), 0) FROM blog_tally WHERE post_id <> {WHOLE_SITE}",
    "waiting": "SELECT COUNT(*) FROM comments_comment WHERE state = 'waiting'",
    "held": "SELECT COUNT(*) FROM comments_comment WHERE state = 'held'",
    "spam": "SELECT COUNT(*) FROM comments_comment WHERE state = 'spam'",
    "reported": "SELECT COUNT(*) FROM comments_comment WHERE reports > 0",
    "subscriptions": "SELECT COUNT(*) FROM comments_subscription WHERE confirmed_at IS NOT NULL AND ended_at IS NULL",
    "oldest_waiting": "SELECT MIN(created_at) FROM comments_comment WHERE state = 'waiting'",
    "oldest_held": "SELECT MIN(created_at) FROM comments_comment WHERE state = 'held'",
    "oldest_report": "SELECT MIN(at) FROM comments_report WHERE settled_at IS NULL",
}


def with_what_is_gone(found: dict[str, Any]) -> dict[str, Any]:
    """The answers to these questions, and how many comments were removed or withdrawn."""
    known = sum(found[state] for state in ("visible", "waiting", "held", "spam"))
    return found | {"removed_or_withdrawn": found["comments"] - known}
