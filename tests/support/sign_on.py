"""Issuer of a single sign-on: real keys, real signatures, and its JWK set on a real HTTP server."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ISSUER, AUDIENCE = "https://sso.example.vn/realms/tra-my", "motcua"

_NEW: Mapping[str, Callable[[], Key]] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
}


@cache
def _first_key() -> Key:
    """The first key of every issuer, made once because an RSA key takes a tenth of a second."""
    return _NEW["RS256"]()


def encoded(part: Any) -> str:
    """A part of a token: the bytes, or the JSON of another value, in base64url."""
    body = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def signed(header: Any, content: Any, algorithm: str, key: Key) -> str:
    """A token with any header and any content, valid or not, signed by the algorithm."""
    text = f"{encoded(header)}.{encoded(content)}"
    return f"{text}.{encoded(JWSRegistry.algorithms[algorithm].sign(text.encode(), key))}"


class Issuer:
    """Signs tokens with the key that it published last; `rotate` replaces it, `down` makes the server answer 500."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.asked = 0
        self.down = False
        self.body: bytes | None = None
        self.private: dict[str, Key] = {}
        self.algorithm, self.key_id = "", ""
        self.url = ""
        self._publish("key-1", "RS256", _first_key(), keep=False)

    def rotate(self, key_id: str, algorithm: str = "RS256", *, keep: bool = False, **members: Any) -> None:
        """Publishes a new key, in place of the others or with `keep` beside them; `members` are added to its JWK."""
        self._publish(key_id, algorithm, _NEW[algorithm](), keep=keep, **members)

    def _publish(self, key_id: str, algorithm: str, private: Key, *, keep: bool, **members: Any) -> None:
        self.private[key_id] = private
        self.algorithm, self.key_id = algorithm, key_id
        jwk = {**private.as_dict(private=False), "kid": key_id, "use": "sig", **members}
        self.published = [*(self.published if keep else []), jwk]

    def claims(self, now: datetime, **claims: Any) -> dict[str, Any]:
        """The claims of a token for a clerk of Trà My, valid for ten minutes; a claim that is None is left out."""
        issued = int(now.timestamp())
        default = {"iss": ISSUER, "aud": AUDIENCE, "sub": "8f14e45f", "iat": issued, "exp": issued + 600}
        given = default | {"role": "clerk", "unit": "20899", **claims}
        return {name: value for name, value in given.items() if value is not None}

    def token(self, now: datetime, *, headers: Any = None, **claims: Any) -> str:
        """A signed token."""
        header = {"alg": self.algorithm, "typ": "JWT", "kid": self.key_id, **(headers or {})}
        return self.sign(self.claims(now, **claims), header)

    def sign(self, content: Any, header: Any = None) -> str:
        """A token with any content, signed with the current key."""
        header = {"alg": self.algorithm, "kid": self.key_id} if header is None else header
        return signed(header, content, self.algorithm, self.private[self.key_id])

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that name this issuer."""
        return {"sso_issuer": ISSUER, "sso_audience": AUDIENCE, "sso_jwks_url": self.url}

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:  # noqa: ARG002
        """Status and body of the answer to a request: the key set at every address."""
        self.asked += 1
        return 500 if self.down else 200, self.body or json.dumps({"keys": self.published}).encode()


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """An issuer with a running server."""
    issuer = Issuer()
    with serving(issuer) as address:
        issuer.url = f"{address}/jwks"
        yield issuer


@contextmanager
def serving(issuer: Issuer) -> Iterator[str]:
    """The address of a running server that answers as the issuer says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, body = issuer.respond(self.command, self.path, dict(self.headers), self.rfile.read(length))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that the server calls

        def log_message(self, *_message: Any) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
