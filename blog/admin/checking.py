"""The list of what is looked at before publishing, beside a piece: what the version that was saved last comes to."""

from typing import NamedTuple

from .. import checks
from ..models import Post, Update

MOST_SHOWN = 5  # findings of one check


class Line(NamedTuple):
    """One check: what it says, its first findings, how many more there are, and whether one of them blocks."""

    label: str
    findings: list[checks.Finding]
    more: int
    blocks: bool


def panel(request, piece: Post | Update, buttons: dict) -> dict:
    """What the page of a piece needs for the list, for somebody who may read its drafts.

    `buttons` is what `writing.buttons` gave: where it can be published, a reason for doing so all the same is taken.
    """
    findings = checks.found(piece, piece.head)
    lines = [
        Line(one.label, one.findings[:MOST_SHOWN], len(one.findings[MOST_SHOWN:]), any(f.blocks for f in one.findings))
        for one in checks.listed(piece, findings)
    ]
    new = checks.new(piece, findings)
    warned = [one for one in new if not one.blocks] if any(step.verb == "publish" for step in buttons["steps"]) else []
    return {
        "checks": lines,
        "field_prefix": "update-" if isinstance(piece, Update) else "",
        "checks_passed": sum(not line.findings for line in lines),
        "checked": piece.head,
        "is_known": bool(findings) and not new,
        "warned": warned,
        "told": " ".join(checks.keys(warned)),
        "publish_why": request.POST.get("publish-why", ""),
        "why_is_missing": buttons["is_asked"] and bool(warned) and not request.POST.get("publish-why", "").strip(),
    }
