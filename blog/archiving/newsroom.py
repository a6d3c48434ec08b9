"""What an archive holds of the newsroom: its tables, and what is private in them."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.redirects.models import Redirect
from django.db.models import Q

from blog.models import (
    Author,
    Draft,
    Edition,
    Event,
    PassageNote,
    Picture,
    Post,
    ReviewRequest,
    ReviewStep,
    Revision,
    Schedule,
    Story,
    StoryType,
    Suggestion,
    Synonym,
    Tag,
    TagAct,
    Update,
)

from .tables import BACKUP, DRAFTS, PEOPLE, Row, Table
from .wordings import objects_to

_BY = {"by": PEOPLE}
_OF_PUBLIC = {DRAFTS: Q(post__published_on__isnull=False)}


def _forwards_badly(row: Row) -> str:
    is_path = row["new_path"].startswith("/") and not row["new_path"].startswith("//")
    is_fine = not row["new_path"] or is_path or row["new_path"].startswith(("http://", "https://"))
    return "" if is_fine and row["old_path"].startswith("/") else "it forwards to something that is no address"


TABLES = [
    Table(
        "settings",
        Edition,
        "How many days comments stay open after the last update; null: for ever.",
        private={"number": BACKUP, "furniture": BACKUP},
        single=True,
    ),
    Table(
        "accounts",
        get_user_model(),
        "Who may sign in. Rights and passwords are in no archive.",
        scopes=(PEOPLE,),
        private=dict.fromkeys("password last_login is_superuser is_staff".split(), BACKUP),
        fill={"password": lambda: make_password(None)},
    ),
    Table("authors", Author, "Bylines.", private={"user": PEOPLE}),
    Table("tags", Tag, "Tags. folded: the name as it is compared."),
    Table("tag_acts", TagAct, "Tags that were merged or renamed, with what takes it back.", private=_BY),
    Table("tag_names", Synonym, "Other names of tags."),
    Table("stories", Story, "Posts that tell one story over days."),
    Table("story_types", StoryType, "Kinds of stories of the house."),
    Table("review_steps", ReviewStep, "Through which steps, by which groups, stories of a type are approved."),
    Table(
        "posts",
        Post,
        "A story's address and settings, and where it stands; its words are its revisions (head: the newest, "
        "live: what readers see).",
        only={DRAFTS: Q(published_on__isnull=False)},
    ),
    Table("updates", Update, "Entries of running stories.", only=_OF_PUBLIC),
    Table(
        "revisions",
        Revision,
        "What was written: every wording of a post (update: null) or of one of its updates. Hashed and chained.",
        private=_BY,
        only=_OF_PUBLIC,
        objects=objects_to,
    ),
    Table("events", Event, "What was done, in order. Chained.", private=_BY, only=_OF_PUBLIC),
    Table(
        "suggestions",
        Suggestion,
        "What somebody said should read otherwise.",
        private={"by": PEOPLE, "decided_by": PEOPLE, "email": PEOPLE, "address": BACKUP},
        only=_OF_PUBLIC,
    ),
    Table(
        "schedules",
        Schedule,
        "What was planned, and what became of it.",
        private=_BY,
        only=_OF_PUBLIC,
    ),
    Table(
        "review_requests",
        ReviewRequest,
        "Who was asked to look at which wording.",
        private={"by": PEOPLE, "to_user": PEOPLE},
        only=_OF_PUBLIC,
    ),
    Table("passage_notes", PassageNote, "What colleagues said about exact words.", private=_BY, only=_OF_PUBLIC),
    Table("unsaved", Draft, "Words that nobody has saved yet.", scopes=(PEOPLE, DRAFTS)),
    # After the revisions: without drafts only those that a wording shows are in it.
    Table("pictures", Picture, "The library. file: below media/.", private={"added_by": PEOPLE}),
    Table("redirects", Redirect, "Old addresses and where they lead.", objects=_forwards_badly),
]
