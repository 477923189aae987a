"""Changes of people by administrators within their scope, and of deputies by people themselves (rules §21)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.access import person_service
from app.access.person_records import NewRole, PersonRole, deputies_of, roles_of, unknown_deputy, unknown_role
from app.access.persons import Person, PersonChange, PersonState, find_person, lock_person, rest_approval
from app.domain.errors import Conflict, Invalid, NotFound
from app.identity.persons.permissions import PeopleOffice, deciding
from app.identity.persons.queries import SignInFacts, sign_in_facts
from app.identity.persons.schemas import DeputyIn, PersonIn, PersonPatch, PersonReasonIn, RoleIn, RolePatch
from app.identity.tokens.schemas import ConfirmIn

# A change of who can sign in as a person lets the right to approve rest, so that the person can notice it first.
REST = timedelta(days=7)

Expect = Callable[[int], None]


async def create(at: PeopleOffice, body: PersonIn) -> Person:
    """A new person. Raises Forbidden `unit_of_others`, and as `person_service.create_person`."""
    await at.lock()
    roles = [_new_role(at, role) for role in body.roles]
    about = body.model_dump(exclude={"roles"})
    return await person_service.create_person(at.connection, about, roles, at.author, at.now)


async def change(at: PeopleOffice, person_id: int, body: PersonPatch, expect: Expect) -> Person:
    """The changed person. With another `issuer_subject` or address, the right to approve rests."""
    person = await at.locked(person_id)
    expect(person.version)
    changes = body.model_dump(exclude_unset=True)
    facts = (await sign_in_facts(at.connection, [person_id])).get(person_id, SignInFacts())
    subject_moves = "issuer_subject" in changes and changes["issuer_subject"] != person.issuer_subject
    if subject_moves and (facts.password or person.issuer_subject is not None):
        await rest_approval(at.connection, person_id, at.now + REST)
    return await person_service.change_person(at.connection, person, changes, at.author, at.now)


async def set_state(
    at: PeopleOffice, person_id: int, state: PersonState, body: PersonReasonIn, expect: Expect
) -> Person:
    """The person, suspended, active again, or ended."""
    person = await at.locked(person_id)
    expect(person.version)
    return await person_service.set_state(at.connection, person, state, at.author, at.now, body.reason)


async def give_role(at: PeopleOffice, person_id: int, body: RoleIn, expect: Expect) -> Person:
    """The person with another role. Raises Forbidden `unit_of_others`."""
    person = await at.locked(person_id)
    expect(person.version)
    return await person_service.give_role(at.connection, person, _new_role(at, body), at.author, at.now)


async def change_role(at: PeopleOffice, person_id: int, role_id: int, body: RolePatch, expect: Expect) -> Person:
    """The person after a change of a role."""
    role = await _role(at, person_id, role_id, expect)
    values: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"ended"})
    if body.ended:
        values["ended_at"] = at.now
    kind = PersonChange.ROLE_ENDED if body.ended else PersonChange.ROLE_CHANGED
    return await person_service.change_role(at.connection, role, kind, values, at.author, at.now)


async def confirm_role(at: PeopleOffice, person_id: int, role_id: int, body: ConfirmIn, expect: Expect) -> Person:
    """The person, whose role belongs to the successor of its unit from now on (rules §12).

    Raises Conflict `role_waits_for_nobody`, Forbidden `unit_of_others` for others than the successor, and Invalid
    `not_a_successor` if the body names another unit.
    """
    role = await _role(at, person_id, role_id, expect)
    successor = at.reference.awaited(role.unit_id, at.today)
    if successor is None:
        raise Conflict("role_waits_for_nobody", f"No successor has to confirm the role {role_id}.")
    at.require_scope(successor.id)
    if body.unit is not None and at.reference.unit(body.unit, at.today).id != successor.id:
        raise Invalid("not_a_successor", f"The role waits for {successor.described}.", pointer="/unit")
    values = {"unit_id": successor.id}
    return await person_service.change_role(at.connection, role, PersonChange.ROLE_CHANGED, values, at.author, at.now)


async def set_deputy(at: PeopleOffice, person_id: int, body: DeputyIn, expect: Expect) -> Person:
    """The person with a deputy, set by the person or an administrator.

    Raises Forbidden `administrators_only` and `person_of_others` for others, and Invalid `deputy_invalid` for a deputy
    of other units.
    """
    person = await _own_or_mine(at, person_id)
    expect(person.version)
    try:
        deputy = await find_person(at.connection, body.deputy_id)
    except NotFound as unknown:
        raise Invalid(unknown.code, unknown.detail, pointer="/deputy_id") from None
    mine, theirs = await _scopes(at, person_id), await _scopes(at, deputy.id)
    if not any(_overlap(scope, other) for scope in mine for other in theirs):
        raise Invalid("deputy_invalid", "A deputy has a role in the same unit or subtree.", pointer="/deputy_id")
    days = (body.from_day, body.to_day)
    return await person_service.set_deputy(at.connection, person, deputy, days, at.author, at.now)


async def withdraw_deputy(
    at: PeopleOffice, person_id: int, entry_id: int, body: PersonReasonIn, expect: Expect
) -> Person:
    """The person after the end of a deputy's span."""
    person = await _own_or_mine(at, person_id)
    expect(person.version)
    for deputy in await deputies_of(at.connection, [person_id]):
        if deputy.id == entry_id:
            return await person_service.withdraw_deputy(at.connection, deputy, at.author, at.now, body.reason)
    raise unknown_deputy(entry_id)


async def _own_or_mine(at: PeopleOffice, person_id: int) -> Person:
    """The locked person: the caller, or a person of the administrator."""
    return await lock_person(at.connection, person_id) if at.is_self(person_id) else await at.locked(person_id)


async def _role(at: PeopleOffice, person_id: int, role_id: int, expect: Expect) -> PersonRole:
    """A role of a locked person; raises NotFound `unknown_role`."""
    person = await at.locked(person_id)
    expect(person.version)
    for role in await roles_of(at.connection, [person_id]):
        if role.id == role_id:
            return role
    raise unknown_role(role_id)


def _new_role(at: PeopleOffice, body: RoleIn) -> NewRole:
    first = body.valid_from or at.today
    unit_id = None if body.unit is None else at.reference.unit(body.unit, max(first, at.today)).id
    at.require_scope(unit_id)
    return NewRole(body.role, unit_id, first, body.valid_to)


async def _scopes(at: PeopleOffice, person_id: int) -> list[frozenset[int] | None]:
    roles = deciding(await roles_of(at.connection, [person_id]), at.today)
    return [at.reference.scope(role.unit_id, at.today) for role in roles]


def _overlap(scope: frozenset[int] | None, other: frozenset[int] | None) -> bool:
    return scope is None or other is None or not scope.isdisjoint(other)
