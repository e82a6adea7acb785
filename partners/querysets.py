"""Querysets of organizations."""

from typing import Self

from accounts.visibility import ReleasedQuerySet


class OrganizationQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row shows."""
        return self.select_related("country")
