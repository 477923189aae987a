"""The independence of two clients: neither gave access to the other (rules §8 and §21)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select

from app.access.callers import Caller
from app.access.client_names import SIGN_ON, client_key, person_client, person_of
from app.access.persons import PersonChange
from app.database import Connection, Prepared, Row, tables
from app.ledger.entries import COMMAND_LINE, SERVICE

_tokens, _changes = tables.tokens.c, tables.token_changes.c
_persons, _of_persons = tables.persons.c, tables.person_changes.c
# A command is run by an operator of the database, who is no client.
_NO_CLIENTS = (COMMAND_LINE.client, SERVICE.client)
_TOKENS = Prepared(
    select(
        _tokens.id,
        _tokens.client,
        _tokens.created_at,
        _tokens.expires_at,
        _tokens.revoked_at,
        _changes.client.label("issuer"),
    )
    .join(tables.token_changes, and_(_changes.token_id == _tokens.id, _changes.type == "created"))
    .where(_changes.client.not_in(_NO_CLIENTS))
)
# By these changes somebody else can sign in as the person, or decides what the person may do.
_GIVING = (
    PersonChange.CREATED,
    PersonChange.ROLE_GIVEN,
    PersonChange.ROLE_CHANGED,
    PersonChange.INVITED,
    PersonChange.RESET,
    PersonChange.SECOND_FACTOR_REMOVED,
)
_IDENTITY = frozenset({"email", "issuer_subject"})
_PEOPLE = Prepared(
    select(_of_persons.person_id, _of_persons.type, _of_persons.client, _of_persons.data).where(
        _of_persons.type.in_((*map(str, _GIVING), PersonChange.CHANGED.value)), _of_persons.client.not_in(_NO_CLIENTS)
    )
)
_ISSUER = Prepared(
    select(_changes.client, _changes.by_token_id).where(
        _changes.token_id == bindparam("token"), _changes.type == "created"
    )
)
_BY_SUBJECT = Prepared(select(_persons.id).where(_persons.issuer_subject == bindparam("subject")))


class _Grant(NamedTuple):
    """An access that the issuer gave to the client."""

    client: str
    issuer: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two clients. `identities`: who counts as this client. `issuers`: who gave access to it."""

    client: str
    identities: frozenset[str]
    issuers: frozenset[str]


async def common_issuer(connection: Connection, asker: str, asked_at: datetime, approver: Caller) -> str | None:
    """The client that makes the asker and the approver one; None if they are independent (rules §8 and §21).

    The access of a program is that of its tokens: for the asker those that were valid at `asked_at`, for the approver
    the present one. A client itself counts as its own issuer. Access through others counts too.
    """
    tokens, people = await connection.all(_TOKENS), await connection.all(_PEOPLE)
    grants = [_Grant(row.client, row.issuer) for row in tokens] + _given_to_people(people)
    asked = [row.issuer for row in tokens if row.client == asker and _was_valid(row, asked_at)]
    asking = _side(await _known_as(connection, asker), asked, grants)
    approved = [row.issuer for row in tokens if row.id == approver.token_id]
    approving = _side(await _known_as(connection, approver.client), approved, grants)
    if approver.person is not None and approver.person.deputy_of is not None:
        # The role in use is that of the absent person, who chose the deputy.
        absent = person_client(approver.person.deputy_of)
        approving = _Side(approving.client, approving.identities, approving.issuers | {absent})
    if any(person_of(issuer) is not None for issuer in approving.issuers) and person_of(approving.client) is None:
        # A token proves no person: who gave access to its issuer could have issued it.
        origins = _origins(grants, approving.issuers)
        approving = _Side(approving.client, approving.identities | origins, approving.issuers)
    for side, other in ((asking, approving), (approving, asking)):
        origins = {client_key(other.client), *_origins(grants, other.issuers)}
        if common := sorted(client for client in side.identities if client_key(client) in origins):
            return common[0]
    return None


async def issuers_of(connection: Connection, caller: Caller) -> set[str]:
    """The clients that issued the token of the caller, directly or by a token that they issued; empty for people."""
    issuers: set[str] = set()
    token_id = caller.token_id
    while token_id is not None:
        row = await connection.first(_ISSUER, token=token_id)
        # A token of before the record has no issuer.
        token_id = None if row is None else row.by_token_id
        issuers |= set() if row is None else {row.client}
    return issuers


def _side(client: str, token_issuers: Iterable[str], grants: Sequence[_Grant]) -> _Side:
    """A program counts as the issuers of its tokens too. A person does not: the person proved who it is."""
    if person_of(client) is not None:
        given = frozenset(grant.issuer for grant in grants if grant.client == client)
        return _Side(client, frozenset({client}), given)
    issuers = frozenset(token_issuers)
    return _Side(client, issuers | {client}, issuers)


async def _known_as(connection: Connection, client: str) -> str:
    """The client of the person whose token of the single sign-on this is; the client itself otherwise."""
    if not client.startswith(SIGN_ON):
        return client
    person_id = await connection.scalar(_BY_SUBJECT, subject=client.removeprefix(SIGN_ON))
    return client if person_id is None else person_client(person_id)


def _given_to_people(rows: Iterable[Row]) -> list[_Grant]:
    """The access that others gave to people."""
    return [
        _Grant(person, row.client)
        for row in rows
        if (person := person_client(row.person_id)) != row.client
        and (row.type != PersonChange.CHANGED or _IDENTITY.intersection(row.data.get("fields", ())))
    ]


def _was_valid(row: Row, at: datetime) -> bool:
    ends = [end for end in (row.expires_at, row.revoked_at) if end is not None]
    return bool(row.created_at <= at) and all(end > at for end in ends)


def _origins(grants: Sequence[_Grant], clients: Iterable[str]) -> set[str]:
    """The keys of the clients, and of all clients that gave access to them, directly or through others."""
    origins = {client_key(client) for client in clients}
    while more := {client_key(grant.issuer) for grant in grants if client_key(grant.client) in origins} - origins:
        origins |= more
    return origins
