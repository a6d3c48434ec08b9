"""What a name may be completed to, while it is typed: same site, for those who write."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse

from .. import rendering
from ..models import Author, Tag

MOST = 10


def names(request):
    """JSON: the names of tags or authors that begin like this, then those that hold it."""
    if not (request.user.has_perm("blog.add_post") or request.user.has_perm("blog.change_post")):
        raise PermissionDenied
    typed = rendering.same_name(request.GET.get("q", "")[:100].strip())
    if not typed:
        return JsonResponse({"names": []})
    if request.GET.get("of") == "authors":
        found = [name for name in Author.objects.values_list("name", flat=True) if typed in rendering.same_name(name)]
    else:
        tags = Tag.objects.filter(folded__contains=typed).order_by("folded")
        found = list(tags.filter(folded__startswith=typed).values_list("name", flat=True)[:MOST])
        found += tags.exclude(folded__startswith=typed).values_list("name", flat=True)[:MOST]
    return JsonResponse({"names": found[:MOST]}, headers={"Cache-Control": "private, no-store"})
