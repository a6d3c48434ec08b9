"""The form under a post, and the one with which a writer changes a comment."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from blog.models import Post
from blog.rendering import Unacceptable
from blog.visitors import address_of

from . import judging, markup, receiving
from .models import Comment, HouseRules

QUICKEST = timedelta(seconds=3)  # nobody reads a page and answers it in less
LONGEST_EMAIL = 254

Policy = HouseRules.Policy

_STAMP = Signer(salt="comments.stamp")
_KEY = re.compile(r"\d{1,18}\Z", re.ASCII)
_SMALL = re.compile(r"\d{1,9}\Z", re.ASCII)
_NO_COMMENT = 0  # no comment has this key


class CommentForm(forms.Form):
    """A comment or an answer. Without `data` it is the same for all readers: it goes into pages that are kept.

    `answers` is the answered comment, or the row of a thread that shows it: whatever has its id, name and html.
    """

    name = forms.CharField(required=False)
    email = forms.CharField(required=False)
    text = forms.CharField(required=False, strip=False)
    reply = forms.CharField(required=False)
    update = forms.CharField(required=False)  # the number of the update that the page was opened at
    stamp = forms.CharField(required=False)
    website = forms.CharField(required=False)  # people do not see it

    def __init__(self, data: Any = None, *, post: Post, answers: Any = None, user: Any = None, **kwargs):
        if answers is not None:
            kwargs["initial"] = {"reply": answers.id} | kwargs.get("initial", {})
        super().__init__(data, **kwargs)
        self.post, self.answers, self.user = post, answers, user
        self.expected: str | None = None  # the state that the comment would get now
        for field in self.fields.values():
            field.validators = []  # what may be in a text is said by `markup` and `receiving`, in words for people

    # What the page shows

    @property
    def action(self) -> str:
        return reverse("comments:add", args=[self.post.pk])

    @property
    def signed_time(self) -> str:
        """What was sent along; else the time of the last change of the post: the page is no older."""
        if self.is_bound:
            return self.data.get("stamp", "")
        return stamp_of(self.post.pk, self.post.last_changed_at())

    @cached_property
    def rules(self) -> HouseRules:
        return HouseRules.objects.get(pk=1)

    @property
    def policy(self) -> str:
        return self.rules.policy_under(self.post)

    @property
    def button(self) -> str:
        """What sending will do, as far as it is known: of a first comment only once its words are there."""
        seen_at_once = {Policy.OPEN: True, Policy.KNOWN: None}.get(self.policy, False)
        if self.expected is not None:
            seen_at_once = self.expected == Comment.State.VISIBLE
        return {True: _("Publish comment"), False: _("Send to a moderator"), None: _("Send comment")}[seen_at_once]

    @cached_property
    def user_name(self) -> str:
        return receiving.name_of(self.user)

    @property
    def quotation(self) -> str:
        return markup.quotation_of(self.answers) if self.answers else ""

    @property
    def way_back(self) -> str:
        """Where the form was opened."""
        where = f"?c={self.answers.id}#c{self.answers.id}" if self.answers else "#add"
        return f"{self.post.get_absolute_url()}{where}"

    # What was sent

    def clean_name(self) -> str:
        return "" if self.user else _acceptable(receiving.tidy_name, self.cleaned_data["name"])

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if not email:
            return ""
        if "@" not in email:
            raise forms.ValidationError(_("The e-mail address has no @."))
        if len(email) > LONGEST_EMAIL:
            raise forms.ValidationError(_("The e-mail address is too long to be one."))
        try:
            if email.endswith("]"):
                raise forms.ValidationError(
                    ""
                )  # a number in place of a name: nobody's mailbox, perhaps our own machine
            return forms.EmailField().clean(email)
        except forms.ValidationError:
            raise forms.ValidationError(_("There is no such e-mail address: look for a slip.")) from None

    def clean_text(self) -> str:
        text = _acceptable(receiving.tidy_text, self.cleaned_data["text"])
        _acceptable(markup.render, text)
        return text

    def clean_reply(self) -> int | None:
        written = self.cleaned_data["reply"].strip()
        if not written:
            return None
        return int(written) if _KEY.match(written) else _NO_COMMENT

    def clean_update(self) -> int | None:
        """Whatever else it says: a comment is not refused for what nobody typed."""
        written = self.cleaned_data["update"]
        return int(written) if _SMALL.match(written) else None

    def arrival(self, request: Any) -> receiving.Arrival:
        """What was sent, once it is valid."""
        sent = self.cleaned_data
        return receiving.Arrival(
            post_id=self.post.pk,
            name=sent["name"],
            email=sent["email"],
            text=sent["text"],
            answers_id=sent["reply"],
            update=sent["update"],
            user=self.user,
            address=address_of(request),
            agent=request.headers.get("User-Agent", ""),
            oddities=self.oddities(timezone.now()),
        )

    def oddities(self, now: datetime) -> tuple[str, ...]:
        """What is odd about the form, for `judging`."""
        made = time_in(self.post.pk, self.cleaned_data["stamp"])
        odd = [
            (judging.HIDDEN_FIELD, bool(self.cleaned_data["website"])),
            (judging.NO_TIME, made is None),
            (judging.TOO_QUICK, made is not None and now - made < QUICKEST),
        ]
        return tuple(code for code, is_so in odd if is_so)


class ChangeForm(forms.Form):
    """Other words for a comment."""

    text = forms.CharField(required=False, strip=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators = []

    clean_text = CommentForm.clean_text


def stamp_of(post_id: int, at: datetime) -> str:
    """A signed time for a form under this post: the same for all who get the page."""
    return _STAMP.sign(f"{post_id}.{int(at.timestamp())}")


def time_in(post_id: int, stamp: str) -> datetime | None:
    """The time of a form; None for one that is not ours, or of another post."""
    try:
        post, _point, seconds = _STAMP.unsign(stamp).partition(".")
    except BadSignature:
        return None
    return datetime.fromtimestamp(int(seconds)).astimezone() if post == str(post_id) else None


def _acceptable(tidy: Any, text: str) -> str:
    try:
        return tidy(text)
    except Unacceptable as refusal:
        raise forms.ValidationError(str(refusal)) from None
