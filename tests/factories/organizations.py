"""Organizations for tests."""

from typing import Any

from partners.choices import OrganizationType
from partners.models import Organization


def make_organization(code: str, **fields: Any) -> Organization:
    """A saved organization; internal unless `audience` says otherwise."""
    defaults = {"name_en": f"Example organization {code}", "type": OrganizationType.OTHER}
    return Organization.objects.create(code=code, **{**defaults, **fields})
