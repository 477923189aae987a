"""Checks the ID token of a sign-in (OpenID Connect Core 1.0, section 3.1.3.7), beyond what every token needs."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import Key

from app.http.errors import Unauthenticated
from app.identity.sso.claims import ends_session, header_of, malformed, require_valid, subject_of, verified
from app.settings import Settings

# What the provider calls its session may be long; ours has an index on nothing longer.
LONGEST_SESSION = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider names them: `sub`, the session at the provider if it has a name, all claims."""

    subject: str
    session: str | None
    claims: Mapping[str, Any]


def read_id_token(
    token: str, key: Key, settings: Settings, now: datetime, *, nonce: str, access_token: str | None
) -> Identity:
    """The person of an ID token that belongs to the sign-in with this nonce. Raises Unauthenticated."""
    claims = verified(token, key, settings)
    require_valid(claims, settings, settings.sso_client_id, now)
    if ends_session(claims):
        raise malformed("it ends a session and does not sign in")
    if not _same(claims.get("nonce"), nonce):
        raise Unauthenticated("sign_in_answer_invalid", "The ID token belongs to another sign-in.")
    _require_party(claims, settings.sso_client_id)
    _require_access_token(claims, header_of(token)["alg"], access_token)
    if settings.sso_acr_values and claims.get("acr", "") not in ("", *settings.sso_acr_values.split()):
        raise Unauthenticated("sign_in_answer_invalid", "The level of assurance of this sign-in is another one.")
    return Identity(subject_of(claims), session_of(claims), claims)


def session_of(claims: Mapping[str, Any]) -> str | None:
    """The `sid` of the claims; raises Unauthenticated `token_malformed` for one of another form."""
    session = claims.get("sid")
    if session is not None and not (isinstance(session, str) and 0 < len(session) <= LONGEST_SESSION):
        raise malformed(f"its `sid` must be a text of 1 to {LONGEST_SESSION} characters")
    return session


def _require_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Requires that the token was issued to this service, if it is meant for several."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and party != client_id:
        raise Unauthenticated("token_audience", "The token was issued to another service.")


def _require_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str | None) -> None:
    """Requires that `at_hash`, where it is present, is the hash of the access token beside the ID token."""
    stated = claims.get("at_hash")
    if stated is None:
        return
    # RS256, PS256 and ES256 name their hash; Ed25519 works with SHA-512.
    digest = hashlib.new(f"sha{algorithm[-3:] if algorithm[-3:].isdigit() else 512}", (access_token or "").encode())
    half = digest.digest()[: digest.digest_size // 2]
    if access_token is None or not _same(stated, base64.urlsafe_b64encode(half).rstrip(b"=").decode()):
        raise Unauthenticated("sign_in_answer_invalid", "The access token does not belong to the ID token.")


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())
