"""What was published without approval in the demo: a change that could not wait, for somebody else to look over.

Only where somebody else has to approve what is published (`FOUR_EYES`); elsewhere there is no glass to break.
"""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from blog import glass, revisions
from blog.models import Post
from blog.revisions import Content

from . import SOURCE

PIECE = "water-off-in-three-streets"


def make(users: dict[str, AbstractBaseUser]) -> None:
    """Break it, if the piece is there. `users` are the accounts of the demo by name."""
    post = Post.objects.select_related("head", "live").filter(source=SOURCE, source_id=PIECE).first()
    if post is None or not settings.FOUR_EYES:
        return
    standfirst = f"{post.head.standfirst} Today: boil what comes out of the taps in Mill Street."
    content = Content(**Content.of(post.head).__dict__ | {"standfirst": standfirst})
    revisions.write(post, content, by=post.head.by, based_on=post.head, kind="update", note="The works rang.")
    reason = "People are drinking it, and nobody who approves can be reached."
    glass.break_glass(post, Post.objects.select_related("head").get(pk=post.pk).head, by=users["pia"], reason=reason)
