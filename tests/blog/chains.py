"""The chains of a piece, computed once more without the project's own functions."""

import hashlib
import json
from datetime import UTC


def digest(value):
    """SHA-256 of JSON, spelt out here once more."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(row):
    later = {"summary": row.summary, "happened_at": row.happened_at and row.happened_at.astimezone(UTC).isoformat()}
    return {name: value for name, value in later.items() if value} | {
        "headline": row.headline,
        "standfirst": row.standfirst,
        "body": row.body,
        "tags": row.tags,
        "section": row.section,
        "byline": row.byline,
        "sources": row.sources,
        "image": row.image,
    }


def revision_hash(row, before):
    return digest(
        {
            "before": before,
            "number": row.number,
            "based_on": row.based_on.number if row.based_on else None,
            "by": row.by_name,
            "at": row.created_at.astimezone(UTC).isoformat(),
            "note": row.note,
            "kind": row.kind,
            "excerpt": row.excerpt,
            "words": row.words,
            "content": digest(content_of(row)),
        }
    )


def event_hash(row, before):
    return digest(
        {
            "before": before,
            "number": row.number,
            "verb": row.verb,
            "by": row.by_name,
            "at": row.at.astimezone(UTC).isoformat(),
            "revision": row.revision.chain_hash if row.revision else None,
            "stage": [row.stage_before, row.stage_after],
            "kind": row.kind,
            "note": row.note,
            "public_note": row.public_note,
            "public": row.public,
            "details": row.details,
        }
        | ({"update": row.update.number} if row.update else {})
    )


def faults(post):
    """Rows of a piece that are out of number or out of chain; none, if all is well."""
    found = []
    for rows, own_hash in [(post.revisions, revision_hash), (post.events, event_hash)]:
        before = str(post.key)
        for number, row in enumerate(rows.order_by("number"), start=1):
            if row.number != number or row.chain_hash != own_hash(row, before):
                found.append(f"{row._meta.model_name} {row.number}")
            before = row.chain_hash
    return found
