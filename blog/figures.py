"""How much there is, and what waits: one statement an app, of counts that stay quick with a million rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

_ASKED = {
    "posts": "SELECT COUNT(*) FROM blog_post WHERE kind = 'post'",
    "posts_live": "SELECT COUNT(*) FROM blog_post WHERE kind = 'post' AND live_id IS NOT NULL",
    "pages": "SELECT COUNT(*) FROM blog_post WHERE kind = 'page'",
    "pages_live": "SELECT COUNT(*) FROM blog_post WHERE kind = 'page' AND live_id IS NOT NULL",
    "drafts": "SELECT COUNT(*) FROM blog_post WHERE live_id IS NULL AND stage = 'draft'",
    "in_review": "SELECT COUNT(*) FROM blog_reviewrequest WHERE outcome = ''",
    "running": "SELECT COUNT(*) FROM blog_post WHERE coverage = 'rolling' AND live_id IS NOT NULL",
    "revisions": "SELECT COUNT(*) FROM blog_revision",
    "events": "SELECT COUNT(*) FROM blog_event",
    "updates": "SELECT COUNT(*) FROM blog_update",
    "updates_live": "SELECT COUNT(*) FROM blog_update WHERE live_id IS NOT NULL",
    "authors": "SELECT COUNT(*) FROM blog_author",
    "accounts": "SELECT COUNT(*) FROM auth_user WHERE is_active",
    "staff": "SELECT COUNT(*) FROM auth_user WHERE is_active AND is_staff",
    "tags": "SELECT COUNT(*) FROM blog_tag",
    "pictures": "SELECT COUNT(*) FROM blog_picture",
    "suggestions_open": "SELECT COUNT(*) FROM blog_suggestion WHERE state = 'open'",
    "plans": "SELECT COUNT(*) FROM blog_schedule WHERE state IN ('due', 'running')",
    "plans_in_trouble": "SELECT COUNT(*) FROM blog_schedule WHERE state IN ('failed', 'missed') AND seen_at IS NULL",
    "outgoing_waiting": "SELECT COUNT(*) FROM blog_outgoing WHERE state = 'waiting'",
    "outgoing_given_up": "SELECT COUNT(*) FROM blog_outgoing WHERE state = 'failed'",
    "oldest_review": "SELECT MIN(asked_at) FROM blog_reviewrequest WHERE outcome = ''",
    "oldest_suggestion": "SELECT MIN(made_at) FROM blog_suggestion WHERE state = 'open'",
    "oldest_outgoing": "SELECT MIN(created_at) FROM blog_outgoing WHERE state = 'waiting'",
    "database_bytes": {
        "postgresql": "SELECT pg_database_size(current_database())",
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    }[connection.vendor],
}


def of_newsroom() -> dict[str, Any]:
    """Everything but the discussion, by name: numbers, and moments (None where nothing waits)."""
    return asked(_ASKED)


def of_media() -> tuple[int, int]:
    """How many files there are of pictures, and how many bytes."""
    many = size = 0
    for file in Path(settings.MEDIA_ROOT).rglob("*"):
        if file.is_file() and not file.is_symlink():
            many += 1
            size += file.stat().st_size
    return many, size


def asked(questions: Mapping[str, str]) -> dict[str, Any]:
    """The answers to questions that have one value each, in one statement. `oldest_…` are moments."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"({question})" for question in questions.values()))
        answers = dict(zip(questions, cursor.fetchone(), strict=True))
    return {name: _moment(value) if name.startswith("oldest_") else value for name, value in answers.items()}


def _moment(value: datetime | str | None) -> datetime | None:
    """SQLite hands over times as text."""
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return value.replace(tzinfo=UTC) if value and not value.tzinfo else value
