"""What is asked beside a deed: the word of a return, the outcome, files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import STAFF_ROLES
from activities import uploads
from activities.filters import date_input
from activities.models import FollowUp

from .fields import PlainTextarea


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

    def __init__(self) -> None:
        super().__init__({"accept": ",".join(f".{ending}" for ending in uploads.TYPES)})


class FilesField(forms.FileField):
    """Several files, each of a kind and size that is kept; see `uploads`."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) and data else [data or None]
        files = [file for one in given if (file := super(FilesField, self).clean(one, initial))]
        if sum(file.size for file in files) > uploads.MOST_BYTES_AT_ONCE:
            raise ValidationError(_("The files are larger than 100 MB together. Add them in two goes."))
        errors: list[ValidationError] = []
        for file in files:
            try:
                uploads.check(file)
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return files


FILES_HELP = format_lazy(
    _("{kinds}. Up to 20 MB each, 100 MB together. Several may be chosen at once."), kinds=uploads.SHORT_LIST
)


class FilesForm(forms.Form):
    attached = FilesField(label=_("Files"), help_text=FILES_HELP)


class EntryFilesForm(forms.Form):
    """The files in the form of an activity: none are needed."""

    attached = FilesField(label=_("Files"), help_text=FILES_HELP, required=False)
