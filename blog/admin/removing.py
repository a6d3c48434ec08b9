"""The page on which words are removed for legal reasons: found, chosen, looked at once more, and gone."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import removal, rendering
from ..forms import acceptable
from ..models import Event, Post, Revision
from ..refusals import NotAllowed, WrongState
from ..rendering import Unacceptable

LONGEST = 2000


class RemovalForm(forms.Form):
    """Which versions, which sentences, and why."""

    versions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Versions whose words go"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    sentences = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Sentences that go as well"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    public_reason = forms.CharField(
        label=gettext_lazy("Why, for readers"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the public history, and in the place of what is withdrawn."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, for colleagues"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The court, the file number, who decided. Without the words themselves."),
    )

    def __init__(self, *args, versions, sentences, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["versions"].choices = [(one.pk, _of_version(one)) for one in versions]
        self.fields["sentences"].choices = [(one.pk, removal.sentence_of(one)) for one in sentences]

    def clean_reason(self):
        return acceptable(rendering.clean_text, self.cleaned_data["reason"])

    def clean_public_reason(self):
        return acceptable(rendering.clean_text, self.cleaned_data["public_reason"])


def page(model_admin, request, object_id):
    """`?update=` names an update of the post, `?words=` what the versions have to hold."""
    if not request.user.has_perm("blog.remove_words_post"):
        raise PermissionDenied
    post = get_object_or_404(Post.objects.select_related("head", "live"), pk=object_id)
    piece = _piece(post, request.GET.get("update", ""))
    words = request.GET.get("words", "")[:500].replace("\0", "")
    form = RemovalForm(
        request.POST if request.method == "POST" else None,
        versions=_versions(piece, words),
        sentences=_sentences(post, words),
    )
    sure = request.method == "POST" and form.is_valid()
    if sure and "sure" in request.POST:
        try:
            return _go(request, post, piece, form.cleaned_data)
        except (NotAllowed, WrongState, Unacceptable) as refusal:
            form.add_error(None, str(refusal))
            sure = False
    if sure and not (form.cleaned_data["versions"] or form.cleaned_data["sentences"]):
        form.add_error("versions", _("Choose the versions or the sentences that have to go."))
        sure = False
    chosen = set(form.cleaned_data["versions"]) if sure else set()
    told = set(form.cleaned_data["sentences"]) if sure else set()
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Remove words for legal reasons"),
        "opts": model_admin.opts,
        "post": post,
        "piece": piece,
        "update": piece if piece is not post else None,
        "updates": post.updates.order_by("number").select_related("head"),
        "words": words,
        "form": form,
        "sure": sure,
        "chosen": len(chosen),
        "told": len(told),
        "takes_down": piece.live_id in chosen,
    }
    return TemplateResponse(request, "admin/blog/post/remove.html", context, status=400 if form.errors else 200)


def _go(request, post, piece, said):
    removal.remove(
        piece,
        Revision.objects.filter(pk__in=said["versions"]),
        by=request.user,
        reason=said["reason"],
        public_reason=said["public_reason"],
        sentences=list(Event.objects.filter(pk__in=said["sentences"])),
    )
    many, told = len(said["versions"]), len(said["sentences"])
    if many:
        words = ngettext("The words of %(many)d version are gone.", "The words of %(many)d versions are gone.", many)
        messages.success(request, words % {"many": many})
    if told:
        words = ngettext("%(many)d sentence is gone.", "%(many)d sentences are gone.", told)
        messages.success(request, words % {"many": told})
    return HttpResponseRedirect(reverse("admin:blog_post_history", args=[post.pk]))


def _piece(post, number):
    if not number:
        return post
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Http404
    update = get_object_or_404(post.updates.select_related("head", "live"), number=int(number))
    update.post = post
    return update


def _versions(piece, words):
    found = removal.holding(piece, words) if words.strip() else list(Revision.objects.of(piece).order_by("number"))
    return [one for one in found if not one.is_blank()]


def _sentences(post, words):
    """What was said in events of all of the post, where it holds the words; without words, what readers could see."""
    events = Event.objects.filter(post=post).exclude(verb="remove").order_by("number")
    said = [one for one in events if not removal.is_silent(one)]
    wanted = rendering.same_name(" ".join(words.split()))
    if not wanted:
        return [one for one in said if one.public_note or one.verb == "promise"]
    return [one for one in said if wanted in rendering.same_name(" ".join(removal.sentence_of(one).split()))]


def _of_version(revision):
    said = {"number": revision.number, "name": revision.by_name, "headline": revision.headline or revision.excerpt[:80]}
    return _("Version %(number)d by %(name)s: %(headline)s") % said
