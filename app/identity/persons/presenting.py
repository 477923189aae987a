"""Builds the responses about people."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.access.client_names import person_client, person_of
from app.access.person_records import Deputy, PersonRole, RecordedChange, deputies_of, roles_of
from app.access.person_roles import UsableRole
from app.access.person_sessions import PersonSession
from app.access.persons import Person, PersonChange, client_names_of, person_names
from app.catalogue.cache import Reference
from app.catalogue.presenting import unit_name
from app.database import Connection
from app.http.wire_types import UnitOut
from app.identity.persons.queries import SignInFacts, sign_in_facts
from app.identity.persons.schemas import (
    ColleagueOut,
    DeputyOut,
    PersonChangeOut,
    PersonOut,
    PersonRoleOut,
    PersonSessionOut,
    SignInOut,
    UsableRoleOut,
)


async def person_out(connection: Connection, reference: Reference, person: Person, today: date) -> PersonOut:
    """The person with all roles and deputies."""
    return (await people_out(connection, reference, [person], today))[0]


async def people_out(
    connection: Connection, reference: Reference, people: Sequence[Person], today: date
) -> list[PersonOut]:
    """As `person_out`, for several people."""
    ids = [person.id for person in people]
    roles, deputies = await roles_of(connection, ids), await deputies_of(connection, ids)
    facts = await sign_in_facts(connection, ids)
    named = {person_of(role.granted_by) for role in roles} | {deputy.deputy_id for deputy in deputies}
    names = await person_names(connection, [number for number in named if number is not None])
    return [
        PersonOut(
            id=person.id,
            client=person_client(person.id),
            account=person.account,
            name=person.name,
            email=person.email,
            issuer_subject=person.issuer_subject,
            state=person.state,
            needs_second_factor=person.needs_second_factor,
            roles=[_role(reference, role, names, today) for role in roles if role.person_id == person.id],
            deputies=[_deputy(deputy, names) for deputy in deputies if deputy.person_id == person.id],
            sign_in=_sign_in(facts.get(person.id, SignInFacts())),
            created_at=person.created_at,
            version=person.version,
        )
        for person in people
    ]


async def changes_out(connection: Connection, changes: Sequence[RecordedChange]) -> list[PersonChangeOut]:
    """The record of a person, with the names of people among its authors."""
    names = await client_names_of(connection, {change.client for change in changes})
    return [
        PersonChangeOut(
            type=PersonChange(change.type),
            recorded_at=change.recorded_at,
            client=change.client,
            client_name=names.get(change.client),
            data=dict(change.data),
        )
        for change in changes
    ]


def session_out(session: PersonSession, current_id: str | None) -> PersonSessionOut:
    """A session of a list; `current_id` is that of the request's session."""
    return PersonSessionOut(
        id=session.id,
        method=session.method.value,
        started_at=session.started_at,
        used_at=session.used_at,
        expires_at=session.expires_at,
        browser=session.browser,
        current=session.id == current_id,
    )


def usable_role_out(
    reference: Reference, role: UsableRole, names: Mapping[int, str], *, is_chosen: bool
) -> UsableRoleOut:
    """A role that a person may use today."""
    absent = role.absent_id
    return UsableRoleOut(
        role_id=role.role_id,
        deputy_id=role.deputy_id,
        role=role.role,
        unit=_unit(reference, role.unit_id),
        absent=None if absent is None else ColleagueOut(id=absent, name=names[absent]),
        chosen=is_chosen,
    )


def _role(reference: Reference, role: PersonRole, names: Mapping[int, str], today: date) -> PersonRoleOut:
    awaited, giver = reference.awaited(role.unit_id, today), person_of(role.granted_by)
    return PersonRoleOut(
        id=role.id,
        role=role.role,
        unit=_unit(reference, role.unit_id),
        awaits=None if awaited is None else unit_name(awaited),
        valid_from=role.valid_from,
        valid_to=role.valid_to,
        state=role.state(today),
        granted_by=role.granted_by,
        granted_by_name=None if giver is None else names.get(giver),
        granted_at=role.granted_at,
    )


def _deputy(deputy: Deputy, names: Mapping[int, str]) -> DeputyOut:
    return DeputyOut(
        id=deputy.id,
        deputy_id=deputy.deputy_id,
        deputy_name=names[deputy.deputy_id],
        from_day=deputy.from_day,
        to_day=deputy.to_day,
        withdrawn_at=deputy.withdrawn_at,
    )


def _sign_in(facts: SignInFacts) -> SignInOut:
    return SignInOut(
        password=facts.password, second_factor=facts.second_factor, approval_rests_until=facts.approval_rests_until
    )


def _unit(reference: Reference, unit_id: int | None) -> UnitOut | None:
    return None if unit_id is None else unit_name(reference.units[unit_id])
