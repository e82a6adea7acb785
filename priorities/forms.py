"""The forms of the programme of action: programme, priorities, commitments, and themes.

Those with a figure for each year stand in `yearly.py`.
"""

import re
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.record_forms import LinesField, PlainTextarea, RecordForm, date_input

from .models import Commitment, Priority, ProgrammeOfAction, Theme

# WCAG 2.2, 1.4.3: text of a priority's colour on white.
LEAST_CONTRAST = 4.5
CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.-]*$")


class ProgrammeForm(RecordForm):
    """Titles and period of a programme. The number is chosen once: loaders know the programme by it."""

    SECTIONS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (_("The programme of action"), ("number", "title_en", "title_ru", "starts", "ends", "source")),
    )

    class Meta:
        model = ProgrammeOfAction
        fields = ("number", "title_en", "title_ru", "starts", "ends", "source")
        widgets = {"starts": date_input(), "ends": date_input()}
        help_texts = {
            "number": _("Counted from the first programme. It cannot be changed later."),
            "source": _("The document that the text is from."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["number"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts, ends = values.get("starts"), values.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The programme ends before it starts. Check both dates."))
        elif starts and ends:
            self._refuse_overlap(starts, ends)
        return values

    def _refuse_overlap(self, starts: date, ends: date) -> None:
        """Name the programme that has some of these days, beside the date that has to move."""
        others = ProgrammeOfAction.objects.visible_to(self.editor).exclude(pk=self.instance.pk)
        other = others.filter(starts__lte=ends, ends__gte=starts).order_by("-ends").first()
        if other is None:
            return
        values = {"period": other.period}
        if other.starts <= starts:
            values["day"] = date_format(other.ends + timedelta(days=1))
            message = _("The programme %(period)s has some of these days. Start on %(day)s or later.")
            self.add_error("starts", ValidationError(message, params=values))
        else:
            values["day"] = date_format(other.starts - timedelta(days=1))
            message = _("The programme %(period)s has some of these days. End on %(day)s or earlier.")
            self.add_error("ends", ValidationError(message, params=values))


class OpeningForm(ProgrammeForm):
    """A new programme, and what of the one before is taken over into it."""

    COPIES = ("copy_priorities", "copy_commitments", "copy_lines", "copy_indicators")
    SECTIONS = (*ProgrammeForm.SECTIONS, (_("What is taken over from the programme before"), COPIES))

    copy_priorities = forms.BooleanField(
        label=_("Priorities"),
        required=False,
        initial=True,
        help_text=_("With their titles, narratives, functions and colours; each keeps a link to the one before."),
    )
    copy_commitments = forms.BooleanField(
        label=_("Commitments"),
        required=False,
        initial=True,
        help_text=_("Those not retired, without evidence and without their places in the source document."),
    )
    copy_lines = forms.BooleanField(
        label=_("Deliverables"), required=False, initial=True, help_text=_("A row for each line and year, no figures.")
    )
    copy_indicators = forms.BooleanField(
        label=_("Indicators"), required=False, initial=True, help_text=_("Those not retired, no values.")
    )

    def __init__(self, *args: Any, source: ProgrammeOfAction | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        if source is None:
            for name in self.COPIES:
                del self.fields[name]

    @property
    def copies(self) -> frozenset[str]:
        """The kinds ticked, such as `commitments`."""
        return frozenset(name.removeprefix("copy_") for name in self.COPIES if self.cleaned_data.get(name))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for name in ("copy_commitments", "copy_indicators"):
            if values.get(name) and not values.get("copy_priorities"):
                self.add_error(name, _("They belong to priorities: take those over too, or leave these out."))
        return values


class PriorityForm(RecordForm):
    SECTIONS = (
        (_("Names"), ("title_en", "title_ru", "short_title_en", "short_title_ru", "colour")),
        (_("What it is for"), ("function", "narrative_en", "narrative_ru")),
        (_("The programme before"), ("predecessor",)),
    )

    class Meta:
        model = Priority
        fields = (
            "title_en",
            "title_ru",
            "short_title_en",
            "short_title_ru",
            "colour",
            "function",
            "narrative_en",
            "narrative_ru",
            "predecessor",
        )
        widgets = {
            "narrative_en": PlainTextarea({"rows": 6}),
            "narrative_ru": PlainTextarea({"rows": 6}),
            "colour": forms.TextInput({"type": "color"}),
        }
        help_texts = {"predecessor": _("The priority that this one goes on from; the two are compared.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        before = Priority.objects.visible_to(self.editor).select_related("programme")
        fields["predecessor"].queryset = before.filter(programme__ends__lt=self.instance.programme.starts)
        fields["predecessor"].label_from_instance = lambda one: f"{one.programme.period} {one}"
        fields["function"].queryset = fields["function"].queryset.visible_to(self.editor)

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].lower()
        if contrast_with_white(colour) < LEAST_CONTRAST:
            raise ValidationError(_("Too light to be read on white. Choose a darker colour."))
        return colour


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of #rrggbb with white, as WCAG defines it; 21 is black."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


class CommitmentForm(RecordForm):
    """A promise of the programme. The code of one that was loaded stays: files and readers know it by that."""

    SECTIONS = (
        (_("The commitment"), ("code", "text_en", "text_ru", "cadence")),
        (_("Where it is from"), ("place_en", "place_ru", "predecessor")),
        (_("Is it still pursued?"), ("retired",)),
    )

    class Meta:
        model = Commitment
        fields = ("code", "text_en", "text_ru", "cadence", "place_en", "place_ru", "predecessor", "retired")
        widgets = {"text_en": PlainTextarea({"rows": 3}), "text_ru": PlainTextarea({"rows": 3})}
        help_texts = {"code": _("Such as I.3; each code once in a programme.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if self.instance.pk is None:
            del fields["retired"]
        elif self.instance.created_by_id is None:
            del fields["code"]
        priority = self.instance.priority
        before = Commitment.objects.visible_to(self.editor).for_lists().filter(priority=priority.predecessor_id)
        fields["predecessor"].queryset = before
        fields["predecessor"].label_from_instance = lambda one: f"{one.priority.programme.period} {one}"[:110]
        if priority.predecessor_id is None:
            del fields["predecessor"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.match(code):
            raise ValidationError(_("Letters, digits, full stops and hyphens only, such as I.3."))
        programme = self.instance.priority.programme_id
        others = Commitment.objects.filter(priority__programme=programme, code__iexact=code)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another commitment of this programme has this code."))
        return code


class ThemeForm(RecordForm):
    """A subject; a pillar of the women, or youth, peace and security agenda is part of that theme."""

    SECTIONS = (
        (_("Names"), ("name_en", "name_ru", "aliases", "code")),
        (_("Its place"), ("parent", "retired")),
    )

    class Meta:
        model = Theme
        fields = ("name_en", "name_ru", "aliases", "code", "parent", "retired")
        field_classes = {"aliases": LinesField}
        widgets = {"aliases": PlainTextarea({"rows": 3})}
        help_texts = {"parent": _("For a pillar: the agenda it belongs to, such as Women, peace and security.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        agendas = Theme.objects.visible_to(self.editor).filter(parent=None).exclude(pk=self.instance.pk)
        fields["parent"].queryset = agendas
        if self.instance.pk is None:
            del fields["retired"]
            fields["code"].required = False
            fields["code"].help_text = _("Leave empty to have it made. It cannot be changed later.")
        else:
            del fields["code"]

    def _get_validation_exclusions(self) -> set[str]:
        """The code that is made only when the record is saved is not missed before."""
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return left_out if self.cleaned_data.get("code") else {*left_out, "code"}

    def clean_code(self) -> str:
        code: str = self.cleaned_data.get("code", "")
        if code == "new":
            raise ValidationError(
                _("“%(code)s” is kept for a page of the portal. Choose another code."), params={"code": code}
            )
        return code

    def clean_parent(self) -> Any:
        parent = self.cleaned_data["parent"]
        if parent is not None and self.instance.pk is not None and self.instance.children.exists():
            raise ValidationError(_("It has pillars of its own, so it cannot be a pillar of another."))
        return parent

    def clean(self) -> dict[str, Any]:
        """No name may mean two themes: whoever types it has to be understood."""
        values = super().clean() or {}
        taken = self._names_of_others()
        for name in ("name_en", "name_ru", "aliases"):
            given = values.get(name) or []
            for text in [given] if isinstance(given, str) else given:
                if text.casefold() in taken:
                    message = _("“%(name)s” is a name of the theme “%(theme)s” already.")
                    params = {"name": text, "theme": taken[text.casefold()]}
                    self.add_error(name, ValidationError(message, params=params))
        return values

    def _names_of_others(self) -> dict[str, Theme]:
        others = Theme.objects.visible_to(self.editor).exclude(pk=self.instance.pk)
        return {
            text.casefold(): theme
            for theme in others
            for text in (theme.code, theme.name_en, theme.name_ru, *theme.aliases)
            if text
        }


def free_theme_code(name: str) -> str:
    """A code that no theme has, made from the name."""
    base = slugify(name)[:45] or "theme"
    taken = {*Theme.objects.filter(Q(code=base) | Q(code__startswith=f"{base}-")).values_list("code", flat=True), "new"}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
