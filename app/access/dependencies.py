"""Dependencies of endpoints: a connection, the time, the caller, the language."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from app.access.access_log import AccessLog
from app.access.callers import Caller, TokenCache, TokenFacts
from app.access.person_sessions import extended, is_person_session
from app.access.queries import read_token
from app.access.service import token_hash
from app.access.shown_people import shown_people
from app.access.signed_in import SignedIn, signed_in
from app.access.token_uses import SessionUses, TokenUses
from app.database import Connection, Database, IntegrityFailed
from app.database.tables import access_log
from app.domain.errors import DomainError
from app.domain.lifecycle import Role
from app.http.errors import Forbidden, Unauthenticated
from app.http.idempotency.keys import IdempotencyKey, key_of
from app.http.idempotency.responses import PRIMARY_KEY, claim, in_use, store
from app.http.messages import language_of
from app.http.openapi import OPTIONAL, SCHEME
from app.http.rate_limits import address_of
from app.http.replica_reading import Handler, data_age, repeated
from app.http.request_bodies import allow_large_body
from app.http.services import HttpServices

# Members of the request's scope.
_CALLER, _SIGNED_IN, _KEY = "motcua.caller", "motcua.signed_in", "motcua.idempotency_key"


class ForeignTokens(Protocol):
    """Tokens of another issuer, such as a single sign-on."""

    def takes(self, token: str) -> bool:
        """Whether the token is of that issuer."""

    async def authenticate(self, token: str, database: Database, now: datetime) -> TokenFacts:
        """The caller of a token that `takes` accepts; raises Unauthenticated, Forbidden and Unavailable."""


@dataclass(frozen=True, kw_only=True)
class AccessServices(HttpServices):
    """Services that identify callers; `committed` is called after each committed change."""

    tokens: TokenCache
    token_uses: TokenUses
    session_uses: SessionUses
    sign_on: ForeignTokens
    access_log: AccessLog
    committed: Callable[[], None]


# --- Connections ------------------------------------------------------------------------------------------------------


async def reading(request: Request) -> AsyncIterator[Connection]:
    """A connection to read with, released before the response is sent."""
    # First, because identifying may need a connection: a request that waits for a second one could wait for ever.
    await _identify(request)
    async with AccessServices.of(request.app).database.reading() as connection:
        yield connection


@asynccontextmanager
async def changing(request: Request, client: str | None = None, *, claiming: bool = True) -> AsyncIterator[Connection]:
    """A connection in a transaction, committed at the end of the block and rolled back by any error.

    The block passes its response through `store_response`. If the request has an `Idempotency-Key` that was used,
    raises ReplayedResponse or refuses, as `claim` does. `client` owns the key of a request without a token.

    Without `claiming` a stored response is not looked up first, which saves a round trip. A key that was used then
    fails at the commit (Conflict `key_in_use`). After any error the caller must repeat the work with `claiming`.

    People that the block's response shows are recorded in the same transaction, as a view of the caller.
    """
    # Before the transaction begins, as above. The body is received before it, too.
    caller, services = await _identify(request), AccessServices.of(request.app)
    key = None
    if client is not None:
        key = await key_of(request, client, "")
    elif isinstance(caller, Caller):
        key = await key_of(request, caller.client, f"{caller.role} {caller.unit_id}")
    shown = shown_people()
    if shown is not None:
        # An attempt before may have noted what it did not show.
        shown.dossiers.clear()
    try:
        async with services.database.writing() as connection:
            if key is not None:
                if claiming:
                    await claim(connection, key, services.now())
                request.scope[_KEY] = key
            yield connection
            if shown is not None and shown.dossiers and isinstance(caller, Caller):
                await connection.insert_by_end([(access_log, shown.row(caller, services.now()))])
    except IntegrityFailed as error:
        if error.constraint == PRIMARY_KEY:
            raise in_use() from error
        raise
    if shown is not None:
        shown.dossiers.clear()
    services.committed()


def idempotency_key(request: Request) -> IdempotencyKey | None:
    """The key that `changing` claimed for this request."""
    key: IdempotencyKey | None = request.scope.get(_KEY)
    return key


async def store_response(request: Request, connection: Connection, response: Response) -> Response:
    """The response itself, stored in the transaction of the change if the request has an `Idempotency-Key`."""
    key = idempotency_key(request)
    if key is not None:
        services = AccessServices.of(request.app)
        expires_at = services.now() + timedelta(hours=services.settings.idempotency_hours)
        shown = shown_people()
        await store(connection, key, response, expires_at, shown.dossiers if shown is not None else ())
    return response


async def writing(request: Request) -> AsyncIterator[Connection]:
    """As `changing`; committed before the response is sent."""
    async with changing(request) as connection:
        yield connection


# --- Time and language ------------------------------------------------------------------------------------------------


async def now(request: Request) -> datetime:
    """The present instant of the service."""
    return AccessServices.of(request.app).now()


async def now_of_data(request: Request) -> datetime:
    """The present instant, or that of the data if a replica with older data answers: figures are as of it."""
    return AccessServices.of(request.app).now() - data_age()


async def language(request: Request) -> str:
    """The language of texts for people: "vi", or "en" if the request prefers it (contract, Languages)."""
    return language_of(request.headers.get("accept-language"))


# --- Callers ----------------------------------------------------------------------------------------------------------


class _Identifying(SecurityBase):
    """Identifies who asks and documents the scheme, in one dependency: each one costs time."""

    def __init__(self, name: str = OPTIONAL) -> None:
        self.model = HTTPBearer(
            description="A token from `motcua token create`, one of the single sign-on, or a person's session."
        )
        self.scheme_name = name


class _OptionalCaller(_Identifying):
    async def __call__(self, request: Request) -> Caller | None:
        """The caller, None without a token.

        Raises Unauthenticated for an invalid token, and TooMany after many of them from one address. For a token of the
        single sign-on, raises as `ForeignTokens.authenticate`.
        """
        return await _accepted(request)


class _Caller(_OptionalCaller):
    async def __call__(self, request: Request) -> Caller:
        """The caller; raises Unauthenticated without a valid token."""
        return await _required(request)


class _SignedInPerson(_Identifying):
    async def __call__(self, request: Request) -> SignedIn:
        """The person of the session, also without a role that is valid today.

        Raises Unauthenticated without a valid session, and Forbidden `persons_only` for a program.
        """
        return await _required_person(request)


OptionalCaller = Annotated[Caller | None, Security(_OptionalCaller())]
AnyCaller = Annotated[Caller, Security(_Caller(SCHEME))]
AnyPerson = Annotated[SignedIn, Security(_SignedInPerson(SCHEME))]


async def any_administrator(caller: AnyCaller) -> Caller:
    """The calling administrator, of a unit or of all units; raises Forbidden for other roles."""
    if caller.role is not Role.ADMINISTRATOR:
        raise Forbidden("administrators_only", "Only an administrator may do this.")
    return caller


AnyAdministrator = Annotated[Caller, Depends(any_administrator)]


async def administrator(caller: AnyAdministrator) -> Caller:
    """The calling administrator of all units; raises Forbidden for other callers.

    Reference data belong to all units. An administrator of one unit who succeeds units could extend their own rights.
    """
    if caller.unit_id is not None:
        raise Forbidden("all_units_needed", "Reference data belong to all units: use a token for all units.")
    return caller


Reading = Annotated[Connection, Depends(reading, scope="function")]
Writing = Annotated[Connection, Depends(writing, scope="function")]
Now = Annotated[datetime, Depends(now)]
NowOfData = Annotated[datetime, Depends(now_of_data)]
Administrator = Annotated[Caller, Depends(administrator)]
Language = Annotated[str, Depends(language)]


def identified_before_body(handler: Handler, route: APIRoute) -> Handler:
    """The handler of a route, so that a request without the token it needs is refused before its body is read.

    With the token the body may be large. A body for the public is small.
    """
    needed = None if route.body_field is None else _needed(route.dependant)
    if needed is None:
        return handler

    async def identified(request: Request) -> Response:
        await needed(request)
        allow_large_body(request)
        return await handler(request)

    return identified


def identifies(dependant: Dependant) -> bool:
    """Whether an endpoint with these dependencies identifies its caller."""
    return isinstance(dependant.call, _OptionalCaller | _SignedInPerson) or any(map(identifies, dependant.dependencies))


def present_caller(request: Request) -> Caller:
    """The caller of a request that was identified before."""
    caller = request.scope[_CALLER]
    assert isinstance(caller, Caller), "people are shown to callers only"
    return caller


def current_session(request: Request) -> str | None:
    """The whole hash of the session of a request that was identified before; None for a program."""
    person: SignedIn | None = request.scope.get(_SIGNED_IN)
    return None if person is None else person.session_id


def _needed(dependant: Dependant) -> "_Caller | _SignedInPerson | None":
    """The dependency that refuses a request without a token, None without one."""
    if isinstance(dependant.call, _Caller | _SignedInPerson):
        return dependant.call
    return next((needed for part in dependant.dependencies if (needed := _needed(part)) is not None), None)


async def _required(request: Request) -> Caller:
    caller = await _accepted(request)
    if caller is None:
        raise Unauthenticated("token_missing", "A token is required: send the header `Authorization: Bearer <token>`.")
    return caller


async def _required_person(request: Request) -> SignedIn:
    await _identify(request)
    person: SignedIn | None = request.scope.get(_SIGNED_IN)
    if person is None:
        await _required(request)
        raise Forbidden("persons_only", "This is about a person who signed in: a program has no session.")
    return person


async def _accepted(request: Request) -> Caller | None:
    caller = await _identify(request)
    if isinstance(caller, DomainError):
        if isinstance(caller, Unauthenticated) and not repeated():
            # Only refusals count, so that one client's guesses never block its neighbours' valid tokens.
            AccessServices.of(request.app).limits.failures.take(address_of(request.scope))
        raise caller
    return caller


async def _identify(request: Request) -> Caller | DomainError | None:
    """The caller, None without a token. A refusal is returned: public endpoints ignore an invalid token."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    if _CALLER not in request.scope:
        services = AccessServices.of(request.app)
        try:
            caller = request.scope[_CALLER] = await _authenticate(services, request, header)
        except DomainError as refusal:
            request.scope[_CALLER] = refusal
        else:
            if not repeated():
                services.limits.tokens.take(caller.client if caller.token_id is None else caller.token_id)
    identified: Caller | DomainError = request.scope[_CALLER]
    return identified


