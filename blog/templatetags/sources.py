"""How sources are shown."""

from django import template

from blog.models import CitedSource, outlet_slug

register = template.Library()


@register.filter
def outlet_url(outlet: str) -> str:
    """The page of what we took from an outlet."""
    return CitedSource(outlet_slug=outlet_slug(outlet)).get_outlet_url()
