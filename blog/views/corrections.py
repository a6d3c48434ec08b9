"""What we had wrong: every correction of the site, as a page and as a feed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import atom, corrections, pages, paging
from ..corrections import Told
from ..structured import Meta


@pages.of_edition("before")
def list_of_all(request: HttpRequest) -> HttpResponse:
    """Newest first, by month."""
    before = request.GET.get("before")
    part = paging.older(corrections.shown(), before)
    path = paging.address(reverse("blog:corrections"), "before", before)
    return pages.draw(
        request,
        "blog/corrections.html",
        Meta(_("Corrections"), _("Every change of fact in what was published, newest first."), path),
        here="corrections",
        part=part,
        told=[Told.of(event) for event in part.rows],
    )


@pages.of_edition()
def feed(request: HttpRequest) -> HttpResponse:
    told = [Told.of(event) for event in corrections.shown().newest_first()[: paging.SIZE]]
    title = _("%(name)s – %(site)s") % {"name": _("Corrections"), "site": settings.SITE_NAME}
    of_all = atom.Feed(
        title,
        description="",
        home=reverse("blog:corrections"),
        path=reverse("blog:corrections_feed"),
        updated=max((one.at for one in told), default=atom.NEVER),
    )
    return HttpResponse(atom.write(of_all, map(_entry, told)), content_type=atom.CONTENT_TYPE)


def _entry(told: Told) -> atom.Entry:
    return atom.Entry(
        key=atom.key_of(told.post.key, f"correction {told.event.number}"),
        title=_("Correction: %(headline)s") % {"headline": told.post.live.headline},
        path=told.get_absolute_url(),
        published=told.at,
        updated=told.at,
        content=corrections.in_html(told.correction),
    )
