"""What the page of a comment shows of the suggestion that was made of it."""

from django.utils.translation import gettext as _

from blog import pointing, suggestions
from blog.models import Revision, Suggestion

KINDS = {value: label for value, label in Revision.Kind.choices if value != Revision.Kind.DRAFT}


def shown(comment, user) -> dict | None:
    """What the page of a comment shows of its suggestion; None where none was made of it."""
    suggestion = comment.suggestion
    if suggestion is None:
        return None
    is_public = suggestions.is_public(suggestion)
    is_open = suggestion.state == Suggestion.State.OPEN
    return {
        "suggestion": suggestion,
        "sight": pointing.sight(suggestion) if is_open else None,
        "publishes": suggestions.at_once(user, comment.post),
        "is_public": is_public,
        "difference": comment.post.get_difference_url(None, suggestion.resolved.number) if is_public else "",
        "may": is_open and suggestions.may_decide(user, suggestion),
        "kinds": KINDS.items(),
        "typed": {
            "kind": suggestions.KINDS[suggestion.about],
            "answer": _("Fixed, thanks!"),
            "thank": "" if not comment.is_visible() else "1",
        },
        "note": suggestions.note_for(suggestion),
    }
