"""From whom we know what: all outlets, and what we took from each."""

from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import pages, paging
from ..models import CheckedLink, CitedSource
from ..rendering import same_name
from ..structured import Meta

MOST_SPELLINGS = 5  # of one outlet's name that are named


@pages.of_edition()
def outlets(request: HttpRequest) -> HttpResponse:
    """Everybody whom live wordings name as their source, from A to Z."""
    found: dict[str, list[dict]] = {}
    for row in _spellings(CitedSource.objects.public().with_outlet()):
        found.setdefault(row["outlet_slug"], []).append(row)
    rows = [
        (CitedSource(outlet_slug=slug, outlet=spellings[0]["outlet"]), sum(row["count"] for row in spellings))
        for slug, spellings in found.items()
    ]
    meta = Meta(_("Sources"), _("From whom we know what we write."), reverse("blog:outlets"))
    return pages.draw(
        request,
        "blog/outlets.html",
        meta,
        here="sources",
        outlets=sorted(rows, key=lambda row: same_name(row[0].outlet)),
    )


@pages.of_edition("before")
def outlet(request: HttpRequest, slug: str) -> HttpResponse:
    """What we took from one outlet, the newest first, and what of it is no longer there."""
    taken = CitedSource.objects.public().of_outlet(slug)
    spellings = list(_spellings(taken))
    if not spellings:
        raise Http404
    before = request.GET.get("before")
    part = paging.older(taken.for_lists(), before)
    name = spellings[0]["outlet"]
    path = paging.address(reverse("blog:outlet", args=[slug]), "before", before)
    return pages.draw(
        request,
        "blog/outlet.html",
        Meta(name, _("What we took from %(outlet)s, newest first.") % {"outlet": name}, path),
        here="sources",
        name=name,
        also=[row["outlet"] for row in spellings[1 : MOST_SPELLINGS + 1]],
        count=sum(row["count"] for row in spellings),
        part=part,
        gone=_gone(part.rows),
    )


def _spellings(sources):
    """How an outlet's name is written, with how often; the way that was used last is the first."""
    rows = sources.order_by().values("outlet_slug", "outlet").annotate(count=Count("pk"), last=Max("published_at"))
    return rows.order_by("-last", "-count", "outlet")


def _gone(sources: list[CitedSource]) -> dict[str, CheckedLink]:
    """Those addresses that no longer answer."""
    return CheckedLink.objects.gone().in_bulk([source.url for source in sources if source.url], field_name="url")
