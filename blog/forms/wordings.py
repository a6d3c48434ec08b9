"""What the forms of a post and of an update share: words, sources, a byline, and the version that they are based on."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import citing, events, indexing, removal, rendering, revisions
from ..models import Author, Post, Revision, Update
from ..rendering import Unacceptable
from ..revisions import Content
from .sources import SourceFormSet
from .texts import acceptable, join_names, names_in

KINDS = [
    (Revision.Kind.TYPO, gettext_lazy("Typo: readers are told nothing")),
    (Revision.Kind.CLARIFICATION, gettext_lazy("Clarification: says the same more clearly")),
    (Revision.Kind.UPDATE, gettext_lazy("Update: adds news")),
    (Revision.Kind.CORRECTION, gettext_lazy("Correction: a fact was wrong; readers are told which")),
]

# The fields that are the wording; the others are about it.
WORDS = set("headline standfirst summary body section tags byline happened_at".split())
WORDS |= set("image_alt image_decorative image_credit".split())


class WordingForm(forms.Form):
    """A piece as its writers see it: `content` is the wording that was typed, `base` the version it was opened with.

    `live`: it is opened with what readers see, in place of the newest version, and is about those words alone.
    """

    _write: Callable[..., Revision | None]  # the verb that makes the next version of such a piece

    based_on = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    # Was that version empty when the form was opened? Then nothing of what was removed from it can be in the form.
    began_empty = forms.BooleanField(required=False, widget=forms.HiddenInput)
    byline = forms.CharField(
        label=gettext_lazy("Byline"),
        required=False,
        help_text=gettext_lazy("Names in order, set apart by commas. Who is not among the authors is a guest."),
    )
    change = forms.ChoiceField(
        label=gettext_lazy("Kind of change"), choices=KINDS, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Note for colleagues"),
        max_length=5000,
        required=False,
        help_text=gettext_lazy("Why you changed it. Stands in the history."),
    )

    def __init__(
        self, data=None, files=None, *, piece: Post | Update | None, by, prefix: str | None = None, live=False
    ):
        self.piece, self.by, self.prefix, self.live = piece, by, prefix, live
        self.base = self._version_shown(data)
        super().__init__(data, files, prefix=prefix, initial=self._initial(), label_suffix="")
        stored = self.base.sources if self.base else []
        self.sources = self._rows(data, stored)
        self._complete("byline", of="authors", many="yes")
        if not (piece and piece.published_at):
            del self.fields["change"]
        elif live:
            self.initial["change"] = ""  # that of the draft is another change

    def _rows(self, data, sources) -> SourceFormSet:
        rows = self.add_prefix("sources")
        return SourceFormSet(data, initial=list(sources), prefix=rows, form_kwargs={"label_suffix": ""})

    def _complete(self, name: str, *, of: str, many: str) -> None:
        """Let a field offer the names that begin as what is typed."""
        address = f"{reverse('admin:blog_post_completion')}?of={of}"
        self.fields[name].widget.attrs |= {"data-complete": address, "data-many": many, "dir": "auto"}

    def _version_shown(self, data) -> Revision | None:
        """The version the person has before them: the one the form came with, or that which is there."""
        if self.piece is None:
            return None
        number = str((data or {}).get(self.add_prefix("based_on"), ""))
        return revisions.numbered(self.piece, number) or self.there

    @property
    def there(self) -> Revision:
        """What such a form begins with now: the newest version, or what readers see."""
        return (self.piece.live if self.live else None) or self.piece.head

    def own_byline(self) -> str:
        """The byline of something new: the name of who writes it, as his page has it."""
        author = indexing.author_of(self.by)
        return join_names([author.name if author else events.name_of(self.by)])

    def _initial(self) -> dict:
        return self._of_base() | {"began_empty": bool(self.base and self.base.is_blank())}

    # What stands in the fields

    def clean_based_on(self):
        number = self.cleaned_data["based_on"]
        if self.piece and (self.base is None or number != self.base.number):
            raise ValidationError(_("Open the piece again: this form does not say which version it shows."))
        was_empty = self.data.get(self.add_prefix("began_empty")) == "True"
        if self.base and not was_empty and removal.told_of([self.base]):
            raise ValidationError(str(revisions.Removed()))
        return number

    def clean_byline(self):
        names = acceptable(names_in, self.cleaned_data["byline"])
        return [acceptable(rendering.clean_line, name, 150) for name in names]

    def clean_note(self):
        return acceptable(rendering.clean_text, self.cleaned_data["note"])

    def is_valid(self):
        return all([super().is_valid(), self.sources.is_valid()]) and self._says_what_changed()

    def _says_what_changed(self) -> bool:
        """Over live text, whoever changes words says what kind of change it is."""
        if not (self.piece and self.piece.is_live()) or self.cleaned_data.get("change"):
            return True
        try:
            untouched = self.is_untouched()
        except Unacceptable as refusal:
            self.add_error(None, str(refusal))
            return False
        if not untouched:
            self.add_error("change", _("Readers see this piece: say what kind of change it is."))
        return untouched

    def typed_sources(self) -> tuple[dict[str, str], ...]:
        rows = [row.source() for row in self.sources]
        return tuple(row for row in rows if row)

    def citing_them(self, text: str) -> str:
        """A text whose citations name rows of the form, leading to where their sources will stand without the empty."""
        places: dict[int, int | None] = {}
        for number, row in enumerate(self.sources, 1):
            if row.source():
                places[number] = sum(place is not None for place in places.values()) + 1
            elif row.stored:
                places[number] = None
        return citing.follow(text, places)

    def people(self, names: list[str]) -> tuple[dict[str, str], ...]:
        """Names as a byline keeps them: who is known has a page of his own, a guest has none."""
        shown = {person["name"]: person for person in (self.base.byline if self.base else [])}
        own = indexing.author_of(self.by)
        authors = [*_authors_named(names), *([own] if own else [])]
        known = {rendering.same_name(one.name): {"name": one.name, "slug": one.slug} for one in authors}
        return tuple(
            shown.get(name) or known.get(rendering.same_name(name)) or {"name": name, "slug": ""} for name in names
        )

    # What the page shows beside the fields

    def is_untouched(self) -> bool:
        """Does the form hold the very words that it was opened with?"""
        return self.said().tidy().hash() == self.base.content_hash

    def said(self) -> Content:
        """The wording that was typed, as it would be kept."""
        content = self.content()
        return revisions.of_update(content, self.piece.number) if isinstance(self.piece, Update) else content

    def written(self) -> Revision | None:
        """What becomes of the words as the next version; None when they stand there. Raises what `_write` raises."""
        note, kind = self.cleaned_data["note"], self.cleaned_data.get("change", "")
        try:
            return self._write(self.piece, self.content(), by=self.by, based_on=self.base, note=note, kind=kind)
        except revisions.Stale as stale:
            if self.says_what(stale.head):  # nothing is in anybody's way
                return None
            raise

    def written_as(self, content: Content, head: Revision, note: str) -> Revision | None:
        """The version after `head` that this wording becomes, with what was typed about it. Raises as `written`."""
        typed, kind = self.cleaned_data["note"], self.cleaned_data.get("change", "")
        about = {"by": self.by, "note": f"{note}\n{typed}"[:5000], "kind": kind}
        with transaction.atomic():
            self.describe_picture()
            events.lock(self.piece)
            if not self.base.is_blank() and Revision.objects.get(pk=self.base.pk).is_blank():
                raise revisions.Removed
            return self._write(self.piece, content, based_on=head, **about)

    def says_what(self, head: Revision) -> bool:
        """Are the words of this version those that were typed? Sent twice, or somebody saved the very same."""
        return self.said().tidy().hash() == head.content_hash

    def show_on_top_of(self, head: Revision, content: Content) -> None:
        """Show this wording in place of the one that was typed, to be saved on top of this newer version."""
        self.base = revisions.build(self.piece, head, content, by=self.by)
        shown, rows = self._of_base(), self._rows(None, content.sources)
        self.data = self.data.copy()
        for name in [name for name in self.data if name.startswith(f"{rows.prefix}-")]:
            del self.data[name]
        for part in (rows.management_form, *rows):
            for field in part:
                self._put(field.html_name, field.field, field.value())
        self.base = head
        self.initial = self._initial()
        for name in self.fields.keys() & WORDS & shown.keys():
            self._put(self.add_prefix(name), self.fields[name], shown[name])
        self.data[self.add_prefix("based_on")] = str(head.number)
        self.data[self.add_prefix("began_empty")] = str(head.is_blank())
        self._choose_picture(content)
        self.sources = self._rows(self.data, head.sources)
        self._errors = None
        self.__dict__.pop("changed_data", None)

    def _put(self, name: str, field: forms.Field, value) -> None:
        """A value, as a browser sends it."""
        if hasattr(value, "isoformat"):
            self.data[f"{name}-exact"] = value.isoformat()
            value = field.widget.format_value(value)
        else:
            self.data.pop(f"{name}-exact", None)
        if value is False:
            self.data.pop(name, None)  # no tick is not sent
        else:
            self.data[name] = "on" if value is True else "" if value is None else str(value)

    def describe_picture(self) -> None:
        """A form that has a picture: what is said of one that was chosen, kept for the next piece that takes it."""

    def _choose_picture(self, content: Content) -> None:
        """A form that has a picture: the one of the newer version, none, or the one that was chosen."""


def _authors_named(names: list[str]) -> list[Author]:
    """Those authors who have one of these names, whatever its case; of two with one name, the older entry is last."""
    keys = {rendering.same_name(name) for name in names}
    return [author for author in Author.objects.order_by("-pk") if rendering.same_name(author.name) in keys]
