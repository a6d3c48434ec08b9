"""What is set for a post beside its words, and what of that somebody changed: not all that a form brings was chosen."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from .. import prospects
from ..models import Event, Post

# The fields, and the verb that writes down a change of each.
VERBS = {"slug": "move", "story": "assign", "discussion": "discuss", "story_type": "retype", "deadline": "deadline"}
SETTINGS = VERBS.keys()

Values = dict[str, Any]  # by the name of the field


def of(post: Post) -> Values:
    """What is set for a post, as its form begins with it."""
    deadline = post.deadline and post.deadline.replace(microsecond=0)
    return {
        "slug": post.slug,
        "story": post.story_id,
        "discussion": post.discussion,
        "story_type": post.story_type_id,
        "deadline": deadline,
    }


def spell(values: Values) -> str:
    """The same as text, to go with a form and to come back."""
    return json.dumps(values, default=datetime.isoformat)


def read(text: str) -> Values | None:
    """What `spell` made this text of; None where it did not."""
    try:
        values = json.loads(text)
        deadline = values["deadline"] and datetime.fromisoformat(values["deadline"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if values.keys() != SETTINGS or not all(isinstance(one, str | int | None) for one in values.values()):
        return None
    return values | {"deadline": deadline}


def said_meanwhile(post: Post, name: str) -> str:
    """That somebody else has set this meanwhile, to what, and what to do about it."""
    value = getattr(post, f"get_{name}_display", lambda: getattr(post, name))()
    if isinstance(value, datetime):
        value = prospects.spelt(value)
    act = Event.objects.filter(post=post, update=None, verb=VERBS[name]).order_by("-number").first()
    said = {"name": act.by_name if act else _("Somebody"), "value": value or _("nothing")}
    return _("%(name)s set this to “%(value)s” while you had it open. Save again to have yours all the same.") % said
