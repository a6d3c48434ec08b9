"""What stands on every page."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi

from .models import Post


def site(request: HttpRequest) -> dict:
    """The name and furniture of the site. `site.pages` asks the database only when a template goes through it."""
    return {"site": furniture() | {"pages": Post.objects.live().pages().for_footer()}}


def furniture() -> dict:
    """The part that needs no database: for pages that say that there is none."""
    return {
        "name": settings.SITE_NAME,
        "tagline": settings.SITE_TAGLINE,
        "url": settings.SITE_URL,
        "language": get_language(),
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
