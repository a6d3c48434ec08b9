"""Where a correction leads."""

from django import template

from blog.coverage import Correction
from blog.models import Post

register = template.Library()


@register.simple_tag
def difference(post: Post, correction: Correction) -> str:
    """The address of what the correction changed."""
    return post.get_difference_url(correction.before, correction.revision)
