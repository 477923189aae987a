"""Changes of people: created, changed, given roles and deputies, suspended (rules §21). Each change is recorded."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.access.person_records import Deputy, NewRole, PersonRole
from app.access.person_sessions import end_sessions_of
from app.access.persons import (
    Person,
    PersonChange,
    PersonState,
    find_person,
    fold_account,
    record_person_change,
)
from app.database import Connection, Prepared, tables
from app.database.locks import Lock, acquire
from app.domain.errors import Conflict, Invalid
from app.domain.localtime import local_date
from app.ledger.entries import Author

_ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")

_persons, _roles, _deputies = tables.persons.c, tables.person_roles.c, tables.deputies.c
_OF_PERSON = _persons.id == bindparam("person")
_CHANGED = Prepared(update(tables.persons).where(_OF_PERSON).values(version=_persons.version + 1))
_SET_STATE = Prepared(
    update(tables.persons).where(_OF_PERSON).values(state=bindparam("to"), version=_persons.version + 1)
)
_CHANGE_ROLE = Prepared(
    update(tables.person_roles)
    .where(_roles.id == bindparam("role"))
    .values(
        unit_id=bindparam("unit"),
        valid_to=bindparam("last"),
        ended_at=bindparam("ended"),
        version=_roles.version + 1,
    )
)
_WITHDRAW = Prepared(
    update(tables.deputies)
    .where(_deputies.id == bindparam("deputy"))
    .values(withdrawn_at=bindparam("at"), version=_deputies.version + 1)
)


async def create_person(
    connection: Connection,
    about: Mapping[str, Any],
    roles: Sequence[NewRole],
    author: Author,
    now: datetime,
) -> Person:
    """Creates a person. `about` has columns of `persons`: account, name, and others as far as they are known.

    Raises as `change_person`, and Invalid `validity_invalid` as `give_role`.
    """
    values = {**about, "account": require_account(about["account"])}
    await _require_free(connection, values, None)
    person_id = await connection.insert(tables.persons, {**values, "created_at": now})
    assert person_id is not None  # the database gives the key
    made = [await _insert_role(connection, person_id, role, author, now) for role in roles]
    data = {"account": values["account"], "roles": [_shown_role(role) for role in roles]}
    rows = {tables.person_roles: made}
    await record_person_change(connection, person_id, PersonChange.CREATED, author, now, data, rows=rows)
    return await find_person(connection, person_id)


async def change_person(
    connection: Connection, person: Person, changes: Mapping[str, Any], author: Author, now: datetime
) -> Person:
    """Changes columns of a locked person; the record names the columns.

    Raises Invalid `account_invalid`, and Conflict `account_taken` or `subject_taken`.
    """
    values = {name: value for name, value in changes.items() if value != getattr(person, name)}
    if "account" in values:
        values["account"] = require_account(values["account"])
    if not values:
        return person
    await _require_free(connection, values, person.id)
    await connection.run(update(tables.persons).where(_persons.id == person.id).values(**values))
    data: dict[str, Any] = {"fields": sorted(values)}
    if "needs_second_factor" in values:
        data["needs_second_factor"] = values["needs_second_factor"]
    return await _changed(connection, person.id, PersonChange.CHANGED, author, now, data)


async def set_state(
    connection: Connection, person: Person, state: PersonState, author: Author, now: datetime, reason: str | None = None
) -> Person:
    """Suspends, resumes or ends a locked person. All sessions end, except after a resumption.

    Raises Conflict `person_ended` for one who has ended: a new person is created then.
    """
    if person.state is state:
        return person
    if person.state is PersonState.ENDED:
        detail = "The account is closed for ever. Create a person with another account name."
        raise Conflict("person_ended", detail)
    kind = {
        PersonState.ACTIVE: PersonChange.RESUMED,
        PersonState.SUSPENDED: PersonChange.SUSPENDED,
        PersonState.ENDED: PersonChange.ENDED,
    }[state]
    if state is not PersonState.ACTIVE:
        await end_sessions_of(connection, person.id)
    await connection.run(_SET_STATE, person=person.id, to=str(state))
    await record_person_change(connection, person.id, kind, author, now, {"reason": reason})
    return await find_person(connection, person.id)


async def give_role(connection: Connection, person: Person, role: NewRole, author: Author, now: datetime) -> Person:
    """Gives a role to a locked person; raises Invalid `validity_invalid` for an end before the beginning."""
    role_id = await _insert_role(connection, person.id, role, author, now)
    data = {"role_id": role_id, **_shown_role(role)}
    rows = {tables.person_roles: [role_id]}
    return await _changed(connection, person.id, PersonChange.ROLE_GIVEN, author, now, data, rows)


async def change_role(
    connection: Connection,
    role: PersonRole,
    kind: PersonChange,
    values: Mapping[str, Any],
    author: Author,
    now: datetime,
) -> Person:
    """Changes `unit_id`, `valid_to` or `ended_at` of a role whose person is locked.

    Raises Conflict `role_ended` for a role that was taken back, and Invalid `validity_invalid` as `give_role`.
    """
    if role.ended_at is not None:
        raise Conflict("role_ended", f"The role {role.id} was taken back: give a new one.")
    new = {"unit_id": role.unit_id, "valid_to": role.valid_to, "ended_at": None, **values}
    _require_span(role.valid_from, new["valid_to"])
    await connection.run(_CHANGE_ROLE, role=role.id, unit=new["unit_id"], last=new["valid_to"], ended=new["ended_at"])
    last = new["valid_to"].isoformat() if new["valid_to"] else None
    data = {"role_id": role.id, "unit_id": new["unit_id"], "valid_to": last}
    return await _changed(connection, role.person_id, kind, author, now, data, {tables.person_roles: [role.id]})


async def set_deputy(
    connection: Connection, person: Person, deputy: Person, days: tuple[date, date], author: Author, now: datetime
) -> Person:
    """Sets a deputy of a locked person, from the first of `days` to the last.

    Raises Invalid `validity_invalid` for days that are over or in the wrong order, and `deputy_invalid` for the person
    itself or one who may not sign in.
    """
    first, last = days
    if last < max(first, local_date(now)):
        raise Invalid("validity_invalid", "The last day is over, or before the first.", pointer="/to_day")
    if deputy.id == person.id or deputy.state is not PersonState.ACTIVE:
        detail = "A deputy is another person, with an account that is neither suspended nor closed."
        raise Invalid("deputy_invalid", detail, pointer="/deputy_id")
    row = {
        "person_id": person.id,
        "deputy_id": deputy.id,
        "from_day": first,
        "to_day": last,
        "set_by": author.client,
        "set_at": now,
    }
    deputy_row = await connection.insert(tables.deputies, row)
    assert deputy_row is not None  # the database gives the key
    data = {"id": deputy_row, "deputy": deputy.id, "from_day": first.isoformat(), "to_day": last.isoformat()}
    rows = {tables.deputies: [deputy_row]}
    return await _changed(connection, person.id, PersonChange.DEPUTY_SET, author, now, data, rows)


async def withdraw_deputy(
    connection: Connection, deputy: Deputy, author: Author, now: datetime, reason: str | None = None
) -> Person:
    """Ends the span of a deputy whose person is locked; one that is withdrawn already does not change."""
    if deputy.withdrawn_at is not None:
        return await find_person(connection, deputy.person_id)
    await connection.run(_WITHDRAW, deputy=deputy.id, at=now)
    data, rows = {"id": deputy.id, "deputy": deputy.deputy_id, "reason": reason}, {tables.deputies: [deputy.id]}
    return await _changed(connection, deputy.person_id, PersonChange.DEPUTY_WITHDRAWN, author, now, data, rows)


def require_account(account: str) -> str:
    """The folded account name; raises Invalid `account_invalid`."""
    folded = fold_account(account)
    if not _ACCOUNT.fullmatch(folded):
        detail = "An account name has 1 to 64 letters a to z without accents, digits, and . _ @ - between them."
        raise Invalid("account_invalid", detail, pointer="/account")
    return folded


async def _insert_role(connection: Connection, person_id: int, role: NewRole, author: Author, now: datetime) -> int:
    _require_span(role.valid_from, role.valid_to)
    row = {
        "person_id": person_id,
        "unit_id": role.unit_id,
        "role": str(role.role),
        "valid_from": role.valid_from,
        "valid_to": role.valid_to,
        "granted_by": author.client,
        "granted_at": now,
    }
    role_id = await connection.insert(tables.person_roles, row)
    assert role_id is not None  # the database gives the key
    return role_id


async def _changed(
    connection: Connection,
    person_id: int,
    kind: PersonChange,
    author: Author,
    now: datetime,
    data: Mapping[str, Any],
    rows: Mapping[Any, Sequence[int]] | None = None,
) -> Person:
    """The person with its next version, after the record of a change."""
    await connection.run(_CHANGED, person=person_id)
    await record_person_change(connection, person_id, kind, author, now, data, rows=rows)
    return await find_person(connection, person_id)


async def _require_free(connection: Connection, values: Mapping[str, Any], person_id: int | None) -> None:
    """Raises Conflict if another person has the account name or the subject."""
    # Another transaction that changes people ends first, and its person is seen.
    await acquire(connection, Lock.LEDGER)
    if await _is_taken(connection, "account", values, person_id):
        raise Conflict("account_taken", "Another person has this account name: choose another one.", pointer="/account")
    if await _is_taken(connection, "issuer_subject", values, person_id):
        detail = "Another person has this `sub`: each identity at the provider is that of one person."
        raise Conflict("subject_taken", detail, pointer="/issuer_subject")


async def _is_taken(connection: Connection, name: str, values: Mapping[str, Any], person_id: int | None) -> bool:
    if values.get(name) is None:
        return False
    other = await connection.scalar(select(_persons.id).where(_persons[name] == values[name]))
    return other not in (None, person_id)


def _require_span(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise Invalid("validity_invalid", "The validity ends before it begins.", pointer="/valid_to")


def _shown_role(role: NewRole) -> dict[str, Any]:
    return {
        "role": str(role.role),
        "unit_id": role.unit_id,
        "valid_from": role.valid_from.isoformat(),
        "valid_to": role.valid_to.isoformat() if role.valid_to else None,
    }
