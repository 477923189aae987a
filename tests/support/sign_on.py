"""An issuer of a single sign-on: real keys, real signatures, and its JWK set on a real HTTP server of this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

ISSUER, AUDIENCE = "https://sso.example.vn/realms/tra-my", "motcua"

_NEW = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@cache
def _first_key() -> Any:
    """The key that all issuers begin with: making one takes a tenth of a second."""
    return _NEW["RS256"]()


class Issuer:
    """Signs tokens with the key that it published last, which `rotate` replaces; `down` makes it answer 500."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.asked = 0
        self.down = False
        self.body: bytes | None = None
        self.private: dict[str, Any] = {}
        self.algorithm, self.key_id = "", ""
        self.url = ""
        self._publish("key-1", "RS256", _first_key(), keep=False)

    def rotate(self, key_id: str, algorithm: str = "RS256", *, keep: bool = False, **said: Any) -> None:
        """A new key, published instead of those before, or beside them with `keep`; `said` stands in its JWK too."""
        self._publish(key_id, algorithm, _NEW[algorithm](), keep=keep, **said)

    def _publish(self, key_id: str, algorithm: str, private: Any, *, keep: bool, **said: Any) -> None:
        self.private[key_id] = private
        self.algorithm, self.key_id = algorithm, key_id
        public = get_default_algorithms()[algorithm].to_jwk(self.private[key_id].public_key(), as_dict=True)
        jwk = {**public, "kid": key_id, "use": "sig", **said}
        self.published = [*(self.published if keep else []), jwk]

    def claims(self, now: datetime, **claims: Any) -> dict[str, Any]:
        """What a token for a clerk of Trà My says, ten minutes long; a claim that is None is left out."""
        issued = int(now.timestamp())
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "8f14e45f", "iat": issued, "exp": issued + 600}
        said |= {"role": "clerk", "unit": "20899", **claims}
        return {name: value for name, value in said.items() if value is not None}

    def token(self, now: datetime, *, headers: Any = None, **claims: Any) -> str:
        """A signed token."""
        told = {"kid": self.key_id, **(headers or {})}
        return jwt.encode(self.claims(now, **claims), self.private[self.key_id], algorithm=self.algorithm, headers=told)

    @property
    def settings(self) -> dict[str, Any]:
        """What the service has to know of it."""
        return {"sso_issuer": ISSUER, "sso_audience": AUDIENCE, "sso_jwks_url": self.url}


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """An issuer that answers until the block ends."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            body = issuer.body or json.dumps({"keys": issuer.published}).encode()
            self.send_response(500 if issuer.down else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}/jwks"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
