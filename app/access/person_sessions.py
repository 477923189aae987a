"""Sessions of people: begun by a sign-in, extended by use, ended one by one or together (rules §21)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

from sqlalchemy import bindparam, delete, select, update

from app.access.client_names import person_client
from app.access.person_roles import usable_roles
from app.access.sessions import DELETE_EXPIRED, session_hash
from app.database import Connection, Database, Prepared, tables
from app.domain.localtime import local_date
from app.settings import Settings

# The beginning of what a browser's session sends as its token. A token of a program has no such length.
PREFIX = "ses_"
_LENGTH = len(PREFIX) + 43
# Of the hash, by which a list names a session: the secret cannot be computed from it.
_SHOWN = 16
_PLACE = "sessions/id_token"

_sessions = tables.sessions.c
_SESSION = bindparam("session", type_=_sessions.id.type)
_SUBJECT = bindparam("subject", type_=_sessions.subject.type)
_NOW = bindparam("now", type_=_sessions.expires_at.type)
_OF_PERSON = Prepared(
    select(tables.sessions)
    .where(_sessions.subject == _SUBJECT, _sessions.expires_at > _NOW)
    .order_by(_sessions.started_at)
)
_CHOOSE = Prepared(
    update(tables.sessions)
    .where(_sessions.id == _SESSION)
    .values(role_id=bindparam("role"), deputy_id=bindparam("deputy"))
)
_END_OF_PERSON = Prepared(delete(tables.sessions).where(_sessions.subject == _SUBJECT, _sessions.id != _SESSION))
_END_SHOWN = Prepared(
    delete(tables.sessions).where(_sessions.subject == _SUBJECT, _sessions.id.startswith(bindparam("shown")))
)
_END_BY_PROVIDER = Prepared(
    delete(tables.sessions).where(_sessions.method == "provider", _sessions.provider_session == bindparam("sid"))
)
_END_OF_SUBJECT = Prepared(delete(tables.sessions).where(_sessions.method == "provider", _sessions.subject == _SUBJECT))
_ENDING = Prepared(select(_sessions.method, _sessions.id_token).where(_sessions.id == _SESSION))
_END = Prepared(delete(tables.sessions).where(_sessions.id == _SESSION))


@unique
class Method(StrEnum):
    """How a person signed in."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    SECOND_FACTOR = "second_factor"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class PersonSession:
    """A session in a list: `id` is the beginning of the hash of its secret."""

    id: str
    method: Method
    role_id: int | None
    deputy_id: int | None
    started_at: datetime
    used_at: datetime
    expires_at: datetime
    browser: str | None


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What a session had: `id_token` of the provider ends the session there too. `method` None: that of a token."""

    method: Method | None
    id_token: str | None


def is_person_session(token: str) -> bool:
    """Whether a bearer token is the secret of a person's session."""
    return len(token) == _LENGTH and token.startswith(PREFIX)


def first_expiry(settings: Settings, now: datetime) -> datetime:
    """The end of a session that begins now and is not used."""
    return extended(settings, now, now)


def extended(settings: Settings, started_at: datetime, now: datetime) -> datetime:
    """The end of a session that is used now: after the idle limit, at most after its longest life."""
    idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    return min(now + idle, started_at + longest)


async def begin_person_session(
    database: Database,
    person_id: int,
    method: Method,
    now: datetime,
    expires_at: datetime,
    *,
    provider_session: str | None = None,
    id_token: str | None = None,
    browser: str | None = None,
) -> str:
    """The secret of a new session, which only the browser gets; its hash is stored.

    The person works with the first role that is valid today, until another is chosen. `expires_at` is that of
    `first_expiry`. `provider_session` is `sid` at the provider. `id_token` is stored encrypted.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    async with database.writing() as connection:
        await connection.run(DELETE_EXPIRED, now=now)
        roles = await usable_roles(connection, person_id, local_date(now))
        row = {
            "id": session_hash(secret),
            "subject": person_client(person_id),
            "expires_at": expires_at,
            "method": str(method),
            "role_id": roles[0].role_id if roles else None,
            "deputy_id": roles[0].deputy_id if roles else None,
            "started_at": now,
            "used_at": now,
            "provider_session": provider_session,
            "id_token": None if id_token is None else connection.ring.encrypt(id_token, _PLACE),
            "browser": browser,
        }
        await connection.insert(tables.sessions, row)
    return secret


async def choose_role(connection: Connection, session_id: str, role_id: int, deputy_id: int | None) -> None:
    """Lets the session work with another role. `session_id` is the whole hash."""
    await connection.run(_CHOOSE, session=session_id, role=role_id, deputy=deputy_id)


async def sessions_of(connection: Connection, person_id: int, now: datetime) -> list[PersonSession]:
    """The sessions of the person that have not ended, oldest first."""
    return [
        PersonSession(
            row.id[:_SHOWN],
            Method(row.method),
            row.role_id,
            row.deputy_id,
            row.started_at,
            row.used_at,
            row.expires_at,
            row.browser,
        )
        for row in await connection.all(_OF_PERSON, subject=person_client(person_id), now=now)
    ]


def listed_id(session_id: str) -> str:
    """The id of a session in lists, by its whole hash."""
    return session_id[:_SHOWN]


async def end_sessions_of(connection: Connection, person_id: int, *, but: str | None = None) -> int:
    """Ends all sessions of the person, except the one with the whole hash `but`; their number."""
    return await connection.run(_END_OF_PERSON, subject=person_client(person_id), session=but or "")


async def end_by_hash(connection: Connection, session_id: str) -> None:
    """Ends the session with this whole hash."""
    await connection.run(_END, session=session_id)


async def end_listed(connection: Connection, person_id: int, listed_id: str) -> int:
    """Ends the session of the person that `sessions_of` lists by this id; 0 if there is none."""
    return await connection.run(_END_SHOWN, subject=person_client(person_id), shown=listed_id)


async def end_provider_sessions(connection: Connection, *, sid: str | None = None, person_id: int | None = None) -> int:
    """Ends the sessions that began by a sign-in at the provider: of its session `sid`, else all of the person."""
    if sid is not None:
        return await connection.run(_END_BY_PROVIDER, sid=sid)
    assert person_id is not None, "one of the two is needed"
    return await connection.run(_END_OF_SUBJECT, subject=person_client(person_id))


async def end_person_session(database: Database, secret: str) -> EndedSession | None:
    """Ends the session with the secret; None if it had ended before."""
    async with database.writing() as connection:
        row = await connection.first(_ENDING, session=session_hash(secret))
        if row is None or not await connection.run(_END, session=session_hash(secret)):
            return None
        id_token = None if row.id_token is None else connection.ring.decrypt(row.id_token, _PLACE)
        return EndedSession(None if row.method is None else Method(row.method), id_token)
