"""HTTP endpoints of sessions: that of the request, and those of a person."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.access.dependencies import AnyCaller, AnyPerson, Now, Reading, Writing, current_session
from app.access.person_roles import chosen, usable_roles
from app.access.person_sessions import choose_role, end_by_hash, end_listed, end_sessions_of, listed_id, sessions_of
from app.access.persons import find_person, person_names
from app.access.signed_in import SignedIn
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.database import Connection
from app.domain.errors import NotFound
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.identity.persons.dependencies import PersonId, answer, people_office
from app.identity.persons.permissions import PeopleOffice
from app.identity.persons.presenting import person_out, session_out, usable_role_out
from app.identity.persons.schemas import (
    ColleagueOut,
    EndedSessionsOut,
    PersonOut,
    RoleChoiceIn,
    SessionList,
    SignedInOut,
)

router = APIRouter(prefix="/api/v1", tags=["people"])

SessionId = Annotated[
    str, Path(pattern="^[0-9a-f]{16}$", description="the session's id", examples=["8f14e45fceea167a"])
]


@router.get("/sessions/current", response_model=SignedInOut, summary="Read the session")
async def get_session(
    request: Request, person: AnyPerson, connection: Reading, reference: CurrentReference, now: Now
) -> Response:
    """The person of the request, the session, and the roles to choose from. Also without a role of today."""
    return answer(request, await _signed_in_out(connection, reference, person, now), 0)


@router.put("/sessions/current", response_model=SignedInOut, summary="Choose the role of the session")
async def choose_session_role(
    request: Request, body: RoleChoiceIn, person: AnyPerson, connection: Writing, now: Now
) -> Response:
    """The person works with another role of today from now on: an own one, or that of an absent person."""
    roles = await usable_roles(connection, person.person_id, local_date(now))
    role = chosen(roles, body.role_id, body.deputy_id)
    if role is None:
        raise Forbidden("role_not_today", "You may not use this role today.", pointer="/role_id")
    await choose_role(connection, person.session_id, body.role_id, body.deputy_id)
    reference = await CatalogueServices.of(request.app).reference.current(connection)
    content = await _signed_in_out(connection, reference, replace(person, role=role), now)
    return answer(request, content, 0)


@router.delete("/sessions/current", response_model=EndedSessionsOut, summary="Sign out")
async def end_current_session(request: Request, person: AnyPerson, connection: Writing) -> Response:
    """Ends the session of the request."""
    await end_by_hash(connection, person.session_id)
    return answer(request, EndedSessionsOut(ended=1), 0)


@router.get("/persons/current", response_model=PersonOut, summary="Read the person who signed in")
async def get_current_person(
    request: Request, person: AnyPerson, connection: Reading, reference: CurrentReference, now: Now
) -> Response:
    """The person of the request with all roles and deputies. Also without a role of today."""
    stored = await find_person(connection, person.person_id)
    return answer(request, await person_out(connection, reference, stored, local_date(now)), stored.version)


@router.get("/persons/{person_id}/sessions", response_model=SessionList, summary="List the sessions of a person")
async def list_sessions(
    request: Request, caller: AnyCaller, connection: Reading, reference: CurrentReference, now: Now, person_id: PersonId
) -> Response:
    """The sessions that have not ended. For the person itself and for administrators."""
    await PeopleOffice(connection, reference, caller, now).person(person_id)
    current, sessions = current_session(request), await sessions_of(connection, person_id, now)
    return answer(
        request, SessionList(items=[session_out(session, current and listed_id(current)) for session in sessions]), 0
    )


@router.delete("/persons/{person_id}/sessions", response_model=EndedSessionsOut, summary="End the sessions of a person")
async def end_sessions(request: Request, caller: AnyCaller, person_id: PersonId) -> Response:
    """Ends all sessions of the person, except that of the request. By the person or an administrator."""
    async with people_office(request, caller) as at:
        await at.person(person_id)
        ended = await end_sessions_of(at.connection, person_id, but=current_session(request))
    return answer(request, EndedSessionsOut(ended=ended), 0)


@router.delete(
    "/persons/{person_id}/sessions/{session_id}", response_model=EndedSessionsOut, summary="End a session of a person"
)
async def end_session_of(request: Request, caller: AnyCaller, person_id: PersonId, session_id: SessionId) -> Response:
    """Ends one session. By the person or an administrator."""
    async with people_office(request, caller) as at:
        await at.person(person_id)
        if not await end_listed(at.connection, person_id, session_id):
            raise NotFound("unknown_session", "The person has no such session: it may have ended.")
    return answer(request, EndedSessionsOut(ended=1), 0)


async def _signed_in_out(connection: Connection, reference: Reference, person: SignedIn, now: datetime) -> SignedInOut:
    roles = await usable_roles(connection, person.person_id, local_date(now))
    names = await person_names(connection, [role.absent_id for role in roles if role.absent_id is not None])
    session = next(
        session
        for session in await sessions_of(connection, person.person_id, now)
        if session.id == listed_id(person.session_id)
    )
    return SignedInOut(
        person=ColleagueOut(id=person.person_id, name=person.name),
        account=person.account,
        session=session_out(session, session.id),
        roles=[usable_role_out(reference, role, names, is_chosen=role == person.role) for role in roles],
        strong=person.strong(now),
        approval_rests_until=person.approval_rests_until,
    )
