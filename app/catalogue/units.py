"""Which unit is meant: by code and date, through succession, with all beneath and before it (rules §12)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from app.catalogue.records import Unit
from app.domain.errors import Invalid


class UnitRegister:
    """All units there are or ever were; immutable, and what was once worked out is kept."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units: Mapping[int, Unit] = {unit.id: unit for unit in units}
        by_code: dict[str, list[Unit]] = defaultdict(list)
        self._beneath: dict[int, list[int]] = defaultdict(list)
        self._before: dict[int, list[int]] = defaultdict(list)
        for unit in sorted(self.units.values(), key=lambda one: one.valid_from):
            by_code[unit.code].append(unit)
            if unit.parent_id is not None:
                self._beneath[unit.parent_id].append(unit.id)
            if unit.successor_id is not None:
                self._before[unit.successor_id].append(unit.id)
        self._by_code = dict(by_code)
        self._closures: dict[tuple[str, int], frozenset[int]] = {}

    def unit(self, reference: str | int, on: date, pointer: str = "/unit") -> Unit:
        """The unit that a body names by code or id, valid on the date.

        Raises Invalid `unknown_unit`, or `unit_not_valid` with the validity of those that bear the code.
        """
        if isinstance(reference, int):
            found = [self.units[reference]] if reference in self.units else []
        else:
            found = self._by_code.get(reference, [])
        if not found:
            raise Invalid("unknown_unit", f"There is no unit {reference}.", pointer=pointer)
        for unit in reversed(found):
            if unit.valid_on(on):
                return unit
        raise Invalid(
            "unit_not_valid", f"No unit {reference} is valid on {on}: {self._described(found)}.", pointer=pointer
        )

    def query_unit(self, code: str | None, unit_id: int | None, on: date, name: str = "unit") -> Unit | None:
        """The unit that a query names by code (`name`) or by id; None where it names none.

        A code means its unit valid on the date, else the only one that ever bore it. Raises Invalid `unknown_unit`, or
        `ambiguous_unit` naming the candidates.
        """
        if unit_id is not None:
            if unit_id not in self.units:
                raise Invalid("unknown_unit", f"There is no unit with the id {unit_id}.", pointer=f"/{name}_id")
            return self.units[unit_id]
        if code is None:
            return None
        found = self._by_code.get(code, [])
        if not found:
            raise Invalid("unknown_unit", f"There is no unit {code}.", pointer=f"/{name}")
        valid = [unit for unit in found if unit.valid_on(on)]
        if len(valid) == 1 or len(found) == 1:
            return (valid or found)[0]
        raise Invalid(
            "ambiguous_unit",
            f"On {on} the code {code} means none or several of: {self._described(valid or found)}. Give {name}_id.",
            pointer=f"/{name}",
            candidates=[unit.id for unit in valid or found],
        )

    def _described(self, units: Iterable[Unit]) -> str:
        texts = []
        for unit in units:
            successor = self.units[unit.successor_id] if unit.successor_id is not None else None
            after = f", succeeded by {successor.code} {successor.name} (id {successor.id})" if successor else ""
            texts.append(unit.described + after)
        return "; ".join(texts)

    def unit_on(self, unit_id: int, on: date) -> Unit:
        """That unit, or what succeeded it by the date (rules §12); raises Invalid `unit_not_valid` for none."""
        unit = self.succeeded(unit_id, on)
        if not unit.valid_on(on):
            raise Invalid(
                "unit_not_valid", f"The unit is not valid on {on}: {self._described([unit])}.", pointer="/unit"
            )
        return unit

    def succeeded(self, unit_id: int, on: date) -> Unit:
        """The unit at the end of the successions that had happened by the date."""
        unit = self.units[unit_id]
        while unit.successor_id is not None and unit.valid_to is not None and unit.valid_to < on:
            unit = self.units[unit.successor_id]
        return unit

    def subtree(self, unit_id: int) -> frozenset[int]:
        """The unit and all that ever were beneath it."""
        return self._closure("subtree", unit_id, (self._beneath,))

    def predecessors(self, unit_id: int) -> frozenset[int]:
        """All that the unit succeeded, and what those succeeded; without itself."""
        return self._closure("predecessors", unit_id, (self._before,)) - {unit_id}

    def scope(self, unit_id: int | None, on: date) -> frozenset[int] | None:
        """What a token of the unit may act in: None for all (rules §8, §12).

        The unit, or what succeeded it by the date, with all beneath, all that those succeeded, and what was beneath
        these.
        """
        if unit_id is None:
            return None
        return self._closure("scope", self.succeeded(unit_id, on).id, (self._beneath, self._before))

    def _closure(self, name: str, unit_id: int, edges: Iterable[Mapping[int, list[int]]]) -> frozenset[int]:
        known = self._closures.get((name, unit_id))
        if known is None:
            reached, frontier = {unit_id}, [unit_id]
            while frontier:
                here = frontier.pop()
                for edge in edges:
                    more = [one for one in edge.get(here, ()) if one not in reached]
                    reached.update(more)
                    frontier += more
            known = self._closures[name, unit_id] = frozenset(reached)
        return known
