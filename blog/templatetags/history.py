"""How changes are told to readers."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from blog.differences import Difference, Stretch
from blog.models import Revision

register = template.Library()

# What the desk calls a typo, readers call spelling.
KINDS = {
    Revision.Kind.TYPO: lazy("Spelling"),
    Revision.Kind.CLARIFICATION: lazy("Clarification"),
    Revision.Kind.UPDATE: lazy("Update"),
    Revision.Kind.CORRECTION: lazy("Correction"),
}


@register.filter
def kind_for_readers(kind: str) -> str:
    """The name of a kind of change in the words of readers; nothing for none."""
    return str(KINDS.get(kind, ""))


@register.filter
def told(html: SafeString) -> SafeString:
    """A difference whose marks are also heard: its `ins` and `del` bring the words that the style sheet prints."""
    ins = f'<ins data-from=" {_("[added]")} " data-to=" {_("[end of addition]")} ">'
    gone = f'<del data-from=" {_("[removed]")} " data-to=" {_("[end of removal]")} ">'
    return mark_safe(html.replace("<ins>", ins).replace("<del>", gone))


@register.filter
def stretches(difference: Difference, full: bool) -> list[Stretch]:
    return difference.stretches(full=full)
