"""Access of supervisors and administrators to messages, webhooks and contacts of their subtree."""

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
class AdminContext:
    """The context of a request by a supervisor or administrator: connection, reference data, caller and time."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime

    @property
    def units(self) -> frozenset[int] | None:
        """The units in the caller's scope; None: all units, and objects for all units."""
        return self.reference.scope(self.caller.unit_id, local_date(self.now))

    def covers(self, unit_id: int | None) -> bool:
        """Whether the unit is in the caller's scope; None stands for all units."""
        mine = self.units
        return mine is None or unit_id in mine

    def unit(self, named: str | int | None) -> int | None:
        """The id of the unit named in a body; by default the caller's own, None for all units.

        Raises Invalid for an unknown unit, and Forbidden `unit_of_others`.
        """
        if named is None:
            return self.caller.unit_id
        unit = self.reference.unit(named, local_date(self.now))
        self.require(unit.id)
        return unit.id

    def require(self, unit_id: int | None) -> None:
        """Raises Forbidden `unit_of_others` for a unit outside the caller's scope."""
        if not self.covers(unit_id):
            raise Forbidden("unit_of_others", "This belongs to a unit outside your token's subtree.")

    def unit_out(self, unit_id: int | None) -> UnitOut | None:
        """A unit in responses."""
        if unit_id is None:
            return None
        unit = self.reference.units[unit_id]
        return UnitOut(id=unit.id, code=unit.code, name=unit.name, kind=unit.kind)


async def require_admin(caller: AnyCaller) -> Caller:
    """The calling supervisor or administrator. Raises Forbidden `role_may_not` for other roles."""
    if caller.role not in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        raise Forbidden("role_may_not", "This is for supervisors and administrators.")
    return caller


Admin = Annotated[Caller, Depends(require_admin)]


async def _reading(caller: Admin, connection: Reading, reference: CurrentReference, now: Now) -> AdminContext:
    return AdminContext(connection, reference, caller, now)


AdminReading = Annotated[AdminContext, Depends(_reading, scope="function")]


@asynccontextmanager
async def admin_writing(request: Request, caller: Caller) -> AsyncIterator[AdminContext]:
    """The context of a request that writes: a transaction, committed at the end of the block."""
    async with changing(request) as connection:
        services = CatalogueServices.of(request.app)
        yield AdminContext(connection, await services.reference.current(connection), caller, services.now())
