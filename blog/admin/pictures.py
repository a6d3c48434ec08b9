"""The library: uploaded pictures, found, described, and where each is used.

The page of a list is Django's no longer: it is continued from a key, and shows pictures as pictures. What the scripts
of the desk ask for (find, upload, say what it shows) is answered here, too, by the same verbs as the forms.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import escape, format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from .. import paging, pictures
from ..forms import PostForm
from ..models import Picture, PictureUse, Post
from ..rendering import Unacceptable
from ..renditions import Kept
from .things import ThingAdmin

SIZE = 24
MOST_USES = 50  # that are shown of one picture


class PictureWordsForm(forms.ModelForm):
    """The words that go with a picture, and what has to stay in sight of it."""

    alt = forms.CharField(
        label=gettext_lazy("Alternative text"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=PostForm.base_fields["image_alt"].help_text,
    )
    is_decorative = PostForm.base_fields["image_decorative"]
    focus_x = forms.IntegerField(
        label=gettext_lazy("In sight: from the left, per cent"),
        min_value=0,
        max_value=100,
        required=False,
        initial=50,
        help_text=gettext_lazy("What is not cut off where the picture is shown in another shape. Click on it above."),
    )
    focus_y = forms.IntegerField(
        label=gettext_lazy("In sight: from above, per cent"), min_value=0, max_value=100, required=False, initial=50
    )

    class Meta:
        model = Picture
        fields = ["alt", "is_decorative", "credit", "licence", "focus_x", "focus_y"]

    def clean(self):
        cleaned = super().clean()
        words = {name: cleaned[name] for name in pictures.WORDS if name in cleaned}
        try:
            tidy = pictures.tidy_words(**words)
        except Unacceptable as refusal:
            self.add_error("alt", str(refusal))
            return cleaned
        self._cut(cleaned)
        cleaned |= {name: tidy[name] for name in words}
        if "alt" in cleaned and not cleaned["alt"] and not cleaned.get("is_decorative"):
            self.add_error(
                "alt", _("Say what the picture shows, for those who do not see it, or that it is decorative.")
            )
        return cleaned

    def _cut(self, cleaned):
        """Make the file for another point now: where it cannot be written, nothing is saved."""
        focus = cleaned.get("focus_x"), cleaned.get("focus_y")
        if self.instance.pk and None not in focus and not self.errors:
            try:
                pictures.make_cut(self.instance, focus)
            except Unacceptable as refusal:
                self.add_error("focus_x", str(refusal))

    def clean_focus_x(self):
        return 50 if self.cleaned_data["focus_x"] is None else self.cleaned_data["focus_x"]

    def clean_focus_y(self):
        return 50 if self.cleaned_data["focus_y"] is None else self.cleaned_data["focus_y"]


class PictureForm(PictureWordsForm):
    """A picture to keep. `stored` is the row, once the form is valid; `is_known` where it has other words already."""

    by = None  # whoever sends it
    upload = forms.FileField(
        label=gettext_lazy("Picture"),
        allow_empty_file=True,
        help_text=PostForm.base_fields["image_upload"].help_text,
        widget=forms.FileInput(attrs=PostForm.base_fields["image_upload"].widget.attrs),
    )
    focus_x = focus_y = None
    field_order = ["upload"]

    class Meta:
        model = Picture
        fields = list(pictures.WORDS)

    def clean(self):
        cleaned = super().clean()
        if "upload" in cleaned and not self.errors:
            words = {name: cleaned[name] for name in pictures.WORDS}
            try:
                self.stored = pictures.store(cleaned["upload"], by=self.by, **words)
            except Unacceptable as refusal:
                self.add_error("upload", str(refusal))
            else:
                self.is_known = any(getattr(self.stored, name) != said for name, said in words.items())
        return cleaned


@admin.register(Picture)
class PictureAdmin(ThingAdmin):
    """A picture itself never changes; its words are what the next piece that takes it begins with."""

    def get_urls(self):
        own = [
            ("upload/", self.upload_view, "upload"),
            ("find/", self.find_view, "find"),
            ("<int:object_id>/describe/", self.describe_view, "describe"),
        ]
        asks = self.admin_site.admin_view
        return [*(path(at, asks(view), name=f"blog_picture_{name}") for at, view, name in own), *super().get_urls()]

    # The library

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = _searched(request.GET)
        shown, following = _part(found, request.GET.get("before"))
        context = self.admin_site.each_context(request) | {
            "title": self.opts.verbose_name_plural.capitalize(),
            "opts": self.opts,
            "q": request.GET.get("q", ""),
            "undescribed": "undescribed" in request.GET,
            "before": request.GET.get("before"),
            "pictures": _with_counts(shown),
            "next_place": following,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/blog/picture/library.html", context)

    # What scripts ask for

    @method_decorator(require_safe)
    def find_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown, following = _part(_searched(request.GET), request.GET.get("before"))
        return JsonResponse({"pictures": [_told(one) for one in shown], "next": following})

    @method_decorator(require_POST)
    def upload_view(self, request):
        """One picture, whose words may come later: until they do, no piece takes it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        upload = request.FILES.get("upload")
        if upload is None:
            return JsonResponse({"error": _("No picture was sent.")}, status=400)
        try:
            return JsonResponse(_told(pictures.store(upload, by=request.user)))
        except Unacceptable as refusal:
            return JsonResponse({"error": str(refusal)}, status=400)

    @method_decorator(require_POST)
    def describe_view(self, request, object_id):
        """Its first words, by whoever may upload one; words that are there are changed on its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        picture = pictures.numbered(str(object_id))
        if picture is None:
            raise Http404
        sent = {name: request.POST.get(name, "") for name in ("alt", "credit")}
        is_decorative = "is_decorative" in request.POST
        if not (sent["alt"].strip() or is_decorative or picture.is_described()):
            said = _("Say what the picture shows, for those who do not see it, or that it is decorative.")
            return JsonResponse({"error": said}, status=400)
        try:
            pictures.describe(picture, **sent, is_decorative=is_decorative)
        except Unacceptable as refusal:
            return JsonResponse({"error": str(refusal)}, status=400)
        return JsonResponse(_told(Picture.objects.get(pk=picture.pk)))

    # The page of one

    def has_change_permission(self, request, obj=None):
        """Who added a picture may say first what it shows."""
        first = obj is not None and obj.added_by_id == request.user.pk and not obj.is_described()
        return super().has_change_permission(request, obj) or (first and self.has_add_permission(request))

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.reader = request.user
        return found

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["upload", *pictures.WORDS]
        return ["shown", *PictureWordsForm.Meta.fields, "size", "html", "added_at", "added_by", "used"]

    def get_readonly_fields(self, request, obj=None):
        return ["shown", "size", "html", "added_at", "added_by", "used"] if obj else []

    def get_form(self, request, obj=None, change=False, **options):
        made = super().get_form(request, obj, change, **options | {"form": PictureWordsForm if obj else PictureForm})
        made.by = request.user
        return made

    def save_form(self, request, form, change):
        written = super().save_form(request, form, change)
        if change:
            return written
        form.stored.is_known = form.is_known
        return form.stored

    def response_add(self, request, obj, post_url_continue=None):
        if not obj.is_known:
            return super().response_add(request, obj, post_url_continue)
        said = _("This picture is in the library already, with words of its own: here they are. Yours were not kept.")
        messages.warning(request, said)
        return HttpResponseRedirect(reverse("admin:blog_picture_change", args=[obj.pk]))

    def save_model(self, request, obj, form, change):
        if change:
            words = {name: form.cleaned_data[name] for name in pictures.WORDS}
            focus = form.cleaned_data["focus_x"], form.cleaned_data["focus_y"]
            pictures.change(obj, focus=focus, **words)

    @admin.display(description=gettext_lazy("picture"))
    def shown(self, picture):
        return format_html(
            '<span class="focus" data-focus="{}"><img src="{}" alt="{}" width="{}" height="{}"></span>',
            _("What has to stay in sight: arrow keys move it."),
            picture.file.url,
            picture.alt or _("no alternative text"),
            picture.width,
            picture.height,
        )

    @admin.display(description=gettext_lazy("size"))
    def size(self, picture):
        return f"{picture.width} × {picture.height}"

    @admin.display(description=gettext_lazy("in a text, as HTML"))
    def html(self, picture):
        if not picture.is_described():
            return _("Once it says what it shows.")
        credit = format_html("<small>{}</small>", picture.credit) if picture.credit else ""
        caption = format_html("<figcaption>{}</figcaption>", credit) if credit else ""
        figure = format_html('<figure><img src="{}" alt="{}">{}</figure>', picture.file.url, picture.alt, caption)
        return format_html("<code>{}</code>", escape(figure))

    @admin.display(description=gettext_lazy("used in"))
    def used(self, picture):
        """Where, with the headlines that this person may read; of the others how many there are."""
        rows = picture.uses.order_by("-in_live", "-post_id", "-pk").values_list("post_id", "in_live")
        uses = dict(reversed(list(rows[:MOST_USES])))
        posts = Post.objects.filter(pk__in=uses).as_shown_to(picture.reader)
        posts = {post.pk: post for post in posts.only("pk", "live_id")}
        others = picture.uses.values("post_id").distinct().count() - len(posts)
        lines = [
            (
                reverse("admin:blog_post_change", args=[number]),
                posts[number].shown_headline,
                _("readers see it") if in_live and posts[number].live_id else _("draft"),
            )
            for number, in_live in reversed(uses.items())
            if number in posts
        ]
        more = format_html("<li>{}</li>", _("and in %d more") % others) if others else ""
        listed = format_html_join("", '<li><a href="{}"><bdi>{}</bdi></a> ({})</li>', lines)
        return format_html('<ul class="uses">{}{}</ul>', listed, more) if lines or others else _("nothing")


def _searched(query):
    found = Picture.objects.newest_first()
    if "undescribed" in query:
        found = found.undescribed()
    return found.saying(query.get("q", "")[:200]) if query.get("q", "").strip() else found


def _part(found, before):
    """Pictures from this place on, and the place at which they go on."""
    if before is not None:
        found = found.before(paging.read(before))
    rows = list(found[: SIZE + 1])
    return rows[:SIZE], paging.spell(rows[SIZE - 1].place()) if len(rows) > SIZE else ""


def _with_counts(shown):
    """Pictures with in how many pieces readers see them, and in how many drafts they are besides."""
    seen = Q(in_live=True, post__live__isnull=False)
    counts = PictureUse.objects.filter(picture__in=shown).order_by().values("picture")
    counts = counts.annotate(live=Count("post", filter=seen, distinct=True), all=Count("post", distinct=True))
    found = {row["picture"]: row for row in counts}
    for picture in shown:
        row = found.get(picture.pk, {"live": 0, "all": 0})
        picture.live_count, picture.draft_count = row["live"], row["all"] - row["live"]
        picture.thumbnail = _thumbnail(picture)
    return shown


def _thumbnail(picture):
    kept = Kept.named(picture.file.name)
    return picture.file.storage.url(kept.narrow(kept.widths[0])) if kept else picture.file.url


def _told(picture):
    """What a script needs to know of a picture."""
    return {
        "number": picture.pk,
        "src": picture.file.url,
        "thumbnail": _thumbnail(picture),
        "alt": picture.alt,
        "decorative": picture.is_decorative,
        "described": picture.is_described(),
        "credit": picture.credit,
        "page": reverse("admin:blog_picture_change", args=[picture.pk]),
    }
