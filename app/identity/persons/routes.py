"""HTTP endpoints of people: create, change, roles, deputies, suspension, and the record."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyAdministrator, AnyCaller, Now, Reading, store_response
from app.access.person_records import changes_of
from app.access.persons import Person, PersonState
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.http.etags import require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.identity.persons import links, queries, service
from app.identity.persons.dependencies import PersonId, answer, people_office
from app.identity.persons.permissions import PeopleOffice
from app.identity.persons.presenting import changes_out, people_out, person_out
from app.identity.persons.schemas import (
    ColleagueOut,
    DeputyIn,
    LinkIn,
    LinkOut,
    PersonChangeOut,
    PersonIn,
    PersonOut,
    PersonPatch,
    PersonQuery,
    PersonReasonIn,
    RoleIn,
    RolePatch,
)
from app.identity.tokens.schemas import ConfirmIn
from app.notifications.people.messages import mail_link, tell_of_reset

router = APIRouter(prefix="/api/v1/persons", tags=["people"])

RoleId = Annotated[int, Path(ge=1, lt=2**31, description="the role's id", examples=[31])]
EntryId = Annotated[int, Path(ge=1, lt=2**31, description="the id of the deputy entry", examples=[4])]

Work = Callable[[PeopleOffice], Awaitable[Person]]


async def _changed(request: Request, caller: Caller, work: Work, status: int = 200) -> Response:
    """The person after the work, as the stored response of the request."""
    async with people_office(request, caller) as at:
        person = await work(at)
        location = f"/api/v1/persons/{person.id}" if status == 201 else None
        content = await person_out(at.connection, at.reference, person, at.today)
        return await store_response(request, at.connection, answer(request, content, person.version, status, location))


@router.get("", response_model=Page[PersonOut], summary="List people")
async def list_persons(
    request: Request,
    caller: AnyAdministrator,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    query: Annotated[PersonQuery, Query()],
) -> Response:
    """The people whose every role is within the administrator's scope, by id."""
    at = PeopleOffice(connection, reference, caller, now)
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    people = await queries.list_persons(at, query.q, query.state, after or 0, query.limit + 1)
    more, people = len(people) > query.limit, people[: query.limit]
    cursor = encode_cursor((people[-1].id,)) if more else None
    page = Page[PersonOut](items=await people_out(connection, reference, people, at.today), next_cursor=cursor)
    return answer(request, page, max((person.version for person in people), default=0))


@router.get("/colleagues", response_model=Page[ColleagueOut], summary="List colleagues")
async def list_colleagues(
    request: Request, caller: AnyCaller, connection: Reading, reference: CurrentReference, now: Now
) -> Response:
    """The other people with a role of today for a unit of the caller's subtree or for all units, by name.

    They may be deputies and officers of dossiers. The list is whole.
    """
    at = PeopleOffice(connection, reference, caller, now)
    scope = reference.scope(caller.unit_id, at.today)
    items = [ColleagueOut(id=number, name=name) for number, name in await queries.colleagues(at, scope)]
    return answer(request, Page[ColleagueOut](items=items, next_cursor=None), 0)


@router.post("", status_code=201, response_model=PersonOut, summary="Create a person")
async def create_person(request: Request, body: PersonIn, caller: AnyAdministrator) -> Response:
    """Creates a person with roles within the administrator's scope. A link then lets the person sign in."""
    return await _changed(request, caller, partial(service.create, body=body), 201)


@router.get("/{person_id}", response_model=PersonOut, summary="Read a person")
async def get_person(
    request: Request, caller: AnyCaller, connection: Reading, reference: CurrentReference, now: Now, person_id: PersonId
) -> Response:
    """One person with roles and deputies. For the person itself and for administrators."""
    at = PeopleOffice(connection, reference, caller, now)
    person = await at.person(person_id)
    return answer(request, await person_out(at.connection, at.reference, person, at.today), person.version)


@router.get("/{person_id}/changes", response_model=Page[PersonChangeOut], summary="Read what was done to a person")
async def get_person_changes(
    request: Request, caller: AnyCaller, connection: Reading, reference: CurrentReference, now: Now, person_id: PersonId
) -> Response:
    """The permanent record of a person, oldest first and whole. For the person itself and for administrators."""
    person = await PeopleOffice(connection, reference, caller, now).person(person_id)
    items = await changes_out(connection, await changes_of(connection, person_id))
    return answer(request, Page[PersonChangeOut](items=items, next_cursor=None), person.version)


@router.patch("/{person_id}", response_model=PersonOut, summary="Change a person")
async def change_person(request: Request, body: PersonPatch, caller: AnyAdministrator, person_id: PersonId) -> Response:
    """Changes the given members (merge-patch). Another `issuer_subject` lets the right to approve rest for a week."""
    expect = partial(require_version, request)
    return await _changed(request, caller, partial(service.change, person_id=person_id, body=body, expect=expect))


