"""Finds units by code and date, their successors, subtrees and predecessors (rules §12)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from app.catalogue.records import Unit
from app.domain.errors import Invalid, Unavailable

T = TypeVar("T")


class Readable(dict[int, T]):
    """Rows of a table by id. One that is named and missing could not be read: a foreign key refers to it."""

    def __init__(self, table: str, rows: Mapping[int, T] | None = None) -> None:
        super().__init__(rows or {})
        self._table = table

    def __missing__(self, key: int) -> T:
        raise unreadable(f"row {key} of {self._table}")


def unreadable(row: str) -> Unavailable:
    """The refusal of what depends on a row that cannot be read."""
    detail = f"In the reference data, {row} cannot be read: `motcua verify` names the fault."
    return Unavailable("reference_unreadable", detail)


class UnitRegister:
    """All units of all times; immutable, with cached results."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units: Mapping[int, Unit] = Readable("units", {unit.id: unit for unit in units})
        by_code: dict[str, list[Unit]] = defaultdict(list)
        self._beneath: dict[int, list[int]] = defaultdict(list)
        self._before: dict[int, list[int]] = defaultdict(list)
        for unit in sorted(self.units.values(), key=lambda unit: unit.valid_from):
            by_code[unit.code].append(unit)
            if unit.parent_id is not None:
                self._beneath[unit.parent_id].append(unit.id)
            for successor in unit.successors:
                self._before[successor].append(unit.id)
        self._by_code = dict(by_code)
        self._closures: dict[tuple[str, int], frozenset[int]] = {}

    def unit(self, reference: str | int, on: date, pointer: str = "/unit") -> Unit:
        """The unit of a code or id, valid on the date (rules §12).

        Raises Invalid `unknown_unit`, or `unit_not_valid` with the validity of the units with this code.
        """
        if isinstance(reference, int):
            units = [self.units[reference]] if reference in self.units else []
        else:
            units = self._by_code.get(reference, [])
        if not units:
            raise Invalid("unknown_unit", f"There is no unit {reference}.", pointer=pointer)
        for unit in reversed(units):
            if unit.valid_on(on):
                return unit
        raise Invalid(
            "unit_not_valid", f"No unit {reference} is valid on {on}: {self._described(units)}.", pointer=pointer
        )

    def query_unit(self, code: str | None, unit_id: int | None, on: date, name: str = "unit") -> Unit | None:
        """The unit that a query names by code (`name`) or by id; None if it names none (rules §12).

        A code means the unit that is valid on the date, or the only unit that ever had it. Raises Invalid
        `unknown_unit`, or `ambiguous_unit` with the candidates.
        """
        if unit_id is not None:
            if unit_id not in self.units:
                raise Invalid("unknown_unit", f"There is no unit with the id {unit_id}.", pointer=f"/{name}_id")
            return self.units[unit_id]
        if code is None:
            return None
        units = self._by_code.get(code, [])
        if not units:
            raise Invalid("unknown_unit", f"There is no unit {code}.", pointer=f"/{name}")
        valid = [unit for unit in units if unit.valid_on(on)]
        if len(valid) == 1 or len(units) == 1:
            return (valid or units)[0]
        raise Invalid(
            "ambiguous_unit",
            f"On {on} the code {code} means none or several of: {self._described(valid or units)}. Give {name}_id.",
            pointer=f"/{name}",
            candidates=[unit.id for unit in valid or units],
        )

    def _described(self, units: Iterable[Unit]) -> str:
        texts = []
        for unit in units:
            successors = [self.units[successor] for successor in unit.successors]
            named = ", ".join(f"{successor.code} {successor.name} (id {successor.id})" for successor in successors)
            texts.append(unit.described + (f", succeeded by {named}" if named else ""))
        return "; ".join(texts)

    def unit_on(self, unit_id: int, on: date, procedure: int | None = None, commune: int | None = None) -> Unit:
        """The unit, or its successor by the date (rules §12), as `succeeded`; raises Invalid `unit_not_valid`."""
        unit = self.succeeded(unit_id, on, procedure, commune)
        if not unit.valid_on(on):
            raise Invalid(
                "unit_not_valid", f"The unit is not valid on {on}: {self._described([unit])}.", pointer="/unit"
            )
        return unit

    def succeeded(self, unit_id: int, on: date, procedure: int | None = None, commune: int | None = None) -> Unit:
        """The last successor of the unit by the date, or the unit itself (rules §12).

        After a division it is the successor for the procedure and the applicant's commune, else the main one.
        """
        unit = self.units[unit_id]
        while (successor := self.successor(unit, on, procedure, commune)) is not None:
            unit = self.units[successor]
        return unit

    def successor(self, unit: Unit, on: date, procedure: int | None = None, commune: int | None = None) -> int | None:
        """The direct successor of a unit that has ended by the date, None without one (rules §12)."""
        if unit.successor_id is None or unit.valid_to is None or unit.valid_to >= on:
            return None
        if unit.division is None or procedure is None:
            return unit.successor_id
        return unit.division.successor(procedure, commune)

    def answering(self, receiving: Unit, field: str, on: date) -> Unit:
        """The unit that answers for a procedure of the field, if the procedure names none (rules §4).

        It is the department beneath the receiving unit, or beside a receiving office, that has the field on the date.
        Without one it is the receiving unit.
        """
        above = receiving.parent_id if receiving.kind == "office" else receiving.id
        beneath = (self.units[unit] for unit in self._beneath.get(above or 0, ()))
        return next((unit for unit in beneath if field in unit.fields and unit.valid_on(on)), receiving)

    def subtree(self, unit_id: int) -> frozenset[int]:
        """The unit with all units that are or were beneath it."""
        return self._closure("subtree", unit_id, (self._beneath,))

    def predecessors(self, unit_id: int) -> frozenset[int]:
        """All predecessors of the unit and their predecessors, without the unit."""
        return self._closure("predecessors", unit_id, (self._before,)) - {unit_id}

    def scope(self, unit_id: int | None, on: date) -> frozenset[int] | None:
        """The scope of a token of the unit (rules §8, §12); None for all units.

        It has the unit or its successor by the date, all units beneath, their predecessors, and all beneath those. A
        successor counts once it has confirmed the tokens of the unit.
        """
        if unit_id is None:
            return None
        return self._closure("scope", self._confirmed(unit_id, on).id, (self._beneath, self._before))

    def widened_scope(self, unit_id: int, on: date) -> frozenset[int]:
        """The scope of a token of the unit once its successor has confirmed it."""
        return self._closure("scope", self.succeeded(unit_id, on).id, (self._beneath, self._before))

    def awaited(self, unit_id: int | None, on: date) -> Unit | None:
        """The successor that has to confirm the tokens of the unit, None for tokens that wait for nobody."""
        if unit_id is None or self.successor(self._confirmed(unit_id, on), on) is None:
            return None
        return self.succeeded(unit_id, on)

    def _confirmed(self, unit_id: int, on: date) -> Unit:
        """The unit or its last successor by the date, up to the first unit with tokens that wait."""
        unit = self.units[unit_id]
        while not unit.tokens_wait and (successor := self.successor(unit, on)) is not None:
            unit = self.units[successor]
        return unit

    def _closure(self, name: str, unit_id: int, edges: Iterable[Mapping[int, list[int]]]) -> frozenset[int]:
        closure = self._closures.get((name, unit_id))
        if closure is None:
            reached, frontier = {unit_id}, [unit_id]
            while frontier:
                here = frontier.pop()
                for edge in edges:
                    more = [other for other in edge.get(here, ()) if other not in reached]
                    reached.update(more)
                    frontier += more
            closure = self._closures[name, unit_id] = frozenset(reached)
        return closure
