"""What a token of the issuer says, once everything about it is checked (RFC 7519, RFC 8725)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from app.access.service import SIGN_ON
from app.domain.lifecycle import Role
from app.http.errors import Forbidden, Unauthenticated
from app.identity.sso.key_set import Key
from app.settings import Settings, algorithms_of, roles_of

_LONGEST = 8192
_LONGEST_SUBJECT = 255
_REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
# The library reads the machine's clock; the times are checked below, against the service's.
_LIBRARY = jwt.PyJWT(
    options={
        "require": _REQUIRED,
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "enforce_minimum_key_length": True,
    }
)


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who signed on, as a token says it: `unit` is a code or an id, None: all units."""

    client: str
    role: Role
    unit: str | int | None
    expires_at: datetime


def looks_signed(token: str) -> bool:
    """Whether the token is three parts, as no token of this service is."""
    return token.count(".") == 2


def key_id_of(token: str) -> str:
    """The id of the key that the token names; raises Unauthenticated `token_malformed`.

    It only chooses among keys that are known: addresses of keys and keys within a token are never looked at.
    """
    if len(token) > _LONGEST:
        raise _malformed(f"it has more than {_LONGEST} characters")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _malformed("its header cannot be read") from None
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise _malformed("it does not name its key")
    return key_id


def read(token: str, key: Key, settings: Settings, now: datetime) -> SignedOn:
    """Who signed on. Raises Unauthenticated for a token that does not hold, Forbidden for one that gives no right."""
    claims = _claims(token, key, settings)
    expires_at = _require_in_force(claims, settings, now)
    subject = claims["sub"]
    if not subject or not subject.isprintable() or len(subject) > _LONGEST_SUBJECT:
        raise _malformed("its `sub` must be 1 to 255 printable characters")
    return SignedOn(f"{SIGN_ON}{subject}", _role(claims, settings), _unit(claims, settings), expires_at)


def _claims(token: str, key: Key, settings: Settings) -> Mapping[str, Any]:
    allowed = sorted(key.algorithms & algorithms_of(settings))
    if not allowed:
        raise _other_algorithm()
    try:
        claims: dict[str, Any] = _LIBRARY.decode(
            token,
            key.public,
            algorithms=allowed,
            audience=settings.sso_audience,
            issuer=settings.sso_issuer,
        )
    except jwt.InvalidAlgorithmError:
        raise _other_algorithm() from None
    except jwt.InvalidSignatureError:
        raise Unauthenticated("token_signature", "The signature of the token is wrong.") from None
    except jwt.InvalidIssuerError:
        raise Unauthenticated("token_issuer", "The token is of another issuer.") from None
    except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError) as error:
        if "aud" in str(error).lower():
            raise Unauthenticated("token_audience", "The token is not meant for this service.") from None
        raise _malformed("it lacks one of " + ", ".join(_REQUIRED)) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _malformed("it cannot be read") from None
    return claims


def _require_in_force(claims: Mapping[str, Any], settings: Settings, now: datetime) -> datetime:
    """Until when the token holds, with the skew that clocks may have."""
    present, skew = now.timestamp(), settings.sso_skew_seconds
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    begins = _instant(claims, "nbf") if "nbf" in claims else issued
    if expires + skew <= present:
        raise Unauthenticated("token_expired", "This token has expired.")
    if max(issued, begins) - skew > present:
        raise Unauthenticated("token_not_yet", "This token does not hold yet.")
    if expires - issued > settings.sso_lifetime_minutes * 60:
        longest = f"{settings.sso_lifetime_minutes} minutes"
        raise Unauthenticated("token_too_long", f"The token was made to hold for longer than {longest}.")
    return datetime.fromtimestamp(math.floor(expires), UTC) + timedelta(seconds=skew)


def _instant(claims: Mapping[str, Any], name: str) -> float:
    # JSON as it is read here knows NaN, which is later than nothing, and numbers beyond all instants.
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e11:
        raise _malformed(f"its `{name}` is no instant")
    return float(value)


# --- Claims -----------------------------------------------------------------------------------------------------------


def _role(claims: Mapping[str, Any], settings: Settings) -> Role:
    given = _claim(claims, settings.sso_role_claim)
    names = given if isinstance(given, list) else [given]
    known = roles_of(settings)
    found = {known[name] for name in names if isinstance(name, str) and name in known}
    if len(found) != 1:
        detail = "no role" if not found else "more than one role"
        raise Forbidden("sign_on_role", f"The token gives {detail} in this service.")
    return found.pop()


def _unit(claims: Mapping[str, Any], settings: Settings) -> str | int | None:
    given = _claim(claims, settings.sso_unit_claim)
    if given is None and settings.sso_all_units:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise Forbidden("sign_on_unit", "The token names no unit.")
    return given


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name, or what the path leads to, as `realm_access.roles`; None where there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _other_algorithm() -> Unauthenticated:
    return Unauthenticated("token_algorithm", "The token is signed by an algorithm that is not allowed.")


def _malformed(why: str) -> Unauthenticated:
    return Unauthenticated("token_malformed", f"The token is malformed: {why}.")
