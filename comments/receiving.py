"""A comment comes in, is changed or withdrawn by its writer. One transaction each; refusals leave nothing behind."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from blog.models import Post, Update
from blog.rendering import Unacceptable, clean_line

from . import judging, limits, mail, markup, placing, posting, sites, spamcheck
from .judging import Draft, Verdict
from .models import Comment, ModerationAct, Wording
from .words import is_seen
from .writers import writer_key

LONGEST_NAME = 80
MOST_CHANGES = 20  # of one comment

State, Badge, Verb = Comment.State, Comment.Badge, ModerationAct.Verb


class Missing(Exception):
    """There is no such post for readers, or there is none any more."""


class Closed(Exception):
    """No more comments are taken under this post."""


class Banned(Exception):
    """Whoever sends this may not comment for a while; `ban` says why and until when."""

    def __init__(self, ban):
        super().__init__(ban.reason)
        self.ban = ban


class TooLate(Exception):
    """A comment can no longer be changed or withdrawn by its writer."""


@dataclass(frozen=True)
class Arrival:
    """What somebody sent. Who is signed in has the name of the account, whatever was typed."""

    post_id: int
    text: str
    name: str = ""
    email: str = ""
    answers_id: int | None = None
    update: int | None = None  # the number of the update that was on the screen
    user: Any = None
    address: str = ""
    agent: str = ""
    oddities: tuple[str, ...] = ()  # of `judging`


def receive(arrival: Arrival, at: datetime | None = None) -> Comment:
    """Store what came in, and say what becomes of it. The same form again gives the comment that it made.

    Raises Unacceptable (the text or the name), Missing, Closed, Banned, limits.TooFast, posting.Gone.
    """
    draft = draft_of(arrival, at)
    key = _form_key(draft)
    if sent := _sent_before(key):
        return sent
    spam = spamcheck.ask(draft, address=arrival.address, agent=arrival.agent)
    try:
        return posting.in_transaction(lambda: _take_in(draft, key, spam))
    except IntegrityError as error:
        sent = "form_key" in str(error) and _sent_before(key)
        if not sent:
            raise
        return sent


def draft_of(arrival: Arrival, at: datetime | None = None) -> Draft:
    """What came in as it would be kept, with who wrote it. Raises Unacceptable, Missing."""
    post = _post_for_readers(arrival.post_id)
    user = arrival.user if arrival.user is not None and arrival.user.is_authenticated else None
    text, name = tidy_text(arrival.text), name_of(user) if user else tidy_name(arrival.name)
    email = arrival.email.strip()
    address = limits.address_key(arrival.address)
    return Draft(
        post=post,
        user=user,
        name=name,
        email=email,
        text=text,
        html=markup.render(text),
        writer=writer_key(user=user, name=name, email=email, address=address),
        address=address,
        answers_id=arrival.answers_id,
        at=at or timezone.now(),
        oddities=arrival.oddities,
        update_id=_update_for_readers(post, arrival.update),
    )


def tidy_text(text: str) -> str:
    """The typed text as it is kept. Raises Unacceptable for one that says nothing, too."""
    text = markup.tidy(text)
    if not _says_something(text):
        raise Unacceptable(_("Write something first."))
    return text


def tidy_name(name: str) -> str:
    """A name as it is kept. Raises Unacceptable for one that nobody could read."""
    name = markup.few_marks(clean_line(name, LONGEST_NAME))
    if not _says_something(name):
        raise Unacceptable(_("Say what readers may call you."))
    return name


def name_of(user: Any) -> str:
    """What readers call somebody with an account: of the house, by the byline."""
    byline = user.is_staff and getattr(user, "author", None)
    name = (byline and byline.name) or user.get_full_name() or user.get_username()
    return tidy_name(name[:LONGEST_NAME])


def change(comment: Comment, text: str, *, at: datetime | None = None) -> Comment:
    """Other words, by the writer. They are judged again: what readers saw may have to wait. Gives the comment.

    Raises TooLate, Banned, Unacceptable.
    """
    at, text = at or timezone.now(), tidy_text(text)
    html = markup.render(text)
    return posting.in_transaction(lambda: _change(comment.pk, text, html, at))


def withdraw(comment: Comment, *, at: datetime | None = None) -> Comment:
    """The writer takes a comment back. What readers saw, or answered, leaves its place. Raises TooLate."""
    at = at or timezone.now()
    return posting.in_transaction(lambda: _withdraw(comment.pk, at))


# What came in


def _take_in(draft: Draft, key: str, spam: str | None) -> Comment:
    if draft.address:
        limits.hold(draft.address, draft.at)
    # Who sends the same form ten times at once waits above, and is given the one comment here.
    if sent := _sent_before(key):
        return sent
    draft = replace(draft, post=_post_for_readers(draft.post.pk))
    if ban := judging.ban_of(draft):
        raise Banned(ban)
    if not judging.is_open(draft.post, draft.at):
        raise Closed
    if not draft.is_of_staff():
        limits.take(draft.address, draft.at)
    # Comments, sites, subscriptions, the count: whoever locks these does it in this order (see `outcomes`).
    comment = posting.insert(_comment_of(draft, judging.judge(draft, spam=spam), key), answers=draft.answers_id)
    if comment.is_visible():
        sites.learn(comment.html)
    if draft.email:
        mail.ask_to_confirm(draft.post, draft.email, draft.at, address=draft.address)
    if comment.is_visible():
        mail.tell_of_answer(comment)
    posting.count(comment)
    return comment


def _comment_of(draft: Draft, verdict: Verdict, key: str) -> Comment:
    visible = verdict.state == State.VISIBLE
    return Comment(
        post=draft.post,
        revision_id=draft.post.live_id,  # the wording that was answered
        update_id=draft.update_id,
        user_id=draft.user.pk if draft.user else None,
        name=draft.name,
        badge=_badge_of(draft),
        email=draft.email,
        text=draft.text,
        html=draft.html,
        state=verdict.state,
        facts=verdict.facts,
        placed=visible,
        shown_at=draft.at if visible else None,
        created_at=draft.at,
        writer=draft.writer,
        address=draft.address,
        form_key=key,
    )


def _badge_of(draft: Draft) -> str:
    """Only an account gives one, never a name."""
    if not draft.is_of_staff():
        return Badge.NONE
    return Badge.AUTHOR if draft.post.authors.filter(user=draft.user).exists() else Badge.STAFF


def _post_for_readers(post_id: int) -> Post:
    post = Post.objects.live().select_related("live", "section").filter(pk=post_id).first()
    if post is None:
        raise Missing
    return post


def _update_for_readers(post: Post, number: int | None) -> int | None:
    """The key of an update of this post; None where there is none of that number, or none any more."""
    updates = Update.objects.filter(post=post, number=number).live() if number else Update.objects.none()
    return updates.values_list("pk", flat=True).first()


def _sent_before(key: str) -> Comment | None:
    return Comment.objects.filter(form_key=key).first()


def _form_key(draft: Draft) -> str:
    """What two sendings of one form have in common.

    For guests the address is part of it: whoever knows a name and an e-mail address is not led to the comment.
    """
    who = "" if draft.user else draft.address
    words = " ".join(draft.text.casefold().split())
    parts = [draft.post.pk, draft.answers_id or "", draft.writer, who, draft.name, words]
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _says_something(text: str) -> bool:
    return any(is_seen(sign) and not sign.isspace() for sign in text)


# What its writer does with it


def _change(comment_id: int, text: str, html: str, at: datetime) -> Comment:
    held = _held_while_changeable(comment_id, at)
    comment = held[comment_id]
    if text == comment.text:
        return comment
    if comment.wordings.count() >= MOST_CHANGES:
        raise TooLate
    draft = _changed(comment, text, html, at)
    if ban := judging.ban_of(draft):
        raise Banned(ban)
    verdict = judging.judge(draft)
    before = comment.state
    Wording.objects.create(comment=comment, text=comment.text, html=comment.html, until=at)
    comment.text, comment.html, comment.edited_at, comment.facts = text, html, at, verdict.facts
    if verdict.state != State.VISIBLE:
        comment.state = State.WAITING  # a person decides, also on what looks like spam now
    comment.save(update_fields=["text", "html", "edited_at", "facts", "state"])
    _write_down(comment, Verb.EDIT, before, at)
    if comment.is_visible():
        sites.learn(html)
    placing.settle(held, reworded=[comment.post_id] if comment.is_visible() else [])
    return comment


def _withdraw(comment_id: int, at: datetime) -> Comment:
    held = _held_while_changeable(comment_id, at)
    comment = held[comment_id]
    before, comment.state = comment.state, State.WITHDRAWN
    comment.form_key = None  # the same words may be sent again
    comment.save(update_fields=["state", "form_key"])
    _write_down(comment, Verb.WITHDRAW, before, at)
    placing.settle(held)
    return comment


def _held_while_changeable(comment_id: int, at: datetime) -> placing.Held:
    held = placing.hold([comment_id])
    if comment_id not in held.comments or not held[comment_id].is_changeable(at):
        raise TooLate
    return held


def _changed(comment: Comment, text: str, html: str, at: datetime) -> Draft:
    return Draft(
        post=comment.post,
        user=get_user_model().objects.filter(pk=comment.user_id).first(),
        name=comment.name,
        email=comment.email,
        text=text,
        html=html,
        writer=comment.writer,
        address=comment.address,
        answers_id=comment.answered_id(),
        at=at,
        changes_id=comment.pk,
    )


def _write_down(comment: Comment, verb: str, before: str, at: datetime) -> None:
    ModerationAct.objects.create(comment=comment, verb=verb, at=at, state_before=before, state_after=comment.state)