async def _authenticate(services: AccessServices, request: Request, header: str) -> Caller:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii() or " " in token:
        raise Unauthenticated("token_malformed", "Write the header as `Authorization: Bearer <token>`.")
    if is_person_session(token):
        return await _person(services, request, token)
    hashed, moment = token_hash(token), services.now()
    facts = services.tokens.get(hashed, moment)
    if facts is None:
        changes = services.tokens.changes
        facts = await _read(services, token, hashed, moment)
        services.tokens.put(hashed, facts, moment, changes)
    if facts.revoked_at is not None and facts.revoked_at <= moment:
        raise Unauthenticated("token_revoked", "The token is revoked.")
    if facts.expires_at is not None and facts.expires_at <= moment:
        raise Unauthenticated("token_expired", "The token has expired.")
    if facts.caller.token_id is not None:
        services.token_uses.note(facts.caller.token_id, moment)
    return facts.caller


async def _person(services: AccessServices, request: Request, secret: str) -> Caller:
    """The person of a session, which is read for every request: its end counts at the next one in each process."""
    moment = services.now()
    async with services.database.reading() as connection:
        person = request.scope[_SIGNED_IN] = await signed_in(connection, secret, moment)
    until = extended(services.settings, person.started_at, moment)
    services.session_uses.note(person.session_id, person.used_at, moment, until)
    return person.caller(moment)


async def _read(services: AccessServices, token: str, hashed: str, moment: datetime) -> TokenFacts:
    if services.sign_on.takes(token):
        return await services.sign_on.authenticate(token, services.database, moment)
    async with services.database.reading() as connection:
        facts = await read_token(connection, hashed)
    if facts is None:
        raise Unauthenticated("token_unknown", "The token is unknown.")
    return facts
