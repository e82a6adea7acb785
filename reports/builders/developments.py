"""Developments in the region as a document may show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.choices import Classification
from accounts.visibility import is_staff_viewer
from briefings.models import Development
from priorities.choices import DatePrecision
from priorities.models import Theme
from priorities.periods import Period

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class DevelopmentFacts:
    """An approved development. `gender_dimension` never leaves the staff and is empty for others."""

    headline: str
    when: str
    countries: tuple[str, ...]
    themes: tuple[str, ...]
    reliability: str
    source: str
    url: str
    gender_dimension: str
    confidential: bool


def developments_in(
    period: Period, viewer: "User", *, themes: Iterable[Theme] | None = None, by_year: bool = True
) -> tuple[DevelopmentFacts, ...]:
    """The period's approved developments that the viewer may see, of these themes or of all (three queries).

    Not `by_year`: without those of which the year alone is known, as they would stand in every week of it.
    """
    found = Development.objects.visible_to(viewer).filter(review_state="approved")
    found = found.overlapping(period.starts, period.ends)
    if themes is not None:
        found = found.filter(pk__in=Development.themes.through.objects.filter(theme__in=themes).values("development"))
    if not by_year:
        found = found.exclude(date_precision=DatePrecision.YEAR)
    staff = is_staff_viewer(viewer)
    return tuple(
        DevelopmentFacts(
            headline=one.headline,
            when=one.date_text,
            countries=tuple(country.name for country in one.countries.all()),
            themes=tuple(theme.name for theme in one.themes.all()),
            reliability=one.get_reliability_display(),
            source=", ".join(part for part in (one.source_title, one.source_publisher) if part),
            url=one.source_url,
            gender_dimension=one.gender_dimension.strip() if staff else "",
            confidential=one.classification != Classification.UNCLASSIFIED,
        )
        for one in found.prefetch_related("countries", "themes").order_by("date", "id")
    )
