"""When the open pieces of the demo are due: one of them is late, one is due soon, one tomorrow.

Counted from the moment at which the demo is made, as plans are; the notes on them, too.
"""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser

from blog import belonging, passage_notes, schedule
from blog.models import Post

from . import SOURCE

HOURS = {"ferry-company-accounts": -1, "what-a-bearing-is": 3, "load-test-hour-by-hour": 15}


def make(users: dict[str, AbstractBaseUser]) -> None:
    """Set them, by the editor, who also asks something. `users` are the accounts of the demo by name."""
    hour = schedule.database_now().replace(minute=0, second=0, microsecond=0)
    posts = Post.objects.select_related("head", "live").filter(source=SOURCE, source_id__in=HOURS)
    for post in posts.order_by("pk"):
        belonging.set_deadline(post, hour + timedelta(hours=HOURS[post.source_id]), by=users["edith"])
        if post.source_id == "what-a-bearing-is":
            note = {"part": "headline", "exact": post.head.headline.split()[1], "text": "Does anybody search for this?"}
            passage_notes.add(post, post.head, by=users["edith"], **note)
