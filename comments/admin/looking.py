"""The page of one comment at the desk: all that is known about it, and all that was done to it."""

from django.contrib.auth import get_user_model
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Comment, Report
from . import fixes, reading, responding

MOST = 20  # of the same writer's other comments
LOOKED_AT = 500


def page(request, comment, context, *, status=200):
    """Everything but where it came from. Who may see this page may see the e-mail address, too: it is asked before."""
    item = reading.Item(
        comment,
        reading.records_of([comment]).get(comment.pk),
        list(Report.objects.filter(comment=comment).order_by("-pk")),
        list(comment.wordings.all()),
        list(comment.acts.select_related("undoes").order_by("-pk")),
    )
    # Of who wrote thousands some will do: the newest would have to be looked for among all.
    some = Comment.objects.written_by(comment.writer).exclude(pk=comment.pk).order_by("state").values("pk")[:LOOKED_AT]
    others = Comment.objects.filter(pk__in=some).order_by("-created_at", "-pk")
    context |= {
        "title": _("A comment"),
        "item": item,
        "others": others.select_related("post", "post__live").defer(*reading.LONG_OF_POST, "html", "facts")[:MOST],
        "fix": context.get("fix") or fixes.shown(comment, request.user),
        # An account that is gone has left its number here.
        "account": comment.user_id and get_user_model().objects.filter(pk=comment.user_id).first(),
        "last": responding.last_decision(request),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/comments/comment/comment.html", context, status=status)
