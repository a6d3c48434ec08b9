"""What an archive of the site holds of its discussion: the threads as readers see them, and more if it is asked for."""

from contextlib import suppress

from django.db.models import Case, Count, F, Q, When

from blog.archiving.tables import BACKUP, DRAFTS, MODERATION, PEOPLE, Row, Table
from blog.models import Tally
from blog.rendering import Unacceptable

from . import markup
from .models import Comment, HouseRules, KnownSite, ListedWord, ModerationAct, Report, Wording

_PUBLIC = Q(post__published_on__isnull=False)
_OF_PLACED = {
    DRAFTS: Q(comment__post__published_on__isnull=False),
    MODERATION: Q(comment__placed=True),
}


def _hide_words(row: Row) -> None:
    """As the thread shows a place whose comment is gone."""
    if row["state"] != Comment.State.VISIBLE:
        row["name"] = row["badge"] = row["text"] = row["html"] = ""


def _objects_to(row: Row) -> str:
    html = row["html"]
    with suppress(Unacceptable):
        if not html or markup.clean(html) == html or markup.clean_html(html) == html:
            return ""
    return "its words are not clean: they hold something that this site lets nobody write"


def count() -> None:
    """Make the tallies of comments that have just come in; there are none yet."""
    numbers = {"visible": Count("pk", filter=Q(state=Comment.State.VISIBLE)), "shown": Count("shown_at")}
    counted = Comment.objects.order_by("post").values_list("post").annotate(**numbers)
    Tally.objects.count_many({post: both for post, *both in counted.values_list("post", *numbers)})


TABLES = [
    Table("house_rules", HouseRules, "Which comments readers see at once, and other rules of the house.", single=True),
    Table(
        "comments",
        Comment,
        "The discussion. parent, lft and level say where a comment stands (tree_id: its conversation); placed: it has "
        "a place in the thread, with its words (state: visible) or as one that is gone.",
        private={
            "user": PEOPLE,
            "email": PEOPLE,
            "writer": BACKUP,
            "address": BACKUP,
            "form_key": BACKUP,
            "facts": MODERATION,
            "reports": MODERATION,
        },
        only={DRAFTS: _PUBLIC, MODERATION: Q(placed=True)},
        instead={"reply_to": (MODERATION, Case(When(reply_to__placed=True, then=F("reply_to_id"))))},
        conceals={MODERATION: _hide_words},
        objects=_objects_to,
    ),
    Table(
        "moderation_acts",
        ModerationAct,
        "What was done to comments, in order.",
        private={"by": PEOPLE, "note": MODERATION},
        only=_OF_PLACED,
    ),
    Table(
        "comment_wordings",
        Wording,
        "How comments read before their writers changed them.",
        scopes=(MODERATION,),
        only={DRAFTS: _OF_PLACED[DRAFTS]},
        objects=_objects_to,
    ),
    Table(
        "reports",
        Report,
        "What readers said of comments.",
        scopes=(MODERATION,),
        private={"address": BACKUP},
        only={DRAFTS: _OF_PLACED[DRAFTS]},
    ),
    Table("listed_words", ListedWord, "Words with which comments wait.", scopes=(MODERATION,)),
    Table("known_sites", KnownSite, "Sites that comments have linked to.", scopes=(MODERATION,)),
]
