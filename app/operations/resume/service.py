"""Resumes a restored register: lifts the ordinals of codes, revokes tokens, and compares it with kept lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select, update

from app.access.queries import Token, list_tokens, lock_tokens, unknown_token
from app.access.service import revoke
from app.audit.seals.lines import SavedSeal
from app.audit.seals.queries import last_seal
from app.database import Connection, Database, Prepared
from app.database.locks import lock_table
from app.database.places import PLACE_HERE
from app.database.tables import code_ordinals, dossiers, entries, outbox, resumptions, seals
from app.domain.codes import HIGHEST_ORDINAL, DossierCode
from app.domain.errors import Conflict, Invalid
from app.domain.localtime import local_date, to_second
from app.ledger.entries import COMMAND_LINE
from app.ledger.service import record
from app.operations.resume.outside import KeptToken

# Seconds to wait for a process that still issues codes. The service should be stopped.
_PATIENCE = 5
# An event may be dated five minutes ahead (rules §8), and so to the next day.
_AHEAD = timedelta(days=1)

_LAST_ENTRY = Prepared(select(func.max(entries.c.id).label("id"), func.max(entries.c.recorded_at).label("at")))
_LAST_RESUMPTION = Prepared(select(resumptions).order_by(resumptions.c.number.desc()).limit(1))
_ORDINAL = Prepared(
    select(code_ordinals.c.last).where(
        code_ordinals.c.agency_identifier == bindparam("agency"), code_ordinals.c.date == bindparam("day")
    )
)
_UNTIL = code_ordinals.c.date <= bindparam("last_day", type_=code_ordinals.c.date.type)
_HIGHEST = Prepared(select(func.coalesce(func.max(code_ordinals.c.last), 0)).where(_UNTIL))
_LIFT = Prepared(update(code_ordinals).where(_UNTIL).values(last=code_ordinals.c.last + bindparam("margin")))
_DOSSIER = Prepared(select(dossiers.c.id).where(dossiers.c.code == bindparam("code")))
_SEAL = Prepared(select(seals.c.hash).where(seals.c.number == bindparam("number")))
_PENDING = Prepared(
    select(outbox.c.channel, func.count().label("number")).where(outbox.c.state == "pending").group_by(outbox.c.channel)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The restored moment and what is known outside. `margin`: ordinals that one agency may have given on one day.

    `force`: resume although the register has records after the moment.
    """

    after: datetime
    margin: int
    codes: Sequence[DossierCode] = ()
    keep: Collection[int] = ()
    tokens: Sequence[KeptToken] = ()
    seals: Sequence[SavedSeal] = ()
    force: bool = False


@dataclass(slots=True, kw_only=True)
class Resumption:
    """The result: what was lifted and revoked, and what others know and the register does not."""

    after: datetime
    last_recorded_at: datetime | None
    last_entry: int
    last_seal: int
    last_day: date
    margin: int
    busiest: int
    revoked: list[Token] = field(default_factory=list)
    kept: list[Token] = field(default_factory=list)
    unknown_codes: list[DossierCode] = field(default_factory=list)
    unknown_tokens: list[KeptToken] = field(default_factory=list)
    unknown_seals: list[SavedSeal] = field(default_factory=list)
    pending: dict[str, int] = field(default_factory=dict)


async def resume(database: Database, request: Request, now: datetime) -> Resumption:
    """Resumes the register in one transaction.

    Raises Invalid `after_in_future`, `margin_too_high` and for an unknown token to keep NotFound `unknown_token`.
    Without `force` raises Conflict `records_after` and `resumed_already`. Raises DatabaseUnavailable while a process
    issues codes.
    """
    if request.after > now:
        raise Invalid("after_in_future", f"{to_second(request.after)} is in the future.")
    async with database.writing() as connection:
        await lock_table(connection, code_ordinals, "EXCLUSIVE", _PATIENCE)
        result = await _beginning(connection, request, now)
        await _compare_codes(connection, request, result)
        await _lift(connection, result)
        await _revoke(connection, request, result, now)
        for seal in request.seals:
            if await connection.scalar(_SEAL, number=seal.number) != seal.hash:
                result.unknown_seals.append(seal)
        result.pending = {row.channel: row.number for row in await connection.all(_PENDING)}
        await _record(connection, result, now)
        await connection.run(PLACE_HERE)
    return result


