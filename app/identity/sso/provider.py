"""The provider's addresses: where people sign in, where a code becomes a token, where they sign out."""

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from app.domain.errors import Unavailable
from app.http.errors import Unauthenticated
from app.identity.sso.fetching import FetchFailed, fetch
from app.identity.sso.flow import Flow
from app.settings import Settings

logger = logging.getLogger(__name__)

CALLBACK, BACK_CHANNEL, SIGNED_OUT = "/sign-in/callback", "/sso/back-channel-logout", "/counter"
# Time limit of one request in seconds. A person waits for it.
_PATIENCE = 10.0
_ERROR = re.compile(r"[a-z_]{1,40}")


def own_address(settings: Settings, path: str) -> str:
    """The public address of a path of this service, as it is registered at the provider."""
    return settings.public_url.rstrip("/") + path


def authorize_address(settings: Settings, flow: Flow, *, again: bool = False) -> str:
    """The address where the person of a flow signs in (OpenID Connect Core 1.0, section 3.1.2.1).

    `again`: also somebody who is signed in there is asked, and can choose another account.
    """
    parameters = {
        "response_type": "code",
        "client_id": settings.sso_client_id,
        "redirect_uri": own_address(settings, CALLBACK),
        "scope": settings.sso_scope,
        "state": flow.state,
        "nonce": flow.nonce,
    }
    if again:
        parameters["prompt"] = "login"
    if settings.sso_acr_values:
        parameters["acr_values"] = settings.sso_acr_values
    if settings.sso_pkce:
        parameters |= {"code_challenge": _challenge(flow.verifier), "code_challenge_method": "S256"}
    return _with_query(settings.sso_authorize_url, parameters)


def end_session_address(settings: Settings, id_token: str | None) -> str | None:
    """The address that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0).

    None without such an address, and for a session that no provider began.
    """
    if not settings.sso_end_session_url or id_token is None:
        return None
    parameters = {
        "id_token_hint": id_token,
        "client_id": settings.sso_client_id,
        "post_logout_redirect_uri": own_address(settings, SIGNED_OUT),
    }
    return _with_query(settings.sso_end_session_url, parameters)


async def exchange(http: httpx.AsyncClient, settings: Settings, flow: Flow, code: str) -> tuple[str, str | None]:
    """ID token and access token for a code.

    Raises Unauthenticated `sign_in_refused` for a code that the provider refuses, and Unavailable
    `sign_on_unavailable` if the provider does not answer or does not accept this service.
    """
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": own_address(settings, CALLBACK)}
    if settings.sso_pkce:
        body["code_verifier"] = flow.verifier
    authentication, headers = _authentication(settings)
    sent = {"data": body | authentication, "headers": headers}
    status, answer = await _asked(http, "POST", settings.sso_token_url, "token", **sent)
    if status == httpx.codes.OK and isinstance(answer, dict) and isinstance(answer.get("id_token"), str):
        access_token = answer.get("access_token")
        return answer["id_token"], access_token if isinstance(access_token, str) else None
    error = error_code(answer.get("error") if isinstance(answer, dict) else None)
    if error == "invalid_grant":
        raise Unauthenticated("sign_in_refused", "The provider does not accept this code, or no longer.")
    logger.error("the provider of the single sign-on refused this service: HTTP %d, %s", status, error)
    raise _unavailable(f"token: {error}")


async def userinfo(http: httpx.AsyncClient, settings: Settings, access_token: str) -> Mapping[str, Any]:
    """The claims at the userinfo address; raises Unavailable `sign_on_unavailable` if it does not give them."""
    headers = {"Authorization": f"Bearer {access_token}"}
    address, method = settings.sso_userinfo_url, settings.sso_userinfo_method
    status, answer = await _asked(http, method, address, "userinfo", headers=headers)
    if status != httpx.codes.OK or not isinstance(answer, dict):
        logger.error("the provider of the single sign-on gave no claims: HTTP %d", status)
        raise _unavailable(f"userinfo: HTTP {status}")
    return answer


def error_code(value: object) -> str:
    """An error code of OAuth; `unknown_error` for other text, which no log and no page shows."""
    return value if isinstance(value, str) and _ERROR.fullmatch(value) else "unknown_error"


async def _asked(http: httpx.AsyncClient, method: str, url: str, step: str, **options: Any) -> tuple[int, Any]:
    try:
        return await fetch(http, method, url, _PATIENCE, **options)
    except FetchFailed as error:
        logger.error("the provider of the single sign-on did not answer (%s): %s", step, error)
        raise _unavailable(f"{step}: {error}") from None


def _unavailable(step: str) -> Unavailable:
    return Unavailable("sign_on_unavailable", f"The provider of the single sign-on cannot sign in people now ({step}).")


def _authentication(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """Members of the body and headers by which this service proves who it is (RFC 6749, section 2.3.1)."""
    client, secret = settings.sso_client_id, settings.sso_client_secret.get_secret_value()
    if not secret:
        return {"client_id": client}, {}
    if settings.sso_client_auth == "client_secret_post":
        return {"client_id": client, "client_secret": secret}, {}
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with_query(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}"
