"""Re-encrypts all data under the first key, in batches while the service runs. A rerun continues an ended run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, select, update

from app.database import Connection, Database, Prepared
from app.database.readiness import admit_keys
from app.database.tables import (
    applicants,
    encryption_keys,
    idempotency_responses,
    participants,
    rating_secret,
    webhooks,
)
from app.dossiers.rating_keys import SECRET_PLACE
from app.http.idempotency.responses import body_place
from app.notifications.webhooks.queries import secret_place
from app.operations.keys.numbers import Progress, has_other_prefix, reencrypt_numbers

# Rows of one transaction. Other writers take turns between transactions.
_BATCH = 500


_OLD_RESPONSES = has_other_prefix(idempotency_responses.c.body)
_RESPONSES = Prepared(
    select(idempotency_responses.c.id, idempotency_responses.c.body)
    .where(_OLD_RESPONSES, idempotency_responses.c.id > bindparam("after"))
    .order_by(idempotency_responses.c.id)
    .limit(_BATCH)
)
# Updates only rows that are unchanged since they were read. A changed row was encrypted with the writer's key ring.
_REENCRYPT_RESPONSE = Prepared(
    update(idempotency_responses)
    .where(idempotency_responses.c.id == bindparam("response"), idempotency_responses.c.body == bindparam("old"))
    .values(body=bindparam("new"))
)
_RATING_SECRET = Prepared(select(rating_secret.c.encrypted).where(has_other_prefix(rating_secret.c.encrypted)))
_REENCRYPT_RATING_SECRET = Prepared(
    update(rating_secret).where(rating_secret.c.encrypted == bindparam("old")).values(encrypted=bindparam("new"))
)


_ENCRYPTED_COLUMNS = (
    (applicants, applicants.c.identity_encrypted),
    (participants, participants.c.identity_encrypted),
    (idempotency_responses, idempotency_responses.c.body),
    (rating_secret, rating_secret.c.encrypted),
    (webhooks, webhooks.c.secret),
)
_OLD_SECRETS = and_(webhooks.c.secret.is_not(None), has_other_prefix(webhooks.c.secret))
_SECRETS = Prepared(select(webhooks.c.id, webhooks.c.secret).where(_OLD_SECRETS))
_REENCRYPT_SECRET = Prepared(
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook"), webhooks.c.secret == bindparam("old"))
    .values(secret=bindparam("new"))
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Numbers of re-encrypted values; `keys_in_use` are the ids of other keys that some values still need."""

    numbers: int
    responses: int
    keys_in_use: Sequence[str]


async def rotate(database: Database, progress: Progress | None = None) -> Rotation:
    """Re-encrypts all numbers, stored responses and secrets under the first key, and hashes the numbers with it.

    Deletes the records of unused keys. Raises KeysUnusable if a value cannot be decrypted: earlier batches remain
    re-encrypted, and no batch is half-written.
    """
    await admit_keys(database)
    numbers = await reencrypt_numbers(database, progress)
    responses = await _responses(database)
    await _secrets(database)
    await _rating_secret(database)
    return Rotation(numbers, responses, await _delete_unused(database))


async def _responses(database: Database) -> int:
    done, after = 0, ""
    while True:
        async with database.writing() as connection:
            ring = connection.ring
            rows = await connection.all(_RESPONSES, prefix=ring.prefix, after=after)
            changes = []
            for row in rows:
                place = body_place(row.id)
                new = ring.encrypt(ring.decrypt(row.body, place), place)
                changes.append({"response": row.id, "old": row.body, "new": new})
            await connection.run_many(_REENCRYPT_RESPONSE, changes)
        if not rows:
            return done
        done, after = done + len(rows), rows[-1].id


async def _secrets(database: Database) -> None:
    async with database.writing() as connection:
        ring = connection.ring
        changes = []
        for row in await connection.all(_SECRETS, prefix=ring.prefix):
            place = secret_place(row.id)
            new = ring.encrypt(ring.decrypt(row.secret, place), place)
            changes.append({"webhook": row.id, "old": row.secret, "new": new})
        await connection.run_many(_REENCRYPT_SECRET, changes)


async def _rating_secret(database: Database) -> None:
    """Re-encrypts the secret without changing it, so the rating keys on printed slips remain valid."""
    async with database.writing() as connection:
        ring = connection.ring
        old = await connection.scalar(_RATING_SECRET, prefix=ring.prefix)
        if old is not None:
            new = ring.encrypt(ring.decrypt(old, SECRET_PLACE), SECRET_PLACE)
            await connection.run(_REENCRYPT_RATING_SECRET, old=old, new=new)


async def _delete_unused(database: Database) -> list[str]:
    async with database.writing() as connection:
        first = connection.ring.prefix
        used = {
            value.partition(":")[0]
            for table, column in _ENCRYPTED_COLUMNS
            for value in await _others(connection, table, column, first)
        }
        await connection.run(delete(encryption_keys).where(encryption_keys.c.id.not_in([*sorted(used), first[:-1]])))
    return sorted(used)


async def _others(connection: Connection, table: Table, column: Any, prefix: str) -> list[str]:
    statement = select(column).select_from(table).where(column.is_not(None), has_other_prefix(column)).limit(_BATCH)
    return [row[0] for row in await connection.all(statement, prefix=prefix)]
