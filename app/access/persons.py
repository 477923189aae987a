"""People who sign in: reads and locks them, and records what was done to them (rules §21)."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from sqlalchemy import Select, Table, bindparam, select, update

from app.access.client_names import person_of
from app.database import Connection, Prepared, Row, tables
from app.domain.errors import NotFound
from app.ledger.entries import Author
from app.ledger.service import record

_persons = tables.persons.c

_REST = Prepared(
    update(tables.person_secrets)
    .where(tables.person_secrets.c.person_id == bindparam("person"))
    .values(approval_rests_until=bindparam("until"), version=tables.person_secrets.c.version + 1)
)


@unique
class PersonState(StrEnum):
    """Whether a person may sign in; an ended one never again."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@unique
class PersonChange(StrEnum):
    """What was done to a person."""

    CREATED = "created"
    CHANGED = "changed"
    ROLE_GIVEN = "role_given"
    ROLE_CHANGED = "role_changed"
    ROLE_ENDED = "role_ended"
    DEPUTY_SET = "deputy_set"
    DEPUTY_WITHDRAWN = "deputy_withdrawn"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    ENDED = "ended"
    INVITED = "invited"
    RESET = "reset"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of a change
    SECOND_FACTOR_ENROLLED = "second_factor_enrolled"
    SECOND_FACTOR_REMOVED = "second_factor_removed"


@dataclass(frozen=True, slots=True)
class Person:
    """A person; `issuer_subject` is `sub` at the provider of the single sign-on."""

    id: int
    account: str
    name: str
    email: str | None
    issuer_subject: str | None
    state: PersonState
    needs_second_factor: bool
    created_at: datetime
    version: int


def fold_account(account: str) -> str:
    """The account name as it is stored and compared: NFKC, lower case, without blanks at its ends."""
    return unicodedata.normalize("NFKC", account).strip().casefold()


def select_persons() -> Select[Any]:
    """Selects what `person_from` reads."""
    return select(*(_persons[name] for name in Person.__slots__))


def person_from(row: Row) -> Person:
    """The person of a row of `select_persons`."""
    values = {name: getattr(row, name) for name in Person.__slots__}
    return Person(**{**values, "state": PersonState(row.state)})


async def find_person(connection: Connection, person_id: int) -> Person:
    """The person with the id; raises NotFound `unknown_account`."""
    row = await connection.first(select_persons().where(_persons.id == person_id))
    if row is None:
        raise unknown_person(person_id)
    return person_from(row)


async def person_by_account(connection: Connection, account: str) -> Person | None:
    """The person with the account name, however it is written; None if there is none."""
    row = await connection.first(select_persons().where(_persons.account == fold_account(account)))
    return None if row is None else person_from(row)


async def person_by_subject(connection: Connection, subject: str) -> Person | None:
    """The person with this `sub` at the provider; None if there is none."""
    row = await connection.first(select_persons().where(_persons.issuer_subject == subject))
    return None if row is None else person_from(row)


async def lock_person(connection: Connection, person_id: int) -> Person:
    """The person with the id, locked against changes until the transaction ends; raises NotFound `unknown_account`."""
    statement = select_persons().where(_persons.id == person_id)
    # The lock excludes the key, so that inserting a reference to a person does not wait.
    row = await connection.first(statement.with_for_update(key_share=True))
    if row is None:
        raise unknown_person(person_id)
    return person_from(row)


async def person_names(connection: Connection, person_ids: Collection[int]) -> dict[int, str]:
    """The names of the people with these ids."""
    if not person_ids:
        return {}
    statement = select(_persons.id, _persons.name).where(_persons.id.in_(sorted(set(person_ids))))
    return {row.id: row.name for row in await connection.all(statement)}


async def client_names_of(connection: Connection, clients: Iterable[str]) -> dict[str, str]:
    """The names of the clients that are people, for readers who may see people."""
    ids = {client: number for client in clients if (number := person_of(client)) is not None}
    names = await person_names(connection, list(ids.values()))
    return {client: names[number] for client, number in ids.items() if number in names}


async def record_person_change(
    connection: Connection,
    person_id: int,
    kind: PersonChange,
    author: Author,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    *,
    rows: Mapping[Table, Iterable[int]] | None = None,
) -> None:
    """Records a change of a person, with the present state of the person and of further `rows` in the ledger.

    `data` has no secret, no name and no address. Call it last in a transaction, as `record` of the ledger.
    """
    row = {
        "person_id": person_id,
        "type": str(kind),
        "recorded_at": now,
        "client": author.client,
        "data": dict(data or {}),
    }
    change = await connection.insert(tables.person_changes, row)
    assert change is not None  # the database gives the key
    changed: dict[Table, Iterable[int]] = {tables.persons: [person_id], **(rows or {})}
    await record(connection, {**changed, tables.person_changes: [change]}, author, now)


async def rest_approval(connection: Connection, person_id: int, until: datetime) -> None:
    """Lets the right of a person to approve rest until the instant, after an administrator's reset (rules §21)."""
    if not await connection.run(_REST, person=person_id, until=until):
        await connection.insert(tables.person_secrets, {"person_id": person_id, "approval_rests_until": until})


def unknown_person(person_id: int) -> NotFound:
    """The refusal of an id without a person."""
    return NotFound("unknown_account", f"There is no person with the id {person_id}.")
