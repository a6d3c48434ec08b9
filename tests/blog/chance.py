"""A desk that does at random whatever can be done to a running story, by the verbs alone."""

import random
from datetime import timedelta

from blog import belonging, revisions, updates, workflow
from blog.models import Post, Revision, Story, Update
from blog.rendering import Unacceptable
from blog.revisions import Content
from tests.factories import fresh, make_admin

WORDS = "bridge ferry lorry school crack bearing quay report council river queue tide 1974 1976 not open shut".split()
KINDS = ["typo", "clarification", "update", "correction"]
OF_BOTH = (
    "submit submit recall changes changes approve publish publish publish withdraw spike revive revive write write"
)
OF_POST = f"{OF_BOTH} move assign discuss roll roll end promise promise add add add restore".split()
OF_UPDATE = f"{OF_BOTH} publish pin unpin mark_key unmark_key restore".split()


class Desk:
    """`act(at)` does one thing to the post or one of its updates; what is refused is not done."""

    def __init__(self, post, seed):
        self.post, self.by = post, make_admin()
        self.chance = random.Random(seed)

    def act(self, at):
        """What was done, or None where it was refused, or changed nothing."""
        piece, verb = self._choice()
        try:
            getattr(self, f"_{verb}")(piece, at)
        except (workflow.WorkflowError, Unacceptable):
            return None
        return verb if fresh(self.post).sequence > piece.post.sequence else None

    def sentence(self):
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(2, 9))).capitalize() + "."

    def _choice(self):
        post = fresh(self.post)
        keys = list(post.updates.order_by("pk").values_list("pk", flat=True))
        if keys and self.chance.random() < 0.6:
            update = Update.objects.select_related("head", "live", "post").get(pk=self.chance.choice(keys))
            return update, self.chance.choice(OF_UPDATE)
        return post, self.chance.choice(OF_POST)

    def _content(self, piece, at):
        content = Content.of(piece.head).__dict__ | {"headline": self.sentence(), "body": f"<p>{self.sentence()}</p>"}
        if isinstance(piece, Update):
            content["happened_at"] = self._time(at)
        else:
            content |= {"summary": self.chance.choice(["", f"<p>{self.sentence()}</p>"]), "standfirst": self.sentence()}
            content["tags"] = tuple(self.chance.sample(["Bridge", "Ferries", "Harbour"], 2))
        return Content(**content)

    def _time(self, at):
        return (at - timedelta(minutes=self.chance.randint(0, 200))).isoformat()

    def _write(self, piece, at):
        kind = self.chance.choice(["", *KINDS])
        revisions.write(piece, self._content(piece, at), by=self.by, kind=kind, at=at)

    def _restore(self, piece, at):
        old = self.chance.choice(list(Revision.objects.of(piece)))
        revisions.write(piece, Content.of(old), by=self.by, at=at)

    def _submit(self, piece, at):
        workflow.submit(piece, by=self.by, at=at)

    def _recall(self, piece, at):
        workflow.recall(piece, by=self.by, at=at)

    def _changes(self, piece, at):
        workflow.request_changes(piece, by=self.by, note="Who says so?", at=at)

    def _approve(self, piece, at):
        workflow.approve(piece, piece.head, by=self.by, at=at)

    def _publish(self, piece, at):
        note = self.chance.choice(["", self.sentence()])
        workflow.publish(piece, piece.head, by=self.by, kind=self.chance.choice(KINDS), public_note=note, at=at)

    def _withdraw(self, piece, at):
        if isinstance(piece, Update) or self.chance.random() < 0.3:
            workflow.withdraw(piece, by=self.by, public_note=self.sentence(), at=at)

    def _spike(self, piece, at):
        workflow.spike(piece, by=self.by, at=at)

    def _revive(self, piece, at):
        workflow.revive(piece, by=self.by, at=at)

    def _move(self, post, at):
        belonging.move(post, f"bridge-{self.chance.randint(1, 9)}", by=self.by, at=at)

    def _assign(self, post, at):
        belonging.assign(post, self.chance.choice([None, *Story.objects.all()]), by=self.by, at=at)

    def _discuss(self, post, at):
        belonging.set_discussion(post, self.chance.choice(Post.Discussion.values), by=self.by, at=at)

    def _roll(self, post, at):
        updates.roll(post, by=self.by, at=at)

    def _end(self, post, at):
        if self.chance.random() < 0.3:
            updates.end(post, by=self.by, at=at)

    def _promise(self, post, at):
        next_at = self.chance.choice([None, at + timedelta(minutes=self.chance.randint(1, 90))])
        updates.promise(post, next_at, words=self.sentence(), by=self.by, at=at)

    def _add(self, post, at):
        update = updates.add(post, Content(self.sentence(), body=f"<p>{self.sentence()}</p>"), by=self.by, at=at)
        if self.chance.random() < 0.6:
            workflow.publish(update, update.head, by=self.by, at=at)

    def _pin(self, update, at):
        updates.pin(update, by=self.by, at=at)

    def _unpin(self, update, at):
        updates.unpin(update, by=self.by, at=at)

    def _mark_key(self, update, at):
        updates.mark_key(update, by=self.by, at=at)

    def _unmark_key(self, update, at):
        updates.unmark_key(update, by=self.by, at=at)
