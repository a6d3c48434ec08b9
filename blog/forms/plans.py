"""When a piece is to go out, and when it is to go."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..rendering import clean_text
from .texts import acceptable
from .times import LocalTimeField


class PlanForm(forms.Form):
    """The times of a plan. Whether they fit is for `schedule` to say; which fields there are depends on who looks."""

    publish_at = LocalTimeField(label=_("Publish at"), required=False)
    expires_at = LocalTimeField(
        label=_("Not later than"),
        required=False,
        help_text=_("If it cannot go out until then, it does not go out at all, and you are told."),
    )
    withdraw_at = LocalTimeField(label=_("Withdraw at"), required=False)
    withdrawal_note = forms.CharField(
        label=_("Why it is withdrawn, for readers"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, data=None, *, may_publish=True, may_withdraw=True):
        super().__init__(data, prefix="plan", label_suffix="")
        for name in ("publish_at", "withdraw_at"):
            self.fields[name].help_text = _("By the clock of the site: %(zone)s.") % {"zone": _zone()}
        if not may_publish:
            del self.fields["publish_at"], self.fields["expires_at"]
        if not may_withdraw:
            del self.fields["withdraw_at"], self.fields["withdrawal_note"]

    def clean_withdrawal_note(self):
        return acceptable(clean_text, self.cleaned_data["withdrawal_note"])


def _zone() -> str:
    zone = timezone.get_current_timezone()
    return str(zone).replace("_", " ")
