"""The house rules, listed words, and what is known of sites: plain words and numbers, no patterns."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blog import rendering
from blog.forms import acceptable
from blog.models import Edition

from .. import words
from ..models import HouseRules, KnownSite, ListedWord
from ..sites import host_of

LONGEST_WORD = ListedWord._meta.get_field("word").max_length
LONGEST_FOLDED = ListedWord._meta.get_field("folded").max_length
MOST_PASTED = 1_000
# Databases differ in how large a small number may be.
SENSIBLE = {
    "most_links": (0, 100),
    "flood_count": (1, 1_000),
    "limit_count": (1, 1_000),
    "limit_seconds": (0, 3_600),
    "keep_days": (1, 3_650),
}


class HouseRulesForm(forms.ModelForm):
    """The one row, and with it how long comments stay open: readers' pages depend on that, so it stands elsewhere."""

    discussion_days = forms.IntegerField(
        label=gettext_lazy("Comments close"),
        help_text=gettext_lazy("So many days after the last update of a story. Empty: never."),
        required=False,
        min_value=0,
        max_value=3_650,
        widget=AdminIntegerFieldWidget,
    )

    class Meta:
        model = HouseRules
        fields = [
            "policy",
            "most_links",
            "flood_count",
            "limit_count",
            "limit_seconds",
            "note",
            "rules_path",
            "keep_days",
        ]
        labels = {"most_links": gettext_lazy("Most links"), "flood_count": gettext_lazy("Most in an hour")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (least, most) in SENSIBLE.items():
            self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]
        self.initial["discussion_days"] = Edition.objects.values_list("discussion_days", flat=True).get(pk=1)

    def clean_note(self):
        return acceptable(rendering.clean_line, self.cleaned_data["note"], 300)

    def clean_rules_path(self):
        path = acceptable(rendering.clean_line, self.cleaned_data["rules_path"], 200)
        if path and (not path.startswith("/") or path.startswith("//") or "\\" in path):
            raise ValidationError(_("Write a path of this site, as /comment-rules/."))
        return path


@admin.register(HouseRules)
class HouseRulesAdmin(admin.ModelAdmin):
    """One row. Forms on every page show what it says, so that saving it makes every kept page an old one."""

    form = HouseRulesForm
    view_on_site = False
    fieldsets = [
        (gettext_lazy("What readers see at once"), {"fields": ["policy", "discussion_days"]}),
        (gettext_lazy("What makes a comment wait"), {"fields": ["most_links", "flood_count"]}),
        (gettext_lazy("What is refused for a while"), {"fields": ["limit_count", "limit_seconds"]}),
        (gettext_lazy("Beside the form"), {"fields": ["note", "rules_path"]}),
        (gettext_lazy("Privacy"), {"fields": ["keep_days"]}),
    ]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)  # there is no page that only shows them

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses
        return redirect("admin:comments_houserules_change", 1)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = {"title": _("House rules"), "subtitle": None}
        return super().change_view(request, object_id, form_url, title | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            Edition.objects.filter(pk=1).update(discussion_days=form.cleaned_data["discussion_days"])
            Edition.objects.has_changed_everywhere()


class ListedWordForm(forms.ModelForm):
    """One entry, to be changed."""

    class Meta:
        model = ListedWord
        fields = ["word", "list_name"]

    def clean_word(self):
        return _acceptable_word(self.cleaned_data["word"])

    def clean_list_name(self):
        return acceptable(rendering.clean_line, self.cleaned_data["list_name"], 50)

    def clean(self):
        cleaned = super().clean()
        if word := cleaned.get("word"):
            twins = ListedWord.objects.filter(folded=words.fold(word)).exclude(pk=self.instance.pk)
            if twins.exists():
                self.add_error("word", _("This is on a list already; capitals and accents do not count."))
        return cleaned


class ListedWordsForm(ListedWordForm):
    """New entries, one a line. Those that are on a list already stay where they are."""

    word = forms.CharField(
        label=gettext_lazy("Words"),
        widget=AdminTextareaWidget(attrs={"rows": 12}),
        help_text=gettext_lazy("A word or some words on each line. Capitals and accents do not count."),
    )

    def clean_word(self):
        lines = [line.strip() for line in self.cleaned_data["word"].splitlines() if line.strip()]
        if len(lines) > MOST_PASTED:
            raise ValidationError(
                _("These are %(count)d lines; %(most)d at once are the most.")
                % {"count": len(lines), "most": MOST_PASTED}
            )
        by_folded: dict[str, str] = {}
        for word in map(_acceptable_word, lines):
            by_folded.setdefault(words.fold(word), word)
        there = set(ListedWord.objects.filter(folded__in=by_folded).values_list("folded", flat=True))
        self.new = [word for folded, word in by_folded.items() if folded not in there]
        self.left_out = len(lines) - len(self.new)
        if not self.new:
            raise ValidationError(_("All of these are on a list already; capitals and accents do not count."))
        return self.new[0]


def _acceptable_word(typed):
    word = acceptable(rendering.clean_line, typed, LONGEST_WORD)
    folded = words.fold(word)
    if not folded:
        raise ValidationError(_("“%(word)s” has no letters or digits: it would be found nowhere.") % {"word": typed})
    if len(folded) > LONGEST_FOLDED:
        raise ValidationError(_("“%(word)s” is too long.") % {"word": typed})
    return word


@admin.register(ListedWord)
class ListedWordAdmin(admin.ModelAdmin):
    view_on_site = False
    show_full_result_count = False
    list_display = ["word", "list_name"]
    list_filter = ["list_name"]
    search_fields = ["word", "list_name"]
    list_per_page = 100

    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, {"title": _("Add listed words")} | (extra_context or {}))

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(
            request, obj, change, **kwargs | {"form": ListedWordForm if change else ListedWordsForm}
        )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change:
            return
        for word in form.new[1:]:
            ListedWord.objects.create(word=word, list_name=obj.list_name)
        if form.left_out:
            left_out = ngettext(
                "%(count)d line was on a list already.", "%(count)d lines were on a list already.", form.left_out
            )
            self.message_user(request, left_out % {"count": form.left_out})


class KnownSiteForm(forms.ModelForm):
    """A site by its name; a whole address is cut down to that."""

    class Meta:
        model = KnownSite
        fields = ["host", "verdict"]
        help_texts = {"verdict": gettext_lazy("Trusted and refused go for all names below it, too.")}

    def clean_host(self):
        typed = acceptable(rendering.clean_line, self.cleaned_data["host"], 253)
        host = host_of(typed if "://" in typed else f"http://{typed}")
        if "." not in host or "@" in typed:
            raise ValidationError(_("Write the name of a site, as example.org."))
        if KnownSite.objects.filter(host=host).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This site is known already."))
        return host


@admin.register(KnownSite)
class KnownSiteAdmin(admin.ModelAdmin):
    form = KnownSiteForm
    view_on_site = False
    show_full_result_count = False
    list_display = ["host", "verdict"]
    list_filter = ["verdict"]
    search_fields = ["host"]
    list_per_page = 100
