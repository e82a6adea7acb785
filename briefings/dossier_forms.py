"""The forms of a briefing, of what stands in its dossier, and of the deeds on it."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.record_forms import LinesField, PlainTextarea, RecordForm, ReleasedForm, date_input
from accounts.roles import STAFF_ROLES
from activities.forms.pick import PickBoxes, PickSelect
from activities.models import Activity
from partners.forms import named_partners
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.models import Country, Document, Theme

from .choices import SectionKey
from .models import Briefing, BriefingTask, Consideration, Development, Dossier, DossierItem, TalkingPoint

EXACT_TO = [choice for choice in DatePrecision.choices if choice[0] != DatePrecision.UNKNOWN]


class BriefingForm(ReleasedForm):
    """A briefing that is planned, or what is known of one that took place."""

    SECTIONS = (
        (
            _("The briefing"),
            ("date", "date_precision", "certainty", "modality", "special_representative", "presidency"),
        ),
        (
            _("What became known of it"),
            ("outcome", "outcome_date", "document", "topics_en", "topics_ru", "themes", "source"),
        ),
        (_("For the staff only"), ("note_en",)),
        (
            _("Classification and release"),
            ("classification", "classification_basis", "audience", "focal_officer", "released_to", "readers"),
        ),
    )

    date_precision = forms.ChoiceField(
        label=_("Date is exact to"),
        choices=EXACT_TO,
        initial=DatePrecision.DAY,
        help_text=_("Of a month or year, give its first day."),
    )
    released_to = named_partners()

    class Meta:
        model = Briefing
        fields = (
            "date",
            "date_precision",
            "certainty",
            "modality",
            "special_representative",
            "presidency",
            "outcome",
            "outcome_date",
            "document",
            "topics_en",
            "topics_ru",
            "themes",
            "source",
            "note_en",
            "classification",
            "classification_basis",
            "audience",
            "focal_officer",
            "released_to",
            "readers",
        )
        field_classes = {"topics_en": LinesField, "topics_ru": LinesField}
        widgets = {
            "date": date_input(),
            "outcome_date": date_input(),
            "presidency": PickSelect,
            "document": PickSelect,
            "focal_officer": PickSelect,
            "themes": PickBoxes,
            "readers": PickBoxes,
            "topics_en": PlainTextarea({"rows": 4}),
            "topics_ru": PlainTextarea({"rows": 4}),
            "note_en": PlainTextarea({"rows": 3}),
        }
        help_texts = {
            "certainty": _("“Expected” until it has taken place: only then does the next period begin after it."),
            "document": _("Closed consultations have no record; name a press statement or a letter."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["released_to"].queryset = Organization.objects.visible_to(self.editor)
        fields["presidency"].queryset = Country.objects.visible_to(self.editor)
        fields["document"].queryset = Document.objects.visible_to(self.editor)
        fields["document"].label_from_instance = document_label
        fields["themes"].queryset = Theme.objects.visible_to(self.editor)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        first, precision = values.get("date"), values.get("date_precision")
        if first and precision != DatePrecision.DAY:
            values["date"] = first.replace(day=1) if precision == DatePrecision.MONTH else first.replace(month=1, day=1)
        if values.get("outcome_date") and values.get("date") and values["outcome_date"] < values["date"]:
            self.add_error("outcome_date", _("The outcome is before the briefing. Correct one of the dates."))
        if self.instance.pk is None and values.get("date"):
            self.instance.key = free_key(f"council-{values['date']:%Y-%m-%d}")
        return values


def document_label(document: Document) -> str:
    return f"{document.symbol} — {document.title}" if document.symbol else document.title


def free_key(base: str) -> str:
    """A key that no other briefing has."""
    taken = set(Briefing.objects.filter(key__startswith=base).values_list("key", flat=True))
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff in service, or who is named already."""

    def offer(self, named: int | None) -> None:
        self.queryset = User.objects.filter(Q(role__in=STAFF_ROLES, is_active=True) | Q(pk=named)).order_by("name")


class TaskForm(RecordForm):
    """A task before a briefing, or a follow-up after it."""

    SECTIONS = ((_("Task"), ("kind", "text", "person", "due")), (_("What came of it"), ("done", "result")))

    person = PersonField(
        User.objects.none(),
        label=_("Person responsible"),
        required=False,
        widget=PickSelect,
        empty_label=_("Nobody yet"),
    )

    class Meta:
        model = BriefingTask
        fields = ("kind", "text", "person", "due", "done", "result")
        widgets = {"due": date_input(), "done": date_input(), "result": PlainTextarea({"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.offer(self.instance.person_id)


class ConsiderationForm(RecordForm):
    """Expected action, an issue, an option or a remark on council dynamics."""

    SECTIONS = ((_("Text"), ("kind", "text_en", "text_ru", "order")),)

    class Meta:
        model = Consideration
        fields = ("kind", "text_en", "text_ru", "order")
        widgets = {"text_en": PlainTextarea({"rows": 4}), "text_ru": PlainTextarea({"rows": 4})}
        help_texts = {"order": _("Smaller numbers come first; an option follows the issue it answers.")}


class DossierForm(RecordForm):
    """Who looks after the dossier, and how it is grouped."""

    SECTIONS = ((_("Dossier"), ("lead", "developments_by", "activities_by")),)

    lead = PersonField(
        User.objects.none(),
        label=_("Person responsible"),
        required=False,
        widget=PickSelect,
        empty_label=_("Nobody yet"),
    )

    class Meta:
        model = Dossier
        fields = ("lead", "developments_by", "activities_by")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead: Any = self.fields["lead"]
        lead.offer(self.instance.lead_id)


class ItemForm(RecordForm):
    """Where an item stands, and what the staff remark on it."""

    SECTIONS = ((_("In the dossier"), ("included", "group", "note")),)

    class Meta:
        model = DossierItem
        fields = ("included", "group", "note")
        widgets = {"note": PlainTextarea({"rows": 4})}


class PointForm(RecordForm):
    """A sentence with the records it rests on: those of the dossier that the editor may see."""

    SECTIONS = ((_("Talking point"), ("topic", "text")), (_("It rests on"), ("activities", "developments")))

    class Meta:
        model = TalkingPoint
        fields = ("topic", "text", "activities", "developments")
        widgets = {"text": PlainTextarea({"rows": 3}), "activities": PickBoxes, "developments": PickBoxes}
        help_texts = {"topic": _("Sentences with the same topic make one talking point.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("activities", Activity), ("developments", Development)):
            offered = Q(dossier_items__dossier=self.instance.dossier_id)
            if self.instance.pk is not None:
                offered |= Q(talking_points=self.instance.pk)
            field: Any = self.fields[name]
            field.queryset = model.objects.visible_to(self.editor).filter(
                pk__in=model.objects.filter(offered).values("pk")
            )
            field.label_from_instance = cited_label


def cited_label(record: Activity | Development) -> str:
    """How a record is offered: with its reference or date."""
    if isinstance(record, Activity):
        return f"{record.reference} — {record.title}"
    return f"{record.date_text} — {record.headline}"


class ReasonForm(forms.Form):
    """Why a dossier goes back to drafting."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What needs to be mended"),
        max_length=2000,
        widget=PlainTextarea({"rows": 4}),
        help_text=_("It stands on the dossier’s page and on the next version."),
    )


class CommentForm(forms.Form):
    """A remark on a section."""

    section = forms.ChoiceField(label=_("Section"), choices=SectionKey.choices)
    text = forms.CharField(label=_("Comment"), max_length=2000, widget=PlainTextarea({"rows": 3}))
