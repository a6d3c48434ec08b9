"""How the board words its times."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from blog.desk import lateness

from .writethru import moments_beside

register = template.Library()


@register.filter
def how_late(due: datetime, now: datetime) -> str:
    """How long ago something was due, in the largest unit that says something."""
    return lateness(now - due)


@register.simple_tag
def when(time: datetime, now: datetime) -> SafeString:
    """A time as short as it can be said at another one: the clock for the same day, no year for the same year."""
    return moments_beside(now)(time)
