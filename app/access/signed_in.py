"""Identifies people by their sessions: who it is, and with which role the person works (rules §21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from app.access.callers import Caller, CallingPerson
from app.access.client_names import person_client, person_of
from app.access.person_roles import UsableRole, chosen, deputised_roles, own_roles
from app.access.person_sessions import Method
from app.access.persons import PersonState
from app.access.sessions import session_hash
from app.database import Connection, Prepared, Row, tables
from app.domain.localtime import local_date
from app.http.errors import Forbidden, Unauthenticated

_sessions, _persons, _secrets = tables.sessions.c, tables.persons.c, tables.person_secrets.c
_SESSION = Prepared(select(tables.sessions).where(_sessions.id == bindparam("session")))
_PERSON = Prepared(
    select(
        _persons.id,
        _persons.account,
        _persons.name,
        _persons.state,
        _secrets.approval_rests_until,
    )
    .outerjoin(tables.person_secrets, _secrets.person_id == _persons.id)
    .where(_persons.id == bindparam("person"))
)
# A password alone does not show that the person signed in: an administrator may have seen the link that set it.
_STRONG = frozenset({Method.SECOND_FACTOR, Method.PROVIDER})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and its person. `role`: with which the person works today; None while none is valid."""

    session_id: str
    method: Method
    started_at: datetime
    used_at: datetime
    expires_at: datetime
    person_id: int
    account: str
    name: str
    approval_rests_until: datetime | None
    chosen_role_id: int | None
    role: UsableRole | None

    def strong(self, now: datetime) -> bool:
        """Whether the person may approve (rules §21): the person proved who it is, and no reset is too recent."""
        rests = self.approval_rests_until is not None and self.approval_rests_until > now
        return self.method in _STRONG and not rests

    def caller(self, now: datetime) -> Caller:
        """The caller with the role of the session.

        Raises Forbidden `role_not_today` if the chosen role is not valid today, `no_role_today` if there is none.
        """
        role = self.role
        if role is None and self.chosen_role_id is not None:
            detail = "The role of this session is not valid today: it ended, or its days as a deputy are over. "
            raise Forbidden("role_not_today", f"{detail}Choose another role, or ask an administrator for one.")
        if role is None:
            raise Forbidden("no_role_today", "You have no role that is valid today: ask an administrator for one.")
        person = CallingPerson(self.person_id, self.account, self.name, role.absent_id)
        client = person_client(self.person_id)
        return Caller(client, role.role, role.unit_id, None, person, self.strong(now))


async def signed_in(connection: Connection, secret: str, now: datetime) -> SignedIn:
    """The session with the secret.

    Raises Unauthenticated `session_ended`, `person_suspended` and `person_ended`.
    """
    session = await connection.first(_SESSION, session=session_hash(secret))
    if session is None or session.expires_at <= now or (person_id := person_of(session.subject)) is None:
        raise Unauthenticated("session_ended", "The session has ended: sign in again.")
    person = await connection.first(_PERSON, person=person_id)
    _require_active(person)
    assert person is not None
    return SignedIn(
        session.id,
        Method(session.method),
        session.started_at,
        session.used_at,
        session.expires_at,
        person.id,
        person.account,
        person.name,
        person.approval_rests_until,
        session.role_id,
        await _role(connection, session, person_id, local_date(now)),
    )


def _require_active(person: Row | None) -> None:
    if person is None or person.state == PersonState.ENDED:
        raise Unauthenticated("person_ended", "This account is closed. Ask an administrator if that is a mistake.")
    if person.state == PersonState.SUSPENDED:
        raise Unauthenticated("person_suspended", "This account is suspended: ask an administrator.")


async def _role(connection: Connection, session: Row, person_id: int, today: date) -> UsableRole | None:
    """The chosen role if it is valid today. A session without a choice has the first role that is."""
    roles: Sequence[UsableRole]
    if session.deputy_id is None:
        roles = await own_roles(connection, person_id, today)
        if roles and session.role_id is None:
            return roles[0]
    if session.deputy_id is not None or session.role_id is None:
        roles = await deputised_roles(connection, person_id, today)
    if session.role_id is None:
        return roles[0] if roles else None
    return chosen(roles, session.role_id, session.deputy_id)