async def _beginning(connection: Connection, request: Request, now: datetime) -> Resumption:
    last, seal = await connection.one(_LAST_ENTRY), await last_seal(connection)
    before = await connection.first(_LAST_RESUMPTION)
    if not request.force:
        if last.at is not None and last.at > request.after:
            detail = (
                f"The register has records after {to_second(request.after)}, the last of {to_second(last.at)}. "
                "Name the moment to which it was restored. If the service ran since, use --force."
            )
            raise Conflict("records_after", detail)
        if before is not None and before.after >= request.after:
            detail = (
                f"The register was resumed at {to_second(before.resumed_at)} already. --force resumes it once more."
            )
            raise Conflict("resumed_already", detail)
    last_day = local_date(now) + _AHEAD
    return Resumption(
        after=request.after,
        last_recorded_at=last.at,
        last_entry=last.id or 0,
        last_seal=seal.number if seal else 0,
        last_day=last_day,
        margin=request.margin,
        busiest=await connection.scalar(_HIGHEST, last_day=last_day),
    )


async def _compare_codes(connection: Connection, request: Request, result: Resumption) -> None:
    """Finds the codes that the register lacks, and raises the margin above each of them."""
    for code in request.codes:
        if await connection.scalar(_DOSSIER, code=str(code)) is not None:
            continue
        result.unknown_codes.append(code)
        if not code.owner:
            last = await connection.scalar(_ORDINAL, agency=str(code.agency), day=code.date) or 0
            result.margin = max(result.margin, code.ordinal - last)


async def _lift(connection: Connection, result: Resumption) -> None:
    """Lifts the ordinals of all days: an event after the restored moment may have been dated to any day before."""
    highest = await connection.scalar(_HIGHEST, last_day=result.last_day) + result.margin
    if highest >= HIGHEST_ORDINAL:
        detail = f"With this margin an ordinal would be {highest}, and codes end at {HIGHEST_ORDINAL}."
        raise Invalid("margin_too_high", detail)
    await connection.run(_LIFT, last_day=result.last_day, margin=result.margin)


async def _revoke(connection: Connection, request: Request, result: Resumption, now: datetime) -> None:
    """Revokes the tokens that are not to stay: one of them may have been revoked after the restored moment."""
    active = {token.id: token for token in await list_tokens(connection, now, active=True)}
    for token_id in request.keep:
        if token_id not in active:
            raise unknown_token(token_id)
    kept = set(request.keep)
    for listed in request.tokens:
        if listed.id in active and active[listed.id].client == listed.client:
            kept.add(listed.id)
        else:
            result.unknown_tokens.append(listed)
    result.kept = [token for token in active.values() if token.id in kept]
    reason = f"the register was restored to {to_second(request.after)}"
    for token in (await lock_tokens(connection, active.keys() - kept)).values():
        result.revoked.append(await revoke(connection, token, COMMAND_LINE, now, reason))


async def _record(connection: Connection, result: Resumption, now: datetime) -> None:
    before = await connection.first(_LAST_RESUMPTION)
    number = before.number + 1 if before else 1
    row = {
        "number": number,
        "after": result.after,
        "resumed_at": now,
        "last_entry": result.last_entry,
        "last_seal": result.last_seal,
        "last_day": result.last_day,
        "margin": result.margin,
        "revoked": [token.id for token in result.revoked],
    }
    await connection.insert(resumptions, row)
    await record(connection, {resumptions: [number]}, COMMAND_LINE, now)
