"""The person named by the provider: known by `sub`, linked by the account, or created (rules §21)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.access.person_records import NewRole
from app.access.person_service import change_person, create_person
from app.access.persons import Person, PersonState, lock_person, person_by_account, person_by_subject
from app.catalogue.cache import ReferenceCache
from app.database import Connection, Database
from app.domain.localtime import local_date
from app.http.errors import Forbidden, Unauthenticated
from app.identity.sso.claims import claim_at, granted_role, granted_unit
from app.identity.sso.id_tokens import Identity
from app.identity.sso.units import unit_id_of
from app.ledger.entries import SERVICE
from app.settings import Settings
from app.text_input import line

_LONGEST_NAME = 200


async def person_of(
    database: Database, reference: ReferenceCache, settings: Settings, identity: Identity, now: datetime
) -> Person:
    """The person signed in by the provider.

    A person who was entered with the provider's account name is linked at the first sign-in. Raises Forbidden
    `sign_in_no_person` for an unknown person, unless the settings create one, and Unauthenticated
    `person_suspended` or `person_ended`.
    """
    async with database.reading() as connection:
        person = await person_by_subject(connection, identity.subject)
    account = _account(identity.claims, settings.sso_account_claim)
    if person is None and account is not None:
        async with database.writing() as connection:
            named = await person_by_account(connection, account)
            if named is not None:
                person = await _linked(connection, named.id, identity.subject, now)
            elif settings.sso_unknown == "create":
                person = await _created(connection, reference, settings, identity, account, now)
    if person is None:
        detail = "No person is entered for this account: ask an administrator of the office."
        raise Forbidden("sign_in_no_person", detail)
    if person.state is PersonState.SUSPENDED:
        raise Unauthenticated("person_suspended", "This account is suspended: ask an administrator.")
    if person.state is PersonState.ENDED:
        raise Unauthenticated("person_ended", "This account is closed. Ask an administrator if that is a mistake.")
    return person


def _account(claims: Mapping[str, Any], name: str) -> str | None:
    """The account name that the claims give; None without one, and for an address that nobody verified."""
    account = claim_at(claims, name) if name else None
    verified = claims.get(f"{name}_verified", name not in ("email", "phone_number"))
    return account if isinstance(account, str) and account.strip() and verified is True else None


async def _linked(connection: Connection, person_id: int, subject: str, now: datetime) -> Person | None:
    """The person, linked to the subject; None for one who is linked to another one already."""
    person = await lock_person(connection, person_id)
    if person.issuer_subject is None:
        return await change_person(connection, person, {"issuer_subject": subject}, SERVICE, now)
    # Of two first sign-ins at once, the other one linked the person.
    return person if person.issuer_subject == subject else None


async def _created(
    connection: Connection,
    reference: ReferenceCache,
    settings: Settings,
    identity: Identity,
    account: str,
    now: datetime,
) -> Person:
    """A new person with the role and the unit of the claims, from today on; raises Forbidden as for bearer tokens."""
    role, unit = granted_role(identity.claims, settings), granted_unit(identity.claims, settings)
    unit_id = unit_id_of(await reference.current(connection), unit, now)
    about = {"account": account, "name": _name(identity, settings, account), "issuer_subject": identity.subject}
    return await create_person(connection, about, [NewRole(role, unit_id, local_date(now))], SERVICE, now)


def _name(identity: Identity, settings: Settings, account: str) -> str:
    """The name of the claims as typed text would be stored; the account without a usable one."""
    name = claim_at(identity.claims, settings.sso_name_claim)
    try:
        return line(name)[:_LONGEST_NAME] if isinstance(name, str) else account
    except ValueError:
        return account
