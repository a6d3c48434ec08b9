"""A running story of the demo: what is done to it and to its updates, in the order of its day."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from blog import suggestions, updates, workflow
from blog.models import Post, Revision, Suggestion, Update

from .pieces import Change, Entry, Piece, Promise, Suggested, Wording

PUBLISHING_TIME = timedelta(minutes=1)  # from the time that an update shows to its publication
FIVE_MINUTES = timedelta(minutes=5)

Act = Callable[[datetime, datetime], datetime]  # when it is due, when the act before was done → when it was done


class RunningStory:
    """One piece with updates, by the people of a newsroom (`staging`).

    Nothing is done before what was done before it, however early in the day the demo is made.
    """

    def __init__(self, newsroom: Any, piece: Piece, post: Post):
        self.newsroom, self.piece, self.post = newsroom, piece, post
        self.moment = newsroom.calendar.moment
        self.rows: dict[str, Update] = {}
        self.made: dict[Suggested, Suggestion] = {}

    def run(self, begun: datetime) -> None:
        """Everything that happens after its publication."""
        updates.roll(self.post, by=self.newsroom.users["pia"], at=begun)
        last = begun
        for due, act in sorted(self._acts(), key=lambda pair: pair[0]):
            last = act(max(due, last), last)

    def _acts(self) -> Iterator[tuple[datetime, Act]]:
        piece = self.piece
        yield from self._changes(self._post, piece.wording, piece.changes, self._content)
        for entry in piece.updates:
            yield self.moment(entry.day, entry.time), self._adding(entry)
            yield from self._changes(self._row(entry), entry.wording, entry.changes, self._content_of(entry))
            if entry.withdrawn:
                yield self.moment(entry.withdrawn.day, entry.withdrawn.time), self._withdrawing(entry)
        for promise in piece.promises:
            yield self.moment(promise.day, promise.time), self._promising(promise)
        for said in piece.suggestions:
            yield self.moment(said.day, said.time), self._suggesting(said)
            if said.decided:
                yield self.moment(said.day, said.decided), self._deciding(said)
        if piece.ended:
            yield self.moment(piece.day, piece.ended), self._end

    def _changes(self, row: Callable, first: Wording, changes: tuple[Change, ...], content: Callable) -> Iterator:
        wording = first
        for change in changes:
            wording = wording.after(change)
            yield self.moment(change.day, change.time), self._changing(row, change, content, wording)

    def _changing(self, row: Callable, change: Change, content: Callable, wording: Wording) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            return self.newsroom.change(row(), self.piece, change, content(wording, change.day), since=since)

        return act

    def _adding(self, entry: Entry) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            newsroom, by = self.newsroom, self.newsroom.writer(entry)
            content = self._content_of(entry)(entry.wording, entry.day)
            update = updates.add(self._post(), content, by=by, note=entry.note, at=at)
            self.rows[entry.name] = update
            if entry.stage == "review":
                workflow.submit(update, by=by, at=at)
            if entry.stage != "published":
                return at
            out = min(at + PUBLISHING_TIME, max(newsroom.calendar.now, at))
            update = newsroom.publish(update, self.piece, since=at, at=out)
            if entry.key:
                updates.mark_key(update, by=newsroom.users["pia"], at=out)
            if entry.pinned:
                updates.pin(update, by=newsroom.users["pia"], at=out)
            return out

        return act

    def _withdrawing(self, entry: Entry) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            self.newsroom.withdraw(self._row(entry)(), entry.withdrawn, at=at)
            return at

        return act

    def _promising(self, promise: Promise) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            if promise.next:
                next_at = self.moment(promise.day, promise.next)
            else:
                wanted = self.newsroom.calendar.now + timedelta(minutes=promise.minutes)
                next_at = wanted.replace(second=0, microsecond=0) - timedelta(minutes=wanted.minute % 5) + FIVE_MINUTES
            if next_at > at:  # a day that is drawn together has no time for some
                updates.promise(self.post, next_at, words=promise.words, by=self.newsroom.users["pia"], at=at)
            return at

        return act

    def _suggesting(self, said: Suggested) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            row = self._named(said)
            self.made[said] = suggestions.suggest(
                self.post,
                update=row if isinstance(row, Update) else None,
                revision=row.live,
                part=Suggestion.Part.BODY,
                exact=said.exact,
                before="",
                after="",
                replacement=said.replacement,
                about=said.about,
                remark=said.remark,
                credit=said.credit,
                at=at,
            )
            return since

        return act

    def _deciding(self, said: Suggested) -> Act:
        def act(at: datetime, since: datetime) -> datetime:
            by, suggestion = self.newsroom.users["edith"], self.made[said]
            if said.becomes == "declined":
                suggestions.decline(suggestion, by=by, reason=said.reason, at=at)
                return at
            suggestions.apply(suggestion, by=by, kind=said.kind, public_note=said.public_note, at=at)
            row = self._named(said)
            if row.stage == Post.Stage.REVIEW:  # the house wants it read by somebody else
                self._read(row, said, at)
            return at

        return act

    def _read(self, row: Post | Update, said: Suggested, at: datetime) -> None:
        pia = self.newsroom.users["pia"]
        row = workflow.approve(row, row.head, by=pia, at=at)
        note = said.public_note if said.kind == Revision.Kind.CORRECTION else ""
        workflow.publish(row, row.head, by=pia, kind=said.kind, public_note=note, at=at)

    def _end(self, at: datetime, since: datetime) -> datetime:
        updates.end(self.post, by=self.newsroom.users["pia"], at=at)
        return at

    def _content(self, wording: Wording, day: int):
        return self.newsroom.content(self.piece, wording, day)

    def _content_of(self, entry: Entry) -> Callable:
        happened_at = self.moment(entry.day, entry.time)
        return lambda wording, day: self.newsroom.content_of_update(wording, day, happened_at)

    def _named(self, said: Suggested) -> Post | Update:
        return self._fresh(self.rows[said.update]) if said.update else self._post()

    def _row(self, entry: Entry) -> Callable[[], Update]:
        return lambda: self._fresh(self.rows[entry.name])

    def _post(self) -> Post:
        return self._fresh(self.post)

    @staticmethod
    def _fresh(row):
        return type(row).objects.select_related("head", "live").get(pk=row.pk)
