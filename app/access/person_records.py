"""Roles and deputies of people as they are stored, with their history (rules §21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.database import Connection, tables
from app.domain.errors import NotFound
from app.domain.lifecycle import Role

_roles, _deputies, _changes = tables.person_roles.c, tables.deputies.c, tables.person_changes.c


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role to give; `unit_id` None: for all units, `valid_to` None: without an end."""

    role: Role
    unit_id: int | None
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class PersonRole:
    """A role of a person; `ended_at`: when it was taken back."""

    id: int
    person_id: int
    unit_id: int | None
    role: Role
    valid_from: date
    valid_to: date | None
    granted_by: str
    granted_at: datetime
    ended_at: datetime | None

    def is_over(self, today: date) -> bool:
        """Whether it is never valid again."""
        return self.ended_at is not None or (self.valid_to is not None and self.valid_to < today)

    def state(self, today: date) -> str:
        """`ended` if it was taken back, `over`, `future`, or `valid`."""
        if self.ended_at is not None:
            return "ended"
        if self.is_over(today):
            return "over"
        return "future" if self.valid_from > today else "valid"


@dataclass(frozen=True, slots=True)
class Deputy:
    """A span of dates in which `deputy_id` has the roles of the person."""

    id: int
    person_id: int
    deputy_id: int
    from_day: date
    to_day: date
    set_by: str
    set_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """One change in the permanent record of a person."""

    type: str
    recorded_at: datetime
    client: str
    data: Mapping[str, Any]


async def roles_of(connection: Connection, person_ids: Sequence[int]) -> list[PersonRole]:
    """All roles of these people, in the order of their ids."""
    columns = (_roles[name] for name in PersonRole.__slots__)
    statement = select(*columns).where(_roles.person_id.in_(sorted(person_ids))).order_by(_roles.id)
    rows = await connection.all(statement)
    return [PersonRole(**{**row._asdict(), "role": Role(row.role)}) for row in rows]


async def deputies_of(connection: Connection, person_ids: Sequence[int]) -> list[Deputy]:
    """All spans of deputies of these people, in the order of their ids."""
    columns = (_deputies[name] for name in Deputy.__slots__)
    statement = select(*columns).where(_deputies.person_id.in_(sorted(person_ids))).order_by(_deputies.id)
    return [Deputy(**row._asdict()) for row in await connection.all(statement)]


async def changes_of(connection: Connection, person_id: int) -> list[RecordedChange]:
    """All changes of a person, oldest first."""
    columns = (_changes[name] for name in RecordedChange.__slots__)
    statement = select(*columns).where(_changes.person_id == person_id).order_by(_changes.id)
    return [RecordedChange(*row) for row in await connection.all(statement)]


def unknown_role(role_id: int) -> NotFound:
    """The refusal of an id that is no role of the person."""
    return NotFound("unknown_role", f"The person has no role with the id {role_id}.")


def unknown_deputy(deputy_id: int) -> NotFound:
    """The refusal of an id that is no span of a deputy of the person."""
    return NotFound("unknown_deputy", f"The person has no deputy entry with the id {deputy_id}.")
