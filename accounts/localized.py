"""Fields kept in English and Russian, read in the reader's language."""

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language


class Localized:
    """Descriptor: `name = Localized()` reads `name_ru` for Russian readers where it is filled, else `name_en`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.field = name

    def __get__(self, instance: Any, owner: type) -> str:
        if instance is None:
            return self  # type: ignore[return-value]  # class access gives the descriptor, as Django's fields do
        if (get_language() or "en").startswith("ru"):
            russian: str = getattr(instance, f"{self.field}_ru")
            if russian:
                return russian
        english: str = getattr(instance, f"{self.field}_en")
        return english


def in_language(name: str) -> Any:
    """The same as a column of a query: `name` may lead over relations, such as `country__name`."""
    english = F(f"{name}_en")
    if not (get_language() or "en").startswith("ru"):
        return english
    return Coalesce(NullIf(F(f"{name}_ru"), Value("")), english)