@router.post("/{person_id}/suspend", response_model=PersonOut, summary="Suspend a person")
async def suspend_person(
    request: Request, body: PersonReasonIn, caller: AnyAdministrator, person_id: PersonId
) -> Response:
    """All sessions of the person end, and it cannot sign in until it is resumed."""
    return await _set_state(request, caller, person_id, PersonState.SUSPENDED, body)


@router.post("/{person_id}/resume", response_model=PersonOut, summary="Resume a suspended person")
async def resume_person(
    request: Request, body: PersonReasonIn, caller: AnyAdministrator, person_id: PersonId
) -> Response:
    """The person can sign in again."""
    return await _set_state(request, caller, person_id, PersonState.ACTIVE, body)


@router.post("/{person_id}/end", response_model=PersonOut, summary="Close the account of a person")
async def end_person(request: Request, body: PersonReasonIn, caller: AnyAdministrator, person_id: PersonId) -> Response:
    """The person left: all sessions end, and the account stays closed. Its name stays with its acts."""
    return await _set_state(request, caller, person_id, PersonState.ENDED, body)


async def _set_state(
    request: Request, caller: Caller, person_id: int, state: PersonState, body: PersonReasonIn
) -> Response:
    expect = partial(require_version, request)
    return await _changed(
        request, caller, partial(service.set_state, person_id=person_id, state=state, body=body, expect=expect)
    )


@router.post("/{person_id}/roles", response_model=PersonOut, summary="Give a role to a person")
async def give_role(request: Request, body: RoleIn, caller: AnyAdministrator, person_id: PersonId) -> Response:
    """Gives a role within the administrator's scope, from a day to a day."""
    expect = partial(require_version, request)
    return await _changed(request, caller, partial(service.give_role, person_id=person_id, body=body, expect=expect))


@router.patch("/{person_id}/roles/{role_id}", response_model=PersonOut, summary="Change or take back a role")
async def change_role(
    request: Request, body: RolePatch, caller: AnyAdministrator, person_id: PersonId, role_id: RoleId
) -> Response:
    """Sets the last day of a role, or takes it back at once."""
    expect = partial(require_version, request)
    work = partial(service.change_role, person_id=person_id, role_id=role_id, body=body, expect=expect)
    return await _changed(request, caller, work)


@router.post(
    "/{person_id}/roles/{role_id}/confirm", response_model=PersonOut, summary="Confirm a role after a succession"
)
async def confirm_role(
    request: Request, body: ConfirmIn, caller: AnyAdministrator, person_id: PersonId, role_id: RoleId
) -> Response:
    """The role belongs to the successor of its unit from now on. By an administrator of the successor."""
    expect = partial(require_version, request)
    work = partial(service.confirm_role, person_id=person_id, role_id=role_id, body=body, expect=expect)
    return await _changed(request, caller, work)


@router.post("/{person_id}/deputies", response_model=PersonOut, summary="Set a deputy")
async def set_deputy(request: Request, body: DeputyIn, caller: AnyCaller, person_id: PersonId) -> Response:
    """Lets another person use the roles of an absent one, from day to day. By the person or an administrator."""
    expect = partial(require_version, request)
    return await _changed(request, caller, partial(service.set_deputy, person_id=person_id, body=body, expect=expect))


@router.post("/{person_id}/deputies/{entry_id}/withdraw", response_model=PersonOut, summary="Withdraw a deputy")
async def withdraw_deputy(
    request: Request, body: PersonReasonIn, caller: AnyCaller, person_id: PersonId, entry_id: EntryId
) -> Response:
    """Ends the span of a deputy at once. By the person or an administrator."""
    expect = partial(require_version, request)
    work = partial(service.withdraw_deputy, person_id=person_id, entry_id=entry_id, body=body, expect=expect)
    return await _changed(request, caller, work)


@router.post("/{person_id}/links", status_code=201, response_model=LinkOut, summary="Make a link to sign in")
async def make_link(request: Request, body: LinkIn, caller: AnyAdministrator, person_id: PersonId) -> Response:
    """A link by which the person sets a password: for the first sign-in, or for another password and second factor.

    Its address is in this response only, unless it is mailed. It is valid once. After a reset all sessions of the
    person end, and the right to approve rests for a week. A retry with the same `Idempotency-Key` is answered without
    the address.
    """
    settings = CatalogueServices.of(request.app).settings
    async with people_office(request, caller) as at:
        link = await links.make_link(at, person_id, body, settings)
        address = None if body.mail else links.address_of(settings, link.secret)
        if body.mail:
            await mail_link(at.connection, person_id, body.kind, link.secret, at.now)
        if link.rests_until is not None:
            await tell_of_reset(at.connection, person_id, caller.person_id, link.rests_until, at.now)
        content = LinkOut(kind=body.kind, expires_at=link.expires_at, mailed=body.mail, address=address)
        # The stored response lacks the secret: only its hash is stored.
        without = answer(request, content.model_copy(update={"address": None}), 0, 201)
        await store_response(request, at.connection, without)
        return answer(request, content, 0, 201)
