"""From the files to the site: every piece is written, read, approved and published by the people whose work that is.

Nothing is put into a table directly that a verb would put there, so a demo site holds no state that a real one could
not reach, and `manage.py verify` finds its chains whole.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.html import format_html

from blog import indexing, pictures, revisions, workflow
from blog.models import Author, Picture, Post, Story, Update, public_address
from blog.revisions import Content

from . import SOURCE, Refused, accounts
from .days import Calendar
from .pieces import HERE, Change, Entry, Piece, Withdrawal, Wording, all_pieces, table
from .running import RunningStory

ARCHIVE = -30  # what is older than this many days was printed before the site had a workflow, and is brought in
READING_TIME = timedelta(minutes=25)  # from the last word of a new piece to its publication
CHANGING_TIME = timedelta(minutes=4)  # the same for a change


def is_there() -> bool:
    return Post.objects.filter(source=SOURCE).exists()


def refusal(*, confirmed: bool) -> str:
    """Why the demo may not be brought in here, or nothing.

    Its pieces must never stand among real ones, and its accounts never get into a site in use: their names are known
    to everybody. In production it comes only into an empty database, and only when asked for twice.
    """
    if Post.objects.exists() or Author.objects.exists() or Story.objects.exists():
        return "There are pieces, authors or stories here that are not the demo's. It goes into an empty site only."
    if settings.DEBUG:
        return ""
    if not confirmed:
        return "These are production settings. If the demo is what you want on this site, say --yes."
    names = [person["user"] for person in accounts.people() if "user" in person]
    taken = User.objects.filter(username__in=names).first()
    if taken:
        return f"An account “{taken.username}” is there already. In production the demo takes over nobody's account."
    return ""


def bring_in(now: datetime, passwords: dict[str, str]) -> None:
    """The whole demo in one transaction: all of it or nothing."""
    with transaction.atomic():
        try:
            newsroom = Newsroom(Calendar(now), accounts.make(passwords))
            for piece in all_pieces():
                newsroom.make(piece)
        except workflow.WorkflowError as error:
            raise Refused(str(error)) from error
        except IntegrityError as error:
            raise Refused(f"Something here is in the way, or somebody else is bringing it in now: {error}") from error


class Newsroom:
    """The people, stories and pictures of the demo, and what they do with a piece."""

    def __init__(self, calendar: Calendar, users: dict[str, User]):
        self.calendar = calendar
        self.users = users
        self.pieces = {piece.name: piece for piece in all_pieces()}
        self.bylines = {person["name"]: person for person in accounts.people() if "byline" in person}
        self.stories = {
            name: Story.objects.create(title=story["title"], slug=name, summary=story["summary"])
            for name, story in table("stories").items()
        }
        self.pictures = {name: _keep_picture(told, users["edith"]) for name, told in table("pictures").items()}
        for tag in indexing.tags_named(list(table("tags"))):
            tag.description = table("tags")[tag.name]
            tag.save(update_fields=["description"])

    def make(self, piece: Piece) -> None:
        """Bring one piece to the stage that its file says."""
        shown_at = self.calendar.moment(piece.day, piece.time)
        post = revisions.start(
            self.content(piece, piece.wording, piece.day),
            by=self.writer(piece),
            kind=piece.kind,
            slug=piece.slug,
            story=self.stories[piece.story] if piece.story else None,
            note=piece.note if piece.stage == "draft" else "",
            at=shown_at if piece.stage == "draft" else shown_at - READING_TIME,
            source=SOURCE,
            source_id=piece.name,
        )
        if piece.day < ARCHIVE:
            post = workflow.adopt(post, post.head, by=self.users["admin"], published_at=shown_at)
        elif piece.stage in {"published", "withdrawn"}:
            post = self.publish(post, piece, since=shown_at - READING_TIME, at=shown_at)
        else:
            self._leave_at(post, piece, at=shown_at)
        if piece.rolling:
            RunningStory(self, piece, post).run(shown_at)
            return
        wording, last = piece.wording, shown_at
        for change in piece.changes:
            wording = wording.after(change)
            last = self.change(post, piece, change, self.content(piece, wording, change.day), since=last)
            post.refresh_from_db()
        if piece.withdrawn:
            self.withdraw(post, piece.withdrawn, at=self.calendar.moment(piece.withdrawn.day, piece.withdrawn.time))

    def withdraw(self, row: Post | Update, withdrawal: Withdrawal, *, at: datetime) -> None:
        workflow.withdraw(row, by=self.users["pia"], public_note=withdrawal.public_note, at=at)

    def publish(
        self, post: Post | Update, piece: Piece, *, since: datetime, at: datetime, kind: str = "", public_note: str = ""
    ) -> Post | Update:
        """The road of every piece: sent by its writer, read by another, published by a third."""
        sent, read = since + (at - since) * 0.4, since + (at - since) * 0.8
        post = workflow.submit(post, by=post.head.by, at=sent)
        post = workflow.approve(post, post.head, by=self.reader(post.head.by), at=read)
        note = self.fill(public_note, piece.day)
        return workflow.publish(post, post.head, by=self.users["pia"], kind=kind, public_note=note, at=at)

    def _leave_at(self, post: Post, piece: Piece, *, at: datetime) -> None:
        """A piece that readers have not seen, at the stage in which it waits for somebody."""
        edith, sent = self.users["edith"], at - READING_TIME / 2
        if piece.stage == "spiked":
            workflow.spike(post, by=edith, note=piece.note, at=at)
        elif piece.stage == "review":
            workflow.submit(post, by=post.head.by, note=piece.note, at=at)
        elif piece.stage in {"changes", "approved"}:
            post = workflow.submit(post, by=post.head.by, note=piece.note, at=sent)
            if piece.stage == "changes":
                workflow.request_changes(post, by=edith, note=piece.asked, at=at)
            else:
                workflow.approve(post, post.head, by=edith, at=at)

    def change(
        self, row: Post | Update, piece: Piece, change: Change, content: Content, *, since: datetime
    ) -> datetime:
        """The next version of a piece or of one of its updates, public or behind the live one. Gives its time."""
        at = max(since, self.calendar.moment(change.day, change.time))
        begun = at - min(CHANGING_TIME, (at - since) * 0.8)
        by = self.users[change.by] if change.by else row.head.by
        words = {"based_on": row.head, "note": change.note, "kind": change.kind, "at": begun}
        revision = revisions.write(row, content, by=by, **words)
        row.refresh_from_db()
        if change.stage == "published":
            self.publish(row, piece, since=begun, at=at, kind=change.kind, public_note=change.public_note)
        elif change.stage == "review":
            workflow.submit(row, by=revision.by, at=at)
        return at

    def content(self, piece: Piece, wording: Wording, day: int) -> Content:
        return Content(
            headline=self.fill(wording.headline, day),
            standfirst=self.fill(wording.standfirst, day),
            body=self.fill(wording.body, day),
            tags=piece.tags,
            section=piece.section,
            image=pictures.as_image(self.pictures[piece.picture]) if piece.picture else None,
            summary=self.fill(wording.summary, day),
            **self._people_and_sources(wording),
        )

    def content_of_update(self, wording: Wording, day: int, happened_at: datetime) -> Content:
        return Content(
            headline=self.fill(wording.headline, day),
            body=self.fill(wording.body, day),
            happened_at=happened_at.isoformat(),
            **self._people_and_sources(wording),
        )

    def _people_and_sources(self, wording: Wording) -> dict[str, Any]:
        return {
            "byline": tuple({"name": name, "slug": self.bylines[name]["byline"]} for name in wording.byline),
            "sources": tuple(
                {
                    "outlet": source.outlet,
                    "title": source.title,
                    "url": source.url,
                    "at": self._source_time(source.day if source.day is not None else brought, source.time),
                }
                for brought, source in wording.sources
            ),
        }

    def _source_time(self, day: int, clock: str) -> str:
        return self.calendar.moment(day, clock).isoformat() if clock else ""

    def fill(self, text: str, day: int) -> str:
        return self.calendar.fill(text, day=day, address=self._address, picture=self._picture)

    def _address(self, name: str) -> str:
        """Where a piece will be, or is, on the site."""
        piece = self.pieces[name]
        day = self.calendar.moment(piece.day, piece.time).date()
        return public_address(piece.slug, day if piece.kind == Post.Kind.POST else None)

    def _picture(self, name: str) -> str:
        picture = self.pictures[name]
        return format_html(
            '<img src="{}" alt="{}" width="{}" height="{}">',
            picture.file.url,
            picture.alt,
            picture.width,
            picture.height,
        )

    def writer(self, piece: Piece | Entry) -> User:
        if piece.by:
            return self.users[piece.by]
        person = self.bylines[piece.wording.byline[0]]
        return self.users[person.get("user") or person["written_by"]]

    def reader(self, writer: User) -> User:
        """Who reads what this person wrote: nobody approves their own words."""
        return self.users["pia" if writer == self.users["edith"] else "edith"]


def _keep_picture(told: dict[str, str], by: User) -> Picture:
    """One of the demo's own pictures, on the road of every upload."""
    with (HERE / "pictures" / told["file"]).open("rb") as upload:
        return pictures.store(upload, alt=told["alt"], credit=told["credit"], by=by)
