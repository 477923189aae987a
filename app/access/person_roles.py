"""Roles that a person may use today: their own, and those of absent people whose deputy they are (rules §21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from app.database import Connection, LocalDate, Prepared, Row, tables
from app.domain.lifecycle import Role

_persons, _roles, _deputies = tables.persons.c, tables.person_roles.c, tables.deputies.c
_PERSON, _TODAY = bindparam("person", type_=_persons.id.type), bindparam("today", type_=LocalDate)


@dataclass(frozen=True, slots=True)
class UsableRole:
    """A role that is valid today, for the subtree of `unit_id` (None: all units).

    `deputy_id` and `absent_id` are of the span and of the absent person; None for an own role.
    """

    role_id: int
    role: Role
    unit_id: int | None
    deputy_id: int | None = None
    absent_id: int | None = None


def valid_today() -> ColumnElement[bool]:
    """The condition of a role that is valid on the date `today`."""
    return and_(
        _roles.ended_at.is_(None),
        _roles.valid_from <= _TODAY,
        or_(_roles.valid_to.is_(None), _roles.valid_to >= _TODAY),
    )


def _deputised() -> Select[tuple[int, str, int | None, int, int]]:
    """The roles of absent people. Nobody acts for a person who is suspended or has left."""
    return (
        select(_roles.id, _roles.role, _roles.unit_id, _deputies.id.label("deputy_id"), _deputies.person_id)
        .join(tables.deputies, _deputies.person_id == _roles.person_id)
        .join(tables.persons, _persons.id == _roles.person_id)
        .where(
            _deputies.deputy_id == _PERSON,
            _deputies.withdrawn_at.is_(None),
            _deputies.from_day <= _TODAY,
            _deputies.to_day >= _TODAY,
            _persons.state == "active",
            valid_today(),
        )
        .order_by(_deputies.id, _roles.id)
    )


_OWN = Prepared(
    select(_roles.id, _roles.role, _roles.unit_id).where(_roles.person_id == _PERSON, valid_today()).order_by(_roles.id)
)
_DEPUTISED = Prepared(_deputised())


async def own_roles(connection: Connection, person_id: int, today: date) -> list[UsableRole]:
    """The person's own roles of today, oldest first."""
    rows = await connection.all(_OWN, person=person_id, today=today)
    return [UsableRole(row.id, Role(row.role), row.unit_id) for row in rows]


async def deputised_roles(connection: Connection, person_id: int, today: date) -> list[UsableRole]:
    """The roles of absent people whose deputy the person is today."""
    return [_deputised_role(row) for row in await connection.all(_DEPUTISED, person=person_id, today=today)]


async def usable_roles(connection: Connection, person_id: int, today: date) -> list[UsableRole]:
    """All roles that the person may use today, their own first."""
    own = await own_roles(connection, person_id, today)
    return own + await deputised_roles(connection, person_id, today)


def chosen(roles: Sequence[UsableRole], role_id: int, deputy_id: int | None) -> UsableRole | None:
    """The role among `roles` that a session names; None if it is not among them."""
    return next((role for role in roles if (role.role_id, role.deputy_id) == (role_id, deputy_id)), None)


def _deputised_role(row: Row) -> UsableRole:
    return UsableRole(row.id, Role(row.role), row.unit_id, row.deputy_id, row.person_id)
