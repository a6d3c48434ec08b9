"""How much is said, and what waits for a moderator."""

from typing import Any

from blog.figures import asked
from blog.models import WHOLE_SITE

# What readers see is known from the tallies, what waits has an index of its own; what is left was taken away.
_ASKED = {
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


def of_discussion() -> dict[str, Any]:
    """Comments by state, and since when what waits has waited (None where nothing does)."""
    found = asked(_ASKED)
    known = sum(found[state] for state in ("visible", "waiting", "held", "spam"))
    return found | {"removed_or_withdrawn": found["comments"] - known}
