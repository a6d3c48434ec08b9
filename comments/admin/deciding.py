"""What happens when a moderator presses a button: decided or undone, unless somebody was there before."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.rendering import Unacceptable

from .. import moderation
from ..models import ModerationAct
from . import responding, tabs
from .reading import as_seen


class Meanwhile(Exception):
    """Somebody did something to the comment after it was shown to who decides now."""


# One comment


def decide(request, comment):
    """Do what a button says, unless something was done to the comment since it was shown."""
    verb = request.POST.get("verb", "")
    if verb not in moderation.STEPS:
        raise BadRequest("no such verb")
    try:
        act = _decided(comment, verb, request)
    except Meanwhile:
        return responding.refused(request, comment, _what_was_done(comment))
    except (moderation.ModerationError, Unacceptable) as refusal:
        return responding.refused(request, comment, str(refusal))
    request.session[responding.LAST] = {"act": act.pk}
    if responding.wants_json(request):
        look = responding.address(comment)
        return responding.as_json(request, responding.said(act), undo=act.pk, look=look)
    return responding.back(request, comment)


def _decided(comment, verb, request):
    words = {"by": request.user, "note": request.POST.get("note", "")}
    with transaction.atomic():
        if verb == "remove":
            act = moderation.remove(comment, request.POST.get("reason", ""), **words)
        else:
            act = getattr(moderation, verb)(comment, **words)
        # What the verb found when it had locked the comment; nobody came between.
        if request.POST.get("seen") != as_seen(act.state_before, act.decided_before, act.comment.edited_at):
            raise Meanwhile
    return act


def _what_was_done(comment):
    """By whom, as far as the record says, for who decided on what is no longer so."""
    act = comment.acts.order_by("-pk").first()
    if act is None:
        return _("Nothing was done: the comment is not as it was shown to you. Look at it again.")
    what = act.get_verb_display()
    if not act.by_name:
        return _("Nothing was done: the comment was %(what)s meanwhile. Look at it again.") % {"what": what}
    return _("Nothing was done: %(name)s was there before you (%(what)s). Look at it again.") % {
        "name": responding.isolated(act.by_name),
        "what": what,
    }


# Undo


def undo(request):
    """Take back one decision, or what was decided together."""
    act = batch = None
    if "batch" in request.POST:
        batch = responding.as_uuid(request.POST["batch"])
    else:
        act = _act(responding.as_key(request.POST.get("act", "")))
    try:
        words = _undone_many(batch, request.user) if batch else _undone(act, request.user)
    except moderation.ModerationError as refusal:
        return responding.refused(request, act and act.comment, str(refusal))
    request.session.pop(responding.LAST, None)
    if responding.wants_json(request):
        return responding.as_json(request, words, back=act.comment_id if act else None)
    messages.success(request, words)
    return responding.back(request, act and act.comment, here=True)


def _act(key):
    act = ModerationAct.objects.select_related("comment").filter(pk=key).first()
    if act is None:
        raise Http404
    return act


def _undone(act, user):
    comment = moderation.undo(act, by=user).comment
    return _("Undone. The comment by %(name)s is at “%(state)s” again.") % {
        "name": responding.isolated(comment.name),
        "state": comment.get_state_display(),
    }


def _undone_many(batch, user):
    undone = moderation.undo_many(batch, by=user)
    count = {"count": tabs.number(undone.done)}
    words = ngettext("Undone for one comment.", "Undone for %(count)s comments.", undone.done) % count
    if undone.refused:
        left = ngettext(
            "One was left: something was done to it since.",
            "%(count)s were left: something was done to them since.",
            undone.refused,
        )
        words = f"{words} {left % {'count': tabs.number(undone.refused)}}"
    return words
