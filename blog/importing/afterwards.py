"""Pictures for pieces that were brought in without them.

A wording never changes: the piece gets another one, which differs in nothing but where its pictures stand, as a typo
of which no reader is told. Only where all its wordings are the import's own; what somebody has edited here is his.
"""

from collections.abc import Callable
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blog import canonical, events, going_live, revisions, workflow
from blog.models import Post, Revision
from blog.revisions import Content

from .fetching import Fetcher, hosts_of

NOTE = gettext_lazy("Its pictures are kept here now.")


def bring_pictures(post: Post, site: str, fetcher: Fetcher, *, by: Callable[[], AbstractBaseUser]) -> str:
    """Fetch what the newest wording of a piece shows from elsewhere. Gives why it was left as it is, or "".

    Raises Unacceptable or WorkflowError where the words could not be kept or shown.
    """
    head = post.head
    if not hosts_of(head.body):
        return ""
    if not _is_as_it_came(post):
        return _("It was changed here since.")
    body = fetcher.localised(head.body, site, parse=canonical.parsed)
    if body == head.body:
        return ""
    with transaction.atomic():
        post, account = events.lock(post), by()
        workflow.check_may_adopt(account)
        if post.head_id != head.pk or not _is_as_it_came(post):
            return _("It was changed here since.")
        note = str(NOTE)
        content = replace(Content.of(head), body=body)
        kind = Revision.Kind.TYPO if post.live_id else Revision.Kind.DRAFT
        revision = revisions.write(post, content, by=account, based_on=head, note=note, kind=kind)
        if revision and post.live_id:
            _show(events.lock(post), revision, account, note)
    return ""


def _show(post: Post, revision: Revision, by: AbstractBaseUser, note: str) -> None:
    """Not `workflow.bring_out`: its checks would refuse a picture that nobody has described, as many here are."""
    words = {"note": note, "public_note": "", "details": {}}
    going_live.show(post, revision, "publish", by=by, at=timezone.now(), kind=Revision.Kind.TYPO, **words)


def _is_as_it_came(post: Post) -> bool:
    """Public or a draft, as the import left it, and with no wording that is not the import's own."""
    if post.stage not in (Post.Stage.PUBLISHED, Post.Stage.DRAFT) or (post.live_id and post.live_id != post.head_id):
        return False
    later = Revision.objects.filter(post=post).exclude(number=1)
    return not later.exclude(note=str(NOTE)).exists() and post.update_count == 0
