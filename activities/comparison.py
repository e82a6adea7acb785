"""Two programmes of action side by side: what each priority promised and did, and what its successor does.

Every number counts approved records that the reader may see and leads to what it counts; a constant number of queries.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from partners.models import Organization
from priorities.models import Priority, ProgrammeOfAction
from priorities.succession import Succession

from .choices import Stage
from .commitments import matrix_of
from .links import Cell, priority_url
from .models import Activity, Involvement
from .participants import Participation, participation_by
from .querysets import names_shown
from .scope import Scope

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Partner:
    """A partner with the list of activities in which it took part under the priority."""

    name: str
    url: str


@dataclass
class Side:
    """A priority in one of the two programmes, with its numbers."""

    priority: Priority
    commitments: Cell
    with_evidence: Cell
    held: int = 0
    partners: list[Partner] = field(default_factory=list)
    figures: Participation = field(default_factory=Participation)

    @property
    def held_url(self) -> str:
        return priority_url(self.priority, stage=Stage.HELD.value)

    @property
    def figures_url(self) -> str:
        """The list of those in which women or men were counted."""
        return priority_url(self.priority, stage=Stage.HELD.value, participants="by_sex")


class ComparisonForm(forms.Form):
    """Which two programmes; by their periods."""

    a = forms.ChoiceField(label=_("The earlier programme"))
    b = forms.ChoiceField(label=_("The later programme"))

    def __init__(self, *args: Any, programmes: list[ProgrammeOfAction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["a"].choices = fields["b"].choices = [(one.period, one.period) for one in programmes]
        self.programmes = {one.period: one for one in programmes}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("a") and values.get("a") == values.get("b"):
            self.add_error("b", _("Choose two different programmes."))
        return values


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`?a=2021-2025&b=2026-2030`; without them, the last programme beside the one before."""
    programmes = list(ProgrammeOfAction.objects.visible_to(request.user).order_by("-starts"))
    if len(programmes) < 2:
        return render(request, "priorities/compare.html", {"few": True})
    usual = {"a": programmes[1].period, "b": programmes[0].period}
    form = ComparisonForm({**usual, **request.GET.dict()}, programmes=programmes)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        first, second = (form.programmes[form.cleaned_data[name]] for name in "ab")
        context |= {"first": first, "second": second, "pairs": pairs_of(first, second, request.user)}
    return render(request, "priorities/compare.html", context, status=200 if form.is_valid() else 400)


Pair = tuple[Side | None, Side | None]


def pairs_of(first: ProgrammeOfAction, second: ProgrammeOfAction, viewer: "Viewer") -> list[Pair]:
    """Each priority of the first programme beside what goes on from it in the second, then what is new there."""
    succession = Succession()
    of_first, of_second = _sides([first, second], succession, viewer)
    counterparts = {
        side.priority.pk: succession.of_priorities.counterpart(side.priority.pk, first.pk) for side in of_second
    }
    pairs: list[Pair] = []
    for side in of_first:
        successors: list[Side | None] = [one for one in of_second if counterparts[one.priority.pk] == side.priority.pk]
        pairs += [(side, one) for one in successors or [None]]
    return pairs + [(None, one) for one in of_second if counterparts[one.priority.pk] is None]


def _sides(programmes: list[ProgrammeOfAction], succession: Succession, viewer: "Viewer") -> list[list[Side]]:
    """The priorities of each programme with their numbers."""
    sides: dict[int, Side] = {}
    for programme in programmes:
        priorities = succession.priorities_of([programme])
        scope = Scope(programme, "", None)
        matrix = matrix_of(scope, viewer, today=timezone.localdate(), priorities=priorities)
        for priority in priorities:
            own = matrix.of(priority)
            sides[priority.pk] = Side(priority, own.all_of_them, own.with_evidence)
    shown = Activity.objects.visible_to(viewer).approved().held().filter(main_priority__in=sides)
    held = dict(shown.order_by().values_list("main_priority").annotate(Count("pk")))
    figures = participation_by(shown, viewer, "main_priority")
    partners = _partners(sides, shown, viewer)
    for key, side in sides.items():
        side.held = held.get(key, 0)
        side.figures = figures.get(key, Participation())
        side.partners = partners.get(key, [])
    return [[side for side in sides.values() if side.priority.programme_id == one.pk] for one in programmes]


def _partners(sides: dict[int, Side], shown: Any, viewer: "Viewer") -> dict[int, list[Partner]]:
    """By priority, the organizations that took part, as far as the reader may know who did."""
    rows = (
        Involvement.objects.filter(names_shown(viewer, "activity"), activity__in=shown)
        .order_by()
        .values_list("activity__main_priority", "organization")
        .distinct()
    )
    keys = defaultdict(set)
    for priority, organization in rows:
        keys[organization].add(priority)
    found: dict[int, list[Partner]] = defaultdict(list)
    for organization in Organization.objects.visible_to(viewer).filter(pk__in=keys).order_by("name_en"):
        for key in keys[organization.pk]:
            url = priority_url(sides[key].priority, stage=Stage.HELD.value, partner=organization.code)
            found[key].append(Partner(organization.short_name, url))
    return found
