"""The answers kept by key: found before the work, written in the work's own transaction, swept after their life."""

import json
from collections.abc import Sequence
from datetime import datetime

from fastapi import Response
from sqlalchemy import Boolean, Integer, Text, bindparam, column, delete, func, literal, select

from app.database import Connection, Instant, Json, Prepared
from app.database.tables import idempotency_responses
from app.domain.errors import Conflict, Invalid
from app.http.idempotency.keys import HEADER, Asked

# What keeps a second answer from a key, and undoes its work with it.
ONCE = str(idempotency_responses.primary_key.name)

_PRESENT = bindparam("present", type_=Instant())
_SHOWN = ("fingerprint", "status", "headers", "body")
_FORGET = Prepared(
    delete(idempotency_responses).where(
        idempotency_responses.c.id == bindparam("wanted"), idempotency_responses.c.expires_at <= _PRESENT
    )
)
_FIND = Prepared(
    select(literal(value=False).label("busy"), *(idempotency_responses.c[name] for name in _SHOWN)).where(
        idempotency_responses.c.id == bindparam("wanted")
    )
)
# A function of the database, since within one plain statement the answer would be looked for before the lock was had.
_CLAIMED = func.claim_key(bindparam("wanted", type_=Text()), _PRESENT).table_valued(
    column("busy", Boolean()),
    column("fingerprint", Text()),
    column("status", Integer()),
    column("headers", Json()),
    column("body", Text()),
)
_CLAIM = Prepared(select(_CLAIMED.c.busy, *(_CLAIMED.c[name] for name in _SHOWN)))
_EXPIRED = select(idempotency_responses.c.id).where(idempotency_responses.c.expires_at <= _PRESENT)
_SWEEP = Prepared(
    delete(idempotency_responses).where(
        idempotency_responses.c.id.in_(
            # Another worker that sweeps too takes others, instead of waiting.
            _EXPIRED.order_by(idempotency_responses.c.expires_at)
            .limit(bindparam("most", type_=Integer()))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
    )
)
_BODIES = Prepared(
    select(idempotency_responses.c.id, idempotency_responses.c.body)
    .where(idempotency_responses.c.id > bindparam("after"))
    .order_by(idempotency_responses.c.id)
    .limit(bindparam("most"))
)
_IS_EXPIRED = Prepared(_EXPIRED.limit(1))


class AnsweredBefore(Exception):
    """This was done already: `response` is the answer of then, given again."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


async def claim(connection: Connection, wanted: Asked, now: datetime) -> None:
    """Makes the key this transaction's own until it ends, where nothing is kept under it (contract, Writing).

    Raises AnsweredBefore where the same was done, Invalid `key_reused` where something else was, and Conflict
    `key_in_use` while another transaction has the key. On SQLite there is one writing transaction at a time already.
    """
    if connection.dialect == "postgresql":
        row = await connection.first(_CLAIM, wanted=wanted.id, present=now)
    else:
        await connection.run(_FORGET, wanted=wanted.id, present=now)
        row = await connection.first(_FIND, wanted=wanted.id)
    if row is None:
        return
    if row.busy:
        raise in_use()
    if row.fingerprint != wanted.fingerprint:
        raise Invalid("key_reused", f"This {HEADER} came before with another request: a new request needs a new one.")
    headers = {**row.headers, "Idempotency-Replayed": "true"}
    body = connection.ring.decrypt(row.body, body_place(wanted.id))
    raise AnsweredBefore(Response(body.encode(), status_code=row.status, headers=headers))


def in_use() -> Conflict:
    """The refusal where another request has the key at this moment."""
    return Conflict("key_in_use", f"A request with this {HEADER} is in progress: ask again in a moment.")


def body_place(answer_id: str) -> str:
    """For which place an answer's body is sealed, since it holds what the dossier holds."""
    return f"kept_answers/{answer_id}/body"


async def keep(connection: Connection, wanted: Asked, response: Response, expires_at: datetime) -> None:
    """Writes the answer with the work that it tells of: both are committed, or neither is.

    Where there is one under this key meanwhile, the constraint `ONCE` refuses it, at the latest with the commit.
    """
    row = {
        "id": wanted.id,
        "fingerprint": wanted.fingerprint,
        "status": response.status_code,
        "headers": {name: value for name, value in response.headers.items() if name != "content-length"},
        "body": connection.ring.encrypt(bytes(response.body).decode(), body_place(wanted.id)),
        "expires_at": expires_at,
    }
    await connection.insert_by_end([(idempotency_responses, row)])


async def is_expired(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to sweep."""
    return await connection.scalar(_IS_EXPIRED, present=now) is not None


async def sweep(connection: Connection, now: datetime, most: int) -> int:
    """Deletes answers whose life has ended, so many at most; how many it were."""
    return await connection.run(_SWEEP, present=now, most=most)


async def codes_told(connection: Connection, after: str, most: int) -> tuple[dict[str, str], str | None]:
    """The code that each answer after an id tells of, where it tells of one; and the last id, None after the last."""
    rows = await connection.all(_BODIES, after=after, most=most)
    codes: dict[str, str] = {}
    for row in rows:
        body = json.loads(connection.ring.decrypt(row.body, body_place(row.id)))
        if isinstance(body, dict) and isinstance(body.get("code"), str):
            codes[row.id] = body["code"]
    return codes, rows[-1].id if rows else None


async def forget(connection: Connection, answers: Sequence[str]) -> None:
    """Deletes answers by their ids."""
    await connection.run(delete(idempotency_responses).where(idempotency_responses.c.id.in_(answers)))
