"""Sessions of people in browsers: they end at their expiry, or as soon as their row is deleted."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from app.database import Connection, Database, Prepared, tables

_sessions = tables.sessions.c
_NOW = bindparam("now", type_=_sessions.expires_at.type)
_IS_VALID = Prepared(select(_sessions.id).where(_sessions.id == bindparam("session"), _sessions.expires_at > _NOW))
_END = Prepared(delete(tables.sessions).where(_sessions.id == bindparam("session")))
DELETE_EXPIRED = Prepared(delete(tables.sessions).where(_sessions.expires_at <= _NOW))


async def begin_session(database: Database, subject: str, now: datetime, expires_at: datetime) -> str:
    """The id of a new session, which only the browser gets; its hash is stored. `subject`: whose session it is."""
    session = secrets.token_urlsafe(32)
    async with database.writing() as connection:
        await connection.run(DELETE_EXPIRED, now=now)
        await connection.insert(
            tables.sessions, {"id": session_hash(session), "subject": subject, "expires_at": expires_at}
        )
    return session


async def has_session(connection: Connection, session: str, now: datetime) -> bool:
    """True until the session has expired or ended."""
    return await connection.first(_IS_VALID, session=session_hash(session), now=now) is not None


async def end_session(database: Database, session: str) -> None:
    """Ends the session. A copy of its cookie is worth nothing from now on."""
    async with database.writing() as connection:
        await connection.run(_END, session=session_hash(session))


def session_hash(session: str) -> str:
    """The stored hash of a session's secret."""
    return hashlib.sha256(session.encode()).hexdigest()
