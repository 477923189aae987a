"""Who looks after what is told outside: supervisors and administrators, for the units of their subtree."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Now, Reading, changing
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.database import Connection
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.http.wire_types import UnitOut


@dataclass(frozen=True, slots=True)
class Oversight:
    """A supervisor or administrator at work: the connection, the units there are, and now."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime

    @property
    def units(self) -> frozenset[int] | None:
        """The units whose affairs are the caller's; None: all units, and what is for all of them."""
        return self.reference.scope(self.caller.unit_id, local_date(self.now))

    def covers(self, unit_id: int | None) -> bool:
        """Whether a unit's affairs are the caller's; None: those of all units."""
        mine = self.units
        return mine is None or unit_id in mine

    def unit(self, named: str | int | None) -> int | None:
        """The id of a unit named in a body, else the caller's own; None: all units.

        Raises Invalid for one that is not known and Forbidden `unit_of_others`.
        """
        if named is None:
            return self.caller.unit_id
        unit = self.reference.unit(named, local_date(self.now))
        self.require(unit.id)
        return unit.id

    def require(self, unit_id: int | None) -> None:
        """Raises Forbidden `unit_of_others` for what is not the caller's."""
        if not self.covers(unit_id):
            raise Forbidden("unit_of_others", "This belongs to a unit that is not in your token's subtree.")

    def unit_out(self, unit_id: int | None) -> UnitOut | None:
        """A unit as answers name it."""
        if unit_id is None:
            return None
        unit = self.reference.units[unit_id]
        return UnitOut(id=unit.id, code=unit.code, name=unit.name, kind=unit.kind)


async def overseer(known: AnyCaller) -> Caller:
    """The calling supervisor or administrator. Raises Forbidden `role_may_not` for anyone else."""
    if known.role not in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        raise Forbidden("role_may_not", "This is for supervisors and administrators.")
    return known


Overseer = Annotated[Caller, Depends(overseer)]


async def _looking(caller: Overseer, connection: Reading, reference: CurrentReference, now: Now) -> Oversight:
    return Oversight(connection, reference, caller, now)


Looking = Annotated[Oversight, Depends(_looking, scope="function")]


@asynccontextmanager
async def changing_as(request: Request, caller: Caller) -> AsyncIterator[Oversight]:
    """The caller at work in a transaction, committed where the block ends."""
    async with changing(request) as connection:
        services = CatalogueServices.of(request.app)
        yield Oversight(connection, await services.reference.current(connection), caller, services.now())
