"""Fetches the head of a neighbour's tree, checks that it begins with the head cosigned before, and cosigns it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import httpx
from pydantic import BaseModel, ValidationError

from app.audit.seals.tree import Checkpoint, parse_checkpoint
from app.database import Database
from app.database.locks import Lock, acquire
from app.database.tables import cosigned_checkpoints
from app.domain.growing_tree import is_consistent
from app.encryption.signed_notes import Signer, Verifier, split_note
from app.operations.witness.queries import latest_note

# Bytes of the longest answer that is read.
_MOST = 65_536


class Neighbour(NamedTuple):
    """A register whose tree is witnessed: its public key and its address."""

    verifier: Verifier
    address: str


class Outcome(NamedTuple):
    """The head of a neighbour that is cosigned by now, or the fault for which none was."""

    origin: str
    size: int | None
    fault: str = ""


class _Refusal(Exception):
    """The neighbour shows a head that must not be cosigned."""


class _Proof(BaseModel):
    """The part of an answer of `GET /seals/consistency` that is not trusted but checked."""

    hashes: list[str]


async def cosign_all(
    database: Database, http: httpx.AsyncClient, signer: Signer, neighbours: Sequence[Neighbour], now: datetime
) -> list[Outcome]:
    """Cosigns the present head of each neighbour. A fault of one does not end the others."""
    return [await _cosign(database, http, signer, neighbour, now) for neighbour in neighbours]


async def _cosign(
    database: Database, http: httpx.AsyncClient, signer: Signer, neighbour: Neighbour, now: datetime
) -> Outcome:
    origin = neighbour.verifier.name
    async with database.reading() as connection:
        before = await latest_note(connection, origin)
    try:
        note = await _text(http, f"{neighbour.address}/api/v1/seals/checkpoint")
        head = _head(note, neighbour.verifier)
        if before is not None:
            await _require_growth(http, neighbour.address, _checkpoint(before), head)
    except httpx.HTTPError as error:
        return Outcome(origin, None, f"no answer: {str(error) or type(error).__name__}")
    except _Refusal as refusal:
        return Outcome(origin, None, str(refusal))
    if before is None or head.size > _checkpoint(before).size:
        await _keep(database, before, head, note + signer.cosignature(note, now), now)
    return Outcome(origin, head.size)


async def _keep(database: Database, before: str | None, head: Checkpoint, cosigned: str, now: datetime) -> None:
    """Writes the cosigned note, unless another process has cosigned a head meanwhile."""
    async with database.writing() as connection:
        await acquire(connection, Lock.SEALS)
        if await latest_note(connection, head.origin) == before:
            row = {"origin": head.origin, "size": head.size, "note": cosigned, "cosigned_at": now}
            await connection.insert(cosigned_checkpoints, row)


def _head(note: str, verifier: Verifier) -> Checkpoint:
    """The head in a note of the neighbour. Raises _Refusal without its signature."""
    head = parse_checkpoint(split_note(note)[0])
    if head is None or head.origin != verifier.name or not verifier.signed(note):
        raise _Refusal("the head is not signed by the key of the register")
    return head


async def _require_growth(http: httpx.AsyncClient, address: str, before: Checkpoint, head: Checkpoint) -> None:
    """Raises _Refusal if the tree of `head` does not begin with the tree of `before`."""
    if head.size < before.size:
        raise _Refusal(f"the tree had {before.size} seals and has {head.size}")
    proof: list[bytes] = []
    if head.size > before.size:
        answer = await _text(http, f"{address}/api/v1/seals/consistency?old={before.size}&new={head.size}")
        try:
            proof = [bytes.fromhex(item) for item in _Proof.model_validate_json(answer).hashes]
        except (ValidationError, ValueError):
            raise _Refusal("the proof of consistency cannot be read") from None
    if not is_consistent(before.size, before.root, head.size, head.root, proof):
        raise _Refusal(f"the tree of {head.size} seals does not begin with the {before.size} that were cosigned")


def _checkpoint(cosigned: str) -> Checkpoint:
    """The head in a note that this register has cosigned."""
    head = parse_checkpoint(split_note(cosigned)[0])
    assert head is not None, "only heads are cosigned"
    return head


async def _text(http: httpx.AsyncClient, url: str) -> str:
    """The answer of the neighbour. Raises httpx.HTTPError without one, and _Refusal for a long one."""
    body = b""
    async with http.stream("GET", url) as response:
        response.raise_for_status()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MOST:
                raise _Refusal("the answer is too long")
    return body.decode(errors="replace")
