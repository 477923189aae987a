"""Imports the people and their roles of a workbook. It has no secret: a link lets each of them sign in."""

from datetime import timedelta
from typing import Any

from app.access.person_records import NewRole, PersonRole
from app.access.person_service import change_person, change_role, create_person, give_role, set_state
from app.access.persons import (
    Person,
    PersonChange,
    PersonState,
    fold_account,
    lock_person,
    person_by_account,
    rest_approval,
)
from app.domain.lifecycle import Role
from app.loading.reference.changes import Import, by_key
from app.loading.reference.exporting import Values
from app.loading.reference.forms import PEOPLE, PERSON_ROLES
from app.loading.reference.import_units import unit_named
from app.loading.reference.problems import wrong
from app.loading.reference.reading import Line

# As for a change by an administrator: the person notices it before the right to approve is back.
_REST = timedelta(days=7)


async def import_people(work: Import) -> None:
    """Adds and changes people, then their roles."""
    before, failed = by_key(PEOPLE, work.before), set[str]()
    for line in work.table(PEOPLE).lines:
        account = fold_account(str(line.values.get("account") or ""))
        if line.bad:
            failed.add(account)
            continue
        stored = before.get((account,))
        line.values["account"] = account
        differing = work.compare(line, stored)
        if differing:
            failed.add(account)
            with work.problems.noticed(lambda pointer, line=line: _place(line, pointer)):  # type: ignore[misc]
                await _store(work, line, differing, stored)
                failed.discard(account)
    await _import_roles(work, failed)


async def _store(work: Import, line: Line, differing: set[str], stored: Values | None) -> None:
    values = {name: value for name, value in line.values.items() if name in differing and name != "state"}
    if stored is None:
        person = await create_person(work.connection, values, (), work.author, work.now)
    else:
        person = await _locked(work, line.values["account"])
        if values.keys() & {"issuer_subject", "email"}:
            await rest_approval(work.connection, person.id, work.now + _REST)
        person = await change_person(work.connection, person, values, work.author, work.now)
    state = PersonState(line.values.get("state") or person.state)
    await set_state(work.connection, person, state, work.author, work.now, "import")


async def _locked(work: Import, account: str) -> Person:
    person = await person_by_account(work.connection, account)
    if person is None:
        raise wrong("not_a_word", account, "Người dùng")
    if person.id == work.person_id:
        raise wrong("person_is_yourself")
    return await lock_person(work.connection, person.id)


async def _import_roles(work: Import, failed: set[str]) -> None:
    accounts = {person.id: person.account for person in work.people.people}
    stored = {
        (accounts[role.person_id], str(role.role), role.unit_id, role.valid_from): role for role in work.people.roles
    }
    for line in work.table(PERSON_ROLES).lines:
        account = fold_account(str(line.values.get("account") or ""))
        if line.bad or account in failed:
            continue
        with work.problems.noticed(lambda pointer, line=line: _place(line, pointer)):  # type: ignore[misc]
            await _store_role(work, line, account, stored)


async def _store_role(work: Import, line: Line, account: str, stored: dict[tuple[Any, ...], PersonRole]) -> None:
    values = line.values
    cell, first, last = values.get("unit"), values["valid_from"], values.get("valid_to")
    unit_id = None if cell is None else unit_named(work.reference, cell, first, "/unit").id
    role = stored.get((account, values["role"], unit_id, first))
    if role is None:
        work.compare(line, None)
        person = await _locked(work, account)
        given = NewRole(Role(values["role"]), unit_id, first, last)
        await give_role(work.connection, person, given, work.author, work.now)
        return
    if work.compare(line, {**values, "valid_to": role.valid_to}):
        await _locked(work, account)
        kind = PersonChange.ROLE_CHANGED
        await change_role(work.connection, role, kind, {"valid_to": last}, work.author, work.now)


def _place(line: Line, pointer: str) -> Any:
    name = pointer.split("/")[1] if "/" in pointer else ""
    return line.place(name if name in line.values else "account" if not name else None)
