"""Checks stored responses: each must decrypt, and name a dossier in a state that its journal has reached."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

from sqlalchemy import bindparam, select

from app.audit.verification.difference import Difference
from app.database import Connection, Prepared, Row
from app.database.tables import dossiers, idempotency_responses
from app.domain.codes import parse_code
from app.domain.errors import DomainError
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing
from app.http.idempotency.responses import body_place

# Responses read by one statement. A response may have some kilobytes.
_PAGE = 200
# Digits of an id that name a response.
_SHOWN = 12

_BODIES = Prepared(
    select(idempotency_responses.c.id, idempotency_responses.c.body)
    .where(idempotency_responses.c.id > bindparam("after"))
    .order_by(idempotency_responses.c.id)
    .limit(_PAGE)
)
_VERSIONS = Prepared(
    select(dossiers.c.code, dossiers.c.version).where(dossiers.c.code.in_(bindparam("codes", expanding=True)))
)


async def response_differences(connection: Connection) -> list[Difference]:
    """Stored responses that this register did not write, and those of a dossier or a version that does not exist."""
    differences: list[Difference] = []
    after = ""
    while rows := await connection.all(_BODIES, after=after):
        after = rows[-1].id
        named: dict[str, tuple[str, int]] = {}
        for row in rows:
            named |= _named(row, connection.ring, differences)
        codes = sorted({code for code, _version in named.values()})
        stored = {row.code: row.version for row in await connection.all(_VERSIONS, codes=codes)} if codes else {}
        differences += _unlike(named, stored)
    return differences


def _named(row: Row, ring: KeyRing, differences: list[Difference]) -> Mapping[str, tuple[str, int]]:
    """Code and version of the dossier in the response, by the name of the row; empty without a dossier."""
    name = f"idempotency_responses {str(row.id)[:_SHOWN]}"
    try:
        body = ring.decrypt(str(row.body), body_place(row.id))
    except KeysUnusable as error:
        differences.append(Difference(name, None, "body", "a response of this register", error.detail))
        return {}
    with suppress(ValueError, DomainError):
        content = json.loads(body)
        if isinstance(content, dict) and isinstance(content.get("version"), int):
            parse_code(str(content.get("code")))
            return {name: (str(content["code"]), content["version"])}
    return {}


def _unlike(named: Mapping[str, tuple[str, int]], stored: Mapping[str, int]) -> Iterator[Difference]:
    for name, (code, version) in named.items():
        highest = stored.get(code)
        if highest is None or version > highest:
            yield Difference(name, None, "dossier", f"{code} up to version {highest}", f"{code} at version {version}")
