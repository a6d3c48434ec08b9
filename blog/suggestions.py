"""What somebody says should read otherwise: taken, put into the text, or declined, with an answer to who said it.

A suggestion points at words of a wording that was public, and says what they should be, in plain text. Applying it
finds the words again in what stands there now; where they are gone, it says so. Verbs are one transaction each, and
refuse as those of `workflow` do.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from . import carrying, events, merging, outbox, plans, rendering, reviewing, revisions, rounds, workflow
from .models import (
    Allowance,
    Event,
    Outgoing,
    Post,
    Revision,
    Suggestion,
    Tally,
    Update,
    address_key,
    name_of,
)
from .pointing import changed, pointed_at, stands_in, was_public, why_withdrawn
from .rendering import Unacceptable
from .revisions import Content
from .workflow import NotAllowed, WrongState

LONGEST_REMARK = 2_000
LONGEST_CREDIT = 100
LONGEST_REASON = 500
MOST = 10  # in ten minutes, from one internet address
PAUSE = timedelta(seconds=5)

About, State = Suggestion.About, Suggestion.State
KINDS_OF_CHANGE = set(Revision.Kind.values) - {Revision.Kind.DRAFT}
# What kind of change it usually is
KINDS = {
    About.SPELLING: Revision.Kind.TYPO,
    About.FACT: Revision.Kind.CORRECTION,
    About.SOURCE: Revision.Kind.CLARIFICATION,
    About.FAIRNESS: Revision.Kind.CLARIFICATION,
}


class Gone(WrongState):
    """The words that it is about do not stand there any more."""


def suggest(
    post: Post,
    *,
    update: Update | None,
    revision: Revision,
    part: str,
    exact: str,
    before: str,
    after: str,
    replacement: str,
    about: str,
    remark: str = "",
    credit: str = "",
    email: str = "",
    address: str = "",
    by: AbstractBaseUser | None = None,
    at: datetime | None = None,
) -> Suggestion:
    """Keep a proposal for words of a wording that was public. The same one sent twice is one.

    `credit` is a name to be thanked in public, `address` the key of an internet address. Raises Unacceptable for what
    cannot be kept, NotThere for words that never stood there (or stand there more than once, and nothing says which
    are meant), TooFast.
    """
    made = Suggestion(
        post=post,
        update=update,
        revision=revision,
        part=part,
        **pointed_at(revision, part, exact=exact, before=before, after=after, replacement=replacement),
        about=about,
        remark=rendering.clean_text(remark, LONGEST_REMARK),
        credit=rendering.clean_line(credit, LONGEST_CREDIT),
        email=mailbox(email),
        address=address,
        by=by,
        by_name=name_of(by),
        made_at=at or timezone.now(),
    )
    _check(made)
    with transaction.atomic():
        allowance = address_key(f"suggestions {address}") if address else ""
        if allowance:
            Allowance.objects.hold(allowance, made.made_at)  # the same sent twice at once: the second sees the first
        again = _again(made)
        if again is not None:
            return again
        Allowance.objects.take(allowance, made.made_at, most=MOST, pause=PAUSE)
        made.save(force_insert=True)
        return made


def apply(
    suggestion: Suggestion,
    *,
    by: AbstractBaseUser,
    kind: str,
    public_note: str = "",
    publish: bool = True,
    warnings: Iterable[str] = (),
    why: str = "",
    at: datetime | None = None,
) -> Suggestion:
    """Put the words into what stands there now, as its next wording, and let readers see it if `by` may and wants to.

    Where somebody else has to look first, it goes to review. A correction without a note gets `note_for`. Where the
    replacement stands there already, nothing is written, and the suggestion is settled with the wording that has it.
    A draft behind what readers see gets the words as well; where they cannot go public now, it alone gets them.
    `warnings`, and `why` they are passed over, stand in the event. Raises Gone where the words are gone, NotAllowed,
    WrongState, Unacceptable.
    """
    at = at or timezone.now()
    if kind not in KINDS_OF_CHANGE:
        raise WrongState(_("Say what kind of change it is."))
    with transaction.atomic():
        piece = events.lock(suggestion.update or suggestion.post)
        suggestion = _open(suggestion, by, piece)
        if not piece.post.is_live() or not piece.is_live():
            raise WrongState(_("It is not public any more: “%(why)s”") % {"why": why_withdrawn(piece)})
        goes_out = publish and at_once(by, piece.post)
        draft = piece.head if piece.has_newer_draft() else None
        base = piece.live if draft is None or goes_out else draft
        if stands_in(base, suggestion):
            resolved = _first_with(suggestion, base)
        else:
            note = public_note or (note_for(suggestion) if kind == Revision.Kind.CORRECTION else "")
            told = {"kind": kind, "public_note": note, "warnings": list(warnings), "why": why}
            asked = reviewing.open_request(piece)
            resolved = _written(piece, base, suggestion, by=by, at=at, kind=kind)
            _bring_out(piece, resolved, draft, suggestion, by=by, at=at, at_once=goes_out, wanted=publish, told=told)
            if goes_out and draft is not None:
                again = events.lock(piece)
                plans.follow(again, draft, by=by, at=at)
                carrying.wait_again(again, piece.stage, asked, at=at)
        _settle(suggestion, State.APPLIED, by=by, at=at, resolved=resolved)
        return suggestion


def decline(suggestion: Suggestion, *, by: AbstractBaseUser, reason: str, at: datetime | None = None) -> Suggestion:
    """Leave the words as they are, and say why. Raises NotAllowed, WrongState, Unacceptable."""
    reason = rendering.clean_text(reason, LONGEST_REASON)
    if not reason:
        raise WrongState(_("Say why, for who made it."))
    with transaction.atomic():
        piece = events.lock(suggestion.update or suggestion.post)
        suggestion = _open(suggestion, by, piece)
        _settle(suggestion, State.DECLINED, by=by, at=at or timezone.now(), reason=reason)
        return suggestion


def may_decide(user: AbstractBaseUser, suggestion: Suggestion) -> bool:
    """May this person apply or decline it? Whoever may work with suggestions, and edit the piece."""
    piece = suggestion.update or suggestion.post
    return user.has_perm("blog.change_suggestion") and workflow.may_edit(user, piece)


def at_once(user: AbstractBaseUser, post: Post, has_steps: bool | None = None) -> bool:
    """Do readers see what this person applies there? Else somebody else looks at it first.

    `has_steps` is what a query of many has found out (`rounds.with_steps`).
    """
    return user.has_perm("blog.publish_post") and not rounds.asks_for_approval(post, has_steps)


def note_for(suggestion: Suggestion) -> str:
    """A sentence for readers of what was wrong, with thanks to who found it, if wished."""
    said = _("We said “%(exact)s”. It is “%(replacement)s”.") % {
        "exact": suggestion.exact,
        "replacement": suggestion.replacement,
    }
    return f"{said} {thanks_for(suggestion)}".strip()


def thanks_for(suggestion: Suggestion) -> str:
    """The sentence that thanks by name; "" where nobody wants to be named."""
    if not suggestion.credit:
        return ""
    return _("Thank you to %(name)s, who pointed this out.") % {"name": suggestion.credit}


def is_public(suggestion: Suggestion) -> bool:
    """Do readers see, or did they see, a wording that has it?"""
    return suggestion.pk in are_public([suggestion])


def are_public(found: Iterable[Suggestion]) -> set[int]:
    """The keys of those for which that is so; one question for all."""
    resolved = [suggestion for suggestion in found if suggestion.resolved_id]
    if not resolved:
        return set()
    shown = Event.objects.filter(post__in={one.post_id for one in resolved}, verb__in=["publish", "adopt"])
    newest = shown.values_list("post_id", "update_id").annotate(newest=Max("revision__number")).order_by()
    numbers = {(post, update): number for post, update, number in newest}
    return {one.pk for one in resolved if numbers.get((one.post_id, one.update_id), 0) >= one.resolved.number}


def mailbox(email: str) -> str:
    """The e-mail address that was typed; "" for none. Raises Unacceptable for what is none."""
    email = email.strip()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError as error:
        raise Unacceptable(_("That is no e-mail address.")) from error
    return rendering.clean_line(email, 254)


def forget_answered() -> int:
    """Blank the e-mail addresses of those who have their answer, or cannot be reached. Gives how many there were."""
    decided = Suggestion.objects.exclude(state=State.OPEN).exclude(email="")
    keys = {answer_key(pk): pk for pk in decided.values_list("pk", flat=True)}
    waiting = Outgoing.objects.waiting().filter(key__in=keys).values_list("key", flat=True)
    done = set(keys) - set(waiting)
    return Suggestion.objects.filter(pk__in=[keys[key] for key in done]).update(email="")


def answer_key(pk: int) -> str:
    """Names the mail that answers this suggestion."""
    return f"suggestion-{pk}"


def _check(made: Suggestion) -> None:
    if made.about not in About.values:
        raise Unacceptable(_("Say what kind of mistake it is."))
    if made.replacement == made.exact:
        raise Unacceptable(_("That is what it says now."))
    if not made.replacement and not made.remark:
        raise Unacceptable(_("Say what it should say, or what is wrong."))
    if made.revision.post_id != made.post.pk or made.revision.update_id != (made.update.pk if made.update else None):
        raise Unacceptable(_("That version belongs to another piece."))
    if not was_public(made.revision):
        raise Unacceptable(_("That version was never public."))


def _again(made: Suggestion) -> Suggestion | None:
    """The same from the same place, which nobody has decided on yet."""
    said = ["post", "update", "revision", "part", "exact", "before", "after", "replacement", "about", "remark"]
    same = {name: getattr(made, name) for name in [*said, "credit", "email", "address", "by"]}
    return Suggestion.objects.open().filter(**same).first()


def _open(suggestion: Suggestion, by: AbstractBaseUser, piece: Post | Update) -> Suggestion:
    """The suggestion as it is now, locked after its post. Raises NotAllowed, and WrongState where it is decided."""
    suggestion = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    suggestion.post = piece.post
    if isinstance(piece, Update):
        suggestion.update = piece
    if not may_decide(by, suggestion):
        raise NotAllowed(_("Your account may not do this to this piece."))
    if suggestion.state == State.APPLIED:
        raise WrongState(
            _("%(name)s has applied it meanwhile: version %(number)d has it.")
            % {"name": suggestion.decided_by_name, "number": suggestion.resolved.number}
        )
    if suggestion.state == State.DECLINED:
        raise WrongState(
            _("%(name)s has declined it meanwhile: “%(reason)s”")
            % {"name": suggestion.decided_by_name, "reason": suggestion.reason}
        )
    return suggestion


def _written(piece: Post | Update, base: Revision, suggestion: Suggestion, *, kind: str, **who) -> Revision:
    """The next wording: that of `base` with the replacement."""
    if not suggestion.replacement and suggestion.remark:
        raise WrongState(_("It says what is wrong and not what it should say: write that yourself."))
    content = changed(Content.of(base), suggestion)
    if content is None:
        raise Gone(_("The words “%(words)s” do not stand there any more.") % {"words": suggestion.exact})
    note = _("As suggested: “%(exact)s” is “%(replacement)s”.") % {
        "exact": suggestion.exact,
        "replacement": suggestion.replacement,
    }
    revision = revisions.write(piece, content, note=note, kind=kind, **who)
    if revision is None:  # a newer draft has it word for word
        raise Gone(_("The newest version says so already."))
    return revision


def _bring_out(
    piece: Post | Update,
    revision: Revision,
    draft: Revision | None,
    suggestion: Suggestion,
    *,
    by: AbstractBaseUser,
    at: datetime,
    at_once: bool,
    wanted: bool,
    told: dict,
) -> None:
    """Publish what was written, send it to review, or leave it a draft; a draft that stood there comes after it."""
    before = piece.stage
    if at_once:
        workflow.publish(piece, revision, by=by, at=at, **told)
        if draft is not None:
            note = _("Version %(number)d again, with what was suggested.") % {"number": draft.number}
            content = changed(Content.of(draft), suggestion)
            if content is not None:
                revisions.write(piece, content, by=by, note=note, at=at)
            else:  # its words are others: what collides stands there twice
                three = {"base": Content.of(piece.live), "mine": Content.of(draft), "theirs": Content.of(revision)}
                merged = merging.merge(**three, names=(draft.by_name, _("What readers see")))
                revisions.write(piece, merged.content, by=by, note=note, at=at)
    elif draft is None and wanted:
        workflow.submit(piece, by=by, note=told["public_note"], at=at)
    elif before in {workflow.REVIEW, workflow.APPROVED}:
        workflow.submit(piece, by=by, at=at)  # it waited for somebody, and still does


def _first_with(suggestion: Suggestion, current: Revision) -> Revision:
    """The wording that brought what stands there now."""
    found = current
    since = Revision.objects.of(suggestion.update or suggestion.post).filter(
        number__gt=suggestion.revision.number, number__lt=current.number
    )
    for revision in since.order_by("-number").iterator(chunk_size=20):
        if not stands_in(revision, suggestion):
            break
        found = revision
    return found


def _settle(
    suggestion: Suggestion,
    state: str,
    *,
    by: AbstractBaseUser,
    at: datetime,
    resolved: Revision | None = None,
    reason: str = "",
) -> None:
    suggestion.state, suggestion.resolved, suggestion.reason = state, resolved, reason
    suggestion.decided_at, suggestion.decided_by, suggestion.decided_by_name = at, by, name_of(by)
    suggestion.save(
        update_fields=["state", "resolved", "reason", "decided_at", "decided_by", "decided_by_name"],
    )
    if suggestion.email:
        outbox.write(
            [Outgoing(kind=f"suggestion_{state}", key=answer_key(suggestion.pk), payload={"suggestion": suggestion.pk})]
        )
    # Below the piece something may stand that this came of: kept pages learn that they are old. Last, for the locks.
    Tally.objects.count(suggestion.post_id)
