"""Asks an authority for the time stamp of the newest seal, checks it and stores it (rules §13)."""

import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx
from cryptography.x509 import Certificate

from app.audit.seals.encoding import Seal
from app.audit.seals.queries import last_seal
from app.audit.seals.stamp_queries import newest_stamps, stamp_row
from app.audit.seals.stamps import CLOCKS, Stamp, read_stamp, request_for, stamp_faults
from app.background import within
from app.database import Database
from app.database.locks import Lock, acquire
from app.database.tables import seal_stamps

# Seconds for the whole answer, and the bytes of the longest one.
_SECONDS = 20.0
_MOST = 65_536
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class StampRefused(Exception):
    """The answer of the authority is no stamp of the seal, or none that can be trusted."""


class Authority(NamedTuple):
    """A time-stamp authority: its address, its root certificates, the context for TLS, and how often it is asked."""

    url: str
    roots: Sequence[Certificate]
    context: ssl.SSLContext
    every: timedelta


async def stamp_newest(database: Database, authority: Authority, now: datetime) -> bool:
    """Stores a stamp of the newest seal, if it has none and the last stamp is older than `authority.every`.

    True: a stamp was stored. It covers all seals before it, because each seal has the hash of the one before. Raises
    StampRefused for a wrong answer, httpx.HTTPError or TimeoutError without an answer.
    """
    async with database.reading() as connection:
        seal, stamps = await last_seal(connection), await newest_stamps(connection, None, 1)
    if seal is None or (stamps and seal.number <= stamps[0].seal):
        return False
    # A stamp from the future comes from a wrong clock and does not delay others.
    if stamps and now - authority.every < stamps[0].stamped_at <= now + CLOCKS:
        return False
    request = request_for(seal)
    answer = await within(_SECONDS, _answer(authority, request.content))
    stamp = _checked(answer, seal, authority.roots, now)
    if stamp.nonce != request.nonce:
        raise StampRefused("the stamp answers another request")
    async with database.writing() as connection:
        await acquire(connection, Lock.SEALS)
        stamps = await newest_stamps(connection, None, 1)
        # Another worker may have stored one.
        if stamps and seal.number <= stamps[0].seal:
            return False
        await connection.insert(seal_stamps, stamp_row(seal.number, stamp.time, answer))
    return True


def _checked(answer: bytes, seal: Seal, roots: Sequence[Certificate], now: datetime) -> Stamp:
    try:
        stamp = read_stamp(answer)
    except ValueError as error:
        raise StampRefused(f"no stamp can be read: {error}") from None
    for fault in stamp_faults(seal, stamp, roots, now):
        raise StampRefused(f"its {fault.field} is {fault.actual}, but should be {fault.expected}")
    if stamp.time < now - CLOCKS:
        raise StampRefused(f"its time is {stamp.time.isoformat()}, and the clock here says {now.isoformat()}")
    return stamp


async def _answer(authority: Authority, request: bytes) -> bytes:
    """The bounded answer of the authority."""
    body = b""
    async with (
        httpx.AsyncClient(verify=authority.context, trust_env=False, timeout=_SECONDS) as http,
        http.stream("POST", authority.url, content=request, headers=_HEADERS) as response,
    ):
        response.raise_for_status()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MOST:
                raise StampRefused("the answer is too long")
    return body
