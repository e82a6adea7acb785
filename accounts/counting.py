"""Several numbers by one query."""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value


def counted(querysets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """The number of rows of each queryset, by its name."""
    parts = [
        # By another name than a field may have. An ungrouped count has its row even where there is nothing.
        rows.order_by().values(counted_name=Value(name, CharField())).annotate(counted=Count("pk"))
        for name, rows in querysets.items()
    ]
    if not parts:
        return {}
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {**dict.fromkeys(querysets, 0), **{row["counted_name"]: row["counted"] for row in found}}
