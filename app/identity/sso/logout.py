"""Back-channel logout: the provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Response
from joserfc.jwk import Key

from app.access.person_sessions import end_provider_sessions
from app.access.persons import person_by_subject
from app.database import Connection
from app.domain.errors import Invalid
from app.http.errors import Unparsable
from app.http.idempotency.keys import IdempotencyKey
from app.http.idempotency.responses import claim, store
from app.identity.sso.claims import ends_session, malformed, require_valid, subject_of, verified
from app.identity.sso.id_tokens import session_of
from app.settings import Settings

# A token is made for one request, so an older one is a copy.
_FRESH = timedelta(minutes=5)
# A token with a tolerated clock is fresh for less than this, and later it is refused for its age.
_REMEMBERED = timedelta(minutes=15)
_LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Logout:
    """The id of a logout token (`jti`), and either the session or the person to sign out."""

    id: str
    session: str | None
    subject: str | None


def read_logout_token(token: str, key: Key, settings: Settings, now: datetime) -> Logout:
    """The order of a logout token; raises Unauthenticated for one that the provider did not make for this."""
    claims = verified(token, key, settings)
    issued = claims.get("iat")
    # Before the standard was final, tokens had no expiry.
    if "exp" not in claims and isinstance(issued, int):
        claims["exp"] = issued + int(_FRESH.total_seconds())
    require_valid(claims, settings, settings.sso_client_id, now, subject=False)
    if not ends_session(claims) or "nonce" in claims:
        raise malformed("it ends no session")
    if now.timestamp() - claims["iat"] > _FRESH.total_seconds() + settings.sso_skew_seconds:
        raise malformed("it is too old")
    number = claims.get("jti")
    if not isinstance(number, str) or not 0 < len(number) <= _LONGEST_ID:
        raise malformed(f"its `jti` must be a text of 1 to {_LONGEST_ID} characters")
    session, subject = session_of(claims), subject_of(claims) if "sub" in claims else None
    if session is None and subject is None:
        raise malformed("it names neither a session nor a person")
    return Logout(number, session, subject)


async def end_sessions(connection: Connection, logout: Logout, now: datetime) -> Response:
    """Ends the sessions, in every process, in the transaction of the connection.

    A token that comes again ends nothing that began in between: raises ReplayedResponse with the first answer.
    """
    name = hashlib.sha256(f"sso logout {logout.id}".encode()).hexdigest()
    key = IdempotencyKey(name, name, "")
    try:
        await claim(connection, key, now)
    except Invalid:
        raise Unparsable("logout_token_invalid", "The `jti` of the logout token was used for something else.") from None
    if logout.session is not None:
        await end_provider_sessions(connection, sid=logout.session)
    elif logout.subject is not None and (person := await person_by_subject(connection, logout.subject)):
        await end_provider_sessions(connection, person_id=person.id)
    response = Response(headers={"Cache-Control": "no-store"})
    await store(connection, key, response, now + _REMEMBERED)
    return response
