"""Ends a unit, and moves its dossiers to its successor, or divides them among several (rules §12)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from app.catalogue.cache import Reference, Unit
from app.database import Connection, Prepared
from app.database.tables import dossiers, units
from app.domain.calendar import local_date
from app.domain.errors import Conflict, Invalid, NotFound
from app.dossiers.reforms.batches import OF_UNIT
from app.dossiers.reforms.rehearsal import concerned_by
from app.dossiers.reforms.schemas import SuccessionIn
from app.dossiers.reforms.worker import Plan
from app.dossiers.settling import successor_chosen
from app.ledger.entries import Author
from app.ledger.service import record

_DAY = timedelta(days=1)
_END = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(
        valid_to=bindparam("last_day", type_=units.c.valid_to.type),
        successor_id=bindparam("successor"),
        division=bindparam("division", type_=units.c.division.type),
        tokens_wait=True,
        version=units.c.version + 1,
    )
)
_CODES = Prepared(select(dossiers.c.code).where(dossiers.c.code.in_(bindparam("codes", expanding=True)), *OF_UNIT))


@dataclass(frozen=True, slots=True)
class Succession:
    """A succession that a client asks for. `expect` gets the unit's version, and refuses it if another is expected."""

    unit_id: int
    asked: SuccessionIn
    expect: Callable[[int], None]

    @property
    def last_day(self) -> date:
        """The last day of the unit."""
        return self.asked.on - _DAY

    async def checked(self, connection: Connection, reference: Reference, now: datetime) -> Mapping[str, Any]:
        """The parameters of the reform.

        Raises NotFound for an unknown unit, Invalid for an impossible date, successor, rule or dossier, and Conflict if
        the unit has ended already.
        """
        gone = reference.units.get(self.unit_id)
        if gone is None:
            raise NotFound("unknown_unit", f"There is no unit with the id {self.unit_id}.")
        self.expect(gone.version)
        _check_day(reference, gone, self.asked.on, local_date(now))
        for successor, pointer in self._successors(reference).items():
            if successor == gone.id or successor in reference.predecessors(gone.id):
                raise Invalid(
                    "succession_of_itself", "A unit cannot succeed itself, nor its successor.", pointer=pointer
                )
        parameters = self.parameters(reference)
        await self._check_dossiers(connection)
        return parameters

    async def _check_dossiers(self, connection: Connection) -> None:
        codes = [item.code for item in self.asked.dossiers]
        rows = await connection.all(_CODES, codes=codes, unit=self.unit_id) if codes else []
        moving = {row.code for row in rows}
        for place, code in enumerate(codes):
            if code not in moving:
                detail = f"The unit has no dossier {code} that moves."
                raise Invalid("dossier_not_of_unit", detail, pointer=f"/dossiers/{place}/code")

    def parameters(self, reference: Reference) -> dict[str, Any]:
        """The parameters of the reform, with ids; those of one successor are as ever. Raises Invalid."""
        successors = self.successors(reference)
        parameters = {"unit": self.unit_id, "successor": successors[0], "last_day": self.last_day.isoformat()}
        rules = [
            {
                "successor": self._successor(reference, rule.into, f"/rules/{place}/into"),
                "procedures": _procedures(reference, rule.procedures, f"/rules/{place}/procedures"),
                "communes": self._communes(reference, rule.communes, f"/rules/{place}/communes"),
            }
            for place, rule in enumerate(self.asked.rules)
        ]
        by_hand = {
            item.code: self._successor(reference, item.into, f"/dossiers/{place}/into")
            for place, item in enumerate(self.asked.dossiers)
        }
        if len(successors) > 1:
            parameters |= {"division": {"successors": successors, "rules": rules}, "by_hand": by_hand}
        return parameters

    def successors(self, reference: Reference) -> list[int]:
        """The ids of the successors, the main one first."""
        return list(self._successors(reference))

    def _successors(self, reference: Reference) -> dict[int, str]:
        """The successors with their pointers."""
        into, on = self.asked.into, self.asked.on
        if not isinstance(into, list):
            return {reference.unit(into, on, pointer="/into").id: "/into"}
        pointers = [f"/into/{place}" for place in range(len(into))]
        return {
            reference.unit(unit, on, pointer=pointer).id: pointer for unit, pointer in zip(into, pointers, strict=True)
        }

    def _successor(self, reference: Reference, into: str | int, pointer: str) -> int:
        unit = reference.unit(into, self.asked.on, pointer=pointer)
        if unit.id not in self._successors(reference):
            raise Invalid("not_a_successor", f"{unit.described} is none of the units in `into`.", pointer=pointer)
        return unit.id

    def _communes(self, reference: Reference, communes: Sequence[str | int] | None, pointer: str) -> list[int] | None:
        """The communes with their predecessors, where applicants of before live."""
        if communes is None:
            return None
        named = [self._commune(reference, unit, f"{pointer}/{place}") for place, unit in enumerate(communes)]
        former = {unit_id for commune in named for unit_id in reference.predecessors(commune)}
        # The unit that ends is a predecessor of its successors only after this succession.
        return sorted({*named, *(former - {self.unit_id} - reference.predecessors(self.unit_id))})

    def _commune(self, reference: Reference, commune: str | int, pointer: str) -> int:
        try:
            return reference.unit(commune, self.last_day, pointer=pointer).id
        except Invalid:
            return reference.unit(commune, self.asked.on, pointer=pointer).id


def _procedures(reference: Reference, codes: Sequence[str] | None, pointer: str) -> list[int] | None:
    if codes is None:
        return None
    return sorted({reference.procedure(code, pointer=f"{pointer}/{place}").id for place, code in enumerate(codes)})


def succession(client: str, asked: Succession, *, tells_applicants: bool = False) -> Plan:
    """The reform that ends a unit and moves its dossiers. To begin it raises as `Succession.checked`."""

    async def begin(connection: Connection, reference: Reference, now: datetime) -> Mapping[str, Any]:
        parameters = await asked.checked(connection, reference, now)
        successor, division = parameters["successor"], parameters.get("division")
        await connection.run(_END, unit=asked.unit_id, last_day=asked.last_day, successor=successor, division=division)
        await record(connection, {units: [asked.unit_id]}, Author(client, None), now)
        return parameters

    return Plan("succession", client, begin, asked.parameters, tells_applicants)


async def rehearsed_moves(
    connection: Connection, reference: Reference, asked: Succession, now: datetime
) -> list[tuple[str, int]]:
    """Code and successor of each dossier that the succession would move; changes nothing. Raises as `checked`."""
    parameters = await asked.checked(connection, reference, now)
    return [
        (dossier.code, successor_chosen(parameters, dossier))
        async for dossier in concerned_by(connection, "succession", {"unit": asked.unit_id})
    ]


def _check_day(reference: Reference, gone: Unit, on: date, today: date) -> None:
    if on > today:
        raise Invalid("succession_in_future", "A succession is recorded on its day or later.", pointer="/on")
    if gone.successor_id is not None or (gone.valid_to is not None and gone.valid_to != on - _DAY):
        raise Conflict("unit_has_ended", f"The unit has ended already, on {gone.valid_to}.")
    if on <= gone.valid_from:
        raise Invalid("succession_too_early", f"The unit exists only since {gone.valid_from}.", pointer="/on")
    predecessors = [reference.units[predecessor].valid_to for predecessor in reference.predecessors(gone.id)]
    if any(last_day is not None and last_day >= on - _DAY for last_day in predecessors):
        raise Invalid("succession_too_early", "The unit took over from another on that day or later.", pointer="/on")
