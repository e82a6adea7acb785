"""Sign-in, own profile and API keys."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import time_zones
from .models import ApiKey, KeyScope, User
from .roles import Permission, Role, allows

# A key left lying about should not open the portal for ever.
LONGEST_LIFE = timedelta(days=2 * 366)


class SignInForm(AuthenticationForm):
    """E-mail address and password. The address is lower-cased, so that guesses in other letter cases count as one."""

    username = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "This e-mail address and password do not belong together. Check both; letter case counts in the password."
        ),
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class ProfileForm(forms.ModelForm):
    """What people choose for themselves. Name, role and organization are the administrator's."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones.choices, help_text=_("Times on pages are shown in it.")
    )

    class Meta:
        model = User
        fields = ["language", "time_zone", "mail_delivery"]
        help_texts = {
            "language": _("For pages in this browser, and for mail and reports."),
            "mail_delivery": _("About approval, follow-ups and agreements. One mail a day comes at seven in Ashgabat."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        own = self.instance.time_zone
        if not field.valid_value(own):
            field.choices = [(own, own), *time_zones.choices()]


class ApiKeyForm(forms.ModelForm):
    """A new key for oneself; whoever may issue keys to others also chooses for whom."""

    expires_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The key stops working at the end of this day. At most two years from now."),
    )

    class Meta:
        model = ApiKey
        fields = ["user", "name", "scope"]
        help_texts = {
            "user": _("The key sees and may do what this person may."),
            "scope": _("Read is enough for most."),
        }

    field_order = ["user", "name", "scope", "expires_on"]

    def __init__(self, *args: Any, issuer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].initial = KeyScope.READ
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=365)
        if allows(issuer, Permission.ISSUE_KEYS):
            user = self.fields["user"]
            assert isinstance(user, forms.ModelChoiceField)
            user.queryset = key_holders(issuer)
            user.initial = issuer.pk
            user.empty_label = None
        else:
            del self.fields["user"]

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if day < today:
            raise forms.ValidationError(_("This day is past. Choose today or a later day."), code="past")
        if day > today + LONGEST_LIFE:
            raise forms.ValidationError(_("A key lives two years at most. Choose an earlier day."), code="too_late")
        return day

    @property
    def expires_at(self) -> datetime:
        """The end of the chosen day in the reader's time zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["expires_on"] + timedelta(days=1), time.min))


class RotationForm(forms.Form):
    """How long a key that is replaced goes on working."""

    overlap = forms.IntegerField(
        label=_("Days for which the old key still works"),
        min_value=0,
        max_value=30,
        initial=7,
        help_text=_("Time to put the new key into the program. 0 ends the old one at once."),
    )


def key_holders(issuer: User) -> QuerySet[User]:
    """The people whose keys the user looks after: the user alone, or the partners' focal points too."""
    holders = Q(pk=issuer.pk)
    if allows(issuer, Permission.ISSUE_KEYS):
        holders |= Q(role=Role.PARTNER)
    return User.objects.filter(holders, is_active=True).select_related("organization")
