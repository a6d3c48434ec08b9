"""How sources are shown."""

from django import template

from blog.models import CheckedLink, CitedSource, outlet_slug

register = template.Library()


@register.filter
def outlet_url(outlet: str) -> str:
    """The page of what we took from an outlet."""
    return CitedSource(outlet_slug=outlet_slug(outlet)).get_outlet_url()


@register.filter
def of_address(links: dict[str, CheckedLink], url: str) -> CheckedLink | None:
    return links.get(url)
