"""What is typed at the desk → a wording that can be saved.

A form refuses at the field, keeps everything that was typed, and takes over unchanged what nobody touched: opening a
piece and saving it writes nothing.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import addresses, belonging, events, pictures, rendering, revisions, workflow
from ..editor import EditorArea
from ..models import SLUG, Picture, Post, Revision, Story, StoryType
from ..revisions import Content
from . import settings
from .texts import acceptable, join_names, names_in
from .times import LocalTimeField
from .wordings import WordingForm

KEEP, NONE = "keep", "none"
NEWEST_PICTURES = 12  # offered on the form; any other is chosen by its number


class DiscussionForm(forms.Form):
    """Who may comment under a piece."""

    discussion = forms.ChoiceField(
        label=gettext_lazy("Comments"),
        choices=Post.Discussion.choices,
        required=False,
        help_text=gettext_lazy("Which of them readers see at once. What stands there stays."),
    )


class PostForm(WordingForm, DiscussionForm):
    """A post as its writers see it. `save` makes the next version of it, or the first."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)  # what was set when it was opened
    headline = forms.CharField(
        label=gettext_lazy("Headline"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 1}),  # grows with the words: a writer sees the whole of it
        error_messages={"required": gettext_lazy("A piece needs a headline, if only a working one.")},
    )
    standfirst = forms.CharField(
        label=gettext_lazy("Standfirst"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What has happened, in a sentence or two. Also stands in lists and feeds."),
    )
    summary = forms.CharField(
        label=gettext_lazy("Where things stand"),
        required=False,
        widget=EditorArea(attrs={"rows": 6}),
        help_text=gettext_lazy("Above the updates: what somebody needs to know who has read none of them."),
    )
    body = forms.CharField(label=gettext_lazy("Text"), required=False, widget=EditorArea)
    section = forms.CharField(
        label=gettext_lazy("Section"),
        max_length=revisions.LONGEST_TAG,
        required=False,
        help_text=gettext_lazy("The tag that stands above the headline."),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Set apart by commas: harbour, council.")
    )
    image_choice = forms.CharField(required=False, widget=forms.HiddenInput)
    image_upload = forms.FileField(
        label=gettext_lazy("Upload a picture"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
        help_text=gettext_lazy("JPEG, PNG, WebP, GIF or AVIF, up to 10 MB and 24 million pixels."),
    )
    image_alt = forms.CharField(
        label=gettext_lazy("Alternative text"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What the picture shows, for those who do not see it."),
    )
    image_decorative = forms.BooleanField(
        label=gettext_lazy("Decorative: it says nothing that the words do not say"), required=False
    )
    image_credit = forms.CharField(label=gettext_lazy("Credit"), max_length=200, required=False)
    story = forms.ModelChoiceField(
        Story.objects.all(), label=gettext_lazy("Story"), required=False, empty_label=gettext_lazy("None")
    )
    story_type = forms.ModelChoiceField(
        StoryType.objects.all(),
        label=gettext_lazy("Type"),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("Says who approves it."),
    )
    deadline = LocalTimeField(
        label=gettext_lazy("Deadline"), required=False, help_text=gettext_lazy("Until when it is to be ready.")
    )
    slug = forms.CharField(
        label=gettext_lazy("Slug"),
        max_length=addresses.LONGEST_SLUG,
        required=False,
        validators=[SLUG],
        help_text=gettext_lazy("The last part of the address. Left empty, it is made from the headline."),
    )

    _write = staticmethod(revisions.write)

    def __init__(self, data=None, files=None, *, post: Post | None = None, by, kind: str = Post.Kind.POST, live=False):
        self.post, self.kind = post, post.kind if post else kind
        super().__init__(data, files, piece=post, by=by, live=live)
        self._complete("section", of="tags", many="no")
        self._complete("tags", of="tags", many="yes")
        for name in ("headline", "standfirst"):
            self.fields[name].widget.attrs |= {"dir": "auto", "spellcheck": "true"}
        if not (post and (post.coverage != Post.Coverage.NONE or self.base.summary)):
            del self.fields["summary"]
        if live:
            for name in settings.SETTINGS:
                del self.fields[name]
        if self.kind == Post.Kind.PAGE:
            for name in ("section", "tags", "byline", "story", "discussion", "story_type"):
                self.fields.pop(name, None)
            return
        if live:
            return
        if not StoryType.objects.exists():
            del self.fields["story_type"]
        elif post:
            self.fields["story_type"].disabled = not belonging.may_be_retyped(post)
        if post:
            self.fields["discussion"].disabled = not belonging.may_set_discussion(by, post)

    def _of_base(self) -> dict:
        if self.base is None:
            return {"byline": self.own_byline(), "image_choice": NONE}
        base, image = self.base, self.base.image
        return {
            "based_on": base.number,
            "headline": base.headline,
            "standfirst": base.standfirst,
            "summary": base.summary,
            "body": base.body,
            "section": base.section,
            "tags": join_names([tag for tag in base.tags if tag != base.section]),
            "byline": join_names([person["name"] for person in base.byline]),
            "image_choice": KEEP if image else NONE,
            "image_alt": image.get("alt", ""),
            "image_decorative": bool(image.get("decorative")),
            "image_credit": image.get("credit", ""),
            "opened": settings.spell(settings.of(self.post)),
            "change": self.post.head.kind if self.post.has_newer_draft() else "",
        } | settings.of(self.post)

    @cached_property
    def changed_data(self) -> list[str]:
        """What is not as it stands now; of what is set beside the words, only what was changed in this form."""
        return [name for name in super().changed_data if name not in settings.SETTINGS or self._has_set(name)]

    def _has_set(self, name: str) -> bool:
        if self.fields[name].widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name)):
            return False  # what a form does not bring was not chosen in it
        was = self._opened_with()
        return was is None or self.fields[name].has_changed(was[name], self[name].data)

    def _opened_with(self) -> settings.Values | None:
        return settings.read(self.data.get("opened", "")) if self.post else None

    def _set_by_both(self) -> list[str]:
        """What was changed here, and to something else by a colleague since the form was opened. Said once each:
        the form sent again says that it is meant all the same."""
        was = self._opened_with()
        if was is None:
            return []
        now = settings.of(self.post)
        both = [name for name in self.changed_data if name in settings.SETTINGS and was[name] != now[name]]
        if both:
            self.data = self.data.copy()
            self.data["opened"] = settings.spell(was | {name: now[name] for name in both})
        return both

    # What stands in the fields

    def clean_headline(self):
        headline = acceptable(rendering.clean_line, self.cleaned_data["headline"])
        if not headline:
            raise ValidationError(self.fields["headline"].error_messages["required"])
        return headline

    def clean_standfirst(self):
        return acceptable(rendering.clean_text, self.cleaned_data["standfirst"])

    def clean_body(self):
        return acceptable(rendering.clean, self.cleaned_data["body"])

    def clean_summary(self):
        return acceptable(rendering.clean, self.cleaned_data["summary"])

    def clean_section(self):
        return acceptable(rendering.clean_line, self.cleaned_data["section"], revisions.LONGEST_TAG)

    def clean_tags(self):
        names = acceptable(names_in, self.cleaned_data["tags"])
        return [acceptable(rendering.clean_line, name, revisions.LONGEST_TAG) for name in names]

    def clean_slug(self):
        slug = acceptable(rendering.clean_line, self.cleaned_data["slug"])
        # One that is there is kept: it may have come by the first of two presses of “Publish”.
        return slug or (self.post.slug if self.post else "")

    def clean_image_upload(self):
        upload = self.cleaned_data["image_upload"]
        if upload is None:
            return None
        return acceptable(lambda file: pictures.store(file, by=self.by), upload)

    def clean_image_choice(self):
        choice = self.cleaned_data["image_choice"] or (KEEP if self.base and self.base.image else NONE)
        if choice in {KEEP, NONE}:
            return choice
        picture = pictures.numbered(choice)
        if picture is None:
            raise ValidationError(_("That picture is not here (any more)."))
        return picture

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("image_upload"):
            # It is kept by now; should another field be wrong, nobody has to send it again.
            cleaned["image_choice"] = cleaned["image_upload"]
            self.data = self.data.copy()
            self.data["image_choice"] = str(cleaned["image_upload"].pk)
        choice = cleaned.get("image_choice")
        if choice not in {None, NONE}:
            self._refuse_undescribed(choice, cleaned.get("image_alt", ""), cleaned["image_decorative"])
        for name in self._set_by_both():
            self.add_error(name, settings.said_meanwhile(self.post, name))
        return cleaned

    def _refuse_undescribed(self, choice: Picture | str, alt: str, is_decorative: bool) -> None:
        untouched = choice == KEEP and not {"image_alt", "image_decorative"} & set(self.changed_data)
        if alt and is_decorative:
            self.add_error("image_alt", _("Either it is decorative, or it has an alternative text."))
        elif not (untouched or alt or is_decorative or (isinstance(choice, Picture) and choice.is_described())):
            self.add_error(
                "image_alt",
                _("Say what the picture shows, for those who do not see it, or that it is decorative."),
            )

    # What is saved

    def content(self) -> Content:
        """The wording that was typed."""
        cleaned = self.cleaned_data
        shown = Content.of(self.base) if self.base else Content("")  # keeps what a page's form does not ask for
        return Content(
            headline=cleaned["headline"],
            standfirst=cleaned["standfirst"],
            body=self.citing_them(cleaned["body"]),
            summary=self.citing_them(cleaned.get("summary", shown.summary)),
            tags=tuple(cleaned["tags"]) if "tags" in cleaned else shown.tags,
            section=cleaned.get("section", shown.section),
            byline=self.people(cleaned["byline"]) if "byline" in cleaned else shown.byline,
            sources=self.typed_sources(),
            image=self._image(),
        )

    def save(self) -> tuple[Post, Revision | None]:
        """The post as it is now, and the version that was written (None: no word differs).

        All or nothing. Raises Stale when somebody saved meanwhile, Unacceptable, or a refusal of the workflow.
        """
        cleaned = self.cleaned_data
        with transaction.atomic():
            self.describe_picture()
            if self.post is None:
                post = revisions.start(
                    self.content(),
                    by=self.by,
                    kind=self.kind,
                    slug=cleaned["slug"],
                    story=cleaned.get("story"),
                    note=cleaned["note"],
                )
                if cleaned.get("discussion"):
                    post = belonging.set_discussion(post, cleaned["discussion"], by=self.by)
                return self._placed(post), post.head
            post = self._as_it_is_now()
            only_set = settings.SETTINGS & set(self.changed_data) and self.is_untouched()
            revision = None if only_set else self.written()
            if "slug" in self.changed_data:
                post = belonging.move(post, cleaned["slug"], by=self.by)
            if "story" in self.changed_data:
                post = belonging.assign(post, cleaned["story"], by=self.by)
            if "discussion" in self.changed_data:
                post = belonging.set_discussion(post, cleaned["discussion"], by=self.by)
            post = self._placed(post)
            post.refresh_from_db()
            return post, revision

    def _as_it_is_now(self) -> Post:
        """The post, locked. Raises WrongState where somebody set in this moment what was set here as well."""
        self.post = events.lock(self.post)
        self.initial |= settings.of(self.post)
        self.__dict__.pop("changed_data", None)
        both = self._set_by_both()
        if both:
            raise workflow.WrongState(" ".join(settings.said_meanwhile(self.post, name) for name in both))
        return self.post

    def describe_picture(self) -> None:
        cleaned = self.cleaned_data
        if isinstance(cleaned["image_choice"], Picture):
            words = {"alt": cleaned["image_alt"], "credit": cleaned["image_credit"]}
            pictures.describe(cleaned["image_choice"], **words, is_decorative=cleaned["image_decorative"])

    def _choose_picture(self, content: Content) -> None:
        newer, merged = (image and image["src"] for image in (self.base.image, content.image))
        if newer == merged or not merged:
            self.data["image_choice"] = KEEP if merged else NONE

    def _placed(self, post: Post) -> Post:
        """The post with the type and the deadline that were chosen."""
        if "story_type" in self.changed_data:
            post = belonging.set_type(post, self.cleaned_data["story_type"], by=self.by)
        if "deadline" in self.changed_data:
            post = belonging.set_deadline(post, self.cleaned_data["deadline"], by=self.by)
        return post

    def _image(self) -> dict | None:
        cleaned = self.cleaned_data
        choice, alt, credit = cleaned["image_choice"], cleaned["image_alt"], cleaned["image_credit"]
        if choice == NONE:
            return None
        if choice == KEEP:
            said = {"alt": alt, "credit": credit, "decorative": cleaned["image_decorative"]}
            return self.base.image | said if self.base and self.base.image else None
        image = pictures.as_image(choice, alt=alt, credit=credit)
        return image | {"alt": "", "decorative": True} if cleaned["image_decorative"] else image

    # What the page shows beside the fields

    def pictures_offered(self) -> list[Picture]:
        """The newest pictures, and the one that is chosen."""
        chosen = str(self["image_choice"].value())
        offered = list(Picture.objects.all()[:NEWEST_PICTURES])
        picture = pictures.numbered(chosen)
        return [picture, *offered] if picture and picture not in offered else offered
