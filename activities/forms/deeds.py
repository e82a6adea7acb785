"""What is asked beside a deed: the word of a return, the outcome, files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import STAFF_ROLES
from activities.filters import date_input
from activities.models import FollowUp

from .fields import PlainTextarea

MOST_BYTES_OF_A_FILE = 20 * 1024 * 1024


class ReturnForm(forms.Form):
    """A manager's word to the officer about what to mend."""

    comment = forms.CharField(
        label=_("What needs to be mended"), max_length=2_000, widget=PlainTextarea({"rows": 3}), strip=True
    )


class OutcomeForm(forms.Form):
    """Asked when an activity was held."""

    outcome = forms.CharField(
        label=_("Outcome"), max_length=20_000, required=False, widget=PlainTextarea({"rows": 6}), strip=True
    )


class FollowUpForm(forms.ModelForm):
    """Who does it, and by when."""

    class Meta:
        model = FollowUp
        fields = ("owner", "due")
        widgets = {"due": date_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        in_service = Q(role__in=STAFF_ROLES, is_active=True)
        owner.queryset = User.objects.filter(in_service | Q(pk=self.instance.owner_id))
        owner.empty_label = "—"
        # What the page showed, whatever was typed since.
        self.stamp = self.instance.stamp


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, none of them too large."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) and data else [data or None]
        files = [super(FilesField, self).clean(one, initial) for one in given]
        for file in files:
            if file.size > MOST_BYTES_OF_A_FILE:
                raise ValidationError(
                    _("“%(name)s” is larger than 20 MB. Make it smaller or split it."), params={"name": file.name}
                )
        return files


class FilesForm(forms.Form):
    attached = FilesField(label=_("Files"), help_text=_("Up to 20 MB each."))
