"""Stored responses: looked up before a change, written in its transaction, deleted after they expire."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from fastapi import Response
from sqlalchemy import Boolean, Integer, Text, bindparam, column, delete, func, literal, select

from app.database import Connection, Instant, Json, Prepared
from app.database.tables import idempotency_responses
from app.domain.errors import Conflict, Invalid
from app.http.idempotency.keys import HEADER, IdempotencyKey

# The constraint that refuses a second response for a key. The second change is rolled back with it.
PRIMARY_KEY = str(idempotency_responses.primary_key.name)

# The hash of the request as JSON is stored beside the headers, where an older version lets it be.
_MEANING = "request-json"
# Beside it, for the access log: the dossiers whose people the response shows.
_SHOWN = "shown-dossiers"

_responses = idempotency_responses.c
_NOW = bindparam("now", type_=Instant())
_STORED = ("fingerprint", "status", "headers", "body")
_DELETE_IF_EXPIRED = Prepared(
    delete(idempotency_responses).where(_responses.id == bindparam("key"), _responses.expires_at <= _NOW)
)
_FIND = Prepared(
    select(literal(value=False).label("busy"), *(_responses[name] for name in _STORED)).where(
        _responses.id == bindparam("key")
    )
)
# A function of the database takes the lock of the key and then reads. One plain statement would read before it locks.
_CLAIMED = func.claim_key(bindparam("key", type_=Text()), _NOW).table_valued(
    column("busy", Boolean()),
    column("fingerprint", Text()),
    column("status", Integer()),
    column("headers", Json()),
    column("body", Text()),
)
_CLAIM = Prepared(select(_CLAIMED.c.busy, *(_CLAIMED.c[name] for name in _STORED)))
_EXPIRED = select(_responses.id).where(_responses.expires_at <= _NOW)
_DELETE_EXPIRED = Prepared(
    delete(idempotency_responses).where(
        _responses.id.in_(
            # Workers that delete at the same time take different rows and do not wait for each other.
            _EXPIRED.order_by(_responses.expires_at)
            .limit(bindparam("most", type_=Integer()))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
    )
)
_BODIES = Prepared(
    select(_responses.id, _responses.body)
    .where(_responses.id > bindparam("after"))
    .order_by(_responses.id)
    .limit(bindparam("most"))
)
_ANY_EXPIRED = Prepared(_EXPIRED.limit(1))


class ReplayedResponse(Exception):
    """The change was executed before: `response` is the stored response. It shows people of the dossiers `shown`."""

    def __init__(self, response: Response, shown: Collection[int] = ()) -> None:
        super().__init__("executed before")
        self.response = response
        self.shown = shown


async def claim(connection: Connection, key: IdempotencyKey, now: datetime) -> None:
    """Locks a key without a stored response until the transaction ends (contract, Writing).

    Raises ReplayedResponse if the same request was executed, Invalid `key_reused` if another request used the key, and
    Conflict `key_in_use` while another transaction has it. SQLite needs no lock: its writing transaction is alone.
    """
    if connection.dialect == "postgresql":
        row = await connection.first(_CLAIM, key=key.id, now=now)
    else:
        await connection.run(_DELETE_IF_EXPIRED, key=key.id, now=now)
        row = await connection.first(_FIND, key=key.id)
    if row is None:
        return
    if row.busy:
        raise in_use()
    headers = {**row.headers, "Idempotency-Replayed": "true"}
    meaning, shown = headers.pop(_MEANING, ""), headers.pop(_SHOWN, "")
    # A retry may write the same JSON in another way.
    if row.fingerprint != key.fingerprint and not (meaning and meaning == key.meaning):
        raise reused()
    body = connection.ring.decrypt(row.body, body_place(key.id))
    response = Response(body.encode(), status_code=row.status, headers=headers)
    raise ReplayedResponse(response, [int(dossier) for dossier in shown.split()])


def reused() -> Invalid:
    """The refusal of a key that belongs to another request."""
    return Invalid("key_reused", f"This {HEADER} belongs to another request: use a new key for a new request.")


def in_use() -> Conflict:
    """The refusal while another request has the key."""
    return Conflict("key_in_use", f"A request with this {HEADER} is in progress: retry in a moment.")


def body_place(response_id: str) -> str:
    """The place that a body is encrypted for. It has the former name of the table, so that stored data decrypt."""
    return f"kept_answers/{response_id}/body"


async def store(
    connection: Connection, key: IdempotencyKey, response: Response, expires_at: datetime, shown: Collection[int] = ()
) -> None:
    """Writes the response in the transaction of its change: both are committed, or neither.

    `shown`: the ids of the dossiers whose people it shows.

    If another transaction stored a response for the key, the constraint PRIMARY_KEY refuses this one at the commit or
    before.
    """
    row = {
        "id": key.id,
        "fingerprint": key.fingerprint,
        "status": response.status_code,
        "headers": {
            **{name: value for name, value in response.headers.items() if name != "content-length"},
            _MEANING: key.meaning,
            **({_SHOWN: " ".join(map(str, sorted(shown)))} if shown else {}),
        },
        "body": connection.ring.encrypt(bytes(response.body).decode(), body_place(key.id)),
        "expires_at": expires_at,
    }
    await connection.insert_by_end([(idempotency_responses, row)])


async def any_expired(connection: Connection, now: datetime) -> bool:
    """Whether a response has expired."""
    return await connection.scalar(_ANY_EXPIRED, now=now) is not None


async def delete_expired(connection: Connection, now: datetime, most: int) -> int:
    """Deletes at most `most` expired responses; the number deleted."""
    return await connection.run(_DELETE_EXPIRED, now=now, most=most)


async def dossier_codes(connection: Connection, after: str, most: int) -> tuple[dict[str, str], str | None]:
    """Dossier code by response id, for responses with ids above `after`, and the last id read (None: no more)."""
    rows = await connection.all(_BODIES, after=after, most=most)
    codes: dict[str, str] = {}
    for row in rows:
        body = json.loads(connection.ring.decrypt(row.body, body_place(row.id)))
        if isinstance(body, dict) and isinstance(body.get("code"), str):
            codes[row.id] = body["code"]
    return codes, rows[-1].id if rows else None


async def delete_responses(connection: Connection, ids: Sequence[str]) -> None:
    """Deletes the responses with these ids."""
    await connection.run(delete(idempotency_responses).where(_responses.id.in_(ids)))
