"""The words of the mails that answer who made a suggestion, made when a row is due. Plain text; one recipient each."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from . import suggestions
from .models import Outgoing, Suggestion
from .rendering import excerpt

LONGEST_SUBJECT = 150


def applied(row: Outgoing) -> EmailMessage | None:
    """Says that the words are in the text, and whether readers see that."""
    suggestion = _of(row)
    if suggestion is None:
        return None
    subject = _("Corrected, thank you: %(headline)s")
    context = {"is_public": suggestions.is_public(suggestion), "version": suggestion.resolved.number}
    return _letter(suggestion, subject, "blog/mail/suggestion_applied.txt", context)


def declined(row: Outgoing) -> EmailMessage | None:
    """Says why the words stay. What was suggested is not repeated: anybody may have given this address."""
    suggestion = _of(row)
    if suggestion is None:
        return None
    subject = _("About your suggestion: %(headline)s")
    return _letter(suggestion, subject, "blog/mail/suggestion_declined.txt", {"reason": suggestion.reason})


KINDS = {"suggestion_applied": applied, "suggestion_declined": declined}


def _of(row: Outgoing) -> Suggestion | None:
    found = Suggestion.objects.select_related("post__live", "post__head", "update", "revision", "resolved")
    return found.filter(pk=row.payload["suggestion"]).exclude(email="").first()


def _letter(suggestion: Suggestion, subject: str, template: str, context: dict[str, Any]) -> EmailMessage:
    post = suggestion.post
    headline = excerpt((post.live or suggestion.revision).headline.replace("<", "‹"), LONGEST_SUBJECT)
    place = (suggestion.update or post).get_absolute_url()
    context |= {
        "suggestion": suggestion,
        "headline": headline,
        "address": f"{settings.SITE_URL}{place}" if post.is_live() else "",
        "site": settings.SITE_NAME,
    }
    body = render_to_string(template, context)
    return EmailMessage(subject % {"headline": headline}, body, settings.DEFAULT_FROM_EMAIL, [suggestion.email])
