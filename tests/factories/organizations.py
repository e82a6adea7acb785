"""Organizations and agreements for tests."""

from typing import Any

from partners.choices import OrganizationType
from partners.models import Agreement, Organization


def make_organization(code: str, **fields: Any) -> Organization:
    """A saved organization; internal unless `audience` says otherwise."""
    defaults = {"name_en": f"Example organization {code}", "type": OrganizationType.OTHER}
    return Organization.objects.create(code=code, **{**defaults, **fields})


def make_agreement(code: str, *parties: Organization, **fields: Any) -> Agreement:
    """A saved memorandum; internal unless `audience` says otherwise."""
    agreement = Agreement.objects.create(code=code, **{"kind": "memorandum", "title_en": code, **fields})
    agreement.parties.add(*parties)
    return agreement
