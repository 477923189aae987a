"""Makes links by which a person sets the first password or another one (rules §21)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.person_sessions import end_sessions_of
from app.access.persons import Person, PersonChange, PersonState, record_person_change, rest_approval
from app.access.sign_in_links import LinkKind, issue_link, link_path
from app.domain.errors import Conflict
from app.identity.persons.permissions import PeopleOffice
from app.identity.persons.queries import SignInFacts, sign_in_facts
from app.identity.persons.schemas import LinkIn
from app.identity.persons.service import REST
from app.settings import Settings

_CHANGES = {LinkKind.INVITATION: PersonChange.INVITED, LinkKind.RESET: PersonChange.RESET}


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link, whose secret cannot be shown again. `rests_until`: until then the person approves nothing."""

    secret: str
    expires_at: datetime
    rests_until: datetime | None


async def make_link(at: PeopleOffice, person_id: int, body: LinkIn, settings: Settings) -> MadeLink:
    """A link for a person of the administrator.

    After a reset all sessions of the person end, and the right to approve rests. Raises Conflict `person_not_active`,
    `reset_needed` for an invitation of a person who can sign in already, and `mail_not_possible`.
    """
    person = await at.locked(person_id)
    if person.state is not PersonState.ACTIVE:
        raise Conflict("person_not_active", f"The account is {person.state}: resume it first.")
    if body.mail and not (person.email and settings.smtp_url and settings.public_url):
        detail = "Mail needs an address of the person, MOTCUA_SMTP_URL and MOTCUA_PUBLIC_URL. Show the link instead."
        raise Conflict("mail_not_possible", detail)
    if body.kind is LinkKind.INVITATION:
        await _require_new(at, person)
    expires_at = at.now + timedelta(hours=settings.link_hours)
    secret = await issue_link(at.connection, person_id, body.kind, at.author, at.now, expires_at, shown=not body.mail)
    rests_until = None
    if body.kind is LinkKind.RESET:
        rests_until = at.now + REST
        await rest_approval(at.connection, person_id, rests_until)
        await end_sessions_of(at.connection, person_id)
    data = {"mailed": body.mail}
    await record_person_change(at.connection, person_id, _CHANGES[body.kind], at.author, at.now, data)
    return MadeLink(secret, expires_at, rests_until)


async def _require_new(at: PeopleOffice, person: Person) -> None:
    """Refuses an invitation that would let somebody sign in as the person without the rest after a reset."""
    facts = (await sign_in_facts(at.connection, [person.id])).get(person.id, SignInFacts())
    if facts.password or facts.second_factor or person.issuer_subject is not None:
        raise Conflict("reset_needed", "The person can sign in already: make a link of the kind `reset`.")


def address_of(settings: Settings, secret: str) -> str:
    """The address of the page that the link opens; only its path without MOTCUA_PUBLIC_URL."""
    return settings.public_url.rstrip("/") + link_path(secret)
