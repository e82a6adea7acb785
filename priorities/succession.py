"""What goes on from what: a priority or commitment, and its counterpart in another programme."""

from collections import defaultdict
from datetime import date
from functools import cached_property
from typing import Any

from .models import Commitment, Priority, ProgrammeOfAction


class Kin:
    """The rows of a model by their links to the programme before; a counterpart may be several programmes away."""

    def __init__(self, rows: list[tuple[int, int | None, int]]) -> None:
        """`rows` are (id, id of the predecessor, id of the programme), in order."""
        self.programme_of = {pk: programme for pk, _before, programme in rows}
        self.before = {pk: before for pk, before, _programme in rows if before is not None}
        self.after: dict[int, list[int]] = defaultdict(list)
        for pk, before, _programme in rows:
            if before is not None:
                self.after[before].append(pk)

    def counterpart(self, pk: int, programme: int) -> int | None:
        """The row itself, what it goes on from or what goes on from it, in that programme; None where nothing does."""
        if self.programme_of.get(pk) == programme:
            return pk
        return self._search(pk, programme, self._after) or self._search(pk, programme, self._before)

    def _after(self, pk: int) -> list[int]:
        return self.after[pk]

    def _before(self, pk: int) -> list[int]:
        return [self.before[pk]] if pk in self.before else []

    def _search(self, pk: int, programme: int, step: Any) -> int | None:
        seen, waiting = {pk}, step(pk)
        while waiting:
            found = next((one for one in waiting if self.programme_of.get(one) == programme), None)
            if found is not None:
                return int(found)
            seen |= set(waiting)
            waiting = [one for near in waiting for one in step(near) if one not in seen]
        return None


class Succession:
    """The programmes with their priorities and commitments, read once for a page or a deed."""

    @cached_property
    def programmes(self) -> list[ProgrammeOfAction]:
        return list(ProgrammeOfAction.objects.order_by("starts"))

    @cached_property
    def priorities(self) -> dict[int, Priority]:
        rows = Priority.objects.select_related("programme").order_by("-programme__starts", "number")
        return {row.pk: row for row in rows}

    @cached_property
    def of_priorities(self) -> Kin:
        return Kin([(row.pk, row.predecessor_id, row.programme_id) for row in self.priorities.values()])

    @cached_property
    def of_commitments(self) -> Kin:
        rows = Commitment.objects.order_by("number").values_list("pk", "predecessor", "priority__programme")
        return Kin(list(rows))

    def covering(self, first: date | None, last: date | None = None) -> list[ProgrammeOfAction]:
        """The programmes that have at least one of the days."""
        if first is None:
            return []
        return [one for one in self.programmes if one.starts <= (last or first) and first <= one.ends]

    def priorities_of(self, programmes: list[ProgrammeOfAction]) -> list[Priority]:
        keys = {one.pk for one in programmes}
        return [row for row in self.priorities.values() if row.programme_id in keys]

    def suggested(self, priority: Priority | None, first: date | None, last: date | None = None) -> Priority | None:
        """The priority's counterpart in a programme that covers the days; itself where it is of one, or none covers."""
        covering = self.covering(first, last)
        if priority is None or not covering or priority.programme_id in {one.pk for one in covering}:
            return priority
        for programme in covering:
            found = self.of_priorities.counterpart(priority.pk, programme.pk)
            if found is not None:
                return self.priorities[found]
        return None
