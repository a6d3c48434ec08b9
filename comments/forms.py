"""The form under a post, and the one with which a writer changes a comment."""

from datetime import datetime

from django import forms
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

_STAMP = Signer(salt="comments.stamp")


class CommentForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=80, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    text = forms.CharField(label=_("Comment"))
    reply = forms.IntegerField(required=False)
    stamp = forms.CharField(required=False)
    website = forms.CharField(required=False)


def stamp_of(post_id: int, at: datetime) -> str:
    """A signed time of the page that holds the form: the same for all who got that page."""
    return _STAMP.sign(f"{post_id}.{int(at.timestamp())}")


def is_stamp_of(post_id: int, stamp: str) -> bool:
    try:
        return _STAMP.unsign(stamp).startswith(f"{post_id}.")
    except BadSignature:
        return False
