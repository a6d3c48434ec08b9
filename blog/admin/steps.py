"""The verbs of the workflow as buttons: one on a piece's page, or one for many ticked in the list."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import checks, glass, kinds, merging, reviewing, revisions, rounds, updates, workflow
from ..forms.reviews import ReviewForm
from ..models import Post, Revision, Update
from ..rendering import Unacceptable
from ..revisions import Content
from . import planning

# What a button may need besides being pressed: a sentence for colleagues, for readers, both or neither.
ASKS = {
    "request_changes": ("note", gettext_lazy("What is to be changed")),
    "break_glass": ("note", gettext_lazy("Why it cannot wait for somebody to approve it")),
    "withdraw": ("public_note", gettext_lazy("Why, for readers")),
}
MOST_TOLD = 3  # findings in a sentence
# The likeliest next step first; it stands beside "Save".
IN_ORDER = ["publish", "approve", "submit", "revive", "recall", "request_changes", "break_glass", "withdraw", "spike"]
IN_BULK = ["submit", "approve", "publish", "withdraw", "spike"]
OF_COVERAGE = ["roll", "end"]  # of a post
MARKS = {  # of an update
    "pin": gettext_lazy("Pin"),
    "unpin": gettext_lazy("Unpin"),
    "mark_key": gettext_lazy("Make it a key moment"),
    "unmark_key": gettext_lazy("No key moment"),
}


class Doubtful(workflow.WorkflowError):
    """It may be done, but somebody has to say so first.

    `doubts` is what speaks against its being the typo that it is said to be; `warned` what the checks found.
    """

    def __init__(self, doubts: list[kinds.Warning], warned: list[checks.Finding]):
        self.doubts, self.warned = doubts, warned
        words = [_("It is said to be a typo, but:"), *(doubt.words for doubt in doubts)] if doubts else []
        if warned:
            words += [_("Say on its page why it is published all the same."), *map(_told, warned[:MOST_TOLD])]
        super().__init__(" ".join(words))


def take(verb: str, piece: Post | Update, revision: Revision, *, by, words: dict[str, str], kind: str = ""):
    """Do what a button says, to the version its page showed; refusals are the workflow's own, or Doubtful.

    `words` has what was typed for the verb, `kind` what kind of change was chosen. Gives the piece as it is now.
    """
    note, public_note = words.get(f"{verb}-note", ""), words.get(f"{verb}-public_note", "")
    match verb:
        case "submit":
            return _send(piece, by=by, words=words)
        case "look_over":
            # Not the version that the page is of: the one that it says was published without approval.
            shown = revisions.numbered(piece, words.get("look_over-version", "")) or revision
            return glass.look_over(piece, shown, by=by, note=note)
        case "break_glass":
            passed = _passed_over(piece, revision, by, kind, words, "break_glass")
            said = {"reason": note, "public_note": words.get("publish-public_note", ""), "warnings": passed}
            return glass.break_glass(piece, revision, by=by, kind=kind, **said)
        case "recall" | "spike" | "revive":
            return getattr(workflow, verb)(piece, by=by, note=note)
        case "request_changes":
            return workflow.request_changes(piece, revision, by=by, note=note)
        case "approve":
            return workflow.approve(piece, revision, by=by, note=note)
        case "publish":
            passed = _passed_over(piece, revision, by, kind, words)
            said = {"note": note, "public_note": public_note, "why": words.get("publish-why", "") if passed else ""}
            return workflow.publish(piece, revision, by=by, kind=kind, warnings=passed, **said)
        case "withdraw":
            return workflow.withdraw(piece, by=by, public_note=public_note, note=note)
        case "plan":
            passed = _passed_over(piece, revision, by, kind, words) if words.get("plan-publish_at") else []
            return planning.plan(piece, revision, by=by, words=words, kind=kind, warnings=passed)
        case "take_back_publish" | "take_back_withdraw":
            return planning.take_back(verb, piece, by=by)
        case "roll" | "end" | "pin" | "unpin" | "mark_key" | "unmark_key":
            return getattr(updates, verb)(piece, by=by)
    raise BadRequest("no such verb")


def _send(piece: Post | Update, *, by, words: dict[str, str]):
    """Send to review whom the form names; anybody where it came without one, as from a list."""
    if "submit-to" not in words:
        return workflow.submit(piece, by=by)
    form = ReviewForm(words, piece=piece, by=by)
    if not form.is_valid():  # the page says at each field what is wrong
        raise workflow.WrongState(_("It is not sent yet: look at whom you ask, and until when."))
    return workflow.submit(piece, by=by, **form.cleaned_data)


def as_if_saved(piece: Post | Update) -> Post | Update:
    """The piece as the buttons of its form see it: where the newest wording is live, at the draft that comes next."""
    if piece.stage == Post.Stage.PUBLISHED:
        piece = copy(piece)
        piece.stage = Post.Stage.DRAFT
    return piece


def _passed_over(
    piece: Post | Update, revision: Revision, by, kind: str, words: dict[str, str], verb: str = "publish"
) -> list[str]:
    """The names of what speaks against it and is passed over all the same.

    Raises Doubtful for what nobody has passed over yet: all of it at once, so that it is asked once. Where the verb
    will be refused, nothing is asked. Raises Blocked, too: nobody says why for nothing. Who breaks the glass says why
    anyway, and is asked no second time.
    """
    if revision.pk != piece.head_id or not any(one.verb == verb and one.allowed for one in workflow.offers(piece, by)):
        return []
    return passed_over(piece, revision, kind, words, says_why=verb == "break_glass")


def passed_over(
    piece: Post | Update, revision: Revision, kind: str, words: dict[str, str], *, says_why: bool = False
) -> list[str]:
    """The same for a wording that is about to be shown, which may not be saved yet."""
    merging.check_decided(revision)
    checks.refuse(piece, revision)
    said_to_be = workflow.kind_of_change(piece, kind) if piece.published_at else ""
    doubts = []
    if piece.is_live() and said_to_be == Revision.Kind.TYPO:
        doubts = kinds.warnings(Content.of(piece.live), Content.of(revision))
    warned = checks.warning(piece, revision, kind=said_to_be)
    is_sure = {doubt.name for doubt in doubts} <= set(words.get("publish-sure", "").split())
    told = set(checks.keys(warned)) <= set(words.get("publish-told", "").split())
    says_why = says_why or (told and bool(words.get("publish-why", "").strip()))
    if not is_sure or (warned and not says_why):
        raise Doubtful(doubts, warned)
    return list(dict.fromkeys(one.name for one in [*doubts, *warned]))


def _told(finding: checks.Finding) -> str:
    return f"{finding.where.spelt}: {finding.words}"


def said(verb: str, piece: Post | Update) -> str:
    """What happened, for who pressed the button, with the way to look at it."""
    if verb in planning.VERBS:
        return planning.said(verb, piece)
    done = {
        "submit": _("“{}” is in review."),
        "recall": _("“{}” is a draft again."),
        "request_changes": _("“{}” went back to its writer."),
        "approve": _("“{}” is approved."),
        "publish": _("Readers see “{}” now."),
        "break_glass": _("Readers see “{}” now. It stays marked until somebody else has looked over it."),
        "look_over": _("“{}” is looked over."),
        "withdraw": _("“{}” is withdrawn: its address stays and says why."),
        "spike": _("“{}” is spiked. Nothing is lost."),
        "revive": _("“{}” is a draft again."),
        "roll": _("“{}” is a running story: updates may come."),
        "end": _("The coverage of “{}” has ended."),
        "pin": _("“{}” stands above all others."),
        "unpin": _("“{}” stands among the others."),
        "mark_key": _("“{}” is a key moment."),
        "unmark_key": _("“{}” is no key moment any more."),
    }[verb]
    if verb == "approve" and piece.stage == Post.Stage.REVIEW:
        return _on_its_way(piece)
    if verb != "publish":
        return format_html(done, piece)
    return format_html('{} <a href="{}">{}</a>', done.format(piece), piece.get_absolute_url(), _("Look at it"))


def _on_its_way(piece: Post | Update) -> str:
    """What became of a piece of which one step is approved: it is at the next, and somebody can approve that or not."""
    way = rounds.Round(piece)
    said = format_html(_("“{}” is at “{}” now."), piece, way.step.name)
    nobody = reviewing.nobody_left(piece, way)
    return format_html("{} {}", said, str(nobody)) if nobody else said


def actions_for(user) -> dict:
    """The bulk actions this person may use at all, as the list of the admin wants them."""
    found = {}
    for verb in IN_BULK:
        step = workflow.STEPS[verb]
        if user.has_perm(step.permission):
            found[verb] = (withdraw_many if verb == "withdraw" else many(verb), verb, step.label)
    return found


def many(verb: str):
    def action(model_admin, request, posts):
        take_each(request, verb, posts, {})

    return action


def withdraw_many(model_admin, request, posts):
    """Withdraws those ticked, once it was told why: readers get the reason in the place of each."""
    words = {"withdraw-public_note": request.POST.get("withdraw-public_note", "")}
    if words["withdraw-public_note"].strip():
        return take_each(request, "withdraw", posts, words)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Withdraw"),
        "posts": posts.select_related("head"),
        "asked_before": "withdraw-public_note" in request.POST,
        "opts": model_admin.opts,
    }
    return TemplateResponse(request, "admin/blog/post/withdraw_many.html", context)


def take_each(request, verb: str, posts, words: dict[str, str]) -> None:
    """One by one, each for itself: what is refused is told by its headline and keeps nobody else back."""
    done = 0
    for post in posts.select_related("head", "live"):
        try:
            take(verb, post, post.head, by=request.user, words=words)
            done += 1
        except (workflow.WorkflowError, Unacceptable) as refusal:
            messages.warning(request, format_html("“{}”: {}", post.shown_headline or str(post), str(refusal)))
    if done:
        label = workflow.STEPS[verb].label
        messages.success(
            request,
            ngettext("%(label)s: one piece.", "%(label)s: %(count)d pieces.", done) % {"label": label, "count": done},
        )
