"""The dossier of a Council briefing as a document: its sections as the person it is for may see them.

What stands in it is decided in `briefings.contents` and `briefings.sections`, as for its pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from briefings.choices import SectionKey
from briefings.contents import Reader, compose, is_confidential
from briefings.cycle import next_briefing
from briefings.models import Dossier, DossierVersion
from briefings.sections import Section, sections_of
from priorities.periods import Period
from reports.errors import Refused

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class DossierFacts:
    """A dossier, as it stands or as a version keeps it."""

    briefing: str
    modality: str
    representative: str
    period: Period | None
    state: str
    version: str
    digest: str
    sections: tuple[Section, ...]
    made_on: date
    made_for: str
    confidential: bool

    def section(self, key: SectionKey) -> Section:
        return next(section for section in self.sections if section.key == key)


def build_next(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> DossierFacts:
    """The dossier of the next briefing as it stands, whatever the `parameters`.

    Refused where there is none that the viewer may see: nobody outside the staff learns whether there is one.
    """
    coming = next_briefing(viewer, today=today)
    if coming is None or coming.dossier is None:
        raise Refused(_("There is no dossier of the next Council briefing. Begin it on the page of the briefing."))
    return build(viewer, coming.dossier, None, today=today)


def build(viewer: "User", dossier: Dossier, version: DossierVersion | None, *, today: date) -> DossierFacts:
    """The facts as `viewer` may see them now, in the active language; of a version, from what it froze."""
    content = version.content if version else compose(dossier)
    shown = Reader(viewer, content).shown(content)
    window = [date.fromisoformat(day) for day in shown["window"] or ()]
    briefing = dossier.briefing
    return DossierFacts(
        briefing=briefing.date_text,
        modality=briefing.get_modality_display(),
        representative=str(briefing.special_representative or ""),
        period=Period(*window) if window else None,
        state=dossier.get_state_display(),
        version=str(version) if version else "",
        digest=version.digest if version else "",
        sections=tuple(sections_of(shown)),
        made_on=today,
        made_for=str(viewer),
        confidential=is_confidential(shown),
    )
