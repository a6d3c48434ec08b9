"""What is typed for an update of a running story, and the promise of when the next one comes."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import events, rendering, updates, workflow
from ..editor import EditorArea
from ..models import Post, Revision, Update
from ..revisions import Content
from .texts import acceptable, join_names
from .times import LocalTimeField
from .wordings import WordingForm

_MARKUP = re.compile(r"<[a-zA-Z/!]")


def paragraphs(text: str) -> str:
    """A text that was typed without an editor, as HTML: an empty line divides paragraphs. HTML stays as it is."""
    if _MARKUP.search(text):
        return text
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)


class UpdateForm(WordingForm):
    """One update. `save` begins it, or makes its next version."""

    since = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    headline = forms.CharField(
        label=gettext_lazy("Headline of the update"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "dir": "auto", "spellcheck": "true"}),
    )
    body = forms.CharField(label=gettext_lazy("Text"), required=False, widget=EditorArea(attrs={"rows": 5}))
    happened_at = LocalTimeField(
        label=gettext_lazy("Happened at"),
        required=False,
        help_text=gettext_lazy("The time that readers see. Left empty: when you save it first."),
    )
    pinned = forms.BooleanField(label=gettext_lazy("Pin it above all others"), required=False)
    key = forms.BooleanField(label=gettext_lazy("Key moment: list it beside the story"), required=False)
    next_update_at = LocalTimeField(
        label=gettext_lazy("Next update at"),
        required=False,
        help_text=gettext_lazy("Readers are told at once."),
    )

    _write = staticmethod(updates.rewrite)

    def __init__(self, data=None, *, post: Post, by, update: Update | None = None, live=False):
        self.post = post
        super().__init__(data, piece=update, by=by, prefix="update", live=live)
        leads = update is None and updates.may_lead(by, post)
        for name in ("since", "pinned", "key", "next_update_at"):
            if update is not None or (name != "since" and not leads):
                del self.fields[name]

    def _of_base(self) -> dict:
        if self.base is None:
            return {"byline": self.own_byline(), "since": self.post.sequence}
        base = self.base
        return {
            "based_on": base.number,
            "headline": base.headline,
            "body": base.body,
            "happened_at": base.happened_at.replace(second=0, microsecond=0),
            "byline": join_names([person["name"] for person in base.byline]),
            "change": self.piece.head.kind if self.piece.has_newer_draft() else "",
        }

    # What stands in the fields

    def clean_headline(self):
        return acceptable(rendering.clean_line, self.cleaned_data["headline"])

    def clean_body(self):
        return acceptable(rendering.clean, paragraphs(self.cleaned_data["body"]))

    def clean_happened_at(self):
        happened_at = self.cleaned_data["happened_at"]
        if happened_at and happened_at > timezone.now():
            raise ValidationError(_("That time is still to come."))
        return happened_at

    def clean_next_update_at(self):
        next_at = self.cleaned_data["next_update_at"]
        return next_at if next_at == self.post.next_update_at else promised(next_at)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("headline", "-") and not cleaned.get("body", "-"):
            self.add_error("body", _("Write something: a headline, or a text."))
        return cleaned

    # What is saved

    def content(self) -> Content:
        cleaned = self.cleaned_data
        happened_at = cleaned["happened_at"]
        if self.base and (not happened_at or "happened_at" not in self.changed_data):
            happened_at = self.base.happened_at  # to the second; the field shows minutes
        return Content(
            headline=cleaned["headline"],
            body=self.citing_them(cleaned["body"]),
            byline=self.people(cleaned["byline"]),
            sources=self.typed_sources(),
            happened_at=events.spell(happened_at) if happened_at else "",
        )

    def save(self) -> tuple[Update, Revision | None]:
        """The update as it is now, and the version that was written (None: no word differs).

        All or nothing. Raises Stale when somebody saved meanwhile, Unacceptable, or a refusal of the workflow.
        """
        cleaned = self.cleaned_data
        with transaction.atomic():
            if self.piece is not None:
                revision = self.written()
                return events.lock(self.piece), revision
            update = updates.add(
                self.post, self.content(), by=self.by, note=cleaned["note"], since=cleaned.get("since")
            )
            if cleaned.get("pinned"):
                update = updates.pin(update, by=self.by)
            if cleaned.get("key"):
                update = updates.mark_key(update, by=self.by)
            next_at = cleaned.get("next_update_at")
            if next_at and next_at != update.post.next_update_at:
                updates.promise(update.post, next_at, by=self.by)
            return events.lock(update), Revision.objects.of(update).earliest("number")


class PromiseForm(forms.Form):
    """When the next update comes."""

    at = LocalTimeField(label=gettext_lazy("Next update at"))
    words = forms.CharField(
        label=gettext_lazy("And then"),
        max_length=updates.LONGEST_PROMISE,
        required=False,
        help_text=gettext_lazy("May follow the time: after the council has met."),
    )

    def __init__(self, data=None, *, post: Post):
        self.post = post
        initial = {"at": post.next_update_at, "words": post.promise}
        super().__init__(data, prefix="promise", initial=initial, label_suffix="")

    def clean_at(self):
        at = self.cleaned_data["at"]
        return at if at == self.post.next_update_at else promised(at)

    def clean_words(self):
        return acceptable(rendering.clean_line, self.cleaned_data["words"], updates.LONGEST_PROMISE)


def promised(at):
    """The same time. Raises ValidationError where nobody can promise an update."""
    try:
        if at:
            updates.check_promise(at)
    except workflow.WrongState as refusal:
        raise ValidationError(str(refusal)) from refusal
    return at
