"""Lists of people: within the scope of an administrator, and colleagues of a caller (rules §21)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true

from app.access.person_roles import valid_today
from app.access.persons import Person, PersonState, person_from, select_persons
from app.database import Connection, tables
from app.identity.persons.permissions import PeopleOffice
from app.text_input import fold_name

_persons, _roles, _secrets = tables.persons.c, tables.person_roles.c, tables.person_secrets.c


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """How a person can sign in, without a secret."""

    password: bool = False
    second_factor: bool = False
    approval_rests_until: datetime | None = None


async def list_persons(
    at: PeopleOffice, q: str | None, state: PersonState | None, after: int, most: int
) -> list[Person]:
    """At most `most` people in the order of ids, with ids above `after`. `q`: part of name or account, folded."""
    conditions: list[ColumnElement[bool]] = [_persons.id > after]
    if (visible := at.visible()) is not None:
        conditions.append(visible)
    if state is not None:
        conditions.append(_persons.state == str(state))
    statement = select_persons().where(*conditions).order_by(_persons.id)
    # Neither database folds Vietnamese letters, and an office has few people.
    people = [person_from(row) for row in await at.connection.all(statement if q else statement.limit(most))]
    if q:
        asked = fold_name(q)
        people = [person for person in people if asked in fold_name(person.name) or asked in person.account]
    return people[:most]


async def colleagues(at: PeopleOffice, scope: Collection[int] | None) -> list[tuple[int, str]]:
    """The active people with a role of today for a unit in the scope or for all units, by name; not the caller."""
    inside = true() if scope is None else or_(_roles.unit_id.is_(None), _roles.unit_id.in_(sorted(scope)))
    statement = (
        select(_persons.id, _persons.name)
        .join(tables.person_roles, _roles.person_id == _persons.id)
        .where(_persons.state == "active", valid_today(), inside)
        .distinct()
    )
    rows = await at.connection.all(statement, today=at.today)
    people = [(row.id, row.name) for row in rows if not at.is_self(row.id)]
    return sorted(people, key=lambda person: (fold_name(person[1]), person[0]))


async def sign_in_facts(connection: Connection, person_ids: Sequence[int]) -> dict[int, SignInFacts]:
    """How each of these people can sign in."""
    statement = select(
        _secrets.person_id,
        _secrets.password_hash.is_not(None).label("password"),
        _secrets.totp_encrypted.is_not(None).label("second_factor"),
        _secrets.approval_rests_until,
    ).where(_secrets.person_id.in_(sorted(person_ids)))
    return {
        row.person_id: SignInFacts(bool(row.password), bool(row.second_factor), row.approval_rests_until)
        for row in await connection.all(statement)
    }
