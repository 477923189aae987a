"""A time-stamp authority for tests: certificates, and answers to requests by RFC 3161."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client._rust import parse_timestamp_request

_SHA256 = "2.16.840.1.101.3.4.2.1"
_CONTENT = "1.2.840.113549.1.9.16.1.4"
_VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


@dataclass
class TimeStampAuthority:
    """Answers requests as an authority does.

    `time`: what its clock says. `digest`: stamped in place of the right one. `body`: sent in place of a stamp.
    `failures`: the number of first requests that get 503.
    """

    name: str
    time: datetime
    digest: bytes | None = None
    status: int = 200
    body: bytes | None = None
    failures: int = 0
    asked: int = 0
    last: bytes = b""
    root: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root, self._leaf, self._key = _certificates(self.name)

    def answer(self, request: bytes) -> bytes:
        """The response to a request."""
        asked = parse_timestamp_request(request)
        imprint = _sequence(_algorithm(_SHA256), _tagged(0x04, self.digest or asked.message_imprint.message))
        time = _tagged(0x18, self.time.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())
        nonce = b"" if asked.nonce is None else _integer(asked.nonce)
        content = _sequence(_integer(1), _oid("1.3.6.1.4.1.99999.1"), imprint, _integer(7), time, nonce)
        return _sequence(_sequence(_integer(0)), self._token(content))

    def _token(self, content: bytes) -> bytes:
        certificate = self._leaf.public_bytes(Encoding.DER)
        attributes = b"".join(
            sorted(
                [
                    _attribute("1.2.840.113549.1.9.3", _oid(_CONTENT)),
                    _attribute("1.2.840.113549.1.9.4", _tagged(0x04, sha256(content).digest())),
                    _attribute(
                        "1.2.840.113549.1.9.16.2.47",
                        _sequence(_sequence(_sequence(_tagged(0x04, sha256(certificate).digest())))),
                    ),
                ]
            )
        )
        signature = self._key.sign(_tagged(0x31, attributes), padding.PKCS1v15(), hashes.SHA256())
        signer = _sequence(
            _integer(1),
            _sequence(self._leaf.issuer.public_bytes(), _integer(self._leaf.serial_number)),
            _algorithm(_SHA256),
            _tagged(0xA0, attributes),
            _algorithm("1.2.840.113549.1.1.1"),
            _tagged(0x04, signature),
        )
        signed = _sequence(
            _integer(3),
            _tagged(0x31, _algorithm(_SHA256)),
            _sequence(_oid(_CONTENT), _tagged(0xA0, _tagged(0x04, content))),
            _tagged(0xA0, certificate),
            _tagged(0x31, signer),
        )
        return _sequence(_oid("1.2.840.113549.1.7.2"), _tagged(0xA0, signed))


@contextmanager
def running_authority(authority: TimeStampAuthority) -> Iterator[str]:
    """The address of the authority until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked, authority.last = authority.asked + 1, request
            body = authority.answer(request) if authority.body is None else authority.body
            failed = authority.asked <= authority.failures
            self.send_response(503 if failed else authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_message: Any) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def _certificates(name: str) -> tuple[x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]:
    """A root, and a certificate for stamps with its key."""
    authority, signer = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate(f"{name} root", authority, f"{name} root").add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    leaf = _certificate(name, signer, f"{name} root").add_extension(purpose, critical=True)
    return root.sign(authority, hashes.SHA256()), leaf.sign(authority, hashes.SHA256()), signer


def _certificate(name: str, key: rsa.RSAPrivateKey, issuer: str) -> x509.CertificateBuilder:
    subject, parent = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer))
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(parent).public_key(key.public_key())
    start, end = _VALID
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end + timedelta(days=1))
    )


# --- DER ------------------------------------------------------------------------------------------------------------


def _tagged(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    content = bytes([40 * first + second])
    for number in others:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        content += bytes(reversed(digits))
    return _tagged(0x06, content)


def _algorithm(dotted: str) -> bytes:
    return _sequence(_oid(dotted), _tagged(0x05, b""))


def _attribute(dotted: str, value: bytes) -> bytes:
    return _sequence(_oid(dotted), _tagged(0x31, value))
