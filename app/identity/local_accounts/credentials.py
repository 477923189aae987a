"""Credentials of people: the password and the second factor, read and changed with a record (rules §21)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from app.access.client_names import person_client
from app.access.persons import PersonChange, PersonState, fold_account, record_person_change
from app.database import Connection, Prepared, Row, tables
from app.ledger.entries import Author

_PURPOSE = "person_secrets/totp"

_persons, _secrets = tables.persons.c, tables.person_secrets.c
_CREDENTIALS = (
    select(
        _persons.id,
        _persons.account,
        _persons.name,
        _persons.state,
        _persons.email,
        _persons.needs_second_factor,
        _secrets.password_hash,
        _secrets.totp_encrypted,
        _secrets.totp_last_step,
        _secrets.approval_rests_until,
        _secrets.version,
    )
    .select_from(tables.persons)
    .outerjoin(tables.person_secrets, _secrets.person_id == _persons.id)
)
_BY_ACCOUNT = Prepared(_CREDENTIALS.where(_persons.account == bindparam("account")))
_BY_ID = Prepared(_CREDENTIALS.where(_persons.id == bindparam("person")))
_OF_PERSON = _secrets.person_id == bindparam("person")
_NEXT = _secrets.version + 1
_LOCK = Prepared(select(_secrets.version).where(_OF_PERSON).with_for_update(key_share=True))
_SET_PASSWORD = Prepared(
    update(tables.person_secrets)
    .where(_OF_PERSON)
    .values(
        password_hash=bindparam("encoded"),
        password_set_at=bindparam("now", type_=_secrets.password_set_at.type),
        version=_NEXT,
    )
)
_HASH_AGAIN = Prepared(
    update(tables.person_secrets)
    .where(_OF_PERSON, _secrets.password_hash == bindparam("before"))
    .values(password_hash=bindparam("encoded"))
)
_SET_SECOND_FACTOR = Prepared(
    update(tables.person_secrets)
    .where(_OF_PERSON)
    .values(
        totp_encrypted=bindparam("encrypted"),
        totp_since=bindparam("since", type_=_secrets.totp_since.type),
        totp_last_step=bindparam("step", type_=_secrets.totp_last_step.type),
        version=_NEXT,
    )
)
_USE_STEP = Prepared(
    update(tables.person_secrets)
    .where(_OF_PERSON, _secrets.version == bindparam("before"))
    .values(totp_last_step=bindparam("step", type_=_secrets.totp_last_step.type), version=_NEXT)
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A person with what proves them. `secret`: of the second factor, None without one. `version` counts changes."""

    person_id: int
    account: str
    name: str
    email: str | None
    is_active: bool
    needs_second_factor: bool
    password_hash: str | None
    secret: str | None
    last_step: int | None
    approval_rests_until: datetime | None
    version: int


async def credentials_by_account(connection: Connection, account: str) -> Credentials | None:
    """The credentials of the person with the account name, however it is written; None if there is none."""
    row = await connection.first(_BY_ACCOUNT, account=fold_account(account))
    return None if row is None else _credentials(connection, row)


async def credentials_of(connection: Connection, person_id: int) -> Credentials | None:
    """The credentials of the person; None if there is no such person."""
    row = await connection.first(_BY_ID, person=person_id)
    return None if row is None else _credentials(connection, row)


async def lock_credentials(connection: Connection, person_id: int) -> Credentials | None:
    """As `credentials_of`, locked against changes until the transaction ends."""
    await connection.first(_LOCK, person=person_id)
    return await credentials_of(connection, person_id)


async def set_password(connection: Connection, person_id: int, encoded: str, now: datetime) -> None:
    """Stores the hash of a new password. Call `record_changes` after it."""
    if not await connection.run(_SET_PASSWORD, person=person_id, encoded=encoded, now=now):
        row = {"person_id": person_id, "password_hash": encoded, "password_set_at": now}
        await connection.insert(tables.person_secrets, row)


async def hash_again(connection: Connection, person_id: int, before: str, encoded: str) -> None:
    """Stores a hash of the same password with other parameters, unless the password was changed meanwhile."""
    await connection.run(_HASH_AGAIN, person=person_id, before=before, encoded=encoded)


async def set_second_factor(connection: Connection, person_id: int, secret: str, step: int, now: datetime) -> None:
    """Stores a second factor whose code of `step` was shown. Call `record_changes` after it."""
    encrypted = connection.ring.encrypt(secret, _PURPOSE)
    changed = await connection.run(_SET_SECOND_FACTOR, person=person_id, encrypted=encrypted, since=now, step=step)
    assert changed, "a person without a password enrols no second factor"


async def remove_second_factor(connection: Connection, person_id: int) -> None:
    """Removes the second factor. Call `record_changes` after it."""
    await connection.run(_SET_SECOND_FACTOR, person=person_id, encrypted=None, since=None, step=None)


async def use_step(connection: Connection, credentials: Credentials, step: int) -> bool:
    """Notes the code of `step` as used. False: another request has used one since the credentials were read."""
    return bool(await connection.run(_USE_STEP, person=credentials.person_id, before=credentials.version, step=step))


async def record_changes(connection: Connection, person_id: int, now: datetime, *kinds: PersonChange) -> None:
    """Records what the person changed. Call it last in a transaction."""
    author = Author(person_client(person_id), None)
    for kind in kinds:
        await record_person_change(connection, person_id, kind, author, now)


def _credentials(connection: Connection, row: Row) -> Credentials:
    encrypted = row.totp_encrypted
    return Credentials(
        row.id,
        row.account,
        row.name,
        row.email,
        row.state == PersonState.ACTIVE,
        row.needs_second_factor,
        row.password_hash,
        None if encrypted is None else connection.ring.decrypt(encrypted, _PURPOSE),
        row.totp_last_step,
        row.approval_rests_until,
        row.version or 0,
    )
