"""Provider of people's sign-in: gives codes and exchanges them, strictly, and signs logout tokens."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

import httpx

from tests.support.client import Client
from tests.support.sign_on import ISSUER, Issuer, encoded, serving

CLIENT_ID, SECRET = "motcua-people", "s&cret of the client"
CALLBACK = "http://service.test/sign-in/callback"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
FLOW = "sign-in-flow"


@dataclass
class Grant:
    """A code that was given: the parameters of its request, the ID token and the access token that it gives."""

    asked: Mapping[str, str]
    id_token: str
    access_token: str = "opaque-access-token"


@dataclass
class Faults:
    """How the provider misbehaves: the answer at its token address, and members that its answer lacks."""

    token: tuple[int, bytes] | None = None
    userinfo: tuple[int, bytes] | None = None
    lacks: set[str] = field(default_factory=set)


class Provider(Issuer):
    """A strict provider: each code works once, with the right client, redirect URI and verifier."""

    def __init__(self) -> None:
        super().__init__()
        self.grants: dict[str, Grant] = {}
        self.faults = Faults()
        self.claims_elsewhere: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.used: list[tuple[str, str]] = []
        self.address = ""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a service whose people sign in here."""
        return {
            "sso_issuer": ISSUER,
            "sso_jwks_url": f"{self.address}/jwks",
            "sso_client_id": CLIENT_ID,
            "sso_client_secret": SECRET,
            "sso_authorize_url": f"{self.address}/authorize?tenant=tra-my",
            "sso_token_url": f"{self.address}/token",
            "sso_end_session_url": f"{self.address}/end-session",
            "sso_account_claim": "preferred_username",
            "public_url": "http://service.test",
        }

    def grant(self, address: str, now: datetime, *, id_token: str | None = None, **claims: Any) -> dict[str, str]:
        """The parameters of the answer to a sign-in that began with the redirect to `address`."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.grants)}-of-a-sign-in"
        grant = self.grants[code] = Grant(asked, "")
        grant.id_token = id_token or self.id_token(now, **{"nonce": asked["nonce"], **claims})
        return {"code": code, "state": asked["state"], "iss": ISSUER}

    def id_token(self, now: datetime, **claims: Any) -> str:
        """An ID token of a person; a claim that is None is left out."""
        half = hashlib.sha256(b"opaque-access-token").digest()[:16]
        usual = {"aud": CLIENT_ID, "sub": "2f6b", "sid": "session-1", "at_hash": encoded(half), "role": None}
        return self.token(now, **{**usual, "unit": None, **claims})

    def logout_token(self, now: datetime, **claims: Any) -> str:
        """A logout token for the session `session-1`; a claim that is None is left out."""
        issued = int(now.timestamp())
        usual = {"iss": ISSUER, "aud": CLIENT_ID, "iat": issued, "exp": issued + 120, "jti": "logout-1"}
        given = {**usual, "sid": "session-1", "events": {LOGOUT_EVENT: {}}, **claims}
        header = {"alg": self.algorithm, "kid": self.key_id, "typ": "logout+jwt"}
        return self.sign({name: value for name, value in given.items() if value is not None}, header)

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer at the addresses of the provider; the key set elsewhere."""
        if self.down:
            return 500, b"down"
        place = urlsplit(path).path
        if place == "/token":
            return self.faults.token or self._exchanged(headers, body.decode())
        if place == "/userinfo":
            self.used.append((method, headers.get("Authorization", "")))
            return self.faults.userinfo or (200, json.dumps(self.claims_elsewhere).encode())
        if place == "/.well-known/openid-configuration":
            return 200, json.dumps(self.discovery).encode()
        return super().respond(method, path, headers, body)

    def _exchanged(self, headers: Mapping[str, str], body: str) -> tuple[int, bytes]:
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        if self._client(headers, sent) != (CLIENT_ID, SECRET):
            return 401, b'{"error": "invalid_client"}'
        grant = self.grants.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        asked = {} if grant is None else grant.asked
        proved = asked.get("code_challenge", encoded(digest)) == encoded(digest)
        if grant is None or not proved or sent.get("redirect_uri") != asked["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        answer = {"access_token": grant.access_token, "token_type": "Bearer", "id_token": grant.id_token}
        return 200, json.dumps({k: v for k, v in answer.items() if k not in self.faults.lacks}).encode()

    def _client(self, headers: Mapping[str, str], sent: Mapping[str, str]) -> tuple[str, str]:
        scheme, _, pair = headers.get("Authorization", "").partition(" ")
        self.used.append((scheme or "body", sent.get("client_id", "")))
        if scheme != "Basic":
            return sent.get("client_id", ""), sent.get("client_secret", SECRET)
        client, _, secret = base64.b64decode(pair).decode().partition(":")
        return unquote_plus(client), unquote_plus(secret)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider with a running server."""
    provider = Provider()
    with serving(provider) as provider.address:
        yield provider


class Browser:
    """A browser without scripts, with cookies of its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """The answer to a GET."""
        return self._keep(self.client.get(path, params=parameters or None, headers=self._headers()))

    def post(self, path: str, **fields: str) -> httpx.Response:
        """The answer to a form of the pages themselves."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://service.test"}
        return self._keep(self.client.request("POST", path, data=fields, headers={**own, **self._headers()}))

    def start(self, **parameters: str) -> str:
        """The address of the provider to which a sign-in leads."""
        answer = self.get("/sign-in/start", **parameters)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def answer(self, parameters: Mapping[str, str]) -> httpx.Response:
        """The page of the callback for these parameters of the provider."""
        return self.get("/sign-in/callback", **parameters)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            if "max-age=0" in header.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer
