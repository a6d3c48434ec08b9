"""Why a wording of somebody else's archive is not taken: it is not as this site would have kept it."""

from types import SimpleNamespace

from blog.rendering import Unacceptable
from blog.revisions import Content

from . import values
from .tables import Row

_WORDS = "headline standfirst body summary section excerpt note tags byline sources image words".split()


def objects_to(row: Row) -> str:
    """ "" for a wording that is clean already; else what to tell. What was removed for legal reasons is empty."""
    if not any(row.get(name) for name in _WORDS):
        return ""
    try:
        content = Content.of(SimpleNamespace(**row | {"happened_at": _moment(row["happened_at"])}))
        is_tidy = content.tidy() == content
    except Unacceptable as refusal:
        return f"its words cannot be kept: {refusal}"
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return "its words are not in the form in which they are kept"
    return "" if is_tidy else "its words are not clean: they hold something that this site lets nobody write"


def _moment(text: str | None):
    return values.moment(text) if text else None
