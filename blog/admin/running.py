"""The running story on its post's page: the coverage, the promise, a new update, and those that are there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import coverage, updates, workflow, writers
from ..desk import lateness
from ..forms import PromiseForm, UpdateForm
from ..models import Post, Update
from ..rendering import Unacceptable
from ..writers import Writer
from . import keeping, steps

PAGE = 30  # updates

# What the buttons of the coverage say: the verb, and from which coverage it leads on.
COVERAGE = {
    Post.Coverage.NONE: ("roll", gettext_lazy("Make it a running story")),
    Post.Coverage.ROLLING: ("end", gettext_lazy("End the coverage")),
    Post.Coverage.ENDED: ("roll", gettext_lazy("Run again")),
}


def panel(request, post, forms=None) -> dict:
    """What a post's page shows of its coverage. `forms` are those that were sent and refused, by name."""
    user = request.user
    leads = post.kind == Post.Kind.POST and updates.may_lead(user, post)
    found = {"next_coverage": COVERAGE[post.coverage] if leads and post.stage != Post.Stage.SPIKED else None}
    if post.coverage == Post.Coverage.NONE:
        return found
    rows, earlier = rows_of(request, post)
    found |= {"is_running_story": True, "rows": rows, "earlier": earlier, "is_first": "updates" not in request.GET}
    if post.is_rolling() and updates.may_add(user, post):
        found["update_form"] = keeping.filled(request, UpdateForm, post=post, by=user)
        found["at_once"] = updates.may_publish_at_once(user, post)
    if post.is_rolling() and leads:
        found["promise_form"] = PromiseForm(post=post)
        found["late"] = lateness(timezone.now() - post.next_update_at) if post.is_overdue() else ""
    return found | (forms or {})


def rows_of(request, post):
    """A page of the updates that somebody may see, newest first, with what may be done; and where the next begins."""
    user = request.user
    seen = post.updates.newest_first().select_related("head", "live", "withdrawal")
    seen = seen.defer(*(f"{which}__{words}" for which in ("head", "live") for words in ("body", "sources")))
    may_read_all = writers.may_read_drafts(user, post)
    if not may_read_all:
        seen = seen.seen_by(user)
    if "updates" in request.GET:
        try:
            seen = seen.before(coverage.read(request.GET["updates"]))
        except coverage.NoSuchSpot as error:
            raise Http404 from error
    found = list(seen[: PAGE + 1])
    page, more = found[:PAGE], found[PAGE:]
    for update in page:
        update.post = post
    leads = updates.may_lead(user, post)
    own = Writer.of_each(page, user)
    rows = [
        Row(writer.piece, offers, reads=may_read_all or writer.last > 0, leads=leads)
        for writer, offers in zip(own, workflow.offers_of_each(own), strict=True)
    ]
    return rows, coverage.spell(page[-1].spot()) if more else ""


class Row:
    """One update in the list, as this person may see it."""

    def __init__(self, update: Update, offers, *, reads: bool, leads: bool):
        self.update, self.leads = update, leads
        # Who may not read the draft behind it sees what readers see.
        self.shown = update.head if reads or update.live is None else update.live
        self.is_stub = not reads and update.live is None
        self.stage = Post.Stage(stage_seen(update, reads))
        possible = {offer.verb: offer for offer in offers if offer.allowed}
        self.steps = [possible[verb] for verb in steps.IN_ORDER if verb in possible]


def stage_seen(update: Update, reads: bool) -> str:
    """Where an update stands for somebody: who does not read the drafts behind it knows what readers know."""
    if reads:
        return update.stage
    return Post.Stage.PUBLISHED if update.live_id else Post.Stage.WITHDRAWN


def to_the_story(post):
    return HttpResponseRedirect(reverse("admin:blog_post_change", args=[post.pk]))


def to_the_update(update):
    return HttpResponseRedirect(reverse("admin:blog_post_update", args=[update.post_id, update.number]))


def promise(model_admin, request, object_id, page_with):
    """Say when the next update comes, or take it back. `page_with` draws the post's page with what was refused."""
    post = running_story(model_admin, request, object_id)
    if request.method != "POST":
        return to_the_story(post)
    if not updates.may_lead(request.user, post):
        raise PermissionDenied
    form = PromiseForm(request.POST, post=post)
    try:
        if "clear" in request.POST:
            updates.promise(post, None, by=request.user)
            messages.success(request, _("Nothing is promised any more."))
            return to_the_story(post)
        if form.is_valid():
            said = form.cleaned_data
            updates.promise(post, said["at"], by=request.user, words=said["words"])
            messages.success(request, _("Readers are told when the next update comes."))
            return to_the_story(post)
    except (workflow.WorkflowError, Unacceptable) as refusal:
        form.add_error("at", str(refusal))
    return page_with(model_admin, request, post, {"promise_form": form})


def running_story(model_admin, request, object_id) -> Post:
    """The post, for somebody who may see it."""
    post = model_admin.get_object(request, str(object_id))
    if not isinstance(post, Post) or post.coverage == Post.Coverage.NONE:
        raise Http404
    return post
