"""Limits administrators to people whose every role is within their own scope (rules §21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.access.client_names import person_client
from app.access.grants import issuers_of
from app.access.person_records import PersonRole, roles_of
from app.access.persons import Person, find_person, lock_person
from app.database import tables
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.identity.tokens.permissions import Office

_persons, _roles = tables.persons.c, tables.person_roles.c


@dataclass(frozen=True, slots=True)
class PeopleOffice(Office):
    """The context of a request about people: connection, reference data, caller and time."""

    @property
    def today(self) -> date:
        """The present local date."""
        return local_date(self.now)

    def require_scope(self, unit_id: int | None) -> None:
        """Raises Forbidden `unit_of_others` if a role for the unit would exceed the administrator's scope."""
        if not self.covers(unit_id):
            named = "all units" if unit_id is None else f"the unit with the id {unit_id}"
            raise Forbidden("unit_of_others", f"A role for {named} would exceed the scope of your own.")

    async def person(self, person_id: int) -> Person:
        """A person to read. Raises NotFound `unknown_account` and Forbidden `person_of_others`."""
        return await self._my_person(await find_person(self.connection, person_id))

    async def locked(self, person_id: int) -> Person:
        """A person to change, locked. Raises as `person`, and Forbidden `person_is_yourself` for the caller."""
        if self.is_self(person_id) or person_client(person_id) in await issuers_of(self.connection, self.caller):
            detail = "Nobody changes the own account or the own rights: ask another administrator."
            raise Forbidden("person_is_yourself", detail)
        await self.lock()
        return await self._my_person(await lock_person(self.connection, person_id))

    def is_self(self, person_id: int) -> bool:
        """Whether the caller is the person."""
        return self.caller.person_id == person_id

    async def _my_person(self, person: Person) -> Person:
        if self.is_self(person.id):
            return person
        if self.caller.role is not Role.ADMINISTRATOR:
            raise Forbidden("administrators_only", "Only an administrator may do this for another person.")
        roles = deciding(await roles_of(self.connection, [person.id]), self.today)
        if not all(self.covers(role.unit_id) for role in roles):
            raise Forbidden("person_of_others", f"A role of the person {person.id} exceeds the scope of your own.")
        return person

    def visible(self) -> ColumnElement[bool] | None:
        """The condition of the people that the administrator may see; None: all of them."""
        units = self.units
        if units is None:
            return None
        of_person = _roles.person_id == _persons.id
        inside = _roles.unit_id.in_(sorted(units))
        outside = or_(_roles.unit_id.is_(None), ~inside)
        present = and_(_roles.ended_at.is_(None), or_(_roles.valid_to.is_(None), _roles.valid_to >= self.today))

        def has(*conditions: Any) -> ColumnElement[bool]:
            return exists(select(_roles.id).where(of_person, *conditions))

        return and_(has(inside), ~has(present, outside), or_(has(present), ~has(outside)))


def deciding(roles: Sequence[PersonRole], today: date) -> Sequence[PersonRole]:
    """The roles that decide who administers a person: those that are not over, or all if all are."""
    return [role for role in roles if not role.is_over(today)] or roles
