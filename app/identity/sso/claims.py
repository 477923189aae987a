"""Checks a token of the issuer and reads its claims (RFC 7519, RFC 8725)."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, KeyParameterError, SecurityWarning, UnsupportedAlgorithmError
from joserfc.jwk import Key, RSAKey

from app.access.client_names import SIGN_ON
from app.domain.lifecycle import Role
from app.http.errors import Forbidden, Unauthenticated
from app.identity.sso.key_set import UNREADABLE
from app.settings import Settings, algorithms_of, roles_of

_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST = 8192
_LONGEST_SUBJECT = 255
# NIST SP 800-131A revision 2 disallows shorter keys.
_SHORTEST_RSA_KEY = 2048
# In the year 5138: a later instant may not fit into a datetime.
_LATEST_INSTANT = 1e11


class _Registry(jws.JWSRegistry):
    """Allows long headers and signatures: the length of the whole token is bounded already."""

    max_header_length = _LONGEST
    max_signature_length = _LONGEST


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """The caller that a token names: `unit` is a code or an id, None for all units."""

    client: str
    role: Role
    unit: str | int | None
    expires_at: datetime


def looks_signed(token: str) -> bool:
    """Whether the token has three parts; tokens of this service have one."""
    return token.count(".") == 2


def key_id_of(token: str) -> str:
    """The id of the key that the token names. Raises Unauthenticated `token_malformed`.

    The id only selects one of the issuer's keys. Keys in the token and addresses of keys are ignored.
    """
    if len(token) > _LONGEST:
        raise malformed(f"it has more than {_LONGEST} characters")
    key_id = header_of(token).get("kid")
    if not isinstance(key_id, str):
        raise malformed("it does not name its key")
    return key_id


def header_of(token: str) -> Mapping[str, Any]:
    """The members of the token's header, which are not checked; raises Unauthenticated `token_malformed`."""
    try:
        header = jws.extract_compact(token.encode(), registry=_Registry()).headers()
    except UNREADABLE:
        raise malformed("its header cannot be read") from None
    if not isinstance(header, dict):
        raise malformed("its header is no object")
    return header


def read(token: str, key: Key, settings: Settings, now: datetime) -> TokenIdentity:
    """The caller that the token names.

    Raises Unauthenticated for an invalid token, and Forbidden for a valid one without a right in this service.
    """
    claims = verified(token, key, settings)
    require_valid(claims, settings, settings.sso_audience, now)
    if ends_session(claims):
        raise malformed("it ends a session and gives no right")
    subject = subject_of(claims)
    role, unit = granted_role(claims, settings), granted_unit(claims, settings)
    return TokenIdentity(f"{SIGN_ON}{subject}", role, unit, expiry_of(claims, settings))


def subject_of(claims: Mapping[str, Any]) -> str:
    """The `sub` of valid claims; raises Unauthenticated `token_malformed` for one that no log could show."""
    subject: str = claims["sub"]
    if not subject.isprintable() or len(subject) > _LONGEST_SUBJECT:
        raise malformed("its `sub` must be 1 to 255 printable characters")
    return subject


def ends_session(claims: Mapping[str, Any]) -> bool:
    """Whether these are the claims of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4)."""
    events = claims.get("events")
    return isinstance(events, dict) and _LOGOUT_EVENT in events


def expiry_of(claims: Mapping[str, Any], settings: Settings) -> datetime:
    """The instant from which the token is not accepted (UTC)."""
    return datetime.fromtimestamp(math.floor(claims["exp"]), UTC) + timedelta(seconds=settings.sso_skew_seconds)


def verified(token: str, key: Key, settings: Settings) -> dict[str, Any]:
    """The claims, after a check of the signature with the key and an allowed algorithm."""
    if isinstance(key, RSAKey) and key.public_key.key_size < _SHORTEST_RSA_KEY:
        raise malformed(f"its key has fewer than {_SHORTEST_RSA_KEY} bits")
    registry = _Registry(algorithms=algorithms_of(settings), strict_check_header=False)
    try:
        # The library warns of the name EdDSA; issuers still use it.
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            return jwt.decode(token, key, registry=registry).claims
    except (UnsupportedAlgorithmError, KeyParameterError):
        raise Unauthenticated("token_algorithm", "The algorithm of the signature is not allowed.") from None
    except BadSignatureError:
        raise Unauthenticated("token_signature", "The signature of the token is wrong.") from None
    except UNREADABLE:
        raise malformed("it cannot be read") from None


def require_valid(
    claims: dict[str, Any], settings: Settings, audience: str, now: datetime, *, subject: bool = True
) -> None:
    """Checks issuer, audience and times, the latter against the clock of this service; `subject`: requires `sub`."""
    if not all(map(_is_instant, (claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)))):
        raise malformed("its times must be seconds since 1970")
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=settings.sso_skew_seconds,
        iss={"essential": True, "value": settings.sso_issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": subject},
    )
    try:
        rules.validate(claims)
    except ClaimError as error:
        raise _refusal(error.claim) from None
    if claims["exp"] - claims["iat"] > settings.sso_lifetime_minutes * 60:
        longest = f"{settings.sso_lifetime_minutes} minutes"
        raise Unauthenticated("token_too_long", f"The lifetime of the token is longer than {longest}.")


def _refusal(claim: str) -> Unauthenticated:
    match claim:
        case "iss":
            return Unauthenticated("token_issuer", "The token is of another issuer.")
        case "aud":
            return Unauthenticated("token_audience", "The token is not meant for this service.")
        case "exp":
            return Unauthenticated("token_expired", "This token has expired.")
        case "iat" | "nbf":
            return Unauthenticated("token_not_yet", "This token is not valid yet.")
        case _:
            return malformed(f"`{claim}` is missing or of a wrong type")


def _is_instant(value: Any) -> bool:
    # Comparisons with NaN, which the JSON of Python allows, are false.
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST_INSTANT


# --- Claims ---------------------------------------------------------------------------------------------------------


def granted_role(claims: Mapping[str, Any], settings: Settings) -> Role:
    """The role that the claims give; raises Forbidden `sign_on_role` if it is not exactly one."""
    given = claim_at(claims, settings.sso_role_claim)
    names = given if isinstance(given, list) else [given]
    roles = roles_of(settings)
    granted = {roles[name] for name in names if isinstance(name, str) and name in roles}
    if len(granted) != 1:
        detail = "no role" if not granted else "more than one role"
        raise Forbidden("sign_on_role", f"The token gives {detail} in this service.")
    return granted.pop()


def granted_unit(claims: Mapping[str, Any], settings: Settings) -> str | int | None:
    """The unit that the claims name, None for all units; raises Forbidden `sign_on_unit` if they name none."""
    given = claim_at(claims, settings.sso_unit_claim)
    if given is None and settings.sso_all_units:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise Forbidden("sign_on_unit", "The token names no unit.")
    return given


def claim_at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name, or the value at a path such as `realm_access.roles`; None if there is none."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def malformed(why: str) -> Unauthenticated:
    """The refusal of a token that is not as the standards require."""
    return Unauthenticated("token_malformed", f"The token is malformed: {why}.")
