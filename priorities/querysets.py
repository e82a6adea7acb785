"""Querysets of the framework."""

from datetime import date
from typing import Any, Self

from accounts.visibility import PublicQuerySet


class ProgrammeQuerySet(PublicQuerySet):
    def current(self, day: date) -> Any:
        """The programme of that day, else the latest; None when there is no programme."""
        return self.filter(starts__lte=day, ends__gte=day).first() or self.order_by("-starts").first()


class CommitmentQuerySet(PublicQuerySet):
    def for_lists(self) -> Self:
        """With the priority and programme that codes and links need."""
        return self.select_related("priority__programme")

    def with_key(self) -> Self:
        """With `key`, such as 2021-2025/I.3, for apps that this one does not build on."""
        from .keys import commitment_key

        return self.annotate(key=commitment_key())
