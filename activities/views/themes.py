"""The themes, and a page for each; those of women and of youth, peace and security with their pillars.

They stand here, not in `priorities`, because they count activities, and `priorities` does not know these.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.charts.files import asked_file
from accounts.roles import Permission, allows
from activities.links import Cell
from activities.profiles import AGENDA, coming_in, coming_url, held_in, held_url, profile_of
from activities.querysets import ActivityQuerySet
from activities.scope import Place, Scope, ScopeForm
from priorities.models import Theme

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Row:
    """A theme with its numbers; `pillars` are the themes that are part of it."""

    theme: Theme
    held: Cell
    coming: Cell
    last: date | None
    pillars: Sequence["Row"]


Counts = dict[int, tuple[int, date | None]]
FIGURES = {"theme_count": Count("pk", distinct=True), "theme_last": Max("start_date")}


@require_safe
def theme_list(request: HttpRequest) -> HttpResponseBase:
    """All themes with what was held and is coming on each; pillars below their agenda."""
    form = ScopeForm(request)
    del form.fields["theme"]
    scope = replace(form.scope, theme=None)
    context = {"form": form, "scope": scope, "rows": rows_of(scope, request.user, timezone.localdate())}
    context["may_edit"] = allows(request.user, Permission.EDIT_PROGRAMME)
    return render(request, "themes/list.html", context)


@require_safe
def theme(request: HttpRequest, code: str) -> HttpResponseBase:
    """One theme: what was held on it, by year, priority, country, series, partner, commitment, and who took part."""
    themes = Theme.objects.visible_to(request.user)
    shown: Theme = get_object_or_404(themes.select_related("parent"), code=code)
    form = ScopeForm(request)
    del form.fields["theme"]
    scope = replace(form.scope, theme=Place(shown.pk, shown.code, shown.name))
    today = timezone.localdate()
    profile = profile_of(scope, request.user, today)
    file = asked_file(request, [profile.years, *profile.people])
    if file is not None:
        return file
    context = {
        "form": form,
        "scope": scope,
        "theme": shown,
        "profile": profile,
        "may_edit": allows(request.user, Permission.EDIT_PROGRAMME),
        "pillars": pillars_of(shown, replace(scope, theme=None), request.user, today),
    }
    return render(request, "themes/detail.html", context)


def rows_of(scope: Scope, viewer: "Viewer", today: date) -> list[Row]:
    """The themes in the alphabet of the reader's language, each with its pillars (five queries)."""
    held, coming = held_in(scope, viewer), coming_in(scope, viewer, today)
    found, soon = _by_agenda(held), _by_agenda(coming)
    parts, parts_soon = _by_pillar(held), _by_pillar(coming)
    every = sorted(Theme.objects.visible_to(viewer), key=lambda one: one.name.casefold())
    pillars: dict[int, list[Row]] = defaultdict(list)
    for one in every:
        if one.parent_id is not None:
            pillars[one.parent_id].append(_row(scope, one, parts, parts_soon))
    return [_row(scope, one, found, soon, pillars[one.pk]) for one in every if one.parent_id is None]


def pillars_of(theme: Theme, scope: Scope, viewer: "Viewer", today: date) -> list[Row]:
    """The pillars of an agenda; none of any other theme (one query, or three)."""
    pillars = sorted(Theme.objects.visible_to(viewer).filter(parent=theme), key=lambda one: one.name.casefold())
    if not pillars:
        return []
    found, soon = _by_pillar(held_in(scope, viewer)), _by_pillar(coming_in(scope, viewer, today))
    return [_row(scope, one, found, soon) for one in pillars]


def _row(scope: Scope, theme: Theme, held: Counts, coming: Counts, pillars: Sequence[Row] = ()) -> Row:
    count, last = held.get(theme.pk, (0, None))
    soon, _last = coming.get(theme.pk, (0, None))
    return Row(
        theme,
        Cell(count, held_url(scope, theme=theme.code)),
        Cell(soon, coming_url(scope, theme=theme.code)),
        last,
        pillars,
    )


def _by_agenda(activities: ActivityQuerySet) -> Counts:
    """Numbers and last first days by theme, of an agenda with those of its pillars."""
    rows = activities.order_by().filter(themes__isnull=False).values_list(AGENDA)
    return {agenda: (count, last) for agenda, count, last in rows.annotate(**FIGURES)}


def _by_pillar(activities: ActivityQuerySet) -> Counts:
    rows = activities.order_by().filter(themes__parent__isnull=False).values_list("themes")
    return {pillar: (count, last) for pillar, count, last in rows.annotate(**FIGURES)}
